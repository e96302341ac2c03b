import { type CacheNode, HashRing } from "laurel/distributed";
import type { Coordinator } from "./coordinator.ts";
import type { Dice } from "./dice.ts";
import type { EffectListener, ObservedStore } from "./observed-store.ts";
import type { Plan } from "./plan.ts";
import { type NodePlan, SimulatedNode } from "./simulated-node.ts";
import type { Trace } from "./trace.ts";
import type { VirtualWorld } from "./virtual-world.ts";

/** All simulated nodes, those that left included, and which of them own a key. */
export class Cluster {
  readonly nodes = new Map<string, SimulatedNode>();
  /** Whether nothing goes wrong any more, with nodes that are yet to come neither. */
  isHealed = false;
  /** Is told of each node that loses its memory. */
  onCrash: ((id: string) => void) | undefined;
  /** Is told of each answer that arrives in time; keys undefined: about all of them. */
  onAnswer: ((store: ObservedStore, keys: readonly string[] | undefined) => void) | undefined;
  /** Is told of a store that is about to be lost. */
  onLoss: ((store: ObservedStore) => void) | undefined;
  readonly #surroundings: {
    world: VirtualWorld;
    dice: Dice;
    trace: Trace;
    listener: EffectListener;
  };
  readonly #plan: Plan;
  #coordinator: Coordinator | undefined;
  #ring: HashRing | undefined;
  #ringIds = "";
  #changingId: string | undefined;
  readonly #rings = new Map<string, HashRing>();
  readonly #owners = new Map<string, readonly SimulatedNode[]>();
  #lastNumber = 0;

  constructor(
    plan: Plan,
    surroundings: { world: VirtualWorld; dice: Dice; trace: Trace; listener: EffectListener },
  ) {
    this.#plan = plan;
    this.#surroundings = surroundings;
  }

  attach(coordinator: Coordinator): void {
    this.#coordinator = coordinator;
  }

  create(plan: NodePlan): CacheNode {
    const node = new SimulatedNode(plan, this.#surroundings);
    if (!this.isHealed) node.conditions.mishapRate = this.#plan.mishapRate;
    node.onAnswer = (store, keys, tookMs) => {
      // One that comes too late is not heard any more.
      if (tookMs < this.#plan.coordinator.callTimeoutMs) this.onAnswer?.(store, keys);
    };
    this.nodes.set(plan.id, node);
    this.#lastNumber++;
    return node.cacheNode;
  }

  /** A node that was not there before. */
  createNext(): CacheNode {
    return this.create(this.#plan.newNode(`n${this.#lastNumber + 1}`));
  }

  /** The nodes on the coordinator's ring. */
  members(): SimulatedNode[] {
    const ids = this.#coordinator?.nodes() ?? [];
    return ids.map(({ id }) => this.nodes.get(id) as SimulatedNode);
  }

  /** The nodes that own a key now, the primary first. */
  ownersOf(key: string): readonly SimulatedNode[] {
    const ids = (this.#coordinator?.nodes() ?? []).map(({ id }) => id).join(" ");
    if (ids !== this.#ringIds || this.#ring === undefined) this.#rebuildRing(ids);
    let owners = this.#owners.get(key);
    if (owners === undefined) {
      owners = this.#lookUp(this.#ring as HashRing, key);
      this.#owners.set(key, owners);
    }
    return owners;
  }

  /** The stores of a key's owners; while the ring changes, of those before and after. */
  ownerStores(key: string): ObservedStore[] {
    const owners = new Set([...this.ownersOf(key), ...this.#otherOwnersOf(key)]);
    return Array.from(owners, ({ store }) => store);
  }

  /** The stores that own a key for sure; while the ring changes, those that do before and after. */
  sureOwnerStores(key: string): ObservedStore[] {
    const owners = this.ownersOf(key);
    const others = this.#otherOwnersOf(key);
    const sure = others.length === 0 ? owners : owners.filter((node) => others.includes(node));
    return sure.map(({ store }) => store);
  }

  /** While the ring changes: the stores that own a key only where this one does not. */
  oppositeStores(key: string, store: ObservedStore): ObservedStore[] {
    const before = this.ownersOf(key).map((node) => node.store);
    const after = this.#otherOwnersOf(key).map((node) => node.store);
    if (before.includes(store) === after.includes(store)) return [];
    const [own, other] = before.includes(store) ? [before, after] : [after, before];
    return other.filter((each) => !own.includes(each));
  }

  /** Notes which node comes or goes; `undefined`: none does. */
  noteChange(id: string | undefined): void {
    this.#changingId = id;
  }

  /** The owners of a key if the node that comes or goes were not there. */
  #otherOwnersOf(key: string): readonly SimulatedNode[] {
    if (this.#changingId === undefined) return [];
    const nodes = this.#coordinator?.nodes() ?? [];
    const others = nodes.filter(({ id }) => id !== this.#changingId);
    if (others.length === nodes.length || others.length === 0) return [];
    return this.#lookUp(this.#ringOf(others), key);
  }

  #rebuildRing(ids: string): void {
    this.#ringIds = ids;
    this.#owners.clear();
    this.#ring = this.#ringOf(this.#coordinator?.nodes() ?? []);
  }

  #ringOf(nodes: readonly CacheNode[]): HashRing {
    const ids = nodes.map(({ id }) => id).join(" ");
    let ring = this.#rings.get(ids);
    if (ring === undefined) {
      ring = new HashRing({ virtualNodes: this.#plan.coordinator.virtualNodes });
      for (const node of nodes) ring.add(node);
      this.#rings.set(ids, ring);
    }
    return ring;
  }

  #lookUp(ring: HashRing, key: string): SimulatedNode[] {
    const { replication, replicationFactor } = this.#plan.coordinator;
    const nodes = ring.getN(key, replication === "none" ? 1 : replicationFactor);
    return nodes.map(({ id }) => this.nodes.get(id) as SimulatedNode);
  }
}
