import { CacheError, show } from "../errors.ts";
import { Bulk } from "./bulk.ts";
import { CacheNode, type NodeHealth } from "./cache-node.ts";
import { Cluster, checkOpen } from "./cluster.ts";
import { textOf } from "./events.ts";
import { HealthMonitor } from "./health-monitor.ts";
import { Introductions } from "./introductions.ts";
import { Member, type MemberListener } from "./member.ts";
import type { DistributedConfig } from "./options.ts";
import { checkRate } from "./pacer.ts";
import { Reader } from "./reader.ts";
import { Rebalancer, type RebalanceOptions, type RebalanceReport } from "./rebalancer.ts";
import { Recovery } from "./recovery.ts";
import { Repair, type RepairOptions, type RepairReport } from "./repair.ts";
import { Replicator } from "./replicator.ts";
import { HashRing } from "./ring/hash-ring.ts";
import { type Owners, type Placement, Topology } from "./topology.ts";
import { WholeCache } from "./whole-cache.ts";
import { Writer } from "./writer.ts";

/** What a coordinator counts, and how its nodes are. */
export interface DistributedCacheMetrics {
  /** Calls of the cache. */
  requests: number;
  /** Times that another owner than the first one was asked. */
  failovers: number;
  /** For each write, owners that did not acknowledge it, those that were skipped included. */
  replicationFailures: number;
  /** Nodes that serve: healthy and degraded ones. */
  healthyNodes: number;
  /** Nodes that do not. */
  unhealthyNodes: number;
  /** Topology changes that were completed. */
  rebalances: number;
  /** Keys of which a node missed a write, over all nodes. */
  dirtyKeys: number;
  /** Writes that wait to be sent to replicas. */
  queuedWrites: number;
  /** What those cost, in bytes. */
  queuedBytes: number;
  /** Keys of which every owner failed during one write, and nobody knows which of them has it. */
  disputedKeys: number;
  /** Owners that a key has: less than asked for where there are too few nodes. */
  replicas: number;
}

/** A node that went without being emptied. */
interface Departed {
  /** By which owners it holds keys. */
  readonly placement: Placement;
  /** What empties it now; undefined: it is not back. */
  emptying: Promise<void> | undefined;
}

/** The parts of a distributed cache, put together, and how they hear of each other. */
export class Coordinator implements MemberListener {
  readonly cluster: Cluster;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly bulk: Bulk;
  readonly whole: WholeCache;
  readonly #recovery: Recovery;
  readonly #replicator: Replicator;
  readonly #monitor: HealthMonitor;
  readonly #rebalancer: Rebalancer;
  /** Nodes that are emptied as soon as they are back. */
  readonly #departed = new Map<Member, Departed>();
  readonly #introductions: Introductions;
  #misses = 0;

