import { CacheError, show } from "../errors.ts";

/** One end of a score range: `5` includes it, `"(5"` excludes it, as in Redis. */
export type ScoreBound = number | "-inf" | "+inf" | `(${number | "-inf" | "+inf"}`;

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The number of a bound, without its exclusion.
 * @throws {CacheError} `INVALID_RANGE` for anything that is no {@link ScoreBound}
 */
export function boundScore(bound: ScoreBound): number {
  if (typeof bound === "number") {
    if (Number.isNaN(bound)) throw invalidBound(bound);
    return bound;
  }
  if (bound === "-inf") return -Infinity;
  if (bound === "+inf") return Infinity;
  if (typeof bound !== "string" || !bound.startsWith("(")) throw invalidBound(bound);
  return excludedScore(bound);
}

/** Whether the bound excludes its number. */
export function boundExcludes(bound: ScoreBound): boolean {
  return typeof bound === "string" && bound.startsWith("(");
}

function excludedScore(bound: string): number {
  const text = bound.slice(1);
  // `(${Infinity}` is what a template makes of an infinite number.
  if (text === "+inf" || text === "Infinity") return Infinity;
  if (text === "-inf" || text === "-Infinity") return -Infinity;
  if (!DECIMAL.test(text)) throw invalidBound(bound);
  return Number(text);
}

function invalidBound(bound: unknown): CacheError {
  return new CacheError(
    "INVALID_RANGE",
    `Cannot use a score range: a bound must be a number, "-inf", "+inf", or one of these ` +
      `behind "(": received ${show(bound)}`,
  );
}
