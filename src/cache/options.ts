import { CacheError, show } from "../errors.ts";
import { type Eviction, EVICTIONS } from "../engine/eviction/create-policy.ts";
import type { Clock, KeyspaceConfig } from "../engine/keyspace.ts";
import type { Random } from "../structures/random.ts";
import type { Duration } from "./contract.ts";
import { parseDuration } from "./duration.ts";
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

const SWEEP_INTERVAL_MS = 1000;

/** Decides all options. @throws {CacheError} `INVALID_CONFIG` for one that is none */
export function resolveOptions(options: MemoryCacheOptions): MemoryCacheConfig {
  if (typeof options !== "object" || options === null) {
    throw invalid("options", "must be an object", options);
  }
  return Object.freeze({
    maxEntries: limitOption(options, "maxEntries"),
    maxMemoryBytes: limitOption(options, "maxMemoryBytes"),
    maxKeyBytes: limitOption(options, "maxKeyBytes"),
    maxLeaderboards: limitOption(options, "maxLeaderboards"),
    maxMembersPerSet: limitOption(options, "maxMembersPerSet"),
    eviction: evictionOption(options.eviction),
    defaultTtl: durationOption(options, "defaultTtl", Infinity),
    sweepIntervalMs: durationOption(options, "sweepInterval", SWEEP_INTERVAL_MS),
    clock: methodsOption("clock", options.clock, systemClock, ["now"]),
    timers: methodsOption("timers", options.timers, systemTimers, ["setTimeout", "clearTimeout"]),
    random: randomOption(options.random),
    persistence: methodsOption("persistence", options.persistence, undefined, ["open"]),
  });
}

type LimitName =
  | "maxEntries"
  | "maxMemoryBytes"
  | "maxKeyBytes"
  | "maxLeaderboards"
  | "maxMembersPerSet";

function limitOption(options: MemoryCacheOptions, name: LimitName): number {
  const limit = options[name] === undefined ? Infinity : options[name];
  if (limit === Infinity || (Number.isSafeInteger(limit) && limit > 0)) return limit;
  throw invalid(name, "must be a positive safe integer or Infinity", limit);
}

function durationOption(
  options: MemoryCacheOptions,
  name: "defaultTtl" | "sweepInterval",
  otherwise: number,
): number {
  const duration = options[name];
  if (duration === undefined) return otherwise;
  try {
    return parseDuration(duration);
  } catch (cause) {
    throw invalid(name, 'must be milliseconds above 0, or as "10m"', duration, cause);
  }
}

function evictionOption(eviction: Eviction = "lru"): Eviction {
  if (EVICTIONS.includes(eviction)) return eviction;
  throw invalid("eviction", `must be one of ${EVICTIONS.join(", ")}`, eviction);
}

function methodsOption<T extends object, Otherwise extends T | undefined>(
  name: string,
  value: T | undefined,
  otherwise: Otherwise,
  methods: readonly (keyof T)[],
): T | Otherwise {
  if (value === undefined) return otherwise;
  for (const method of methods) {
    // What a caller without types hands in may be null.
    if (typeof (value as T | null)?.[method] !== "function") {
      throw invalid(name, `must have a method ${String(method)}`, value);
    }
  }
  return value;
}

function randomOption(random: Random = systemRandom): Random {
  if (typeof random === "function") return random;
  throw invalid("random", "must be a function", random);
}

function invalid(name: string, reason: string, received: unknown, cause?: unknown): CacheError {
  const message = `Cannot create a cache: ${name} ${reason}: received ${show(received)}`;
  return new CacheError("INVALID_CONFIG", message, cause === undefined ? undefined : { cause });
}
