import { CacheError } from "../errors.ts";
import { type AddConditions, NO_CONDITIONS } from "../structures/add-conditions.ts";
import { stringBytes } from "../structures/heap-cost.ts";
import type { ZMember } from "../structures/z-member.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import type { AddOutcome, SortedSet } from "../structures/sorted-set.ts";
import type { Keyspace } from "./keyspace.ts";
import { isSortedSet, spokenType } from "./value.ts";

/** Conditions of an add, and what it counts. */
export interface AddOptions extends AddConditions {
  /** Count changed members, too, not only added ones. */
  changed?: boolean | undefined;
}

/**
 * Adds members, or gives them other scores, in the order given, and returns how many were added
 * (with `changed`: added or changed). Whoever parsed them has checked that the scores are numbers
 * and that the conditions do not contradict each other. O(M log N).
 * @throws {CacheError} `WRONG_TYPE`, `LEADERBOARD_FULL`, `CACHE_FULL`; nothing changes then
 */
export function zAdd(
  keyspace: Keyspace,
  key: string,
  members: readonly ZMember[],
  options: AddOptions,
): number {
  const slot = keyspace.lookup(key);
  const existing = slot === NO_SLOT ? undefined : sortedSetAt(keyspace, slot);
  if (members.length === 0 || (existing === undefined && options.xx === true)) return 0;
  reserve(keyspace, key, slot, members, options);

  if (slot !== NO_SLOT) keyspace.changing(slot);
  const set = existing ?? keyspace.newSortedSet();
  const sizeBefore = set.size;
  const bytesBefore = set.byteSize;
  const changes: ZMember[] | undefined = keyspace.onEffect === undefined ? undefined : [];
  let added = 0;
  let updated = 0;
  for (const entry of members) {
    const outcome = set.add(entry.member, entry.score, options);
    if (outcome === "added") added++;
    else if (outcome === "updated") updated++;
    else continue;
    changes?.push(entry);
  }
  if (added + updated > 0) {
    const isNew = slot === NO_SLOT;
    const stored = commit(keyspace, key, slot, set, sizeBefore, bytesBefore);
    if (changes !== undefined) reportAdded(keyspace, stored, isNew, changes);
  } else if (slot !== NO_SLOT) keyspace.touch(slot);
  return options.changed === true ? added + updated : added;
}

/** Adds one member, as {@link zAdd}, and tells what became of it. O(log N). */
export function zAddOne(
  keyspace: Keyspace,
  key: string,
  member: string,
  score: number,
  conditions: AddConditions,
): AddOutcome {
  const slot = keyspace.lookup(key);
  const existing = slot === NO_SLOT ? undefined : sortedSetAt(keyspace, slot);
  if (existing === undefined && conditions.xx === true) return "refused";
  if (keyspace.isLimitedForSets && existing?.has(member) !== true) {
    reserve(keyspace, key, slot, [{ member, score }], conditions);
  }
  if (slot !== NO_SLOT) keyspace.changing(slot);
  const set = existing ?? keyspace.newSortedSet();
  const sizeBefore = set.size;
  const bytesBefore = set.byteSize;
  const outcome = set.add(member, score, conditions);
  if (outcome === "added" || outcome === "updated") {
    const isNew = slot === NO_SLOT;
    const stored = commit(keyspace, key, slot, set, sizeBefore, bytesBefore);
    if (keyspace.onEffect !== undefined) reportAdded(keyspace, stored, isNew, [{ member, score }]);
  } else if (slot !== NO_SLOT) keyspace.touch(slot);
  return outcome;
}

/**
 * Adds `delta` to a member's score, an absent one being 0, and returns the new score. O(log N).
 * @throws {CacheError} `INVALID_SCORE` when the delta or the sum is NaN, `WRONG_TYPE`,
 * `LEADERBOARD_FULL`, `CACHE_FULL`; nothing changes then
 */
export function zIncrBy(keyspace: Keyspace, key: string, member: string, delta: number): number {
  return zIncrByIf(keyspace, key, member, delta, NO_CONDITIONS) as number;
}

