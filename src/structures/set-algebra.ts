import { CacheError, show } from "../errors.ts";
import type { SortedSet } from "./sorted-set.ts";

/** How the scores that a member has in several sets become one. */
export type Aggregate = "sum" | "min" | "max";

/** Options of a union or an intersection, as those of Redis' ZUNION and ZINTER. */
export interface AlgebraOptions {
  /** A factor for the scores of each set, in the order of the sets. Default 1 for each. */
  weights?: readonly number[] | undefined;
  /** Default `"sum"`. */
  aggregate?: Aggregate | undefined;
}

/** A set that takes part; `undefined` is an empty one. */
type Operand = SortedSet | undefined;

/**
 * Throws `INVALID_OPTIONS` where there is no set at all, a weight is no number or there are not as
 * many weights as sets, or the aggregate is unknown.
 */
export function checkAlgebra(sets: number, options: AlgebraOptions): void {
  const { weights, aggregate } = options;
  if (sets === 0) throw invalidOptions("there must be at least one key", "none");
  if (weights !== undefined && weights.length !== sets) {
    throw invalidOptions("there must be a weight for each key", `${weights.length} for ${sets}`);
  }
  for (const weight of weights ?? []) {
    if (typeof weight !== "number" || Number.isNaN(weight)) {
      throw invalidOptions("a weight must be a number", show(weight));
    }
  }
  if (aggregate !== undefined && !["sum", "min", "max"].includes(aggregate)) {
    throw invalidOptions('aggregate must be "sum", "min" or "max"', show(aggregate));
  }
}

/** Adds all members of all sets to an empty `result`. O(N log N), N the sum of the sizes. */
export function union(sets: readonly Operand[], options: AlgebraOptions, result: SortedSet): void {
  for (const [i, set] of sets.entries()) {
    const weight = options.weights?.[i] ?? 1;
    for (const { member, score } of set ?? []) {
      const weighted = weigh(score, weight);
      const former = result.score(member);
      result.set(
        member,
        former === undefined ? weighted : merge(former, weighted, options.aggregate),
      );
    }
  }
}

/** Adds the members that are in every set to an empty `result`. O(K * S + M log M), S the smallest of K sets, M the result. */
export function intersection(
  sets: readonly Operand[],
  options: AlgebraOptions,
  result: SortedSet,
): void {
  const smallest = sets.reduce((a, b) => (sizeOf(b) < sizeOf(a) ? b : a));
  for (const { member } of smallest ?? []) {
    const score = commonScore(member, sets, options);
    if (score !== undefined) result.set(member, score);
  }
}

/** Adds the members of the first set that are in no other one to an empty `result`. O(K * N + M log M), N the first's size. */
export function difference(sets: readonly Operand[], result: SortedSet): void {
  const [first, ...others] = sets;
  for (const { member, score } of first ?? []) {
    if (!others.some((set) => set?.has(member) === true)) result.set(member, score);
  }
}

function commonScore(
  member: string,
  sets: readonly Operand[],
  options: AlgebraOptions,
): number | undefined {
  let common: number | undefined;
  for (let i = 0; i < sets.length; i++) {
    const score = sets[i]?.score(member);
    if (score === undefined) return undefined;
    const weighted = weigh(score, options.weights?.[i] ?? 1);
    common = common === undefined ? weighted : merge(common, weighted, options.aggregate);
  }
  return common;
}

/** Infinity times 0 counts as 0, as in Redis. */
function weigh(score: number, weight: number): number {
  const weighted = score * weight;
  return Number.isNaN(weighted) ? 0 : weighted;
}

/** Infinity plus -Infinity counts as 0, as in Redis. */
function merge(a: number, b: number, aggregate: Aggregate = "sum"): number {
  if (aggregate === "min") return Math.min(a, b);
  if (aggregate === "max") return Math.max(a, b);
  return Number.isNaN(a + b) ? 0 : a + b;
}

function sizeOf(set: Operand): number {
  return set?.size ?? 0;
}

function invalidOptions(reason: string, received: string): CacheError {
  return new CacheError(
    "INVALID_OPTIONS",
    `Cannot combine sorted sets: ${reason}: received ${received}`,
  );
}
