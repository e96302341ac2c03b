import { CacheError, show } from "../errors.ts";
import type { ZMember } from "./z-member.ts";

/** How the scores that a member has in several sets become one. */
export type Aggregate = "sum" | "min" | "max";

/** Options of a union or an intersection, as those of Redis' ZUNION and ZINTER. */
export interface AlgebraOptions {
  /** A factor for the scores of each set, in the order of the sets. Default 1 for each. */
  weights?: readonly number[] | undefined;
  /** What becomes of the scores of a member that is in several sets. Default `"sum"`. */
  aggregate?: Aggregate | undefined;
}

const NO_WEIGHTS: AlgebraOptions = Object.freeze({});

/** What this module needs of a sorted set. */
interface ScoredSet extends Iterable<ZMember> {
  readonly size: number;
  score(member: string): number | undefined;
  has(member: string): boolean;
  set(member: string, score: number): unknown;
  delete(member: string): unknown;
}

/** A set that takes part; `undefined` is an empty one. */
type Operand = ScoredSet | undefined;

/** A set that takes part, with its weight. */
interface Weighted {
  readonly set: Operand;
  readonly weight: number;
}

/**
 * Throws `INVALID_OPTIONS` where there is no set at all, a weight is no number or there are not as
 * many weights as sets, or the aggregate is unknown.
 */
export function checkAlgebra(sets: number, options: AlgebraOptions): void {
  const { weights, aggregate } = options;
  if (sets === 0) throw invalidOptions("there must be at least one key", "none");
  if (weights !== undefined && !Array.isArray(weights)) {
    throw invalidOptions("weights must be an array", show(weights));
  }
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
export function union(sets: readonly Operand[], options: AlgebraOptions, result: ScoredSet): void {
  for (const { set, weight } of bySize(sets, options)) {
    for (const { member, score } of set ?? []) {
      const weighted = orZero(score * weight);
      const former = result.score(member);
      if (former === undefined) result.set(member, weighted);
      else replace(result, member, former, merge(former, weighted, options.aggregate));
    }
  }
}

/**
 * Adds the members that are in every set to an empty `result`. O(K * S + M log M), S the smallest
 * of K sets, M the result.
 */
export function intersection(
  sets: readonly Operand[],
  options: AlgebraOptions,
  result: ScoredSet,
): void {
  const operands = bySize(sets, options);
  for (const { member } of operands[0]?.set ?? []) {
    const score = commonScore(member, operands, options.aggregate);
    if (score !== undefined) result.set(member, score);
  }
}

/** How many members are in every set, counted up to `limit`. O(K * S), S the smallest of K sets. */
export function countIntersection(sets: readonly Operand[], limit: number): number {
  const [first, ...others] = bySize(sets, NO_WEIGHTS);
  let count = 0;
  for (const { member } of first?.set ?? []) {
    if (count >= limit) break;
    if (others.every(({ set }) => set?.has(member) === true)) count++;
  }
  return count;
}

/** Adds the members of the first set that are in no other one to an empty `result`. O(K * N + M log M), N the first's size. */
export function difference(sets: readonly Operand[], result: ScoredSet): void {
  const [first, ...others] = sets;
  for (const { member, score } of first ?? []) {
    if (!others.some((set) => set?.has(member) === true)) result.set(member, score);
  }
}

function replace(result: ScoredSet, member: string, former: number, score: number): void {
  // To a set -0 is 0: only a member that is new to it gets the other sign.
  if (former === score && !Object.is(former, score)) result.delete(member);
  result.set(member, score);
}

/** The smallest set first, as Redis takes them: infinities and rounding depend on the order. */
function bySize(sets: readonly Operand[], options: AlgebraOptions): Weighted[] {
  const operands = sets.map((set, i) => ({ set, weight: options.weights?.[i] ?? 1 }));
  return operands.sort((a, b) => sizeOf(a.set) - sizeOf(b.set));
}

function commonScore(
  member: string,
  operands: readonly Weighted[],
  aggregate: Aggregate | undefined,
): number | undefined {
  let common: number | undefined;
  for (const { set, weight } of operands) {
    const score = set?.score(member);
    if (score === undefined) return undefined;
    // Redis looks for NaN in the first product, and from then on only in the sum.
    if (common === undefined) common = orZero(score * weight);
    else common = merge(common, score * weight, aggregate);
  }
  return common;
}

function merge(a: number, b: number, aggregate: Aggregate = "sum"): number {
  if (aggregate === "min") return b < a ? b : a;
  if (aggregate === "max") return b > a ? b : a;
  return orZero(a + b);
}

/** Infinity times 0, and Infinity minus Infinity, count as 0, as in Redis. */
function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score;
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