/** Adds to a score, as {@link zIncrBy}; `undefined` where the conditions forbid it. O(log N). */
export function zIncrByIf(
  keyspace: Keyspace,
  key: string,
  member: string,
  delta: number,
  conditions: AddConditions,
): number | undefined {
  const slot = keyspace.lookup(key);
  const existing = slot === NO_SLOT ? undefined : sortedSetAt(keyspace, slot);
  const before = existing?.score(member);
  if (before === undefined) {
    if (conditions.xx === true) {
      if (slot !== NO_SLOT) keyspace.touch(slot);
      return undefined;
    }
    if (keyspace.isLimitedForSets) {
      reserve(keyspace, key, slot, [{ member, score: delta }], conditions);
    }
  }
  if (slot !== NO_SLOT) keyspace.changing(slot);
  const set = existing ?? keyspace.newSortedSet();
  const sizeBefore = set.size;
  const bytesBefore = set.byteSize;
  const score = set.increment(member, delta, conditions);
  if (score === undefined || score === before) {
    if (slot !== NO_SLOT) keyspace.touch(slot);
    return score;
  }
  const isNew = slot === NO_SLOT;
  const stored = commit(keyspace, key, slot, set, sizeBefore, bytesBefore);
  if (keyspace.onEffect !== undefined) reportAdded(keyspace, stored, isNew, [{ member, score }]);
  return score;
}

/** Removes members, and returns how many were there. O(M log N). */
export function zRem(keyspace: Keyspace, key: string, members: readonly string[]): number {
  return change(keyspace, key, (set) => members.filter((member) => set.delete(member))).length;
}

/** Which end of a sorted set: the lowest scores or the highest. */
export type End = "min" | "max";

/** Removes and returns up to `count` members from one end, the outermost first. O(M log N). */
export function zPop(keyspace: Keyspace, key: string, end: End, count: number): ZMember[] {
  return removeEntries(keyspace, key, (set) =>
    end === "min" ? set.popMin(count) : set.popMax(count),
  );
}

/** Removes what `take` takes out of the sorted set of a key, and returns it. */
export function removeEntries(
  keyspace: Keyspace,
  key: string,
  take: (set: SortedSet) => ZMember[],
): ZMember[] {
  let removed: ZMember[] = [];
  change(keyspace, key, (set) => {
    removed = take(set);
    return removed.map((entry) => entry.member);
  });
  return removed;
}

/**
 * The sorted set of a key, used just now, or `undefined` where there is no such key; it counts as a hit or
 * a miss. O(1).
 */
export function readSet(keyspace: Keyspace, key: string): SortedSet | undefined {
  const set = useSet(keyspace, key);
  if (set === undefined) keyspace.stats.leaderboardMisses++;
  else keyspace.stats.leaderboardHits++;
  return set;
}

/** What {@link readSet} returns, for whoever is about to write it or read it once more: it counts nothing. */
export function useSet(keyspace: Keyspace, key: string): SortedSet | undefined {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return undefined;
  const set = sortedSetAt(keyspace, slot);
  keyspace.touch(slot);
  return set;
}

/** Whether a key holds a sorted set. Does not count as use. O(1). */
export function holdsSet(keyspace: Keyspace, key: string): boolean {
  const slot = keyspace.lookup(key);
  return slot !== NO_SLOT && isSortedSet(keyspace.valueAt(slot));
}

/**
 * Gives a key a sorted set, whatever it held; an empty one removes the key. The key has the deadline
 * given, else the default one. O(1), but for who listens to effects. @returns the size
 */
export function storeSet(
  keyspace: Keyspace,
  key: string,
  set: SortedSet,
  expiresAt = keyspace.defaultExpiry(),
): number {
  const slot = keyspace.lookup(key);
  if (set.size > 0) makeRoomForSet(keyspace, key, slot, set.size, set.byteSize, expiresAt);
  if (slot !== NO_SLOT) {
    keyspace.remove(slot);
    keyspace.onEffect?.({ type: "delete", key, reason: "deleted" });
  }
  if (set.size > 0) {
    const stored = keyspace.insert(key, set, expiresAt);
    if (keyspace.onEffect !== undefined) reportAdded(keyspace, stored, true, [...set]);
  }
  return set.size;
}

/**
 * Makes sure that a key may hold a set of so many members and bytes with that deadline, in place of
 * what it holds now (-1: there is no such key).
 * @throws {CacheError} `LEADERBOARD_FULL`, `CACHE_FULL`; nothing changes then
 */
