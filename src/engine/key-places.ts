import { NO_SLOT } from "../structures/slot-table.ts";
import type { SortedSet } from "../structures/sorted-set.ts";
import type { Keyspace } from "./keyspace.ts";
import { type ListpackLimits, markOfSet } from "./sorted-set-encoding.ts";
import { storeSet } from "./sorted-sets.ts";
import { writeString } from "./state.ts";
import {
  applyByType,
  type ByType,
  type CasesByType,
  isSortedSet,
  typeOf,
  type Value,
} from "./value.ts";

/** What became of a rename: `occupied` where the new name was to be free, and was not. */
export type RenameOutcome = "renamed" | "no-such-key" | "occupied";

/**
 * Gives a key another name, which any key that had it loses, unless it is to be free. Value,
 * deadline and notes stay. O(1), but for who listens to effects.
 * @throws {CacheError} `CACHE_FULL` where the longer name does not fit; nothing changes then
 */
export function rename(
  keyspace: Keyspace,
  from: string,
  to: string,
  onlyIfFree: boolean,
): RenameOutcome {
  const slot = keyspace.lookup(from);
  if (slot === NO_SLOT) return "no-such-key";
  keyspace.touch(slot);
  if (from === to) return onlyIfFree ? "occupied" : "renamed";
  const occupied = keyspace.lookup(to);
  if (occupied !== NO_SLOT && onlyIfFree) return refuse(keyspace, occupied, "occupied");
  const held = occupied === NO_SLOT ? 0 : keyspace.costAt(occupied);
  const load = unload(keyspace, slot);
  const cost = keyspace.entryCost(to, 0, Infinity) - keyspace.entryCost(from, 0, Infinity);
  keyspace.makeRoom(0, cost - held, slot);
  removeAndTell(keyspace, from);
  removeAndTell(keyspace, to);
  place(keyspace, to, load);
  return "renamed";
}

/**
 * Moves a key to a sibling of its keyspace, where there must be no key of that name yet. O(1), but
 * for who listens to effects. @returns whether it moved
 * @throws {CacheError} `LEADERBOARD_FULL`; nothing changes then
 */
export function move(source: Keyspace, key: string, destination: Keyspace): boolean {
  const slot = source.lookup(key);
  if (slot === NO_SLOT) return false;
  source.touch(slot);
  const occupied = destination.lookup(key);
  if (occupied !== NO_SLOT) return refuse(destination, occupied, false);
  const load = unload(source, slot);
  // Siblings share the limits of entries and memory: there the key takes the room that it leaves.
  if (isSortedSet(load.value)) destination.makeRoomForLeaderboard(NO_SLOT);
  removeAndTell(source, key);
  place(destination, key, load);
  return true;
}

/** Where a copy goes, and what it may overwrite. */
export interface CopyOptions {
  /** The keyspace itself or a sibling. */
  readonly destination: Keyspace;
  readonly key: string;
  readonly replace: boolean;
  /** By which the copy of a set that Redis would not hold as a listpack is told as such. */
  readonly limits: ListpackLimits;
}

/**
 * Gives another key the same value and the same deadline. O(1) for a string, O(N log N) for a
 * sorted set. @returns false where there is no such key, or the other one exists and must stay
 * @throws {CacheError} `LEADERBOARD_FULL`, `CACHE_FULL`; nothing changes then
 */
export function copy(keyspace: Keyspace, key: string, options: CopyOptions): boolean {
  const { destination, key: newKey, replace, limits } = options;
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return false;
  keyspace.touch(slot);
  const occupied = destination.lookup(newKey);
  if (occupied !== NO_SLOT && !replace) return refuse(destination, occupied, false);
  const value = keyspace.valueAt(slot);
  const expiresAt = keyspace.expiresAt(slot);
  const mark = MARKS_OF_COPIES[typeOf(value)](keyspace, slot, limits);
  // From here on the slot means nothing: what makes room for the copy may evict the key itself.
  applyByType(value, COPIES, destination, newKey, expiresAt);
  if (mark !== 0) markKey(destination, newKey, mark);
  return true;
}

/** The mark that a copy of the value at a slot needs to be told as the original is. */
const MARKS_OF_COPIES: ByType<
  (keyspace: Keyspace, slot: number, limits: ListpackLimits) => number
> = {
  string: (keyspace, slot) => keyspace.markAt(slot),
  zset: markOfSet,
};

/** Gives a key a copy of a value, and a deadline. */
const COPIES: CasesByType<[destination: Keyspace, key: string, expiresAt: number], void> = {
  string(value, destination, key, expiresAt) {
    writeString(destination, key, value, expiresAt);
  },
  zset(set, destination, key, expiresAt) {
    storeSet(destination, key, copySet(set, destination), expiresAt);
  },
};

/** To be in the way counts as a use. */
function refuse<T>(keyspace: Keyspace, occupied: number, answer: T): T {
  keyspace.touch(occupied);
  return answer;
}

function copySet(set: SortedSet, keyspace: Keyspace): SortedSet {
  const copied = keyspace.newSortedSet();
  for (const { member, score } of set) copied.set(member, score);
  return copied;
}

function markKey(keyspace: Keyspace, key: string, mark: number): void {
  const slot = keyspace.lookup(key);
  if (slot !== NO_SLOT) keyspace.mark(slot, mark);
}

/** All that a key takes along to another place. */
interface Load {
  readonly value: Value;
  readonly expiresAt: number;
  readonly mark: number;
  readonly useCount: number;
}

function unload(keyspace: Keyspace, slot: number): Load {
  return {
    value: keyspace.valueAt(slot),
    expiresAt: keyspace.expiresAt(slot),
    mark: keyspace.markAt(slot),
    useCount: keyspace.useCount(slot),
  };
}

function removeAndTell(keyspace: Keyspace, key: string): void {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return;
  keyspace.remove(slot);
  keyspace.onEffect?.({ type: "delete", key, reason: "deleted" });
}

/** Adds a key with its load, for which there is room. */
function place(keyspace: Keyspace, key: string, load: Load): void {
  const { value, expiresAt, mark, useCount } = load;
  const slot = keyspace.insert(key, value, expiresAt);
  keyspace.mark(slot, mark);
  keyspace.setUseCount(slot, useCount);
  if (keyspace.onEffect !== undefined) applyByType(value, REPORTS, keyspace, key, expiresAt);
}

/** Reports a new key with its value and its deadline. */
const REPORTS: CasesByType<[keyspace: Keyspace, key: string, expiresAt: number], void> = {
  string(value, keyspace, key, expiresAt) {
    keyspace.onEffect?.({ type: "set", key, value, expiresAt });
  },
  zset(set, keyspace, key, expiresAt) {
    keyspace.onEffect?.({ type: "zadd", key, members: [...set] });
    if (expiresAt !== Infinity) keyspace.onEffect?.({ type: "expire", key, expiresAt });
  },
};
