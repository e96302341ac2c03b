import { stringBytes } from "../structures/heap-cost.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import type { SortedSet } from "../structures/sorted-set.ts";
import type { ZMember } from "../structures/z-member.ts";
import { expireAt } from "./keys.ts";
import type { Keyspace } from "./keyspace.ts";
import { makeRoomForSet, sortedSetAt } from "./sorted-sets.ts";
import { isSortedSet } from "./value.ts";

/** When a key goes, and what the same clock said when the key was read, in absolute milliseconds. */
interface Lifetime {
  readonly expiresAt: number;
  readonly readAt: number;
}

/** What a key with a byte string holds. */
interface HeldString extends Lifetime {
  readonly type: "string";
  readonly value: string;
}

/** Members of a sorted set, in order of rank, and the rank that goes on from there (0: none). */
export interface SetChunk {
  readonly members: ZMember[];
  readonly size: number;
  readonly expiresAt: number;
  readonly version: number;
  readonly cursor: number;
}

/** What a key with a sorted set holds, from some rank on. */
interface HeldSet extends SetChunk, Lifetime {
  readonly type: "sorted-set";
}

/** Scores that members of a set are to have (`undefined`: not to be there), and its size then. */
export interface SetScores {
  readonly scores: readonly (number | undefined)[];
  readonly size: number;
  readonly expiresAt: number;
}

/**
 * What a key holds; of a sorted set up to `limit` members from the rank `from` on. Counts neither
 * as hit or miss nor as use. O(log N + limit).
 */
export function readState(
  keyspace: Keyspace,
  key: string,
  from: number,
  limit: number,
): HeldString | HeldSet | undefined {
  // The clock is read first: a key that is alive after that has time left by this reading.
  const readAt = keyspace.now();
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return undefined;
  const value = keyspace.valueAt(slot);
  const expiresAt = keyspace.expiresAt(slot);
  if (typeof value === "string") return { type: "string", value, expiresAt, readAt };
  const { size } = value;
  const members = value.range(from, from + limit - 1);
  const next = from + members.length;
  const cursor = next < size ? next : 0;
  const version = keyspace.version(key);
  return { type: "sorted-set", members, size, expiresAt, readAt, version, cursor };
}

/**
 * Gives a key a byte string and a deadline, whatever it held. One that is not after now removes the
 * key. Counts as use, but not among the sets. O(1).
 * @throws {CacheError} `CACHE_FULL` when it cannot fit; nothing changes then
 */
export function writeString(
  keyspace: Keyspace,
  key: string,
  value: string,
  expiresAt: number,
): void {
  if (isOver(keyspace, expiresAt)) {
    vacate(keyspace, key);
    return;
  }
  const slot = keyspace.lookup(key);
  if (keyspace.isLimited) {
    const held = slot === NO_SLOT ? 0 : keyspace.costAt(slot);
    const cost = keyspace.entryCost(key, stringBytes(value.length), expiresAt);
    keyspace.makeRoom(slot === NO_SLOT ? 1 : 0, cost - held, slot);
  }
  if (slot === NO_SLOT) keyspace.insert(key, value, expiresAt);
  else {
    keyspace.overwrite(slot, value, expiresAt);
    keyspace.touch(slot);
  }
  keyspace.onEffect?.({ type: "set", key, value, expiresAt });
}

/**
 * The scores of members, with the size of their set; `undefined` where there is no such key. Counts
 * neither as hit or miss nor as use. O(M).
 * @throws {CacheError} `WRONG_TYPE` when the key holds no sorted set
 */
export function readScores(
  keyspace: Keyspace,
  key: string,
  members: readonly string[],
): (SetScores & Lifetime) | undefined {
  const readAt = keyspace.now();
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return undefined;
  const set = sortedSetAt(keyspace, slot);
  const scores = members.map((member) => set.score(member));
  return { scores, size: set.size, expiresAt: keyspace.expiresAt(slot), readAt };
}

/**
 * Gives members their scores, or removes them, and the key its deadline, where the set then has the
 * size that it is to have; else nothing changes. A key that is not there is an empty set. Size 0, or
 * a deadline that is not after now, removes the key whatever it holds. O(M log N).
 * @returns whether the key is now as it is to be
 * @throws {CacheError} `LEADERBOARD_FULL`, `CACHE_FULL`; nothing changes then
 */
