import type { Cache, CallOptions, Duration, ExpireOptions, SetOptions } from "../cache/contract.ts";
import type { LeaderboardCache } from "../cache/leaderboard-contract.ts";
import { abortable } from "../cache/abortable.ts";
import { checkCallOptions, checkOptionNames } from "../cache/call-options.ts";
import type { OptionNames } from "../cache/option-names.ts";
import { CacheError, show } from "../errors.ts";
import type { CacheNode, NodeHealth } from "./cache-node.ts";
import { checkOpen } from "./cluster.ts";
import { Coordinator, type DistributedCacheMetrics } from "./coordinator.ts";
import { checkCallable, type EventName, type Listener } from "./events.ts";
import { copyKeys, copyPairs, copyValue, lifetimeOf, newLifetime } from "./inputs.ts";
import { DeleteWrite, ExpireWrite, SetWrite, StringWrite } from "./key-writes.ts";
import { type DistributedCacheOptions, resolveOptions } from "./options.ts";
import type { RebalanceOptions, RebalanceReport } from "./rebalancer.ts";
import type { RepairOptions, RepairReport } from "./repair.ts";
import type { KeyWrite } from "./writer.ts";

const BOOT_ID_DIGITS = 40;
const REBALANCE_NAMES: OptionNames<RebalanceOptions> = {
  signal: true,
  onProgress: true,
  maxKeysPerSecond: true,
};
const REPAIR_NAMES: OptionNames<RepairOptions> = { signal: true, maxKeysPerSecond: true };
const NO_OPTIONS = Object.freeze({});

/**
 * Many caches behind the interface of one: keys are spread over nodes by a hash ring, kept on
 * several of them, and served by those that are there. A node that fails is left out, told what it missed
 * when it comes back, and serves nothing old; nodes come and go without losing a key.
 *
 * Writes of one key are carried out in the order of calling, and reads behind the writes that were
 * called before them. What is promised holds for one coordinator; several over the same nodes have the same
 * ring, but each knows only of its own writes: `repair()` makes replicas equal again.
 *
 * @example
 * ```ts
 * import { MemoryCache } from "laurel";
 * import { CacheNode, DistributedCache } from "laurel/distributed";
 *
 * const ids = ["node-us-east", "node-us-west", "node-eu"];
 * const nodes = ids.map((id) => new CacheNode(id, new MemoryCache()));
 * await using cache = new DistributedCache(nodes, { replicationFactor: 2, closeNodes: true });
 * await cache.set("session:42", "ada");
 * cache.markNode("node-us-east", "unhealthy");
 * console.log(String(await cache.get("session:42"))); // ada
 * ```
 */
export class DistributedCache implements Cache {
  protected readonly coordinator: Coordinator;
  readonly #bootId: string;
  #closing: Promise<void> | undefined;

