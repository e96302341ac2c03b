import { CacheError } from "laurel";
import type { CacheNode } from "laurel/distributed";
import type { History } from "./checker/history.ts";
import type { Cluster } from "./cluster.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Dice } from "./dice.ts";
import type { FaultInjector } from "./faults.ts";
import { describeValue } from "./simulated-node.ts";
import type { Trace } from "./trace.ts";
import type { VirtualWorld } from "./virtual-world.ts";

/** Nodes that stay at least, so that each replication factor can be had. */
const NODES_MIN = 3;
const NODES_MAX = 7;
/** A change that takes longer is given up for now, in milliseconds. */
const PATIENCE_MS = 20_000;

type Change =
  | { readonly type: "add"; readonly node: CacheNode }
  | { readonly type: "remove"; readonly id: string };

interface Parts {
  readonly world: VirtualWorld;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly cluster: Cluster;
  readonly coordinator: Coordinator;
  readonly faults: FaultInjector;
  readonly history: History;
}

/** Who adds and removes nodes, gives up in the middle now and then, and resumes later. */
export class TopologyChanger {
  /** Changes begun so far. */
  count = 0;
  /** Whether one is under way, or given up and to be resumed. */
  get isChanging(): boolean {
    return this.#unfinished !== undefined;
  }
  /** When the last one was finished. */
  finishedAt = 0;

  #unfinished: Change | undefined;
  /** Whether the node that leaves was well when the last attempt began. */
  #wasWell = false;
  readonly #left: CacheNode[] = [];
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes a number of changes, spread over some time. */
  async run(changes: number, overMs: number, isOver: () => boolean): Promise<void> {
    const { world, dice } = this.#parts;
    for (let i = 0; i < changes && !isOver(); i++) {
      await world.sleep(dice.span(overMs / changes));
      if (isOver()) return;
      if (this.#unfinished === undefined) this.begin();
      await this.attempt(dice.chance(0.3) ? dice.int(0, 200) : PATIENCE_MS);
    }
  }

  /** Decides on another change. */
  begin(): void {
    this.#unfinished = this.#drawChange();
    this.count++;
  }

  /** Goes on with the change that is not finished, for at most some time. */
  async attempt(patienceMs: number): Promise<void> {
    const change = this.#unfinished;
    if (change === undefined) return;
    const { world, trace, coordinator } = this.#parts;
    const id = change.type === "add" ? change.node.id : change.id;
    const abort = new AbortController();
    const due = world.after(patienceMs, () => abort.abort(new Error("no more patience")));
    trace.add(`== ${change.type} ${id}`);
    this.#parts.cluster.noteChange(id);
    this.#wasWell = change.type === "remove" && this.#noteLeaving(id);
    try {
      const options = { signal: abort.signal };
      const report =
        change.type === "add"
          ? await coordinator.addNode(change.node, options)
          : await coordinator.removeNode(id, options);
      trace.add(`== ${change.type} ${id}: ${describeValue(report)}`);
      this.#finished(change);
    } catch (error) {
      trace.add(`== ${change.type} ${id} failed: ${describeValue(error)}`);
      this.#judge(change, error, abort.signal);
    } finally {
      world.timers.clearTimeout(due);
      if (change.type === "remove") this.#noteLeaving(id);
    }
  }

  #drawChange(): Change {
    const { dice, cluster, coordinator, history } = this.#parts;
    const nodes = coordinator.nodes();
    const mayRemove = nodes.length > NODES_MIN;
    const mayAdd = nodes.length < NODES_MAX;
    if (mayRemove && (!mayAdd || dice.chance(0.5))) {
      return { type: "remove", id: dice.pick(nodes).id };
    }
    const former = this.#left.length > 0 && dice.chance(0.3) ? this.#left.shift() : undefined;
    const returning = former === undefined ? undefined : cluster.nodes.get(former.id);
    if (returning?.store.isLost === true) history.noteReturn(returning.store);
    return { type: "add", node: former ?? cluster.createNext() };
  }

  /** What a leaving node holds may be lost where something is wrong with it. @returns whether nothing is */
  #noteLeaving(id: string): boolean {
    const { cluster, coordinator, faults } = this.#parts;
    const node = cluster.nodes.get(id);
    if (node === undefined) return false;
    const isMember = coordinator.nodes().some((member) => member.id === id);
    const isWell = !isMember || coordinator.nodeHealth(id) === "healthy";
    const isLeavingWell = node.isReachable && !faults.isAfflicted(node) && isWell;
    if (!isLeavingWell) node.store.isLost = true;
    return isLeavingWell;
  }

  #finished(change: Change): void {
    const { cluster, history, world, faults } = this.#parts;
    this.#unfinished = undefined;
    cluster.noteChange(undefined);
    this.finishedAt = world.now;
    if (change.type === "remove") {
      const node = cluster.nodes.get(change.id);
      if (node !== undefined) {
        this.#left.push(node.cacheNode);
        // Who was taken for dead from the beginning is not asked at the end.
        node.hasLeft = this.#wasWell && node.isReachable && !faults.isAfflicted(node);
      }
    }
    history.releaseHandedOver([...cluster.nodes.values()].map(({ store }) => store));
  }

  #judge(change: Change, error: unknown, signal: AbortSignal): void {
    if (error === signal.reason) return;
    if (error instanceof CacheError) {
      // It was done, and only its answer was lost to the abort before.
      const isDone = error.code === (change.type === "add" ? "NODE_EXISTS" : "NODE_NOT_FOUND");
      if (isDone) this.#finished(change);
      return;
    }
    this.#parts.history.report("errors are typed", `${change.type} rejected with ${String(error)}`);
  }
}
