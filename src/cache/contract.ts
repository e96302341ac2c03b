import type { LexBound } from "../structures/lex-bound.ts";
import type { ScoreBound } from "../structures/score-bound.ts";
import type { AlgebraOptions } from "../structures/set-algebra.ts";
import type { ZMember } from "../structures/z-member.ts";
import type { AddOptions } from "../engine/sorted-sets.ts";

/** A span of time: milliseconds, or a decimal number with a unit: `"500ms" "30s" "10m" "1h" "7d" "2w"`. */
export type Duration = number | string;

/** What every call takes. */
export interface CallOptions {
  /** Ends the call early: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Options of `set` and `setMany`. */
export interface SetOptions extends CallOptions {
  /** How long the key lives. Default: the cache's `defaultTtl`; `Infinity`: it never expires. */
  ttl?: Duration | undefined;
  /**
   * The same moment as an absolute time, in milliseconds of the cache's clock; it decides where both
   * are given. `Infinity`: never. One that is not after now removes the key.
   */
  expiresAt?: number | undefined;
}

/** Options of `expire`. */
export interface ExpireOptions extends CallOptions {
  /**
   * The same moment as an absolute time, in milliseconds of the cache's clock; it decides instead of
   * the ttl. `Infinity`: never. One that is not after now removes the key.
   */
  expiresAt?: number | undefined;
}

/** Options of `zAdd`: Redis' NX, XX, GT, LT and CH. */
export interface ZAddOptions extends AddOptions, CallOptions {}

/** Options of `zRank`, `zRange` and `zRangeStore`. */
export interface ZReverseOptions extends CallOptions {
  /** Count ranks from the highest score. */
  reverse?: boolean | undefined;
}

/** Options of `zRangeByScore` and `zRangeByLex`. */
export interface ZRangeOptions extends ZReverseOptions {
  /** How many to leave out first. Default 0. */
  offset?: number | undefined;
  /** How many at most; negative: all. Default all. */
  count?: number | undefined;
}

/** Options of `zUnion`, `zInter`, `zUnionStore` and `zInterStore`. */
export interface ZCombineOptions extends AlgebraOptions, CallOptions {}

/**
 * The byte-level contract that every backend keeps. A miss is a value (`undefined`, `false`, `0`),
 * never an exception; an error is a `CacheError` with a stable code; every call rejects, none
 * throws. Text is stored as its UTF-8.
 */
export interface Cache extends AsyncDisposable {
  /** The value of a key. Rejects with `WRONG_TYPE` where it is no string. O(1) */
  get(key: string, options?: CallOptions): Promise<Buffer | undefined>;
  /** Gives a key a value and a ttl, whatever it held. O(1) */
  set(key: string, value: string | Uint8Array, options?: SetOptions): Promise<void>;
  /** Removes a key of any type; whether it was there. O(1) */
  delete(key: string, options?: CallOptions): Promise<boolean>;
  /** Whether a key is there. Does not count as use. O(1) */
  exists(key: string, options?: CallOptions): Promise<boolean>;
  /** Removes all keys. */
  clear(options?: CallOptions): Promise<void>;
  /** Adds an integer (1) to a counter, which starts at 0, and returns the sum. O(1) */
  incr(key: string, delta?: number, options?: CallOptions): Promise<number>;
  /** Subtracts an integer (1) from a counter, which starts at 0, and returns the rest. O(1) */
  decr(key: string, delta?: number, options?: CallOptions): Promise<number>;
  /** Appends to a value and returns its new length in bytes. */
  append(key: string, data: string | Uint8Array, options?: CallOptions): Promise<number>;
  /** The values of the keys, in order; `undefined` also for another type. */
  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]>;
  /**
   * Sets all pairs or, on one cache, none. Where keys are evicted the pairs are as sets one after
   * the other: more of them than there is room for evict each other.
   */
  setMany(
    entries: Iterable<readonly [key: string, value: string | Uint8Array]>,
    options?: SetOptions,
  ): Promise<void>;
  /** Removes keys; how many were there. */
  deleteMany(keys: readonly string[], options?: CallOptions): Promise<number>;
  /** Milliseconds that a key still has, more than 0; `Infinity`: it stays; `undefined`: no key. */
  ttl(key: string, options?: CallOptions): Promise<number | undefined>;
  /** Gives a key another ttl, `Infinity` for none; whether the key is there. */
  expire(key: string, ttl: Duration, options?: ExpireOptions): Promise<boolean>;
  /**
   * The keys that match a Redis glob (`* ? [a-z] [^a] \`), all by default, in no order. A key that
   * stays throughout is seen; one that comes or goes meanwhile may be.
   */
  keys(pattern?: string, options?: CallOptions): AsyncIterable<string>;
  /** Names this incarnation of the store: another one after a restart. */
  bootId(options?: CallOptions): Promise<string>;
  /** Ends the cache. Idempotent; every later call rejects with `CLOSED`. */
  close(): Promise<void>;
}

