import { type Eviction, EVICTIONS } from "../engine/eviction/create-policy.ts";
import type { Clock } from "../engine/clock.ts";
import type { KeyspaceConfig } from "../engine/keyspace-config.ts";
import type { Random } from "../structures/random.ts";
import type { Duration } from "./contract.ts";
import { OptionBag } from "./option-bag.ts";
import type { OptionNames } from "./option-names.ts";
import type { Persistence } from "./persistence.ts";
import { systemClock, systemRandom, systemTimers, type Timers } from "./platform.ts";

/** Options of the memory caches. By default nothing expires and nothing is limited. */
export interface MemoryCacheOptions {
  /** The most keys, of every type. Default: no limit. */
  maxEntries?: number | undefined;
  /** The most memory, in bytes: keys, values and overhead. Default: no limit. */
  maxMemoryBytes?: number | undefined;
  /**
   * What happens at `maxEntries` and `maxMemoryBytes`: `"none"` refuses the write with `CACHE_FULL`,
   * the others make room. Default `"lru"`.
   */
  eviction?: Eviction | undefined;
  /** The ttl of keys that are created without one. Default `Infinity`. */
  defaultTtl?: Duration | undefined;
  /** The longest key, in bytes of its UTF-8. Default: no limit. */
  maxKeyBytes?: number | undefined;
  /** The most sorted sets; beyond it creating one is `LEADERBOARD_FULL`. Default: no limit. */
  maxLeaderboards?: number | undefined;
  /** The most members of one sorted set; beyond it adding is `LEADERBOARD_FULL`. Default: no limit. */
  maxMembersPerSet?: number | undefined;
  /** How often, at most, expired keys are collected. `Infinity`: only when looked up. Default 1 s. */
  sweepInterval?: Duration | undefined;
  /** Where the time comes from, in milliseconds. Default: `Date.now`. */
  clock?: Clock | undefined;
  /** What schedules the sweep. Default: the platform's timers, which do not keep a process alive. */
  timers?: Timers | undefined;
  /**
   * Uniform numbers in [0, 1), for the hash, the coins of the index and the boot id: two caches
   * with the same ones have the same boot id. Default: the platform's cryptographic source.
   */
  random?: Random | undefined;
  /**
   * How the cache keeps its data beyond its process: `files({ dir })` of `laurel/persistence`.
   * Default: not at all.
   */
  persistence?: Persistence | undefined;
}

/** {@link MemoryCacheOptions}, each decided. */
export interface MemoryCacheConfig extends KeyspaceConfig {
  readonly maxKeyBytes: number;
  readonly sweepIntervalMs: number;
  readonly timers: Timers;
  readonly persistence: Persistence | undefined;
}

const NAMES: OptionNames<MemoryCacheOptions> = {
  maxEntries: true,
  maxMemoryBytes: true,
  eviction: true,
  defaultTtl: true,
  maxKeyBytes: true,
  maxLeaderboards: true,
  maxMembersPerSet: true,
  sweepInterval: true,
  clock: true,
  timers: true,
  random: true,
  persistence: true,
};
const SWEEP_INTERVAL_MS = 1000;

/** Decides all options. @throws {CacheError} `INVALID_CONFIG` for an invalid or unknown one */
export function resolveOptions(options: MemoryCacheOptions): MemoryCacheConfig {
  const bag = new OptionBag("create a cache", options).only(NAMES);
  return Object.freeze({
    maxEntries: bag.limit("maxEntries"),
    maxMemoryBytes: bag.limit("maxMemoryBytes"),
    maxKeyBytes: bag.limit("maxKeyBytes"),
    maxLeaderboards: bag.limit("maxLeaderboards"),
    maxMembersPerSet: bag.limit("maxMembersPerSet"),
    eviction: bag.oneOf("eviction", EVICTIONS, "lru"),
    defaultTtl: bag.duration("defaultTtl", Infinity),
    sweepIntervalMs: bag.duration("sweepInterval", SWEEP_INTERVAL_MS),
    clock: bag.withMethods("clock", ["now"], systemClock),
    timers: bag.withMethods("timers", ["setTimeout", "clearTimeout"], systemTimers),
    random: bag.function("random", systemRandom),
    persistence: bag.withMethods("persistence", ["open"], undefined),
  });
}
