import type { MemoryCacheOptions } from "laurel";
import { Dice } from "./dice.ts";
import { LATE_MS_MAX, type NodePlan } from "./simulated-node.ts";

/** How the coordinator of one simulation is set up: public options only. */
interface CoordinatorPlan {
  readonly replication: "none" | "async" | "sync";
  readonly replicationFactor: number;
  readonly writeQuorum: number | undefined;
  readonly failover: "next-node" | "all-nodes" | "retry";
  readonly callTimeoutMs: number;
  readonly fenceTimeoutMs: number;
  readonly virtualNodes: number;
  readonly probe: {
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly failureThreshold: number;
    readonly successThreshold: number;
  };
  /** Keys that may be remembered as missed by one node. */
  readonly maxDirtyKeys: number | undefined;
  /** Memory that may be held for the replicas of one node. */
  readonly maxQueuedBytes: number | undefined;
}

/** Everything about a simulation that is decided before it begins. */
export interface Plan {
  readonly seed: number;
  readonly coordinator: CoordinatorPlan;
  readonly nodes: readonly NodePlan[];
  readonly clients: number;
  readonly operations: number;
  readonly faults: number;
  readonly topologyChanges: number;
  /** The mean pause of a client between two operations. */
  readonly thinkMs: number;
  /** How likely each call between coordinator and node has a mishap of its own. */
  readonly mishapRate: number;
  readonly keys: {
    readonly texts: number;
    readonly counters: number;
    readonly boards: number;
    readonly members: number;
  };
  /** Whether some nodes may lack the transfer of states. */
  readonly isMixed: boolean;
  /** How often replicas are repaired meanwhile. */
  readonly repairs: number;
  /** How a node is made that joins later. */
  readonly newNode: (id: string) => NodePlan;
}

/** Decides everything about the simulation of a seed. */
export function drawPlan(seed: number): Plan {
  const dice = new Dice(seed);
  const lateMsMax = dice.pick([1500, 5000, LATE_MS_MAX]);
  const isMixed = dice.chance(0.15);
  const drawNode = nodeMaker(dice, new Dice(seed ^ 0x70de), lateMsMax, isMixed);
  const count = dice.int(3, 6);
  return {
    seed,
    coordinator: drawCoordinator(dice, lateMsMax),
    nodes: Array.from({ length: count }, (_, i) => drawNode(`n${i + 1}`)),
    clients: dice.int(3, 6),
    operations: 500,
    faults: dice.int(5, 16),
    topologyChanges: dice.int(2, 5),
    thinkMs: dice.pick([300, 600, 1000]),
    mishapRate: dice.pick([0, 0, 0.002, 0.01, 0.03]),
    keys: {
      texts: dice.int(4, 12),
      counters: dice.int(3, 8),
      boards: dice.int(2, 5),
      members: dice.int(2, 5),
    },
    isMixed,
    repairs: new Dice(seed ^ 0x4e9a).weighted({ "0": 4, "2": 1 }) === "0" ? 0 : 2,
    newNode: drawNode,
  };
}

function drawCoordinator(dice: Dice, lateMsMax: number): CoordinatorPlan {
  const replication = dice.weighted({ none: 1, async: 4, sync: 4 });
  const replicationFactor = dice.weighted({ "1": 1, "2": 3, "3": 3 });
  const factor = Number(replicationFactor);
  const intervalMs = dice.pick([1000, 3000, 10_000]);
  return {
    replication,
    replicationFactor: factor,
    writeQuorum: replication === "sync" && dice.chance(0.5) ? dice.int(1, factor) : undefined,
    failover: dice.pick(["next-node", "all-nodes", "retry"]),
    callTimeoutMs: dice.pick([50, 200, 1000]),
    fenceTimeoutMs: lateMsMax,
    virtualNodes: dice.pick([8, 20, 40]),
    probe: {
      intervalMs,
      timeoutMs: dice.pick([200, 500]),
      failureThreshold: dice.int(1, 4),
      successThreshold: dice.int(1, 3),
    },
    maxDirtyKeys: dice.chance(0.25) ? dice.int(2, 10) : undefined,
    maxQueuedBytes: dice.chance(0.3) ? dice.pick([1, 200, 1000]) : undefined,
  };
}

/** Nodes of one simulation resemble each other, with an odd one among them now and then. */
function nodeMaker(
  dice: Dice,
  other: Dice,
  lateMsMax: number,
  isMixed: boolean,
): (id: string) => NodePlan {
  const latencyMsMax = dice.pick([1, 5, 20]);
  const heedsSignals = dice.chance(0.5);
  const tellsDefaultTtl = dice.chance(0.5);
  const evicts = dice.chance(0.08);
  const keepsMemory = other.chance(0.2);
  const chunkMembers = other.chance(0.25) ? other.int(1, 3) : Infinity;
  const isFenced = other.chance(0.4);
  return (id) => {
    const storeOptions: MemoryCacheOptions =
      evicts && dice.chance(0.5) ? { maxEntries: dice.int(6, 12), eviction: "lru" } : {};
    return {
      id,
      transfersState: !(isMixed && dice.chance(0.4)),
      tellsDefaultTtl,
      isFenced,
      heedsSignals,
      latencyMsMax,
      lateMsMax,
      keepsMemory,
      chunkMembers,
      storeOptions,
    };
  };
}
