import type { Timers } from "../cache/platform.ts";
import type { Clock } from "../engine/clock.ts";
import { CacheError } from "../errors.ts";
import { ClusterNode, SILENCE_MS } from "./cluster-node.ts";
import { nameOf, type NodeAddress, parseSlots, type SlotRange } from "./cluster-slots.ts";
import type { Connector, Reply } from "./port.ts";
import { connectionError } from "./server-errors.ts";
import { ServerPort } from "./server-port.ts";
import { SLOTS } from "./slot.ts";

/** How a client library reaches the nodes of a Cluster. */
export interface ClusterConnector {
  /** See {@link Connector.keyPrefix}. */
  readonly keyPrefix: string;
  /** How often a command follows MOVED, ASK and TRYAGAIN before it fails. */
  readonly redirectionsMax: number;
  /** The nodes that the user named. */
  readonly seeds: readonly { readonly address: NodeAddress; readonly connector: Connector }[];
  /** Connections to a node by the address that the Cluster gives it. */
  connectorOf(address: NodeAddress): Connector;
}

/** How many nodes are asked at once where the slots are; the first answer counts. */
const ASKED_AT_ONCE = 3;
/** How long a node has to say where the slots are, milliseconds. */
const ANSWER_MS_MAX = 1000;
/** How long after one look at the Cluster the next one may begin, milliseconds. */
const REST_MS = 100;

/** What a {@link ClusterTopology} works with. */
export interface ClusterTopologyOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Is told of each connection that is opened. */
  connected(): void;
  /** Is told which slots are elsewhere from now on, where their former node still owes answers. */
  left(node: ClusterNode, slots: readonly number[]): void;
}

/**
 * Which node of a Cluster serves which slot. The Cluster is looked at when it is first used, and
 * again when a call shows that something has changed: a connection that failed, a redirection, or a
 * node that goes on being silent. While nothing is called, nothing is asked.
 */
export class ClusterTopology {
  #slots: (ClusterNode | undefined)[] | undefined;
  /** What counts beside the epochs of the nodes of now: those that came later or are gone. */
  #changes = 0;
  #nodes = new Map<string, ClusterNode>();
  #masters: ClusterNode[] = [];
  #replicas: readonly NodeAddress[] = [];
  readonly #connector: ClusterConnector;
  readonly #options: ClusterTopologyOptions;
  readonly #timers: Timers;
  #looking: Promise<void> | undefined;
  #restTimer: unknown;
  #isResting = false;
  #isLookWanted = false;
  #failure: unknown;
  #silenceTimer: unknown;
  #isWatching = false;
  #isClosed = false;
  #asked = 0;

  constructor(connector: ClusterConnector, options: ClusterTopologyOptions) {
    this.#connector = connector;
    this.#options = options;
    this.#timers = options.timers;
  }

