import { CacheError, show } from "../errors.ts";
import { parseInteger } from "../protocol/number-text.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import type { Keyspace } from "./keyspace.ts";
import { reportSet, store, stringAt } from "./strings.ts";

/** The spelling of an integer that Redis accepts: no sign but a minus, no leading zeros. */
const INTEGER = /^(?:0|-?[1-9]\d*)$/;

/** An integer of 64 bits, exactly: a `bigint` where it is beyond ±(2^53 - 1). */
export type Int64 = number | bigint;

/**
 * Adds `delta` to the integer that a key holds, an absent one being 0, and returns the sum. The
 * deadline stays. O(1).
 * @throws {CacheError} `WRONG_TYPE`; `NOT_INTEGER` when the value or the delta is no integer; `OVERFLOW`
 * when the value or the sum is beyond 2^53 - 1; `CACHE_FULL`. Nothing changes then.
 */
export function incrBy(keyspace: Keyspace, key: string, delta: number): number {
  checkDelta(delta);
  const slot = keyspace.lookup(key);
  const former = slot === NO_SLOT ? 0 : parseCounter(stringAt(keyspace, slot, "count with"));
  const sum = sumOf(former, delta);
  if (sum === undefined) throw overflow(former, delta, "±(2^53 - 1)");
  keep(keyspace, key, slot, sum);
  return sum;
}

/**
 * {@link incrBy} over the whole range of 64 bits. O(1).
 * @throws {CacheError} `WRONG_TYPE`; `NOT_INTEGER` when the value is no integer of 64 bits; `OVERFLOW` when
 * the sum is no such integer; `CACHE_FULL`. Nothing changes then.
 */
export function incrByInt64(keyspace: Keyspace, key: string, delta: Int64): Int64 {
  const slot = keyspace.lookup(key);
  const text = slot === NO_SLOT ? "0" : stringAt(keyspace, slot, "count with");
  const former = parseExactly(text);
  if (former === undefined) throw notAnInteger(text);
  const sum = sumOf(former, delta) ?? BigInt(former) + BigInt(delta);
  if (typeof sum === "bigint" && BigInt.asIntN(64, sum) !== sum) {
    throw overflow(former, delta, "64 bits");
  }
  keep(keyspace, key, slot, sum);
  return sum;
}

/** Throws `NOT_INTEGER` unless the delta is an integer. */
export function checkDelta(delta: number): void {
  if (Number.isInteger(delta)) return;
  throw new CacheError(
    "NOT_INTEGER",
    `Cannot change a counter: the delta must be an integer: received ${show(delta)}`,
  );
}

/** The integer of 64 bits that a text spells in Redis' way; `undefined`: none. O(1). */
export function parseExactly(text: string): Int64 | undefined {
  const value = parseInteger(text);
  return value === undefined || Number.isSafeInteger(value) ? value : BigInt(text);
}

/** The sum where doubles give it exactly. */
function sumOf(former: Int64, delta: Int64): number | undefined {
  if (typeof former === "bigint" || typeof delta === "bigint") return undefined;
  // A delta of -0 must not store "-0"; the sum of safe integers is exact, or known to be unsafe.
  const sum = former + delta + 0;
  return Number.isSafeInteger(sum) ? sum : undefined;
}

function keep(keyspace: Keyspace, key: string, slot: number, sum: Int64): void {
  reportSet(keyspace, store(keyspace, key, slot, String(sum)));
}

function parseCounter(text: string): number {
  const value = parseInteger(text);
  if (value !== undefined && Number.isSafeInteger(value)) return value;
  if (!INTEGER.test(text)) throw notAnInteger(text);
  throw new CacheError(
    "OVERFLOW",
    `Cannot change a counter: the value must be within ±(2^53 - 1): received ${show(text)}`,
  );
}

function notAnInteger(text: string): CacheError {
  return new CacheError(
    "NOT_INTEGER",
    `Cannot change a counter: the value must be an integer: received ${show(text)}`,
  );
}

function overflow(former: Int64, delta: Int64, range: string): CacheError {
  return new CacheError(
    "OVERFLOW",
    `Cannot change a counter: the result must be within ${range}: received ${former} plus ${delta}`,
  );
}
