import { NO_SLOT } from "../structures/slot-table.ts";
import type { Random } from "../structures/random.ts";
import type { GlobMatcher } from "./glob.ts";
import type { Keyspace } from "./keyspace.ts";
import { type TypeName, typeOf } from "./value.ts";

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

/** Slots drawn before a walk looks for one in use. */
const RANDOM_DRAWS_MAX = 64;
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

/** Some key that is alive, drawn at random; `undefined` where there is none. O(1) on average. */
export function randomKey(keyspace: Keyspace, random: Random): string | undefined {
  const { slotsEnd } = keyspace;
  for (let draw = 0; draw < RANDOM_DRAWS_MAX && keyspace.size > 0; draw++) {
    const key = keyspace.livingAt(Math.floor(random() * slotsEnd));
    if (key !== undefined) return key;
  }
  // Hardly a slot is in use: the first one from a random place on.
  const start = Math.floor(random() * slotsEnd);
  for (let i = 0; i < slotsEnd && keyspace.size > 0; i++) {
    const key = keyspace.livingAt((start + i) % slotsEnd);
    if (key !== undefined) return key;
  }
  return undefined;
}

function filterKeys(keyspace: Keyspace, keys: string[], { matches, type }: ScanFilter): string[] {
  let kept = keys;
  if (matches !== undefined) kept = kept.filter(matches);
  if (type !== undefined) kept = kept.filter((key) => hasType(keyspace, key, type));
  return kept;
}

function hasType(keyspace: Keyspace, key: string, type: string): boolean {
  const slot = keyspace.lookup(key);
  return slot !== NO_SLOT && typeOf(keyspace.valueAt(slot)) === type;
}
