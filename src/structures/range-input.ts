import { CacheError, show } from "../errors.ts";

/** Which part of a range by score or by member is wanted. */
export interface RangeOptions {
  /** From the greatest down. The bounds stay in the order min, max. */
  reverse?: boolean | undefined;
  /** How many to leave out first: 0 or more. Default 0. */
  offset?: number | undefined;
  /** How many at most; negative means all. Default all. */
  count?: number | undefined;
}

/** The most random members with repeats that one call returns: they are all made at once. */
export const REPEATED_SAMPLES_MAX = 1_000_000;

/** Throws `INVALID_RANGE` unless both ranks are integers. */
export function checkRanks(start: number, stop: number): void {
  if (!Number.isInteger(start)) throw invalid("use a range", "start must be an integer", start);
  if (!Number.isInteger(stop)) throw invalid("use a range", "stop must be an integer", stop);
}

/** Throws `INVALID_RANGE` unless offset and count are integers, the offset not below 0. */
export function checkWindow({ offset, count }: RangeOptions): void {
  if (offset !== undefined && !(Number.isInteger(offset) && offset >= 0)) {
    throw invalid("use a range", "offset must be a non-negative integer", offset);
  }
  if (count !== undefined && !Number.isInteger(count)) {
    throw invalid("use a range", "count must be an integer", count);
  }
}

/** Throws `INVALID_RANGE` unless the number of members to pop is an integer not below 0. */
export function checkPops(count: number): void {
  if (!(Number.isInteger(count) && count >= 0)) {
    throw invalid("pop members", "count must be a non-negative integer", count);
  }
}

/**
 * Throws `INVALID_RANGE` unless the count is an integer, not below -{@link REPEATED_SAMPLES_MAX}.
 */
export function checkSample(count: number): void {
  if (Number.isInteger(count) && count >= -REPEATED_SAMPLES_MAX) return;
  const reason = `count must be an integer, not below -${REPEATED_SAMPLES_MAX}`;
  throw invalid("draw members", reason, count);
}

/** Throws `INVALID_RANGE` unless the cursor is one, and the count an integer above 0. */
export function checkScan(cursor: number, count: number): void {
  if (!(Number.isSafeInteger(cursor) && cursor >= 0)) {
    throw invalid("scan members", "the cursor must be one that a scan returned, or 0", cursor);
  }
  if (!(Number.isInteger(count) && count > 0)) {
    throw invalid("scan members", "count must be a positive integer", count);
  }
}

function invalid(verb: string, reason: string, value: unknown): CacheError {
  return new CacheError("INVALID_RANGE", `Cannot ${verb}: ${reason}: received ${show(value)}`);
}
