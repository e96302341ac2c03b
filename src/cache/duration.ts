import { CacheError, show } from "../errors.ts";
import type { Duration } from "./contract.ts";

const SPELLING = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Digits of a double that are exact whatever was multiplied: `"1.1s"` is 1100 ms, not 1101. */
const EXACT_DIGITS = 15;

/**
 * The milliseconds of a duration, a whole number above 0, or Infinity; fractions round up.
 * @throws {CacheError} `INVALID_TTL` for everything else
 */
export function parseDuration(duration: Duration): number {
  const ms = typeof duration === "string" ? parseSpelling(duration) : duration;
  if (typeof ms === "number" && ms > 0) return Math.ceil(ms);
  throw new CacheError(
    "INVALID_TTL",
    "Cannot use a duration: it must be milliseconds above 0, or a decimal number and one of " +
      `ms, s, m, h, d, w: received ${show(duration)}`,
  );
}

/** NaN for what is no duration. */
function parseSpelling(text: string): number {
  const [, digits, unit] = SPELLING.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return NaN;
  const ms = Number(digits) * (UNIT_MS[unit] as number);
  return Number.isFinite(ms) ? Number(ms.toPrecision(EXACT_DIGITS)) : NaN;
}
