import type { CallOptions, LeaderboardCache } from "laurel";
import { collect } from "../expectations.ts";

/** One call of each sorted-set method upon `key`, each able to succeed on a fresh cache. */
export const BOARD_CALLS: Readonly<
  Record<string, (cache: LeaderboardCache, key: string, options?: CallOptions) => Promise<unknown>>
> = {
  zAdd: (cache, key, o) => cache.zAdd(key, { member: "a", score: 1 }, o),
  zIncrBy: (cache, key, o) => cache.zIncrBy(key, "a", 1, o),
  zScore: (cache, key, o) => cache.zScore(key, "a", o),
  zMScore: (cache, key, o) => cache.zMScore(key, ["a"], o),
  zRank: (cache, key, o) => cache.zRank(key, "a", o),
  zRange: (cache, key, o) => cache.zRange(key, 0, -1, o),
  zRangeByScore: (cache, key, o) => cache.zRangeByScore(key, "-inf", "+inf", o),
  zRangeByLex: (cache, key, o) => cache.zRangeByLex(key, "-", "+", o),
  zCard: (cache, key, o) => cache.zCard(key, o),
  zCount: (cache, key, o) => cache.zCount(key, "-inf", "+inf", o),
  zLexCount: (cache, key, o) => cache.zLexCount(key, "-", "+", o),
  zRem: (cache, key, o) => cache.zRem(key, ["a"], o),
  zRemRangeByRank: (cache, key, o) => cache.zRemRangeByRank(key, 0, -1, o),
  zRemRangeByScore: (cache, key, o) => cache.zRemRangeByScore(key, "-inf", "+inf", o),
  zRemRangeByLex: (cache, key, o) => cache.zRemRangeByLex(key, "-", "+", o),
  zPopMin: (cache, key, o) => cache.zPopMin(key, 1, o),
  zPopMax: (cache, key, o) => cache.zPopMax(key, 1, o),
  zMPop: (cache, key, o) => cache.zMPop(["{t}:none", key], "min", 1, o),
  zRandMember: (cache, key, o) => cache.zRandMember(key, 1, o),
  zScan: (cache, key, o) => collect(cache.zScan(key, o)),
  zUnion: (cache, key, o) => cache.zUnion(["{t}:none", key], o),
  zInter: (cache, key, o) => cache.zInter(["{t}:none", key], o),
  zDiff: (cache, key, o) => cache.zDiff(["{t}:none", key], o),
  zUnionStore: (cache, key, o) => cache.zUnionStore("{t}:to", ["{t}:none", key], o),
  zInterStore: (cache, key, o) => cache.zInterStore("{t}:to", ["{t}:none", key], o),
  zDiffStore: (cache, key, o) => cache.zDiffStore("{t}:to", ["{t}:none", key], o),
  zRangeStore: (cache, key, o) => cache.zRangeStore("{t}:to", key, 0, -1, o),
};

/** The same with a destination that is bad or not: the stores alone. */
export const STORE_CALLS: Readonly<
  Record<string, (cache: LeaderboardCache, destination: string) => Promise<unknown>>
> = {
  zUnionStore: (cache, destination) => cache.zUnionStore(destination, ["{t}:a"]),
  zInterStore: (cache, destination) => cache.zInterStore(destination, ["{t}:a"]),
  zDiffStore: (cache, destination) => cache.zDiffStore(destination, ["{t}:a"]),
  zRangeStore: (cache, destination) => cache.zRangeStore(destination, "{t}:a", 0, -1),
};
