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

/** Throws `INVALID_RANGE` unless both ranks are integers. */
export function checkRanks(start: number, stop: number): void {
  if (!Number.isInteger(start)) throw invalidRange("start must be an integer", start);
  if (!Number.isInteger(stop)) throw invalidRange("stop must be an integer", stop);
}

/** Throws `INVALID_RANGE` unless offset and count are integers, the offset not below 0. */
export function checkWindow({ offset, count }: RangeOptions): void {
  if (offset !== undefined && !(Number.isInteger(offset) && offset >= 0)) {
    throw invalidRange("offset must be a non-negative integer", offset);
  }
  if (count !== undefined) checkSample(count);
}

/** Throws `INVALID_RANGE` unless the number of members to pop is an integer not below 0. */
export function checkPops(count: number): void {
  if (!(Number.isInteger(count) && count >= 0)) {
    throw invalidRange("count must be a non-negative integer", count);
  }
}

/** Throws `INVALID_RANGE` unless the count, of either sign, is an integer. */
export function checkSample(count: number): void {
  if (!Number.isInteger(count)) throw invalidRange("count must be an integer", count);
}

function invalidRange(reason: string, value: unknown): CacheError {
  return new CacheError("INVALID_RANGE", `Cannot use a range: ${reason}: received ${show(value)}`);
}