  /** @throws {CacheError} `INVALID_CONFIG`, `NODE_EXISTS` */
  constructor(nodes: readonly CacheNode[], config: DistributedConfig) {
    const { virtualNodes, hash } = config;
    const ring = new HashRing({ virtualNodes, hash });
    for (const node of checkNodes(nodes)) ring.add(node);
    const hasReplicas = config.replicationFactor > 1;
    const members = nodes.map((node) => new Member(node, config, this, hasReplicas));
    this.cluster = new Cluster(config, new Topology(ring, members, config.replicationFactor));
    this.#replicator = new Replicator(this.cluster);
    this.#recovery = new Recovery(this.cluster, this.#replicator);
    this.#monitor = new HealthMonitor(this.cluster);
    this.#rebalancer = new Rebalancer(this.cluster, this.#replicator);
    this.reader = new Reader(this.cluster, this.#replicator);
    this.writer = new Writer(this.cluster, this.reader, this.#replicator, this.#rebalancer);
    this.bulk = new Bulk(this.cluster, this.reader, this.writer);
    this.whole = new WholeCache(this.cluster, this.#replicator, this.reader);
    this.cluster.onDispute = () => this.#recovery.settleDisputes();
    this.#introductions = new Introductions(members.filter(({ isShared }) => isShared));
    for (const member of members) {
      this.#monitor.watch(member);
      // Who cannot be reached is asked again when it is needed, or by the next probe.
      void this.cluster.trust(member).catch(() => {});
    }
  }

  // ---- what nodes tell

  healthChanged(member: Member, from: NodeHealth, cause: unknown): void {
    const { id, health: to } = member;
    this.cluster.listeners.tell(
      "health",
      cause === undefined ? { id, from, to } : { id, from, to, cause },
    );
    if (to !== "unhealthy") this.#recovery.goOn(member);
  }

  isBack(member: Member): void {
    const departed = this.#departed.get(member);
    if (departed !== undefined) {
      departed.emptying ??= this.#emptyDeparted(member, departed);
      return;
    }
    member.changeHealth("syncing", undefined);
    void this.#recovery.begin(member);
  }

  restarted(member: Member): void {
    this.#recovery.distrust(member);
  }

  overflowed(member: Member): void {
    const reason = `more than ${this.cluster.config.maxDirtyKeys} dirty keys`;
    this.cluster.listeners.tell("dropped", { id: member.id, reason });
    // Among the dirty keys may have been some that it was only to be told to delete.
    member.hasStrangers = true;
    this.#recovery.distrust(member);
  }

  /**
   * Whoever shares a node of the ring with others that have another ring does nothing any more: writes of
   * both would end on different owners. None of its nodes is of use to it then, and all are shown as such.
   */
  refused(member: Member, error: CacheError): void {
    const { cluster } = this;
    if (cluster.topology.members.get(member.id) !== member) {
      // What is on a node that went is others' now.
      member.bar(error);
      if (this.#departed.has(member)) this.#forgetDeparted(member);
      return;
    }
    cluster.refusal ??= error;
    for (const each of cluster.topology.members.values()) each.bar(cluster.refusal);
    this.#monitor.stop();
    this.#recovery.stop();
  }

  introduced(member: Member): Promise<void> | undefined {
    return this.#introductions.over(member);
  }

  nextMiss(): number {
    return ++this.#misses;
  }

  ownersOf(key: string): Owners {
    return this.cluster.topology.ownersOf(key);
  }

  fellBehind(member: Member): void {
    if (member.takesWrites) this.#recovery.soon(member);
  }

  // ---- nodes

  member(id: string): Member {
    const member = this.cluster.topology.members.get(id);
    if (member !== undefined) return member;
    throw new CacheError(
      "NODE_NOT_FOUND",
      `Cannot find the node: it must be one of the cache's nodes: received ${show(id)}`,
    );
  }

  /** The longest key that all nodes take: a call for many keys is refused as a whole. */
  maxKeyBytes(): number {
    const { members } = this.cluster.topology;
    return Math.min(...Array.from(members.values(), (member) => member.maxKeyBytes));
  }

  mark(id: string, health: "unhealthy" | "auto"): void {
    const member = this.member(id);
    if (health === "unhealthy") {
      member.isMarked = true;
      member.changeHealth("unhealthy", undefined);
    } else if (health === "auto") {
      if (!member.isMarked) return;
      member.isMarked = false;
      void this.#bringBack(member);
    } else {
      const reason = `health must be "unhealthy" or "auto"`;
      throw new CacheError(
        "INVALID_OPTIONS",
        `Cannot mark a node: ${reason}: received ${show(health)}`,
      );
    }
  }

  /** Takes a node back that was out of service, if it answers. */
  async #bringBack(member: Member): Promise<void> {
    const isThere = await this.#monitor.probe(member);
    if (!isThere || member.health !== "unhealthy" || member.isMarked) return;
    member.changeHealth("syncing", undefined);
    await this.#recovery.begin(member);
  }

  addNode(node: CacheNode, options: RebalanceOptions): Promise<RebalanceReport> {
    return this.#rebalancer.inOrder(async () => {
      this.#checkChange(options);
      if (!(node instanceof CacheNode)) throw invalidNode(node);
      const { topology } = this.cluster;
      const former = topology.move;
      if (former?.member.id === node.id && former.member.node.cache === node.cache) {
        this.#rebalancer.begin(former.to.ring, former.member, "add", false);
        return this.#complete(former.member, options);
      }
      for (const { id, node: other } of topology.members.values()) {
        if (id !== node.id && other.cache === node.cache) throw shared(node, id);
      }
      const ring = topology.placement.ring.copy();
      if (former?.kind === "add" && former.member.id === node.id) throw exists(node);
      ring.add(node);
      if (former !== undefined) await this.#finish(options);
      const member = await this.#admit(node, former === undefined ? ring : undefined);
      return this.#complete(member, options);
    });
  }

  /** Hands over to a node that comes, and takes from it what is not its own. */
  async #complete(member: Member, options: RebalanceOptions): Promise<RebalanceReport> {
    const report = await this.#rebalance(options);
    await this.#recovery.begin(member);
    return report;
  }

