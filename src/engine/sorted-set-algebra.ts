import type { ZMember } from "../structures/z-member.ts";
import {
  type AlgebraOptions,
  checkAlgebra,
  countIntersection,
  difference,
  intersection,
  union,
} from "../structures/set-algebra.ts";
import type { SortedSet } from "../structures/sorted-set.ts";
import type { Keyspace } from "./keyspace.ts";
import { readSet, storeSet } from "./sorted-sets.ts";

/** How several sorted sets become one. */
export type Combination = "union" | "intersection" | "difference";

/**
 * The members of the combination, ranked. Keys that do not exist are empty sets.
 * @throws {CacheError} `INVALID_OPTIONS`, `WRONG_TYPE`
 */
export function zCombine(
  keyspace: Keyspace,
  combination: Combination,
  keys: readonly string[],
  options: AlgebraOptions,
): ZMember[] {
  return [...combined(keyspace, combination, keys, options)];
}

/**
 * Stores the combination under a key, whatever it held, and returns its size; an empty one removes
 * the key.
 * @throws {CacheError} `INVALID_OPTIONS`, `WRONG_TYPE`, `LEADERBOARD_FULL`, `CACHE_FULL`; nothing
 * changes then
 */
export function zCombineStore(
  keyspace: Keyspace,
  combination: Combination,
  destination: string,
  keys: readonly string[],
  options: AlgebraOptions,
): number {
  return storeSet(keyspace, destination, combined(keyspace, combination, keys, options));
}

/**
 * Stores the members of one key from one rank to another under a second key, whatever that held,
 * and returns how many; none removes the second key. O(log N + M log M).
 */
export function zRangeStore(
  keyspace: Keyspace,
  destination: string,
  source: string,
  start: number,
  stop: number,
  reverse: boolean,
): number {
  const result = keyspace.newSortedSet();
  // The range is read even where there is no source, so that bad ranks are refused all the same.
  const set = readSet(keyspace, source) ?? result;
  for (const { member, score } of set.range(start, stop, reverse)) result.set(member, score);
  return storeSet(keyspace, destination, result);
}

/** How many members all the sets have in common, counted up to `limit`. O(K * S) as the intersection. */
export function zInterCard(keyspace: Keyspace, keys: readonly string[], limit: number): number {
  return countIntersection(operands(keyspace, keys), limit);
}

/**
 * The combination as a set of its own, which no key holds yet.
 * @throws {CacheError} `INVALID_OPTIONS`, `WRONG_TYPE`
 */
export function combined(
  keyspace: Keyspace,
  combination: Combination,
  keys: readonly string[],
  options: AlgebraOptions,
): SortedSet {
  checkAlgebra(keys.length, options);
  const sets = operands(keyspace, keys);
  const result = keyspace.newSortedSet();
  if (combination === "union") union(sets, options, result);
  else if (combination === "intersection") intersection(sets, options, result);
  else difference(sets, result);
  return result;
}

/**
 * What the keys put into a combination. Whatever else can stand for a sorted set, such as a plain set
 * whose members all count 1, is taken here for one.
 */
function operands(keyspace: Keyspace, keys: readonly string[]): (SortedSet | undefined)[] {
  return keys.map((key) => readSet(keyspace, key));
}