  /**
   * @throws {CacheError} `INVALID_CONFIG` for an invalid or unknown option or no nodes, `NODE_EXISTS` for two
   * of one id
   */
  constructor(nodes: readonly CacheNode[], options: DistributedCacheOptions = {}) {
    const config = resolveOptions(options);
    this.coordinator = new Coordinator(nodes, config);
    this.#bootId = Array.from({ length: BOOT_ID_DIGITS }, () =>
      Math.floor(config.random() * 16).toString(16),
    ).join("");
  }

  // ---- the contract

  // The two that are called most are not `async`, which would wrap the promise in another one.
  get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    try {
      this.enter(options);
      return this.read(key, options, (cache) => cache.get(key));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  set(key: string, value: string | Uint8Array, options?: SetOptions): Promise<void> {
    try {
      this.enter(options);
      const lifetime = options === undefined ? undefined : lifetimeOf(options);
      const { cluster } = this.coordinator;
      return this.write(new SetWrite(cluster, key, copyValue(value), lifetime), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async delete(key: string, options?: CallOptions): Promise<boolean> {
    this.enter(options);
    return this.write(new DeleteWrite(key), options);
  }

  async exists(key: string, options?: CallOptions): Promise<boolean> {
    this.enter(options);
    return this.read(key, options, (cache) => cache.exists(key));
  }

  async clear(options?: CallOptions): Promise<void> {
    this.enter(options);
    return abortable(this.coordinator.whole.clear(options?.signal), options?.signal);
  }

  async incr(key: string, delta = 1, options?: CallOptions): Promise<number> {
    this.enter(options);
    return this.#writeString(key, options, (cache) => cache.incr(key, delta));
  }

  async decr(key: string, delta = 1, options?: CallOptions): Promise<number> {
    this.enter(options);
    return this.#writeString(key, options, (cache) => cache.decr(key, delta));
  }

  async append(key: string, data: string | Uint8Array, options?: CallOptions): Promise<number> {
    this.enter(options);
    const copy = copyValue(data);
    return this.#writeString(key, options, (cache) => cache.append(key, copy));
  }

  async getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    this.enter(options);
    return abortable(this.coordinator.bulk.get(copyKeys(keys)), options?.signal);
  }

  async setMany(
    entries: Iterable<readonly [key: string, value: string | Uint8Array]>,
    options?: SetOptions,
  ): Promise<void> {
    this.enter(options);
    const lifetime = options === undefined ? undefined : lifetimeOf(options);
    const pairs = copyPairs(entries, this.coordinator.maxKeyBytes());
    // The iterable is the caller's code: it may have closed the cache.
    this.check(options);
    return abortable(this.coordinator.bulk.set(pairs, lifetime, options?.signal), options?.signal);
  }

  async deleteMany(keys: readonly string[], options?: CallOptions): Promise<number> {
    this.enter(options);
    return abortable(
      this.coordinator.bulk.delete(copyKeys(keys), options?.signal),
      options?.signal,
    );
  }

  async ttl(key: string, options?: CallOptions): Promise<number | undefined> {
    this.enter(options);
    return this.read(key, options, (cache) => cache.ttl(key));
  }

  async expire(key: string, ttl: Duration, options?: ExpireOptions): Promise<boolean> {
    this.enter(options);
    const lifetime = newLifetime(ttl, options?.expiresAt);
    return this.write(new ExpireWrite(this.coordinator.cluster, key, lifetime), options);
  }

  async *keys(pattern = "*", options?: CallOptions): AsyncIterableIterator<string> {
    this.enter(options);
    if (typeof pattern !== "string") {
      throw new CacheError(
        "INVALID_OPTIONS",
        `Cannot list keys: the pattern must be a string: received ${show(pattern)}`,
      );
    }
    yield* this.coordinator.whole.keys(pattern, options?.signal);
  }

  /**
   * Names this coordinator.
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * await using cache = new DistributedCache([new CacheNode("a", new MemoryCache())]);
   * console.log((await cache.bootId()).length); // 40
   * ```
   */
  async bootId(options?: CallOptions): Promise<string> {
    this.enter(options);
    return this.#bootId;
  }

  /**
   * Ends the cache after the writes so far, and after the replicas have them. A read that has no answer by
   * then rejects with `CLOSED`. Closes the nodes' caches only with `closeNodes`.
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * const memory = new MemoryCache();
   * const cache = new DistributedCache([new CacheNode("a", memory)]);
   * await cache.set("greeting", "hello");
   * await cache.close();
   * console.log(String(await memory.get("greeting"))); // hello
   * ```
   */
  close(): Promise<void> {
    this.#closing ??= this.coordinator.close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // ---- nodes

  /**
   * Takes a node in, and hands over to it the keys that are now its own, under load. What it held
   * of them before is deleted. A call that failed or was aborted is gone on with by the same call;
   * `removeNode` turns it back. O(keys)
   * @throws {CacheError} `NODE_EXISTS`, `INVALID_CONFIG`, `NODE_UNHEALTHY`, `INVALID_OPTIONS`, and what its
   * failure is
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * await using cache = new DistributedCache([new CacheNode("a", new MemoryCache())]);
   * for (let i = 0; i < 1000; i++) await cache.set(`key:${i}`, "value");
   * const { movedKeys, lostKeys } = await cache.addNode(new CacheNode("b", new MemoryCache()));
   * console.log(movedKeys > 300, movedKeys < 700, lostKeys); // true true 0
   * ```
   */
  async addNode(node: CacheNode, options: RebalanceOptions = NO_OPTIONS): Promise<RebalanceReport> {
    this.check(options);
    checkRebalance("add a node", options);
    return this.coordinator.addNode(node, options);
  }

  /**
   * Lets a node go, after its keys were handed over to those that own them now. Of a node that
   * cannot be reached, the other owners give copies to the new ones, and the report says what
   * nobody holds any more. Its cache is emptied of what it owned, and not closed. O(keys)
   * @throws {CacheError} `NODE_NOT_FOUND`, `NO_NODES` for the last one, `NODE_UNHEALTHY`, `INVALID_OPTIONS`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * const nodes = ["a", "b"].map((id) => new CacheNode(id, new MemoryCache()));
   * await using cache = new DistributedCache(nodes);
   * for (let i = 0; i < 100; i++) await cache.set(`key:${i}`, "value");
   * const { lostKeys } = await cache.removeNode("a");
   * console.log(lostKeys, await cache.exists("key:7")); // 0 true
   * ```
   */
  async removeNode(id: string, options: RebalanceOptions = NO_OPTIONS): Promise<RebalanceReport> {
    this.check(options);
    checkRebalance("remove a node", options);
    return this.coordinator.removeNode(id, options);
  }

  /**
   * Makes the replicas of each key hold what the owner does that acts for it. O(keys) An owner that held
   * nothing at all when this cache began, while others did, has lost it: it is given their keys first.
   * @throws {CacheError} `INVALID_OPTIONS`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * const [a, b] = [new MemoryCache(), new MemoryCache()];
   * const nodes = [new CacheNode("a", a), new CacheNode("b", b)];
   * await using cache = new DistributedCache(nodes, { replicationFactor: 2, replication: "sync" });
   * await cache.set("greeting", "hello");
   * await a.delete("greeting"); // behind the coordinator's back, on the replica of the key
   * const { repairedKeys } = await cache.repair();
   * console.log(repairedKeys, String(await a.get("greeting"))); // 1 hello
   * ```
   */
  async repair(options: RepairOptions = NO_OPTIONS): Promise<RepairReport> {
    this.check(options);
    checkOptionNames("repair", options, REPAIR_NAMES);
    return this.coordinator.repair(options);
  }

  /**
   * The nodes, in the order in which they came.
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * const nodes = ["a", "b"].map((id) => new CacheNode(id, new MemoryCache()));
   * await using cache = new DistributedCache(nodes);
   * console.log(cache.nodes().map(({ id }) => id)); // [ 'a', 'b' ]
   * ```
   */
  nodes(): readonly CacheNode[] {
    return Array.from(this.coordinator.cluster.topology.members.values(), ({ node }) => node);
  }

  /**
   * Takes a node out of service, or gives it back to the failure detector (`"auto"`): it then comes back
   * as after any failure, with what it missed.
   * @throws {CacheError} `NODE_NOT_FOUND`, `INVALID_OPTIONS`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * const nodes = ["a", "b"].map((id) => new CacheNode(id, new MemoryCache()));
   * await using cache = new DistributedCache(nodes, { replicationFactor: 2 });
   * cache.markNode("a", "unhealthy"); // before its machine is serviced
   * await cache.set("greeting", "hello"); // goes to the other one, and to this one later
   * cache.markNode("a", "auto");
   * ```
   */
  markNode(id: string, health: "unhealthy" | "auto"): void {
    this.coordinator.mark(id, health);
  }

  /**
   * How the coordinator sees a node. O(1)
   * @throws {CacheError} `NODE_NOT_FOUND`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * const nodes = ["a", "b"].map((id) => new CacheNode(id, new MemoryCache()));
   * await using cache = new DistributedCache(nodes);
   * cache.markNode("a", "unhealthy");
   * console.log(cache.nodeHealth("a"), cache.nodeHealth("b")); // unhealthy healthy
   * ```
   */
  nodeHealth(id: string): NodeHealth {
    return this.coordinator.member(id).health;
  }

  /**
   * What was counted so far, and how the nodes are. Also after `close`.
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * const nodes = ["a", "b"].map((id) => new CacheNode(id, new MemoryCache()));
   * await using cache = new DistributedCache(nodes);
   * await cache.set("greeting", "hello");
   * const { requests, healthyNodes, dirtyKeys } = cache.metrics();
   * console.log(requests, healthyNodes, dirtyKeys); // 1 2 0
   * ```
   */
  metrics(): DistributedCacheMetrics {
    return this.coordinator.metrics();
  }

  /**
   * Calls `listener` for each event of this name: {@link DistributedEvents} lists them. What it throws or
   * rejects with becomes a warning of the process.
   * @throws {CacheError} `INVALID_OPTIONS` for a name of no event, and for a listener that is no function
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * const nodes = ["a", "b"].map((id) => new CacheNode(id, new MemoryCache()));
   * await using cache = new DistributedCache(nodes);
   * cache.on("health", ({ id, from, to }) => console.log(id, from, to)); // a healthy unhealthy
   * cache.markNode("a", "unhealthy");
   * ```
   */
  on<N extends EventName>(name: N, listener: Listener<N>): this {
    this.coordinator.cluster.listeners.add(name, listener);
    return this;
  }

  /**
   * Ends what {@link DistributedCache.on} began; nothing for a listener that was never added.
   * @throws {CacheError} `INVALID_OPTIONS` for a name of no event
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache, type Listener } from "laurel/distributed";
   *
   * const nodes = ["a", "b"].map((id) => new CacheNode(id, new MemoryCache()));
   * await using cache = new DistributedCache(nodes);
   * const listener: Listener<"health"> = ({ id, to }) => console.log(id, to);
   * cache.on("health", listener).off("health", listener);
   * cache.markNode("a", "unhealthy"); // prints nothing
   * ```
   */
  off<N extends EventName>(name: N, listener: Listener<N>): this {
    this.coordinator.cluster.listeners.remove(name, listener);
    return this;
  }

  // ----

  /** What every call of the contract begins with. */
  protected enter(options: CallOptions | undefined): void {
    this.check(options);
    this.coordinator.cluster.counts.requests++;
  }

  /** Throws `CLOSED`, the signal's reason, or what is wrong with the options. */
  protected check(options: CallOptions | undefined): void {
    checkOpen(this.coordinator.cluster);
    if (options !== undefined) checkCallOptions(options);
  }

  protected read<T>(
    key: string,
    options: CallOptions | undefined,
    run: (cache: LeaderboardCache) => Promise<T>,
    also?: readonly string[],
  ): Promise<T> {
    const pending = this.coordinator.reader.read(key, run, also);
    return abortable(pending, options?.signal);
  }

  protected write<T>(write: KeyWrite<T>, options: CallOptions | undefined): Promise<T> {
    const pending = this.coordinator.writer.write(write, options?.signal);
    return abortable(pending, options?.signal);
  }

  #writeString<T>(
    key: string,
    options: CallOptions | undefined,
    run: (cache: LeaderboardCache) => Promise<T>,
  ): Promise<T> {
    return this.write(new StringWrite(this.coordinator.cluster, key, run), options);
  }
}

/** What is wrong with such options is said before anything moves. */
function checkRebalance(task: string, options: RebalanceOptions): void {
  checkOptionNames(task, options, REBALANCE_NAMES);
  const { onProgress } = options;
  if (onProgress !== undefined) checkCallable(task, "onProgress", onProgress);
}