  async #admit(node: CacheNode, ring: HashRing | undefined): Promise<Member> {
    const { topology, config } = this.cluster;
    const target = ring ?? topology.placement.ring.copy();
    if (ring === undefined) target.add(node);
    const member = new Member(node, config, this);
    await this.#rename(node);
    try {
      await this.cluster.trust(member);
    } catch (cause) {
      if (member.barredBy !== undefined) throw member.barredBy;
      throw silent(node, cause);
    }
    for (const departed of this.#departed.keys()) {
      const isSame = departed.id === node.id || departed.node.cache === node.cache;
      if (isSame) await this.#takeBack(departed);
    }
    checkOpen(this.cluster);
    // What it holds of other times is not its own.
    member.hasStrangers = true;
    topology.admit(member);
    this.#monitor.watch(member);
    this.#rebalancer.begin(target, member, "add", false);
    return member;
  }

  /** What went under another id, and is the same store, is not part of the ring under that id any more. */
  async #rename({ id, cache }: CacheNode): Promise<void> {
    for (const departed of this.#departed.keys()) {
      if (departed.id !== id && departed.node.cache === cache) await departed.removeFingerprint();
    }
  }

  removeNode(id: string, options: RebalanceOptions): Promise<RebalanceReport> {
    return this.#rebalancer.inOrder(async () => {
      this.#checkChange(options);
      const member = this.member(id);
      const { topology } = this.cluster;
      const former = topology.move;
      if (former !== undefined && former.member !== member) await this.#finish(options);
      const ring = topology.placement.ring.copy();
      if (topology.move === undefined) {
        ring.remove(id);
        if (ring.points === 0) throw lastNode(id);
      }
      const { isMarked } = member;
      if (member.health === "unhealthy") {
        member.isMarked = false;
        await this.#bringBack(member);
      }
      this.#rebalancer.begin(ring, member, "remove", !member.takesWrites);
      try {
        const report = await this.#rebalance(options);
        await this.#dismiss(member);
        return report;
      } catch (error) {
        // It was only to give what it holds.
        if (isMarked) this.mark(id, "unhealthy");
        throw error;
      }
    });
  }

  /** Completes the change that stopped on its way, before another one begins. */
  async #finish(options: RebalanceOptions): Promise<void> {
    const { move } = this.cluster.topology;
    if (move === undefined) return;
    if (move.kind === "add") {
      await this.#complete(move.member, options);
      return;
    }
    await this.#rebalance(options);
    await this.#dismiss(move.member);
  }

  async #rebalance(options: RebalanceOptions): Promise<RebalanceReport> {
    const report = await this.#rebalancer.run(options);
    this.#recovery.ringChanged();
    return report;
  }

  async #dismiss(member: Member): Promise<void> {
    this.cluster.topology.dismiss(member);
    this.#recovery.forget(member);
    const { leftover } = this.#rebalancer;
    if (leftover === undefined) {
      this.#monitor.unwatch(member);
      await member.removeFingerprint();
    } else {
      this.#departed.set(member, { placement: leftover, emptying: undefined });
      member.isMarked = false;
      // It may have failed just now and answer already: it is back as any other that was away.
      member.changeHealth("unhealthy", undefined);
    }
  }

  /** A node that went while nobody could reach it is back: it is left without what it owned. */
  async #emptyDeparted(member: Member, departed: Departed): Promise<void> {
    const isWanted = (): boolean => this.#departed.has(member) && !this.cluster.isClosed;
    // Until it is empty it is asked, though by nobody else.
    member.changeHealth("syncing", undefined);
    const isEmpty = await this.#rebalancer.empty(member, departed.placement, isWanted);
    if (isEmpty) await member.removeFingerprint();
    departed.emptying = undefined;
    if (isEmpty) this.#forgetDeparted(member);
    else if (isWanted()) member.changeHealth("unhealthy", undefined);
  }

  /** What such a node holds is no longer to be deleted, nor will it be by what is on its way. */
  async #takeBack(member: Member): Promise<void> {
    const emptying = this.#departed.get(member)?.emptying;
    this.#forgetDeparted(member);
    await emptying;
    await member.late.whenAny();
  }

  #forgetDeparted(member: Member): void {
    this.#departed.delete(member);
    this.#monitor.unwatch(member);
  }

  #checkChange(options: RebalanceOptions): void {
    checkOpen(this.cluster);
    checkRate(options.maxKeysPerSecond);
    options.signal?.throwIfAborted();
  }

  repair(options: RepairOptions): Promise<RepairReport> {
    return new Repair(this.cluster, this.#replicator).run(options);
  }

  // ----

  metrics(): DistributedCacheMetrics {
    const { counts, topology } = this.cluster;
    const members = [...topology.members.values()];
    const healthyNodes = members.filter((member) => member.isReachable).length;
    return {
      ...counts,
      healthyNodes,
      unhealthyNodes: members.length - healthyNodes,
      dirtyKeys: members.reduce((sum, member) => sum + member.dirtyKeys, 0),
      queuedWrites: members.reduce((sum, member) => sum + member.queuedWrites, 0),
      queuedBytes: members.reduce((sum, { behind }) => sum + behind.queuedBytes, 0),
      disputedKeys: this.cluster.disputedKeys().length,
      replicas: Math.min(topology.replicationFactor, members.length),
    };
  }

  /**
   * Ends the work in the background, after the calls so far that have a turn, as every write does, and what
   * waits for replicas. Reads go without a turn where nothing is in their way: those that have no answer
   * by then reject with `CLOSED`.
   */
  async close(): Promise<void> {
    const members = [...this.cluster.topology.members.values()];
    this.cluster.isClosed = true;
    this.#monitor.stop();
    this.#recovery.stop();
    const { locks } = this.cluster;
    const turn = locks.acquireExclusive();
    if (turn !== undefined) await turn;
    locks.releaseExclusive();
    await Promise.all(members.map((member) => this.#replicator.finishAll(member)));
    for (const member of [...members, ...this.#departed.keys()]) member.stop();
    if (!this.cluster.config.closeNodes) return;
    await Promise.all(members.map(({ cache }) => cache.close()));
  }
}

function checkNodes(nodes: readonly CacheNode[]): readonly CacheNode[] {
  if (!isList(nodes)) throw invalidNode(nodes);
  for (const node of nodes) if (!(node instanceof CacheNode)) throw invalidNode(node);
  if (nodes.length === 0) {
    throw new CacheError(
      "INVALID_CONFIG",
      "Cannot create a distributed cache: there must be at least one node: received none",
    );
  }
  const ids = new Map<object, string>();
  for (const node of nodes) {
    const other = ids.get(node.cache);
    if (other !== undefined && other !== node.id) throw shared(node, other);
    ids.set(node.cache, node.id);
  }
  return nodes;
}

/** What a caller without types hands in may be anything. */
function isList(value: unknown): boolean {
  return Array.isArray(value);
}

function invalidNode(received: unknown): CacheError {
  return new CacheError(
    "INVALID_CONFIG",
    `Cannot use the nodes: each must be a CacheNode: received ${show(received)}`,
  );
}

/** One store under two names would be emptied as the one of what it holds as the other. */
function shared({ id }: CacheNode, other: string): CacheError {
  return new CacheError(
    "INVALID_CONFIG",
    `Cannot add a node: each needs a cache of its own: received ${show(id)} with that of ${show(other)}`,
  );
}

function exists({ id }: CacheNode): CacheError {
  return new CacheError(
    "NODE_EXISTS",
    `Cannot add a node: there must be none of its id, nor one whose coming stopped midway: received ${show(id)}`,
  );
}

function silent({ id }: CacheNode, cause: unknown): CacheError {
  // The name of an error is enough where it says nothing more.
  const reason = textOf((cause instanceof Error && cause.message) || cause);
  return new CacheError(
    "NODE_UNHEALTHY",
    `Cannot add node ${show(id)}: it must answer: received a failure: ${reason}`,
    { cause },
  );
}

function lastNode(id: string): CacheError {
  return new CacheError(
    "NO_NODES",
    `Cannot remove a node: at least one must be left: received the last one, ${show(id)}`,
  );
}
