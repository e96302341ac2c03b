import type { LexBound } from "../structures/lex-bound.ts";
import type { ScoreBound } from "../structures/score-bound.ts";
import type { AlgebraOptions } from "../structures/set-algebra.ts";
import type { ZMember } from "../structures/z-member.ts";
import type { AddOptions } from "../engine/sorted-sets.ts";
import type { Cache, CallOptions } from "./contract.ts";

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
 * A {@link Cache} with sorted sets, as Redis has them. Ranks count from 0, at the lowest score or,
 * with `reverse`, at the highest; equal scores rank by the bytes of their members. A sorted set
 * that becomes empty is no longer there, and a key that is not there is an empty one.
 *
 * Every call rejects with `WRONG_TYPE` where a key holds a string, and where it takes a member, with
 * `INVALID_MEMBER` for one that is no text. Calls over several keys reject with `CROSS_NODE` where those
 * are not all on the same node, or in the same slot of a Cluster: a `{tag}` in them sees to it.
 */
export interface LeaderboardCache extends Cache {
  /**
   * Adds members or changes their scores, in order; how many were added (or changed). O(M log N)
   * @throws {CacheError} `INVALID_SCORE` for NaN, `INVALID_OPTIONS` for flags that contradict each other,
   * `LEADERBOARD_FULL`, `CACHE_FULL`; nothing changes then
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * console.log(await cache.zAdd("scores", { member: "ada", score: 1200 })); // 1
   * const better = [{ member: "ada", score: 1500 }, { member: "bob", score: 900 }];
   * console.log(await cache.zAdd("scores", better, { gt: true, changed: true })); // 2
   * ```
   */
  zAdd(key: string, members: ZMember | Iterable<ZMember>, options?: ZAddOptions): Promise<number>;
  /**
   * Adds to a member's score, which starts at 0, and returns the sum. O(log N)
   * @throws {CacheError} `INVALID_SCORE` where the delta or the sum is NaN, `LEADERBOARD_FULL`, `CACHE_FULL`
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * console.log(await cache.zIncrBy("scores", "ada", 100)); // 100
   * console.log(await cache.zIncrBy("scores", "ada", -30)); // 70
   * ```
   */
  zIncrBy(key: string, member: string, delta: number, options?: CallOptions): Promise<number>;
  /**
   * A member's score; `undefined`: it is no member. O(1)
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", { member: "ada", score: 1200 });
   * console.log(await cache.zScore("scores", "ada"), await cache.zScore("scores", "bob")); // 1200 undefined
   * ```
   */
  zScore(key: string, member: string, options?: CallOptions): Promise<number | undefined>;
  /**
   * The scores of members, in order; `undefined` for one that is not there. O(M)
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", { member: "ada", score: 1200 });
   * console.log(await cache.zMScore("scores", ["ada", "bob"])); // [ 1200, undefined ]
   * ```
   */
  zMScore(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<(number | undefined)[]>;
  /**
   * A member's 0-based rank, from the lowest score or with `reverse` from the highest. O(log N)
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", [{ member: "ada", score: 1200 }, { member: "bob", score: 900 }]);
   * console.log(await cache.zRank("scores", "ada")); // 1
   * console.log(await cache.zRank("scores", "ada", { reverse: true })); // 0
   * ```
   */
  zRank(key: string, member: string, options?: ZReverseOptions): Promise<number | undefined>;
  /**
   * The members between two ranks, both included; negative ones count from the end. O(log N + M)
   * @throws {CacheError} `INVALID_RANGE` for a rank that is no integer
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", [{ member: "ada", score: 1200 }, { member: "bob", score: 900 }]);
   * const [first] = await cache.zRange("scores", 0, 9, { reverse: true }); // the ten best
   * console.log(first); // { member: 'ada', score: 1200 }
   * console.log(await cache.zRange("scores", 0, -2)); // [ { member: 'bob', score: 900 } ]
   * ```
   */
  zRange(key: string, start: number, stop: number, options?: ZReverseOptions): Promise<ZMember[]>;
  /**
   * The members between two scores, the lowest first or with `reverse` the highest. `min` comes first
   * also then. O(log N + M), and `offset` is free of charge
   * @throws {CacheError} `INVALID_RANGE` for an invalid bound, offset or count
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", [{ member: "ada", score: 1200 }, { member: "bob", score: 900 }]);
   * console.log(await cache.zRangeByScore("scores", 900, "(1200")); // [ { member: 'bob', score: 900 } ]
   * const [best] = await cache.zRangeByScore("scores", "-inf", "+inf", { reverse: true, count: 1 });
   * console.log(best); // { member: 'ada', score: 1200 }
   * ```
   */
  zRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]>;
  /**
   * How many members there are. O(1)
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", [{ member: "ada", score: 1200 }, { member: "bob", score: 900 }]);
   * console.log(await cache.zCard("scores"), await cache.zCard("none")); // 2 0
   * ```
   */
  zCard(key: string, options?: CallOptions): Promise<number>;
  /**
   * How many members there are between two scores. O(log N)
   * @throws {CacheError} `INVALID_RANGE` for an invalid bound
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", [{ member: "ada", score: 1200 }, { member: "bob", score: 900 }]);
   * console.log(await cache.zCount("scores", "(900", "+inf")); // 1
   * ```
   */
  zCount(key: string, min: ScoreBound, max: ScoreBound, options?: CallOptions): Promise<number>;
  /**
   * Removes members; how many were there. O(M log N)
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", [{ member: "ada", score: 1200 }, { member: "bob", score: 900 }]);
   * console.log(await cache.zRem("scores", ["ada", "carol"])); // 1
   * ```
   */
  zRem(key: string, members: string | Iterable<string>, options?: CallOptions): Promise<number>;
  /**
   * Removes the members between two ranks, both included; how many. O(log N + M)
   * @throws {CacheError} `INVALID_RANGE` for a rank that is no integer
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", [{ member: "ada", score: 1200 }, { member: "bob", score: 900 }]);
   * console.log(await cache.zRemRangeByRank("scores", 0, -101)); // 0
   * console.log(await cache.zRemRangeByRank("scores", 0, 0)); // 1
   * ```
   */
  zRemRangeByRank(key: string, start: number, stop: number, options?: CallOptions): Promise<number>;
  /**
   * Removes the members between two scores; how many. O(log N + M)
   * @throws {CacheError} `INVALID_RANGE` for an invalid bound
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", [{ member: "ada", score: 1200 }, { member: "bob", score: 900 }]);
   * console.log(await cache.zRemRangeByScore("scores", "-inf", "(1000")); // 1
   * ```
   */
  zRemRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: CallOptions,
  ): Promise<number>;
  /**
   * Removes and returns the lowest members (1), the lowest first. O(M log N)
   * @throws {CacheError} `INVALID_RANGE` for a count that is no integer, or below 0
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("jobs", [{ member: "mail", score: 5 }, { member: "backup", score: 1 }]);
   * console.log(await cache.zPopMin("jobs")); // [ { member: 'backup', score: 1 } ]
   * ```
   */
  zPopMin(key: string, count?: number, options?: CallOptions): Promise<ZMember[]>;
  /**
   * Removes and returns the highest members (1), the highest first. O(M log N)
   * @throws {CacheError} as {@link LeaderboardCache.zPopMin}
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("bids", [{ member: "ada", score: 20 }, { member: "bob", score: 35 }]);
   * console.log(await cache.zPopMax("bids")); // [ { member: 'bob', score: 35 } ]
   * ```
   */
  zPopMax(key: string, count?: number, options?: CallOptions): Promise<ZMember[]>;
  /**
   * All members, in no order, with the guarantee of {@link Cache.keys}. O(N), a step at a time
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", { member: "ada", score: 1200 });
   * for await (const { member, score } of cache.zScan("scores")) console.log(member, score); // ada 1200
   * ```
   */
  zScan(key: string, options?: CallOptions): AsyncIterable<ZMember>;

  /**
   * The members of all sets, the lowest score first, the weighted scores of one that is in several summed
   * (or the least, or the greatest of them). O(N log N), N the sum of the sizes
   * @throws {CacheError} `INVALID_OPTIONS` without any key, and for invalid weights or an invalid aggregate
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("{scores}:monday", { member: "ada", score: 3 });
   * await cache.zAdd("{scores}:tuesday", { member: "ada", score: 4 });
   * const both = ["{scores}:monday", "{scores}:tuesday"];
   * console.log(await cache.zUnion(both)); // [ { member: 'ada', score: 7 } ]
   * console.log(await cache.zUnion(both, { aggregate: "max" })); // [ { member: 'ada', score: 4 } ]
   * ```
   */
  zUnion(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]>;
  /**
   * The members that are in every set, with scores as {@link LeaderboardCache.zUnion} has them.
   * O(K S + M log M), S the size of the smallest of K sets
   * @throws {CacheError} as {@link LeaderboardCache.zUnion}
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("{skills}:chess", [{ member: "ada", score: 9 }, { member: "bob", score: 6 }]);
   * await cache.zAdd("{skills}:go", { member: "ada", score: 7 });
   * console.log(await cache.zInter(["{skills}:chess", "{skills}:go"])); // [ { member: 'ada', score: 16 } ]
   * ```
   */
  zInter(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]>;
  /**
   * The members of the first set that are in no other one. O(K N + M log M), N the size of the first of K
   * sets
   * @throws {CacheError} `INVALID_OPTIONS` without any key
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("{week}:all", [{ member: "ada", score: 9 }, { member: "bob", score: 6 }]);
   * await cache.zAdd("{week}:banned", { member: "ada", score: 0 });
   * console.log(await cache.zDiff(["{week}:all", "{week}:banned"])); // [ { member: 'bob', score: 6 } ]
   * ```
   */
  zDiff(keys: readonly string[], options?: CallOptions): Promise<ZMember[]>;
  /**
   * Stores a {@link LeaderboardCache.zUnion} under a key, whatever that held; its size.
   * O(N log N), N the sum of the sizes
   * @throws {CacheError} as {@link LeaderboardCache.zUnion}, and `LEADERBOARD_FULL`, `CACHE_FULL`
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("{scores}:monday", { member: "ada", score: 3 });
   * await cache.zAdd("{scores}:tuesday", { member: "bob", score: 4 });
   * const days = ["{scores}:monday", "{scores}:tuesday"];
   * console.log(await cache.zUnionStore("{scores}:week", days, { weights: [1, 2] })); // 2
   * console.log(await cache.zScore("{scores}:week", "bob")); // 8
   * ```
   */
  zUnionStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number>;
  /**
   * Stores a {@link LeaderboardCache.zInter} under a key, whatever that held; its size.
   * O(K S + M log M), S the size of the smallest of K sets
   * @throws {CacheError} as {@link LeaderboardCache.zUnionStore}
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("{skills}:chess", [{ member: "ada", score: 9 }, { member: "bob", score: 6 }]);
   * await cache.zAdd("{skills}:go", { member: "ada", score: 7 });
   * console.log(await cache.zInterStore("{skills}:both", ["{skills}:chess", "{skills}:go"])); // 1
   * ```
   */
  zInterStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number>;
  /**
   * Stores a {@link LeaderboardCache.zDiff} under a key, whatever that held; its size.
   * O(K N + M log M), N the size of the first of K sets
   * @throws {CacheError} as {@link LeaderboardCache.zUnionStore}
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("{week}:all", [{ member: "ada", score: 9 }, { member: "bob", score: 6 }]);
   * await cache.zAdd("{week}:banned", { member: "ada", score: 0 });
   * console.log(await cache.zDiffStore("{week}:shown", ["{week}:all", "{week}:banned"])); // 1
   * ```
   */
  zDiffStore(destination: string, keys: readonly string[], options?: CallOptions): Promise<number>;
  /**
   * Stores the members between two ranks under a key, whatever that held; how many. O(log N + M log M)
   * @throws {CacheError} `INVALID_RANGE` for a rank that is no integer, `LEADERBOARD_FULL`, `CACHE_FULL`
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("{scores}:all", [{ member: "ada", score: 9 }, { member: "bob", score: 6 }]);
   * await cache.zRangeStore("{scores}:best", "{scores}:all", 0, 0, { reverse: true });
   * console.log(await cache.zRange("{scores}:best", 0, -1)); // [ { member: 'ada', score: 9 } ]
   * ```
   */
  zRangeStore(
    destination: string,
    source: string,
    start: number,
    stop: number,
    options?: ZReverseOptions,
  ): Promise<number>;
  /**
   * The members between two members, in order of their bytes, in a set whose scores are all equal; where
   * they are not, the answer means nothing, as in Redis. O(log N + M)
   * @throws {CacheError} `INVALID_RANGE` for an invalid bound, offset or count
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * const names = ["ada", "alan", "bob"].map((member) => ({ member, score: 0 }));
   * await cache.zAdd("names", names);
   * const found = await cache.zRangeByLex("names", "[a", "(b");
   * console.log(found.map(({ member }) => member)); // [ 'ada', 'alan' ]
   * ```
   */
  zRangeByLex(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]>;
  /**
   * How many members there are between two members, at equal scores. O(log N)
   * @throws {CacheError} `INVALID_RANGE` for an invalid bound
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * const names = ["ada", "alan", "bob"].map((member) => ({ member, score: 0 }));
   * await cache.zAdd("names", names);
   * console.log(await cache.zLexCount("names", "[alan", "+")); // 2
   * ```
   */
  zLexCount(key: string, min: LexBound, max: LexBound, options?: CallOptions): Promise<number>;
  /**
   * Removes the members between two members, at equal scores; how many. O(log N + M)
   * @throws {CacheError} `INVALID_RANGE` for an invalid bound
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * const names = ["ada", "alan", "bob"].map((member) => ({ member, score: 0 }));
   * await cache.zAdd("names", names);
   * console.log(await cache.zRemRangeByLex("names", "-", "(b")); // 2
   * ```
   */
  zRemRangeByLex(key: string, min: LexBound, max: LexBound, options?: CallOptions): Promise<number>;
  /**
   * Random members: up to `count` (1) different ones, or `-count` with repeats. O(M log N), and O(N) when
   * `count` asks for all
   * @throws {CacheError} `INVALID_RANGE` for a count that is no integer, or below -1,000,000
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("raffle", [{ member: "ada", score: 1 }, { member: "bob", score: 1 }]);
   * const winners = await cache.zRandMember("raffle", 5);
   * console.log(winners.length); // 2
   * ```
   */
  zRandMember(key: string, count?: number, options?: CallOptions): Promise<ZMember[]>;
  /**
   * Pops the lowest or the highest members (1) from the first of the keys that has any; `undefined` where
   * none has. O(K + M log N), K keys
   * @throws {CacheError} `INVALID_OPTIONS` without any key, for another end, and for a count of 0;
   * `INVALID_RANGE` for a count that is no integer, or below 0
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("{jobs}:later", { member: "backup", score: 1 });
   * const popped = await cache.zMPop(["{jobs}:urgent", "{jobs}:later"], "min");
   * console.log(popped?.key, popped?.members); // {jobs}:later [ { member: 'backup', score: 1 } ]
   * ```
   */
  zMPop(
    keys: readonly string[],
    end: "min" | "max",
    count?: number,
    options?: CallOptions,
  ): Promise<{ key: string; members: ZMember[] } | undefined>;
}
