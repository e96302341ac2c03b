import { setImmediate } from "node:timers/promises";
import { type Cache, MemoryCache, MemoryLeaderboardCache } from "laurel";
import {
  CacheNode,
  DistributedCache,
  type DistributedCacheOptions,
  DistributedLeaderboardCache,
} from "laurel/distributed";
import type { Contestant } from "../measure.ts";

/** What a value holds, in bytes; a key has the 18 of a player's name. */
export const VALUE_BYTES = 32;

/** Keys that are written in one call where a cache is filled. */
const BATCH = 10_000;

/** How a write reaches the owners of a key, of which there are two; with "none" there is one. */
export const MODES = ["none", "async", "sync"] as const;
export type Mode = (typeof MODES)[number];

/** The name of the node that came at this place. */
export function nodeId(place: number): string {
  return `cache-node-${place}`;
}

/** A distributed cache over so many embedded ones, with replication factor 2. */
export function embedded(nodes: number, options: DistributedCacheOptions): DistributedCache {
  return new DistributedCache(
    Array.from({ length: nodes }, (_, place) => new CacheNode(nodeId(place), new MemoryCache())),
    { replicationFactor: 2, ...options },
  );
}

/** The same for leaderboards. */
export function embeddedBoards(
  nodes: number,
  options: DistributedCacheOptions,
): DistributedLeaderboardCache {
  return new DistributedLeaderboardCache(
    Array.from({ length: nodes }, (_, place) => {
      return new CacheNode(nodeId(place), new MemoryLeaderboardCache());
    }),
    { replicationFactor: 2, ...options },
  );
}

/** A value of 32 bytes. */
export function valueOf(i: number): string {
  return VALUES[i % VALUES.length] as string;
}

const VALUES = Array.from({ length: 1024 }, (_, i) =>
  Buffer.alloc(VALUE_BYTES, `${i};`).toString("latin1"),
);

/** Gives each key a value, and sees to it that all owners have it. */
export async function fillKeys(cache: Cache, keys: readonly string[]): Promise<void> {
  for (let from = 0; from < keys.length; from += BATCH) {
    const batch = keys.slice(from, from + BATCH);
    await cache.setMany(batch.map((key, i) => [key, valueOf(from + i)] as const));
    // What is too much for the queues would be caught up with in the background.
    if (cache instanceof DistributedCache) await whenReplicated(cache);
  }
}

/** Waits until the replicas have all that waits for them. */
export async function whenReplicated(cache: DistributedCache): Promise<void> {
  while (cache.metrics().queuedWrites > 0) await setImmediate();
  const { dirtyKeys, replicationFailures } = cache.metrics();
  if (dirtyKeys + replicationFailures > 0) throw new Error("Cannot go on: a replica is behind");
}

/**
 * A contestant that is done when the replicas have everything: their work happens in the same
 * process, and is counted.
 */
export function replicated(contestant: Contestant, cache: DistributedCache): Contestant {
  return { ...contestant, settle: () => whenReplicated(cache) };
}

/** Takes away what a measurement left behind, so that the next one does not pay for it. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error("Cannot collect garbage: run with --expose-gc");
  globalThis.gc();
}