/**
 * A {@link Cache} with sorted sets, as Redis has them. Ranks count from 0, at the lowest score or,
 * with `reverse`, at the highest; equal scores rank by the bytes of their members. A sorted set
 * that becomes empty is no longer there.
 */
export interface LeaderboardCache extends Cache {
  /** Adds members or changes their scores, in order; how many were added (or changed). O(M log N) */
  zAdd(key: string, members: ZMember | Iterable<ZMember>, options?: ZAddOptions): Promise<number>;
  /** Adds to a member's score, which starts at 0, and returns the sum. O(log N) */
  zIncrBy(key: string, member: string, delta: number, options?: CallOptions): Promise<number>;
  /** A member's score. O(1) */
  zScore(key: string, member: string, options?: CallOptions): Promise<number | undefined>;
  /** The scores of members, in order. O(M) */
  zMScore(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<(number | undefined)[]>;
  /** A member's 0-based rank. O(log N) */
  zRank(key: string, member: string, options?: ZReverseOptions): Promise<number | undefined>;
  /** The members between two ranks, both included; negative ones count from the end. O(log N + M) */
  zRange(key: string, start: number, stop: number, options?: ZReverseOptions): Promise<ZMember[]>;
  /** The members between two scores. `min` comes first also with `reverse`. O(log N + M) */
  zRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]>;
  /** How many members there are. O(1) */
  zCard(key: string, options?: CallOptions): Promise<number>;
  /** How many members there are between two scores. O(log N) */
  zCount(key: string, min: ScoreBound, max: ScoreBound, options?: CallOptions): Promise<number>;
  /** Removes members; how many were there. O(M log N) */
  zRem(key: string, members: string | Iterable<string>, options?: CallOptions): Promise<number>;
  /** Removes the members between two ranks; how many. O(log N + M) */
  zRemRangeByRank(key: string, start: number, stop: number, options?: CallOptions): Promise<number>;
  /** Removes the members between two scores; how many. O(log N + M) */
  zRemRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: CallOptions,
  ): Promise<number>;
  /** Removes and returns the lowest members (1), the lowest first. O(M log N) */
  zPopMin(key: string, count?: number, options?: CallOptions): Promise<ZMember[]>;
  /** Removes and returns the highest members (1), the highest first. O(M log N) */
  zPopMax(key: string, count?: number, options?: CallOptions): Promise<ZMember[]>;
  /** All members, in no order, with the guarantee of {@link Cache.keys}. */
  zScan(key: string, options?: CallOptions): AsyncIterable<ZMember>;

  /** The members of all sets, their weighted scores summed (or the least, or the greatest). */
  zUnion(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]>;
  /** The members that are in every set. */
  zInter(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]>;
  /** The members of the first set that are in no other one. */
  zDiff(keys: readonly string[], options?: CallOptions): Promise<ZMember[]>;
  /** Stores a union under a key, whatever that held; its size. */
  zUnionStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number>;
  /** Stores an intersection under a key, whatever that held; its size. */
  zInterStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number>;
  /** Stores a difference under a key, whatever that held; its size. */
  zDiffStore(destination: string, keys: readonly string[], options?: CallOptions): Promise<number>;
  /** Stores the members between two ranks under a key, whatever that held; how many. */
  zRangeStore(
    destination: string,
    source: string,
    start: number,
    stop: number,
    options?: ZReverseOptions,
  ): Promise<number>;
  /** The members between two members, in a set whose scores are all equal. O(log N + M) */
  zRangeByLex(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]>;
  /** How many members there are between two members, at equal scores. O(log N) */
  zLexCount(key: string, min: LexBound, max: LexBound, options?: CallOptions): Promise<number>;
  /** Removes the members between two members, at equal scores; how many. O(log N + M) */
  zRemRangeByLex(key: string, min: LexBound, max: LexBound, options?: CallOptions): Promise<number>;
  /** Random members: up to `count` (1) different ones, or `-count` with repeats. */
  zRandMember(key: string, count?: number, options?: CallOptions): Promise<ZMember[]>;
  /** Pops from the first of the keys that has members; `undefined` where none has. */
  zMPop(
    keys: readonly string[],
    end: "min" | "max",
    count?: number,
    options?: CallOptions,
  ): Promise<{ key: string; members: ZMember[] } | undefined>;
}
