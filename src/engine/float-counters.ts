import { CacheError, show } from "../errors.ts";
import { parseInteger } from "../protocol/number-text.ts";
import {
  addLongDoubles,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from "../structures/long-double.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import type { Keyspace } from "./keyspace.ts";
import { markAsText } from "./string-encoding.ts";
import { reportSet, store, stringAt } from "./strings.ts";

/** Integers of so many chars are added exactly as doubles. */
const SHORT_INTEGER_CHARS_MAX = 15;

/**
 * Adds a number to the one that a key holds, an absent one being 0, and returns the sum's decimal
 * form, which the key then holds. Added are C's long doubles, as Redis does. The deadline stays. O(1).
 * @throws {CacheError} `WRONG_TYPE`; `INVALID_VALUE` when the value or the increment is no number;
 * `OVERFLOW` when the sum is NaN or infinite; `CACHE_FULL`. Nothing changes then.
 */
export function incrByFloat(keyspace: Keyspace, key: string, increment: string): string {
  const slot = keyspace.lookup(key);
  const former = slot === NO_SLOT ? "0" : stringAt(keyspace, slot, "count with");
  const sum = sumOfShortIntegers(former, increment) ?? sumOf(former, increment);
  const stored = store(keyspace, key, slot, sum);
  markAsText(keyspace, stored);
  reportSet(keyspace, stored);
  return sum;
}

function sumOfShortIntegers(a: string, b: string): string | undefined {
  if (a.length > SHORT_INTEGER_CHARS_MAX || b.length > SHORT_INTEGER_CHARS_MAX) return undefined;
  const left = parseInteger(a);
  const right = parseInteger(b);
  return left === undefined || right === undefined ? undefined : String(left + right);
}

function sumOf(a: string, b: string): string {
  const sum = addLongDoubles(parsed(a), parsed(b));
  if (sum === undefined) {
    throw new CacheError(
      "OVERFLOW",
      `Cannot change a number: the result must be finite: received ${show(a)} plus ${show(b)}`,
    );
  }
  return formatLongDouble(sum);
}

function parsed(text: string): LongDouble {
  const number = parseLongDouble(text);
  if (number !== undefined) return number;
  throw new CacheError(
    "INVALID_VALUE",
    `Cannot change a number: both must be numbers: received ${show(text)}`,
  );
}
