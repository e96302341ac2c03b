import type { Cache } from "../cache/contract.ts";
import type { LeaderboardCache } from "../cache/leaderboard-contract.ts";
import { canBeFenced } from "../cache/shared-store.ts";

/** How a coordinator calls a cache: by its fenced face where it has one. */
export function faceOf(cache: Cache): Cache {
  return canBeFenced(cache) ? cache.fenced() : cache;
}

/** Caches of the user's may throw where they should reject, and return what is no promise. */
export function start<T>(
  run: (cache: LeaderboardCache) => Promise<T>,
  cache: LeaderboardCache,
): Promise<T> {
  try {
    const pending = run(cache);
    return pending instanceof Promise ? pending : Promise.resolve(pending);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Whether a cache can hold leaderboards. */
export function hasSortedSets(cache: Cache): boolean {
  const { zAdd, zRange } = cache as Partial<LeaderboardCache>;
  return typeof zAdd === "function" && typeof zRange === "function";
}

/** What a cache may tell of its options, as memory caches do. */
export function numberOf(cache: Cache, name: "defaultTtl" | "maxKeyBytes"): number | undefined {
  const value = (cache as { defaultTtl?: unknown; maxKeyBytes?: unknown })[name];
  return typeof value === "number" ? value : undefined;
}
