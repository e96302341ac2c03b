import type { LexBound, RankSpan } from "../structures/lex-bound.ts";
import type { SortedSet } from "../structures/sorted-set.ts";
import type { ZMember } from "../structures/z-member.ts";
import type { Keyspace } from "./keyspace.ts";
import { readSet, removeEntries, storeSet } from "./sorted-sets.ts";

/** Members from one rank to another, both included; negative ranks count from the end. */
interface RankRange {
  readonly by: "rank";
  readonly start: number;
  readonly stop: number;
}

/** Members with a score from one bound to another. */
export interface ScoreRange {
  readonly by: "score";
  readonly min: number;
  readonly max: number;
  readonly excludesMin: boolean;
  readonly excludesMax: boolean;
}

/** Members from one to another, where all scores are equal. */
export interface LexRange {
  readonly by: "lex";
  readonly min: LexBound;
  readonly max: LexBound;
}

/** A range of a sorted set, by any of its orders. */
export type SetRange = RankRange | ScoreRange | LexRange;

/** Which part of a range is wanted, and in which direction it is read. */
export interface RangeWindow {
  /** From the highest down; ranks of a {@link RankRange} count from there, too. */
  readonly reverse: boolean;
  /** How many to leave out first; a negative one leaves out all, as in Redis. Not for ranks. */
  readonly offset: number;
  /** How many at most, a negative number for all. Not for ranks. */
  readonly count: number;
}

/** The whole of a range, upwards. */
export const WHOLE: RangeWindow = Object.freeze({ reverse: false, offset: 0, count: -1 });
/** The whole of a range, downwards. */
export const WHOLE_REVERSED: RangeWindow = Object.freeze({ reverse: true, offset: 0, count: -1 });

/** So many members from a rank on, which counts in the direction in which the range is read. */
export interface RankRun {
  readonly first: number;
  readonly count: number;
}

const NO_RUN: RankRun = Object.freeze({ first: 0, count: 0 });

/** So many members are read at once: a run of any length costs no more memory than these. */
const READ_AT_ONCE = 512;

/** Where in a set a range lies. O(log N). */
export function runOf(set: SortedSet, range: SetRange, window: RangeWindow): RankRun {
  if (range.by === "rank") return runOfRanks(set.size, range.start, range.stop);
  const { reverse, offset } = window;
  if (offset < 0) return NO_RUN;
  const { start, end } =
    range.by === "score"
      ? ranksByScore(set, range, reverse, offset)
      : set.ranksByLex(range.min, range.max, reverse, offset);
  const left = Math.max(0, end - start);
  return {
    first: reverse ? set.size - end : start,
    count: window.count < 0 ? left : Math.min(left, window.count),
  };
}

function ranksByScore(
  set: SortedSet,
  range: ScoreRange,
  reverse: boolean,
  offset: number,
): RankSpan {
  const start = set.countBelow(range.min, range.excludesMin);
  const end = set.countBelow(range.max, !range.excludesMax);
  return reverse ? { start, end: end - offset } : { start: start + offset, end };
}

function runOfRanks(size: number, start: number, stop: number): RankRun {
  const first = start < 0 ? Math.max(0, size + start) : start;
  const last = stop < 0 ? size + stop : Math.min(stop, size - 1);
  return { first, count: Math.max(0, last - first + 1) };
}

/** Hands the members of a run to `visit`, some at a time. O(log N + M). */
export function readRun(
  set: SortedSet,
  run: RankRun,
  reverse: boolean,
  visit: (entries: readonly ZMember[]) => void,
): void {
  const end = run.first + run.count;
  for (let at = run.first; at < end; at += READ_AT_ONCE) {
    visit(set.range(at, Math.min(end, at + READ_AT_ONCE) - 1, reverse));
  }
}

/** How many members are in a range. O(log N). @throws {CacheError} `WRONG_TYPE` */
export function zCountRange(keyspace: Keyspace, key: string, range: SetRange): number {
  const set = readSet(keyspace, key);
  return set === undefined ? 0 : runOf(set, range, WHOLE).count;
}

/** Removes a range and returns how many were in it. O(log N + M). @throws {CacheError} `WRONG_TYPE` */
export function zRemoveRange(keyspace: Keyspace, key: string, range: SetRange): number {
  return removeEntries(keyspace, key, (set) => {
    const { first, count } = runOf(set, range, WHOLE);
    return count === 0 ? [] : set.removeRange(first, first + count - 1);
  }).length;
}

/**
 * The members of a range, in the direction in which it is read. O(log N + M).
 * @throws {CacheError} `WRONG_TYPE`
 */
export function zReadRange(
  keyspace: Keyspace,
  key: string,
  range: SetRange,
  window: RangeWindow,
): ZMember[] {
  const set = readSet(keyspace, key);
  if (set === undefined) return [];
  const { first, count } = runOf(set, range, window);
  return count === 0 ? [] : set.range(first, first + count - 1, window.reverse);
}

/**
 * Stores members, all different, under a key, whatever it held, and returns how many; none removes
 * the key. O(M log M).
 * @throws {CacheError} `LEADERBOARD_FULL`, `CACHE_FULL`; nothing changes then
 */
export function zStoreMembers(
  keyspace: Keyspace,
  key: string,
  members: readonly ZMember[],
): number {
  const set = keyspace.newSortedSet();
  for (const { member, score } of members) set.set(member, score);
  return storeSet(keyspace, key, set);
}
