import { equal, rejects } from "node:assert/strict";
import { CacheError, type LeaderboardCache } from "laurel";
import {
  RedisCache,
  type RedisCacheMetrics,
  type RedisCacheOptions,
  type RedisClient,
  RedisLeaderboardCache,
} from "laurel/redis";

/** A client of the user's, of whichever library. */
export function onClient(client: RedisClient): RedisLeaderboardCache {
  return new RedisLeaderboardCache(client, { prefix: "game:" });
}

// No client library is installed here: the first call says what to do.
const options: RedisCacheOptions = { prefix: "game:", replicas: 1, replicaTimeout: "100ms" };
const cache: LeaderboardCache = new RedisLeaderboardCache("redis://127.0.0.1:6379", options);
await rejects(cache.zScore("scores", "ada"), (error) => {
  if (!(error instanceof CacheError)) return false;
  equal(error.code, "INVALID_CONFIG");
  return /run `npm install ioredis` or `npm install redis`/.test(error.message);
});
await cache.close();

await using plain = new RedisCache(new URL("redis://127.0.0.1:6379"));
const { hits }: RedisCacheMetrics = plain.metrics();
equal(hits, 0);
