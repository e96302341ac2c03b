import { parseInt64 } from "../../protocol/number-text.ts";
import { integerArgument } from "../arguments.ts";
import { ReplyError } from "../reply-error.ts";

/** How a time to live, or a deadline, is given. */
export interface ExpiryUnit {
  readonly ms: 1 | 1000;
  /** From now on, and not from the epoch. */
  readonly isRelative: boolean;
}

export const SECONDS: ExpiryUnit = { ms: 1000, isRelative: true };
export const MILLISECONDS: ExpiryUnit = { ms: 1, isRelative: true };

/** The options that give one, in lower case. */
export const EXPIRY_OPTIONS: ReadonlyMap<string, ExpiryUnit> = new Map([
  ["ex", SECONDS],
  ["px", MILLISECONDS],
  ["exat", { ms: 1000, isRelative: false }],
  ["pxat", { ms: 1, isRelative: false }],
]);

const INT64_MAX = 2n ** 63n - 1n;
/** Up to here products with a unit and sums with the time are exact in doubles. */
const SHORT_TIME_MAX = 2 ** 42;

/**
 * The deadline that an argument gives, in absolute milliseconds; beyond 2^53 the nearest double.
 * @throws {ReplyError} when it is no integer, not positive, or beyond 64 bits
 */
export function deadlineOf(text: string, unit: ExpiryUnit, now: number, command: string): number {
  const time = integerArgument(text);
  if (time <= 0) throw invalidExpireTime(command);
  const start = unit.isRelative ? now : 0;
  if (time <= SHORT_TIME_MAX) return start + time * unit.ms;
  const deadline = (parseInt64(text) as bigint) * BigInt(unit.ms) + BigInt(Math.trunc(start));
  if (deadline > INT64_MAX) throw invalidExpireTime(command);
  return Number(deadline);
}

function invalidExpireTime(command: string): ReplyError {
  return new ReplyError(`ERR invalid expire time in '${command}' command`);
}