export function makeRoomForSet(
  keyspace: Keyspace,
  key: string,
  slot: number,
  size: number,
  bytes: number,
  expiresAt: number,
): void {
  if (!keyspace.isLimitedForSets) return;
  checkMembers(keyspace, size);
  const isNew = slot === NO_SLOT;
  if (isNew || !isSortedSet(keyspace.valueAt(slot))) keyspace.makeRoomForLeaderboard(slot);
  const held = isNew ? 0 : keyspace.costAt(slot);
  keyspace.makeRoom(isNew ? 1 : 0, keyspace.entryCost(key, bytes, expiresAt) - held, slot);
}

/** The sorted set at a slot. @throws {CacheError} `WRONG_TYPE` */
export function sortedSetAt(keyspace: Keyspace, slot: number): SortedSet {
  const value = keyspace.valueAt(slot);
  if (isSortedSet(value)) return value;
  throw new CacheError(
    "WRONG_TYPE",
    "Cannot use the value as a leaderboard: the key must hold a sorted set: " +
      `received ${spokenType(value)}`,
  );
}

/**
 * Brings the keyspace up to date with a set that was changed: it comes, stays or goes.
 * @returns its slot, -1 when it went
 */
function commit(
  keyspace: Keyspace,
  key: string,
  slot: number,
  set: SortedSet,
  sizeBefore: number,
  bytesBefore: number,
): number {
  if (slot === NO_SLOT) {
    return set.size === 0 ? NO_SLOT : keyspace.insert(key, set, keyspace.defaultExpiry());
  }
  keyspace.resized(slot, set.byteSize - bytesBefore, set.size - sizeBefore);
  if (set.size === 0) {
    keyspace.remove(slot);
    return NO_SLOT;
  }
  keyspace.touch(slot);
  return slot;
}

/** Lets `remove` take members out of the set of a key; it returns who went. */
function change(keyspace: Keyspace, key: string, remove: (set: SortedSet) => string[]): string[] {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return [];
  const set = sortedSetAt(keyspace, slot);
  const sizeBefore = set.size;
  const bytesBefore = set.byteSize;
  keyspace.changing(slot);
  const removed = remove(set);
  if (removed.length > 0) {
    commit(keyspace, key, slot, set, sizeBefore, bytesBefore);
    keyspace.onEffect?.({ type: "zrem", key, members: removed });
  } else keyspace.touch(slot);
  return removed;
}

/** Makes sure that all new members fit, before the first of them is added. */
function reserve(
  keyspace: Keyspace,
  key: string,
  slot: number,
  members: readonly ZMember[],
  options: AddConditions,
): void {
  if (!keyspace.isLimitedForSets) return;
  const set = slot === NO_SLOT ? keyspace.newSortedSet() : sortedSetAt(keyspace, slot);
  const fresh = new Set<string>();
  if (options.xx !== true) {
    for (const { member } of members) if (!set.has(member)) fresh.add(member);
  }
  if (fresh.size === 0) return;
  checkMembers(keyspace, set.size + fresh.size);
  let bytes = 0;
  for (const member of fresh) bytes += stringBytes(member.length);
  const cost = set.byteSizeWith(fresh.size, bytes);
  if (slot !== NO_SLOT) keyspace.makeRoom(0, cost - set.byteSize, slot);
  else {
    keyspace.makeRoomForLeaderboard(NO_SLOT);
    keyspace.makeRoom(1, keyspace.entryCost(key, cost, keyspace.defaultExpiry()), NO_SLOT);
  }
}

/** Throws `LEADERBOARD_FULL` for more members than one set may have. */
export function checkMembers(keyspace: Keyspace, size: number): void {
  const { maxMembersPerSet } = keyspace.config;
  if (size <= maxMembersPerSet) return;
  throw new CacheError(
    "LEADERBOARD_FULL",
    `Cannot add members: maxMembersPerSet is ${maxMembersPerSet}: received ${size} in one set`,
  );
}

/** Reports members with their scores; of a new key also when it goes. */
function reportAdded(
  keyspace: Keyspace,
  slot: number,
  isNew: boolean,
  members: readonly ZMember[],
): void {
  // By slot, since a key with a short ttl may be over by now: what was done is reported all the same.
  const key = keyspace.keyAt(slot);
  keyspace.onEffect?.({ type: "zadd", key, members });
  const expiresAt = keyspace.expiresAt(slot);
  if (isNew && expiresAt !== Infinity) keyspace.onEffect?.({ type: "expire", key, expiresAt });
}
