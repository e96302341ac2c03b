import type { Cluster } from "./cluster.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Plan } from "./plan.ts";
import type { NodePlan, SimulatedNode } from "./simulated-node.ts";

/** A coordinator so simple that it is right: one node, which nothing befalls. */
export function soleNode(
  cluster: Cluster,
  sabotage: Partial<Coordinator> | ((honest: Coordinator) => Partial<Coordinator>) = {},
): Coordinator {
  const [node] = cluster.nodes.values() as Iterable<SimulatedNode> as [SimulatedNode];
  const nodes = [node.cacheNode];
  const honest = Object.assign(Object.create(node.cacheNode.cache) as Coordinator, {
    addNode: () => Promise.resolve(),
    removeNode: () => Promise.resolve(),
    repair: () => Promise.resolve(),
    nodes: () => nodes,
    markNode: () => undefined,
    nodeHealth: () => "healthy",
    metrics: () => ({}),
    on: () => undefined,
  });
  const faults = typeof sabotage === "function" ? sabotage(honest) : sabotage;
  return Object.assign(Object.create(honest) as Coordinator, faults);
}

/** A plan under which nothing goes wrong but what the coordinator does. */
export function fair(plan: Plan): Plan {
  return {
    ...plan,
    coordinator: { ...plan.coordinator, replication: "none", replicationFactor: 1 },
    nodes: [{ ...(plan.nodes[0] as NodePlan), storeOptions: {} }],
    faults: 0,
    topologyChanges: 0,
    mishapRate: 0,
  };
}
