import type { CallOptions, LeaderboardCache } from "laurel";
import type { CacheNode } from "laurel/distributed";

/** Events of a coordinator. */
type EventName = "health" | "resync" | "rebalance" | "dropped";

/** What the simulation needs of the coordinator: the public contract of a distributed cache. */
export interface Coordinator extends LeaderboardCache {
  addNode(node: CacheNode, options?: CallOptions): Promise<unknown>;
  removeNode(id: string, options?: CallOptions): Promise<unknown>;
  repair(options?: CallOptions): Promise<unknown>;
  nodes(): readonly CacheNode[];
  markNode(id: string, health: "unhealthy" | "auto"): void;
  nodeHealth(id: string): string;
  metrics(): object;
  on(name: EventName, listener: (event: object) => void): unknown;
}
