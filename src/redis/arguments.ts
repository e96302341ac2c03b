import type { LexBound } from "../structures/lex-bound.ts";
import type { ScoreBound } from "../structures/score-bound.ts";
import { encodeMember } from "../cache/inputs.ts";
import { isAscii } from "../structures/byte-string.ts";
import { boundExcludes, boundScore } from "../structures/score-bound.ts";
import { checkLexBound } from "../structures/lex-bound.ts";
import type { Argument } from "./port.ts";

/** The argument of a byte string. */
export function bytesArgument(byteString: string): Argument {
  return isAscii(byteString) ? byteString : Buffer.from(byteString, "latin1");
}

/** The byte string of an argument that {@link bytesArgument} made. */
export function byteStringOf(argument: Argument): string {
  return typeof argument === "string" ? argument : argument.toString("latin1");
}

/** The argument of a whole number; beyond ±(2^53 - 1), where it means "all", that end. */
export function integerArgument(value: number): string {
  return String(Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER));
}

/** The argument of a score: every double comes back as it went. */
export function scoreArgument(score: number): string {
  if (score === Infinity) return "+inf";
  if (score === -Infinity) return "-inf";
  return Object.is(score, -0) ? "-0" : String(score);
}

/** The argument of a bound of scores. @throws {CacheError} `INVALID_RANGE` */
export function scoreBoundArgument(bound: ScoreBound): string {
  const score = scoreArgument(boundScore(bound));
  return boundExcludes(bound) ? `(${score}` : score;
}

/** The argument of a bound of members. @throws {CacheError} `INVALID_RANGE`, `INVALID_MEMBER` */
export function lexBoundArgument(bound: LexBound): Argument {
  checkLexBound(bound);
  if (bound === "-" || bound === "+") return bound;
  return bytesArgument(bound.charAt(0) + encodeMember(bound.slice(1)));
}