export function writeScores(
  keyspace: Keyspace,
  key: string,
  members: readonly string[],
  { scores, size, expiresAt }: SetScores,
): boolean {
  if (size === 0 || isOver(keyspace, expiresAt)) {
    vacate(keyspace, key);
    return true;
  }
  const slot = keyspace.lookup(key);
  const held = slot === NO_SLOT ? undefined : keyspace.valueAt(slot);
  if (held !== undefined && !isSortedSet(held)) return false;
  const set = held ?? keyspace.newSortedSet();
  const difference = differenceOf(set, members, scores);
  if (set.size + difference.membersMore !== size) return false;
  const bytes = set.byteSizeWith(difference.membersMore, difference.bytesMore);
  makeRoomForSet(keyspace, key, slot, size, bytes, expiresAt);
  applyDifference(keyspace, key, slot, set, difference, expiresAt);
  return true;
}

/** Removes a key of any type, which does not count among the deletes. @returns whether it was there */
export function vacate(keyspace: Keyspace, key: string): boolean {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return false;
  keyspace.remove(slot);
  keyspace.onEffect?.({ type: "delete", key, reason: "deleted" });
  return true;
}

/** Whether a deadline is not after now, so that nothing may be given it. */
export function isOver(keyspace: Keyspace, deadline: number): boolean {
  return deadline !== Infinity && deadline <= keyspace.now();
}

/** {@link expireAt} for any deadline: one that is not after now removes the key. */
export function expireAtOrVacate(keyspace: Keyspace, key: string, deadline: number): boolean {
  return isOver(keyspace, deadline) ? vacate(keyspace, key) : expireAt(keyspace, key, deadline);
}

/** What is to be done with a set, each member once. */
interface Difference {
  readonly put: ZMember[];
  readonly gone: string[];
  membersMore: number;
  bytesMore: number;
}

/** How a set differs from what members are to score; of one given twice the last score counts. */
function differenceOf(
  set: SortedSet,
  members: readonly string[],
  scores: readonly (number | undefined)[],
): Difference {
  // One member, which nearly every call has, needs no map to be there once.
  const pairs = members.map((member, i) => [member, scores[i]] as const);
  const wanted = pairs.length === 1 ? pairs : new Map(pairs);
  const difference: Difference = { put: [], gone: [], membersMore: 0, bytesMore: 0 };
  for (const [member, score] of wanted) {
    const before = set.score(member);
    if (before === score) continue;
    if (score !== undefined) difference.put.push({ member, score });
    else difference.gone.push(member);
    if (before !== undefined && score !== undefined) continue;
    const sign = score === undefined ? -1 : 1;
    difference.membersMore += sign;
    difference.bytesMore += sign * stringBytes(member.length);
  }
  return difference;
}

function applyDifference(
  keyspace: Keyspace,
  key: string,
  slot: number,
  set: SortedSet,
  { put, gone, membersMore }: Difference,
  expiresAt: number,
): void {
  if (slot !== NO_SLOT) keyspace.changing(slot);
  const bytesBefore = set.byteSize;
  // Whoever goes goes first: the set is never larger than what room was made for.
  for (const member of gone) set.delete(member);
  for (const { member, score } of put) set.set(member, score);
  const expiredAt = slot === NO_SLOT ? Infinity : keyspace.expiresAt(slot);
  if (slot === NO_SLOT) keyspace.insert(key, set, expiresAt);
  else {
    if (put.length + gone.length > 0) {
      keyspace.resized(slot, set.byteSize - bytesBefore, membersMore);
    }
    if (expiredAt !== expiresAt) keyspace.setExpiry(slot, expiresAt);
    keyspace.touch(slot);
  }
  // Told the other way round: a key whose members all went would be gone, and its deadline with it.
  if (put.length > 0) keyspace.onEffect?.({ type: "zadd", key, members: put });
  if (gone.length > 0) keyspace.onEffect?.({ type: "zrem", key, members: gone });
  if (expiredAt !== expiresAt) keyspace.onEffect?.({ type: "expire", key, expiresAt });
}
