import { badFormat } from "./rdb-error.ts";

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** Redis prints scores in at most 24 chars; what is far longer was not written by it. */
const CHARS_MAX = 127;

/** The largest size of integers that Redis stores as such where it stores scores: 2^62. */
const INTEGER_SCORE_MAX = 2 ** 62;

/**
 * The score that a text in a payload spells: a decimal number or an infinity. Throws an RdbError on
 * anything else, "nan" included. Each double is rounded correctly.
 */
export function parseScore(text: string): number {
  if (text.length <= CHARS_MAX) {
    if (DECIMAL.test(text)) return Number(text);
    const infinite = INFINITE.exec(text);
    if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  }
  throw badFormat("a score is no number");
}

/**
 * The text under which Redis keeps a score in a listpack: all digits of an integer (-0 loses its
 * sign), "inf" and "-inf", and whatever `formatScore` makes of the rest.
 */
export function scoreText(score: number, formatScore: (score: number) => string): string {
  if (Number.isSafeInteger(score)) return String(score);
  if (Number.isInteger(score) && Math.abs(score) <= INTEGER_SCORE_MAX) return String(BigInt(score));
  if (!Number.isFinite(score)) return score < 0 ? "-inf" : "inf";
  return formatScore(score);
}
