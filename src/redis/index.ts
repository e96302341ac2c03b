/// <reference types="node" preserve="true" />
/**
 * The contract over a Redis or Valkey client: one server, the master that Sentinels name, or a Cluster.
 * @module
 */
export type { RedisClient } from "./open-port.ts";
export type { RedisCacheOptions } from "./options.ts";
export type { RedisCacheMetrics } from "./port-cache.ts";
export { RedisCache } from "./redis-cache.ts";
export { RedisLeaderboardCache } from "./redis-leaderboard-cache.ts";
