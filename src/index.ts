/// <reference types="node" preserve="true" />
/**
 * The embedded caches of Laurel, and the contract that every backend keeps.
 * @module
 */
export type { Cache, CallOptions, Duration, ExpireOptions, SetOptions } from "./cache/contract.ts";
export type {
  LeaderboardCache,
  ZAddOptions,
  ZCombineOptions,
  ZRangeOptions,
  ZReverseOptions,
} from "./cache/leaderboard-contract.ts";
export { MemoryCache, type MemoryCacheMetrics } from "./cache/memory-cache.ts";
export {
  MemoryLeaderboardCache,
  type MemoryLeaderboardCacheMetrics,
} from "./cache/memory-leaderboard-cache.ts";
export type { MemoryCacheOptions } from "./cache/options.ts";
export type { Persistence, PersistenceMetrics } from "./cache/persistence.ts";
export type { Timers } from "./cache/platform.ts";
export {
  canTransferState,
  type KeyPage,
  type KeyState,
  type ReadStateOptions,
  type Scores,
  type SortedSetState,
  type StateTransfer,
  type StringState,
  type WriteStateOptions,
} from "./cache/state-transfer.ts";
export type { Eviction } from "./engine/eviction/create-policy.ts";
export type { Clock } from "./engine/clock.ts";
export { CacheError, type CacheErrorCode } from "./errors.ts";
export type { LexBound } from "./structures/lex-bound.ts";
export type { Random } from "./structures/random.ts";
export type { ScoreBound } from "./structures/score-bound.ts";
export type { ZMember } from "./structures/z-member.ts";
