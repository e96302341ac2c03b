import type { Cluster } from "./cluster.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Dice } from "./dice.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { Trace } from "./trace.ts";
import type { VirtualWorld } from "./virtual-world.ts";

/** What can go wrong with a node. Each lasts for a while. */
type Fault =
  | "cut off"
  | "refusing"
  | "paused"
  | "crashed"
  | "restarted"
  | "slow"
  | "full"
  | "marked by hand"
  | "lossy";

const WEIGHTS: Readonly<Record<Fault, number>> = {
  "cut off": 4,
  refusing: 3,
  paused: 3,
  crashed: 3,
  restarted: 3,
  slow: 2,
  full: 2,
  "marked by hand": 2,
  lossy: 4,
};

/** How long each lasts, at least and at most, in milliseconds. */
const LASTS_MS: Readonly<Record<Fault, readonly [min: number, max: number]>> = {
  "cut off": [50, 15_000],
  refusing: [50, 15_000],
  paused: [20, 15_000],
  crashed: [500, 15_000],
  restarted: [0, 50],
  slow: [500, 10_000],
  full: [100, 8000],
  "marked by hand": [100, 10_000],
  lossy: [200, 8000],
};

/** Faults that each seed has, where any are planned. */
const FAULTS_MIN = 5;

/** How many of the planned faults are to happen at least. */
export const faultsMin = (faults: number): number => Math.min(faults, FAULTS_MIN);

/** Who makes things go wrong, at random moments, to random nodes. */
export class FaultInjector {
  /** Faults so far. */
  count = 0;
  /** When the last of them ended or ends. */
  calmFrom = 0;
  readonly #world: VirtualWorld;
  readonly #dice: Dice;
  readonly #trace: Trace;
  readonly #cluster: Cluster;
  readonly #coordinator: Coordinator;
  readonly #mishapRate: number;
  readonly #active = new Map<SimulatedNode, Set<Fault>>();
  #isOver = false;

  /** Whether all was healed, for good. */
  get isOver(): boolean {
    return this.#isOver;
  }

  constructor(
    surroundings: { world: VirtualWorld; dice: Dice; trace: Trace },
    cluster: Cluster,
    coordinator: Coordinator,
    mishapRate: number,
  ) {
    this.#world = surroundings.world;
    this.#dice = surroundings.dice;
    this.#trace = surroundings.trace;
    this.#cluster = cluster;
    this.#coordinator = coordinator;
    this.#mishapRate = mishapRate;
  }

  /** Whether something is wrong with a node now. */
  isAfflicted(node: SimulatedNode): boolean {
    return (this.#active.get(node)?.size ?? 0) > 0 || node.conditions.mishapRate > 0;
  }

  /** Injects a number of faults, spread over some time; one that is there already counts as tried only. */
  async run(faults: number, overMs: number): Promise<void> {
    for (let i = 0; (i < faults || this.count < faultsMin(faults)) && !this.#isOver; i++) {
      await this.#world.sleep(this.#dice.span(overMs / faults));
      if (!this.#isOver) this.#inject();
    }
  }

  /** Ends all faults, for good. */
  heal(): void {
    this.#isOver = true;
    this.calmFrom = this.#world.now;
    this.#cluster.isHealed = true;
    for (const node of this.#cluster.nodes.values()) node.heal();
    for (const { id } of this.#cluster.members()) this.#mark(id, "auto");
    this.#trace.add("== all faults healed");
  }

  #inject(): void {
    const nodes = [...this.#cluster.nodes.values()];
    const node = this.#dice.pick(this.#dice.chance(0.9) ? this.#cluster.members() : nodes);
    const fault = this.#dice.weighted(WEIGHTS);
    const active = this.#active.get(node) ?? new Set();
    if (active.has(fault) || (active.has("crashed") && fault !== "lossy")) return;
    this.count++;
    active.add(fault);
    this.#active.set(node, active);
    const ms = this.#dice.int(...LASTS_MS[fault]);
    this.#begin(node, fault);
    this.calmFrom = Math.max(this.calmFrom, this.#world.now + ms);
    this.#trace.add(`== ${node.id} is ${fault} for ${ms} ms`);
    this.#world.after(ms, () => {
      active.delete(fault);
      if (this.#isOver) return;
      this.#trace.add(`== ${node.id} is no longer ${fault}`);
      this.#end(node, fault);
    });
  }

  #begin(node: SimulatedNode, fault: Fault): void {
    const { conditions } = node;
    switch (fault) {
      case "cut off":
        conditions.partition = "drop";
        return;
      case "refusing":
        conditions.partition = "refuse";
        return;
      case "paused":
        node.pause();
        return;
      case "restarted":
        // One that had nothing left cannot be told from one that lost it.
        if (node.plan.keepsMemory && node.store.heldKeys().length > 0) {
          node.stopKeepingMemory();
          return;
        }
        this.#cluster.onLoss?.(node.store);
        node.crash();
        this.#cluster.onCrash?.(node.id);
        return;
      case "crashed":
        this.#cluster.onLoss?.(node.store);
        node.crash();
        this.#cluster.onCrash?.(node.id);
        return;
      case "slow":
        conditions.slowness = this.#dice.int(5, 60);
        return;
      case "full":
        conditions.isFull = true;
        return;
      case "marked by hand":
        this.#mark(node.id, "unhealthy");
        return;
      case "lossy":
        conditions.mishapRate = this.#dice.pick([0.05, 0.2, 0.5]);
    }
  }

  #end(node: SimulatedNode, fault: Fault): void {
    const { conditions } = node;
    switch (fault) {
      case "cut off":
      case "refusing":
        conditions.partition = "none";
        return;
      case "paused":
        node.resume();
        return;
      case "crashed":
      case "restarted":
        node.start();
        return;
      case "slow":
        conditions.slowness = 1;
        return;
      case "full":
        conditions.isFull = false;
        return;
      case "marked by hand":
        this.#mark(node.id, "auto");
        return;
      case "lossy":
        conditions.mishapRate = this.#mishapRate;
    }
  }

  /** Marks a node by hand, unless it has left. */
  #mark(id: string, health: "unhealthy" | "auto"): void {
    if (this.#coordinator.nodes().some((node) => node.id === id)) {
      this.#coordinator.markNode(id, health);
    }
  }
}
