/// <reference types="node" preserve="true" />
/**
 * Many caches as one: a hash ring over nodes, replication, failover, and nodes that come and go.
 * @module
 */
export {
  CacheNode,
  type CacheNodeMetrics,
  type CacheNodeOptions,
  type NodeHealth,
} from "./cache-node.ts";
export type { DistributedCacheMetrics } from "./coordinator.ts";
export { DistributedCache } from "./distributed-cache.ts";
export { DistributedLeaderboardCache } from "./distributed-leaderboard-cache.ts";
export type { DistributedEvents, EventName, Listener, RebalanceProgress } from "./events.ts";
export { isPartialWrite, type PartialWrite } from "./failure.ts";
export type {
  DistributedCacheOptions,
  Failover,
  HealthCheckOptions,
  Probe,
  Replication,
  RetryOptions,
} from "./options.ts";
export type { HashRange, RebalanceOptions, RebalanceReport } from "./rebalancer.ts";
export type { RepairOptions, RepairReport } from "./repair.ts";
export type { RingHash } from "./ring/hash-function.ts";
export { HashRing, type HashRingOptions } from "./ring/hash-ring.ts";
