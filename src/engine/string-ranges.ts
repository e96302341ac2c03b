import { NO_SLOT } from "../structures/slot-table.ts";
import type { Keyspace } from "./keyspace.ts";
import { markEdited } from "./string-encoding.ts";
import { checkValueBytes, get, reportSet, store, stringAt } from "./strings.ts";

/**
 * The bytes of a value from `start` to `end`, both included, negative ones counted from the end;
 * empty where there are none, or no such key. O(length of the result).
 * @throws {CacheError} `WRONG_TYPE`
 */
export function getRange(keyspace: Keyspace, key: string, start: number, end: number): string {
  const value = get(keyspace, key) ?? "";
  // Two ends before the beginning would both become 0, and so a range of one byte.
  if (start < 0 && end < 0 && start > end) return "";
  const first = start < 0 ? Math.max(0, value.length + start) : start;
  const last = end < 0 ? Math.max(0, value.length + end) : end;
  return first > last ? "" : value.slice(first, last + 1);
}

/**
 * Overwrites the value of a key from `offset` on, filling up with zero bytes what lies before, and
 * returns the length. The deadline stays; no data changes nothing. O(length of the value).
 * @throws {CacheError} `WRONG_TYPE`; `OVERFLOW` when more than `bytesMax` bytes would have to be
 * held; `CACHE_FULL`
 */
export function setRange(
  keyspace: Keyspace,
  key: string,
  offset: number,
  data: string,
  bytesMax: number,
): number {
  const slot = keyspace.lookup(key);
  const former = slot === NO_SLOT ? "" : stringAt(keyspace, slot, "overwrite a part of");
  if (data === "") return former.length;
  const end = offset + data.length;
  checkValueBytes("overwrite", end, bytesMax);
  const stored = store(keyspace, key, slot, overwritten(former, offset, data));
  markEdited(keyspace, stored);
  reportSet(keyspace, stored);
  return Math.max(former.length, end);
}

function overwritten(former: string, offset: number, data: string): string {
  const gap = offset > former.length ? "\0".repeat(offset - former.length) : "";
  const text = former.slice(0, offset) + gap + data + former.slice(offset + data.length);
  // Reading a char joins the parts: they would keep the former value alive.
  text.charCodeAt(0);
  return text;
}
