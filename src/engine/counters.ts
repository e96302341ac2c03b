import { CacheError, show } from "../errors.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import type { Keyspace } from "./keyspace.ts";
import { reportSet, store, stringAt } from "./strings.ts";

/** The spelling of an integer that Redis accepts: no sign but a minus, no leading zeros. */
const INTEGER = /^(?:0|-?[1-9]\d*)$/;

/**
 * Adds `delta` to the integer that a key holds, an absent one being 0, and returns the sum. The
 * deadline stays. O(1).
 * @throws {CacheError} `WRONG_TYPE`; `NOT_INTEGER` when the value or the delta is none; `OVERFLOW`
 * when the value or the sum is beyond 2^53 - 1; `CACHE_FULL`. Nothing changes then.
 */
export function incrBy(keyspace: Keyspace, key: string, delta: number): number {
  checkDelta(delta);
  const slot = keyspace.lookup(key);
  const former = slot === NO_SLOT ? 0 : parseCounter(stringAt(keyspace, slot, "count with"));
  // A delta of -0 must not store "-0"; the sum of safe integers is exact, or known to be unsafe.
  const sum = former + delta + 0;
  if (!Number.isSafeInteger(sum)) {
    throw new CacheError(
      "OVERFLOW",
      `Cannot change a counter: the result must be within ±(2^53 - 1): received ${former} plus ${delta}`,
    );
  }
  reportSet(keyspace, store(keyspace, key, slot, String(sum)));
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

function parseCounter(text: string): number {
  if (!INTEGER.test(text)) {
    throw new CacheError(
      "NOT_INTEGER",
      `Cannot change a counter: the value must be an integer: received ${show(text)}`,
    );
  }
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new CacheError(
      "OVERFLOW",
      `Cannot change a counter: the value must be within ±(2^53 - 1): received ${show(text)}`,
    );
  }
  return value;
}
