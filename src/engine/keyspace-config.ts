import type { Random } from "../structures/random.ts";
import type { Clock } from "./clock.ts";
import type { Eviction } from "./eviction/create-policy.ts";

/** Everything that a keyspace is made of, resolved: no limit is Infinity. */
export interface KeyspaceConfig {
  readonly clock: Clock;
  readonly random: Random;
  readonly eviction: Eviction;
  readonly maxEntries: number;
  readonly maxMemoryBytes: number;
  readonly maxLeaderboards: number;
  readonly maxMembersPerSet: number;
  /** How long a key lives that is created without a ttl, in milliseconds. */
  readonly defaultTtl: number;
}

/** The limits that may change while a keyspace is in use. */
export type KeyspaceLimits = Pick<KeyspaceConfig, "eviction" | "maxEntries" | "maxMemoryBytes">;

/** No limit at all, and keys that stay. */
export const NO_LIMITS = Object.freeze({
  maxEntries: Infinity,
  maxMemoryBytes: Infinity,
  maxLeaderboards: Infinity,
  maxMembersPerSet: Infinity,
  defaultTtl: Infinity,
});

/** Whether there is a limit on entries or memory, at which keys may be evicted. */
export function hasLimit({ maxEntries, maxMemoryBytes }: KeyspaceConfig): boolean {
  return maxEntries !== Infinity || maxMemoryBytes !== Infinity;
}

/** Whether there is any limit that a sorted set can run into. */
export function hasLimitForSets(config: KeyspaceConfig): boolean {
  const { maxLeaderboards, maxMembersPerSet } = config;
  return hasLimit(config) || maxLeaderboards !== Infinity || maxMembersPerSet !== Infinity;
}
