import { DistributedLeaderboardCache } from "laurel/distributed";
import type { Cluster } from "./cluster.ts";
import type { Coordinator } from "./coordinator.ts";
import { Dice } from "./dice.ts";
import type { Plan } from "./plan.ts";
import type { VirtualWorld } from "./virtual-world.ts";

/** The distributed cache itself, as the plan says, on virtual time. */
export function createDistributed(plan: Plan, cluster: Cluster, world: VirtualWorld): Coordinator {
  const nodes = [...cluster.nodes.values()].map(({ cacheNode }) => cacheNode);
  const { coordinator } = plan;
  const { probe } = coordinator;
  return new DistributedLeaderboardCache(nodes, {
    virtualNodes: coordinator.virtualNodes,
    replication: coordinator.replication,
    replicationFactor: coordinator.replicationFactor,
    writeQuorum: coordinator.writeQuorum,
    failover: coordinator.failover,
    callTimeout: coordinator.callTimeoutMs,
    fenceTimeout: coordinator.fenceTimeoutMs,
    healthCheck: {
      interval: probe.intervalMs,
      timeout: probe.timeoutMs,
      failureThreshold: probe.failureThreshold,
      successThreshold: probe.successThreshold,
    },
    maxDirtyKeys: coordinator.maxDirtyKeys,
    maxQueuedBytes: coordinator.maxQueuedBytes,
    clock: world.clock,
    timers: world.timers,
    random: new Dice(plan.seed ^ 0x0c0d).random,
  });
}
