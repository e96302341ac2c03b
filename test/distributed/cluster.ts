import type { KeyState } from "laurel";
import {
  CacheNode,
  type DistributedCacheOptions,
  type DistributedEvents,
  DistributedLeaderboardCache,
  type EventName,
  HashRing,
} from "laurel/distributed";
import { expect } from "vitest";
import { seededRandom } from "../../src/structures/random.ts";
import { FaultyCache, type FaultyCacheOptions } from "../support/faulty-cache.ts";
import { VirtualTime } from "../support/virtual-time.ts";

/** How a {@link Cluster} is made: options of the cache, and of its nodes. */
export interface ClusterOptions extends DistributedCacheOptions {
  /** Ids of the nodes. Default: a, b, c. */
  readonly ids?: readonly string[];
  /** What the nodes' caches are like. */
  readonly node?: FaultyCacheOptions;
  /** What one node's cache is like, by its id. */
  readonly nodeOf?: Readonly<Record<string, FaultyCacheOptions>>;
}

const STEP_MS = 20;
const PATIENCE_MS = 200_000;

/** A distributed cache over nodes that can be made to fail, in virtual time. */
export class Cluster implements AsyncDisposable {
  readonly time = new VirtualTime();
  readonly cache: DistributedLeaderboardCache;
  readonly #nodes = new Map<string, FaultyCache>();
  readonly #options: ClusterOptions;
  readonly #replicationFactor: number;

  constructor(options: ClusterOptions = {}) {
    const { ids = ["a", "b", "c"], node: _, nodeOf: __, ...cacheOptions } = options;
    this.#options = options;
    const nodes = ids.map((id) => this.newNode(id));
    this.#replicationFactor = options.replicationFactor ?? 2;
    this.cache = new DistributedLeaderboardCache(nodes, {
      clock: this.time.clock,
      timers: this.time.timers,
      random: seededRandom(7),
      replicationFactor: this.#replicationFactor,
      ...cacheOptions,
    });
  }

  /** A node that the cache does not know yet. */
  newNode(id: string, options?: FaultyCacheOptions): CacheNode {
    const { clock, timers } = this.time;
    const given = options ?? this.#options.nodeOf?.[id] ?? this.#options.node;
    const store = { clock, timers, sweepInterval: Infinity, ...given?.store };
    const faulty = new FaultyCache({ ...given, store });
    this.#nodes.set(id, faulty);
    return new CacheNode(id, faulty.cache);
  }

  /** What stands behind a node. */
  node(id: string): FaultyCache {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`There is no node ${id}`);
    return node;
  }

  /** The ids of a key's owners, by a ring of the test's own over the nodes that the cache has. */
  ownersOf(key: string, ids: readonly string[] = this.cache.nodes().map(({ id }) => id)): string[] {
    const ring = new HashRing();
    for (const id of ids) ring.add(new CacheNode(id, this.node(id).cache));
    return ring.getN(key, this.#replicationFactor).map(({ id }) => id);
  }

  /** The first `count` keys whose owners are these, in this order. */
  keysOf(owners: readonly string[], count: number, prefix = "key"): string[] {
    const ids = this.cache.nodes().map(({ id }) => id);
    const ring = new HashRing();
    for (const id of ids) ring.add(new CacheNode(id, this.node(id).cache));
    const keys: string[] = [];
    for (let i = 0; keys.length < count; i++) {
      const key = `${prefix}:${i}`;
      const found = ring.getN(key, owners.length);
      if (found.every(({ id }, at) => id === owners[at])) keys.push(key);
    }
    return keys;
  }

  /** A key whose owners are these, in this order. */
  keyOf(...owners: readonly string[]): string {
    return this.keysOf(owners, 1)[0] as string;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets time pass, and what it brings about happen in between. */
  async pass(ms: number): Promise<void> {
    await this.settle();
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.time.advance(Math.min(STEP_MS, left));
      await this.settle();
    }
  }

  /** The outcome of a call, for which as much time passes as it takes. */
  async until<T>(pending: Promise<T>): Promise<T> {
    const progress = { isSettled: false };
    const settled = (): void => {
      progress.isSettled = true;
    };
    pending.then(settled, settled);
    await this.settle();
    for (let passed = 0; !progress.isSettled; passed += STEP_MS) {
      if (passed > PATIENCE_MS) throw new Error("The call has not ended");
      await this.pass(STEP_MS);
    }
    return pending;
  }

  /** The events of a name, from now on. */
  events<N extends EventName>(name: N): DistributedEvents[N][] {
    const events: DistributedEvents[N][] = [];
    this.cache.on(name, (event) => events.push(event));
    return events;
  }

  /** What a node holds of a key, as it is compared. */
  async held(id: string, key: string): Promise<unknown> {
    const { store } = this.node(id);
    const chunks: unknown[] = [];
    let cursor = 0;
    do {
      const state: KeyState | undefined = await store.readState(key, { cursor });
      if (state === undefined) return undefined;
      const { expiresAt } = state;
      if (state.type === "string") return { value: state.value.toString(), expiresAt };
      chunks.push(...state.members.map(({ member, score }) => `${member} ${score}`));
      cursor = state.cursor;
      if (cursor === 0) return { members: chunks, expiresAt };
    } while (cursor !== 0);
    return undefined;
  }

  /** Asserts that all owners of a key hold the same of it, and nobody else anything. */
  async expectEqualOwners(key: string): Promise<void> {
    const owners = this.ownersOf(key);
    const wanted = await this.held(owners[0] as string, key);
    for (const id of this.#nodes.keys()) {
      const found = await this.held(id, key);
      expect({ id, key, found }).toEqual({
        id,
        key,
        found: owners.includes(id) ? wanted : undefined,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes.values()) node.heal();
    await this.until(this.cache.close());
  }
}
