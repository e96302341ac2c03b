import type { GlobMatcher } from "./glob.ts";
import { type TypeName, typeAt } from "./keys.ts";
import type { Keyspace } from "./keyspace.ts";

/** Which keys a scan returns; what is not given does not matter. */
export interface ScanFilter {
  readonly matches?: GlobMatcher | undefined;
  /** Any text: of a type that there is not, there are no keys. */
  readonly type?: TypeName | (string & {}) | undefined;
}

/** Part of all keys, and the cursor that goes on from there, 0 at the end. */
export interface ScanStep {
  readonly cursor: number;
  readonly keys: string[];
}

/** Slots that one step visits at most for each key that it is to return. */
const SLOTS_PER_KEY_MAX = 10;

/**
 * About `count` keys from a cursor on, less those that the filter keeps back. A key that stays from
 * the first step to the last is seen once: Redis' SCAN promises as much. O(count), however few
 * slots are in use.
 */
export function scanKeys(
  keyspace: Keyspace,
  cursor: number,
  count: number,
  filter: ScanFilter,
): ScanStep {
  const keys: string[] = [];
  let next = cursor;
  let slotsLeft = count * SLOTS_PER_KEY_MAX;
  do {
    const slots = count - keys.length;
    slotsLeft -= slots;
    next = keyspace.scan(next, slots, keys);
  } while (next !== 0 && keys.length < count && slotsLeft > 0);
  return { cursor: next, keys: filterKeys(keyspace, keys, filter) };
}

/** All keys that match. O(n). */
export function keysMatching(keyspace: Keyspace, matches: GlobMatcher | undefined): string[] {
  const keys: string[] = [];
  keyspace.scan(0, Infinity, keys);
  return filterKeys(keyspace, keys, { matches });
}

function filterKeys(keyspace: Keyspace, keys: string[], { matches, type }: ScanFilter): string[] {
  let kept = keys;
  if (matches !== undefined) kept = kept.filter(matches);
  if (type !== undefined) kept = kept.filter((key) => hasType(keyspace, key, type));
  return kept;
}

function hasType(keyspace: Keyspace, key: string, type: string): boolean {
  const slot = keyspace.lookup(key);
  return slot >= 0 && typeAt(keyspace, slot) === type;
}