  /** Grows when a connection to a node is lost, when a node is left, and when one is added. */
  get epoch(): number {
    let epoch = this.#changes;
    for (const { port } of this.#nodes.values()) epoch += port.epoch;
    return epoch;
  }

  /** Whether none of the masters' connections is known to be lost. */
  get isConnected(): boolean {
    return (
      this.isKnown && this.#masters.every((node) => node.port.isConnected || !node.hasConnected)
    );
  }

  /** Whether it is known which node serves which slot. */
  get isKnown(): boolean {
    return this.#slots !== undefined;
  }

  /** The master of a slot, as far as it is known. */
  masterOf(slot: number): ClusterNode | undefined {
    return this.#slots?.[slot];
  }

  /** All masters that serve slots. */
  get masters(): readonly ClusterNode[] {
    return this.#masters;
  }

  /** All nodes in use: the masters, and where calls were redirected to since the last look. */
  get nodes(): readonly ClusterNode[] {
    return [...this.#nodes.values()];
  }

  /** Resolves when the Cluster has been found. Fails at once where that has just failed. */
  async found(): Promise<void> {
    if (this.isKnown) return;
    if (this.#looking === undefined && this.#isResting) throw this.#failure;
    await this.#look();
  }

  /** Looks at the Cluster again, soon; how that ends is seen by the next call. */
  refresh(): void {
    if (this.#isClosed || this.#looking !== undefined) return;
    if (this.#isResting) this.#isLookWanted = true;
    else this.#look().catch(() => undefined);
  }

  /** The node to which a command was redirected; a slot that moved is asked for there from now on. */
  redirected(address: NodeAddress, movedSlot: number | undefined): ClusterNode {
    const node = this.#node(address);
    if (movedSlot === undefined || this.#slots === undefined) return node;
    this.#slots[movedSlot] = node;
    if (!this.#masters.includes(node)) this.#masters = [...this.#masters, node];
    return node;
  }

  /** Sees to it that somebody notices if what was just sent is not answered. */
  watch(): void {
    if (this.#isWatching || this.#isClosed) return;
    this.#isWatching = true;
    this.#silenceTimer = this.#timers.setTimeout(() => this.#seeWhoIsSilent(), SILENCE_MS);
  }

  /** Gives up the connections to the nodes that have owed an answer for so long, and given none. */
  reset(silentMs: number): void {
    for (const node of this.#nodes.values()) {
      if (node.pending > 0 && node.silentMs >= silentMs) node.port.reset();
    }
    this.refresh();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#isResting) this.#timers.clearTimeout(this.#restTimer as never);
    if (this.#isWatching) this.#timers.clearTimeout(this.#silenceTimer as never);
    await Promise.allSettled([...this.#nodes.values()].map(({ port }) => port.close()));
  }

  #seeWhoIsSilent(): void {
    this.#isWatching = false;
    let owes = false;
    let isSilent = false;
    for (const node of this.#nodes.values()) {
      if (node.isSilent) isSilent = true;
      if (node.pending > 0) owes = true;
    }
    // A master that is halted keeps its connections; others know when it has been replaced.
    if (isSilent) this.refresh();
    if (owes) this.watch();
  }

  #look(): Promise<void> {
    this.#looking ??= this.#discover().finally(() => {
      this.#looking = undefined;
      this.#rest();
    });
    return this.#looking;
  }

  #rest(): void {
    if (this.#isClosed) return;
    this.#isResting = true;
    this.#restTimer = this.#timers.setTimeout(() => {
      this.#isResting = false;
      const isLookWanted = this.#isLookWanted;
      this.#isLookWanted = false;
      if (isLookWanted) this.refresh();
    }, REST_MS);
  }

  async #discover(): Promise<void> {
    const questions = this.#questions();
    let failure: unknown = connectionError(new Error("The Cluster has no nodes"));
    for (let i = 0; i < questions.length; i += ASKED_AT_ONCE) {
      try {
        const asked = questions.slice(i, i + ASKED_AT_ONCE);
        // oxlint-disable-next-line no-await-in-loop -- the others are asked only where these do not know
        const ranges = await Promise.any(asked.map(async (ask) => this.#inTime(ask())));
        if (!this.#isClosed) this.#adopt(ranges);
        return;
      } catch (error) {
        failure = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
      }
    }
    this.#failure = failure;
    throw failure;
  }

  /** Everybody who may know: the masters over their connections, each time another one first, then all others. */
  #questions(): (() => Promise<SlotRange[]>)[] {
    const masters = [...this.#nodes.values()];
    const start = masters.length === 0 ? 0 : this.#asked++ % masters.length;
    const known = [...masters.slice(start), ...masters.slice(0, start)].map(
      ({ address, port }) =>
        async () =>
          parseSlots(await port.send(["CLUSTER", "SLOTS"], undefined), address.host),
    );
    const others = new Map<string, { address: NodeAddress; connector: Connector }>();
    for (const address of this.#replicas) {
      others.set(nameOf(address), { address, connector: this.#connector.connectorOf(address) });
    }
    for (const seed of this.#connector.seeds) others.set(nameOf(seed.address), seed);
    for (const name of this.#nodes.keys()) others.delete(name);
    const asked = [...others.values()].map(
      ({ address, connector }) =>
        async () =>
          parseSlots(await askOnce(connector), address.host),
    );
    return [...known, ...asked];
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: unknown;
    try {
      return await new Promise<T>((resolve, reject) => {
        const late = new Error(`The node did not answer within ${ANSWER_MS_MAX} ms`);
        timer = this.#timers.setTimeout(() => reject(connectionError(late)), ANSWER_MS_MAX);
        answer.then(resolve, reject);
      });
    } finally {
      this.#timers.clearTimeout(timer as never);
    }
  }

  #adopt(ranges: readonly SlotRange[]): void {
    const slots = new Array<ClusterNode | undefined>(SLOTS).fill(undefined);
    const inUse = new Map<string, ClusterNode>();
    for (const { first, last, master } of ranges) {
      const node = this.#node(master);
      inUse.set(node.name, node);
      slots.fill(node, first, last + 1);
    }
    const former = this.#nodes;
    this.#tellWhatLeft(slots);
    this.#slots = slots;
    this.#nodes = inUse;
    this.#masters = [...inUse.values()];
    this.#replicas = ranges.flatMap(({ replicas }) => replicas);
    for (const node of former.values()) {
      if (inUse.has(node.name)) continue;
      this.#changes += node.port.epoch + 1;
      node.leave();
    }
  }

  #tellWhatLeft(slots: readonly (ClusterNode | undefined)[]): void {
    const left = new Map<ClusterNode, number[]>();
    for (const [slot, node] of this.#slots?.entries() ?? []) {
      if (node === undefined || node === slots[slot]) continue;
      // What a silent node owes is not waited for.
      if (node.pending === 0 || node.isSilent) continue;
      const leaving = left.get(node);
      if (leaving === undefined) left.set(node, [slot]);
      else leaving.push(slot);
    }
    for (const [node, leaving] of left) this.#options.left(node, leaving);
  }

  #node(address: NodeAddress): ClusterNode {
    const name = nameOf(address);
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    if (this.#isClosed) {
      throw new CacheError(
        "CLOSED",
        "Cannot use the Cluster: the cache must be open: received a call after close",
      );
    }
    const { clock, timers } = this.#options;
    const port = new ServerPort(this.#connector.connectorOf(address), { clock, timers });
    const node = new ClusterNode(address, port, clock);
    if (this.isKnown) this.#changes++;
    port.onConnection(() => {
      node.hasConnected = true;
      this.#options.connected();
    });
    this.#nodes.set(name, node);
    return node;
  }
}

async function askOnce(connector: Connector): Promise<Reply> {
  const link = await connector.open();
  try {
    return await link.send(["CLUSTER", "SLOTS"]);
  } finally {
    link.destroy();
  }
}
