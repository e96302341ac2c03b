import { type Duration, MemoryLeaderboardCache } from "laurel";
import {
  CacheNode,
  type DistributedCacheOptions,
  DistributedLeaderboardCache,
  HashRing,
} from "laurel/distributed";
import { RedisLeaderboardCache } from "laurel/redis";
import { type Server, serve } from "laurel/server";
import { expect } from "vitest";
import { parseDuration } from "../../src/cache/duration.ts";
import { type ServerKind, type ServerProcess, startServer } from "../support/server-process.ts";
import { startProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { type ClientLibrary, ioredis, nodeRedis } from "./clients.ts";

const CALL_MS_MAX = 250;

/** Short, so that a test sees the whole of an outage. */
const QUICK: DistributedCacheOptions = {
  replicationFactor: 2,
  callTimeout: CALL_MS_MAX,
  fenceTimeout: CALL_MS_MAX,
  healthCheck: { interval: 150, timeout: CALL_MS_MAX },
};

/** For tests in which no node is ever slow: a machine that is busy is not to look like one. */
export const PATIENT: DistributedCacheOptions = {
  callTimeout: 5000,
  fenceTimeout: 5000,
  healthCheck: { interval: 150, timeout: 5000 },
};

const PREFIX = "ring:";
/** After how long without any answer a node's connection is given up, milliseconds. */
const SILENCE_MS = 2 * CALL_MS_MAX;
const CHUNK = 1000;

/** A remote node: a server, a proxy in front of it, and the cache by which a ring reaches it. */
export class RemoteNode implements AsyncDisposable {
  readonly id: string;
  readonly proxy: TcpProxy;
  readonly node: CacheNode;
  /** By which the test looks at the server, past the proxy. */
  readonly inside: RedisLeaderboardCache;
  readonly #server: ServerProcess | Server;
  readonly #caches: RedisLeaderboardCache[] = [];
  readonly #library: ClientLibrary;

  constructor(
    id: string,
    server: ServerProcess | Server,
    proxy: TcpProxy,
    library: ClientLibrary,
    weight: number,
  ) {
    this.id = id;
    this.#server = server;
    this.proxy = proxy;
    this.#library = library;
    // Whoever adds it to a ring says how long a call may take.
    this.node = this.newNode({ weight, timeout: "1m" });
    this.inside = this.#newCache(server.port, SILENCE_MS);
  }

  /** The process of the server; Laurel's own has none. */
  get process(): ServerProcess {
    if ("restart" in this.#server) return this.#server;
    throw new Error(`${this.id} is no process of its own`);
  }

  /** The same server as another coordinator takes it, with a client of its own. */
  newNode(options: { weight?: number; id?: string; timeout?: Duration } = {}): CacheNode {
    const { id = this.id, weight = 1, timeout = SILENCE_MS } = options;
    return new CacheNode(id, this.#newCache(this.proxy.port, timeout), { weight });
  }

  #newCache(port: number, timeout: Duration): RedisLeaderboardCache {
    const client = this.#library.single(port);
    const cache = new RedisLeaderboardCache(client, { prefix: PREFIX, timeout });
    this.#caches.push(cache);
    return cache;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.#caches.map((cache) => cache.close());
    await this.proxy[Symbol.asyncDispose]();
    await Promise.all(closing);
    await this.#server[Symbol.asyncDispose]();
  }
}

/** What a node of a test is: whose server, and through which library it is reached. */
type NodeKind = readonly [server: ServerKind | "laurel", library: ClientLibrary];

/** Three nodes of three kinds. */
export const MIXED: readonly NodeKind[] = [
  ["redis", ioredis],
  ["valkey", nodeRedis(3)],
  ["laurel", ioredis],
];

/** Nodes over real servers, to be put on rings, and a look into them. */
export class RemoteNodes implements AsyncDisposable {
  readonly all: RemoteNode[] = [];

  /** Starts a server for each. Their ids are a, b, c and so on. */
  static async start(kinds: readonly NodeKind[] = MIXED): Promise<RemoteNodes> {
    const nodes = new RemoteNodes();
    for (const kind of kinds) await nodes.add(kind);
    return nodes;
  }

  async add([kind, library]: NodeKind): Promise<RemoteNode> {
    const server = kind === "laurel" ? await serve({ port: 0 }) : await startServer(kind);
    const proxy = await startProxy(server.port);
    const id = String.fromCodePoint("a".codePointAt(0)! + this.all.length);
    const node = new RemoteNode(id, server, proxy, library, 1);
    this.all.push(node);
    return node;
  }

  /** A ring over all of them, by clients of its own. */
  ring(options: DistributedCacheOptions = {}): DistributedLeaderboardCache {
    const { callTimeout = CALL_MS_MAX } = options;
    // The ring's own time limit is the first to pass.
    const timeout = 2 * parseDuration(callTimeout);
    const nodes = this.all.map((remote) => remote.newNode({ timeout }));
    return new DistributedLeaderboardCache(nodes, { ...QUICK, ...options });
  }

  get(id: string): RemoteNode {
    return this.all.find((remote) => remote.id === id) as RemoteNode;
  }

  /** The ids of a key's owners where these are the nodes. */
  ownersOf(key: string, ids = this.all.map(({ id }) => id), factor = 2): string[] {
    const ring = new HashRing();
    for (const id of ids) ring.add(new CacheNode(id, new MemoryLeaderboardCache()));
    return ring.getN(key, factor).map(({ id }) => id);
  }

  /** The first keys whose first owner is this one. */
  keysOf(primary: string, count: number, prefix = "key"): string[] {
    const keys: string[] = [];
    for (let i = 0; keys.length < count; i++) {
      const key = `${prefix}:${i}`;
      if (this.ownersOf(key)[0] === primary) keys.push(key);
    }
    return keys;
  }

  /** What a server holds of a key, with its deadline. */
  async held(id: string, key: string): Promise<unknown> {
    const { inside } = this.get(id);
    const members: unknown[] = [];
    let cursor = 0;
    do {
      const state = await inside.readState(key, { cursor });
      if (state === undefined) return undefined;
      const { expiresAt } = state;
      if (state.type === "string") return { value: state.value.toString("latin1"), expiresAt };
      members.push(...state.members.map(({ member, score }) => `${member} ${score}`));
      if (state.cursor === 0) return { members, expiresAt };
      cursor = state.cursor;
    } while (members.length < CHUNK * CHUNK);
    return undefined;
  }

  /** Asserts that each key is on exactly its owners, with equal contents and deadline. */
  async expectPlaced(keys: readonly string[], ids = this.all.map(({ id }) => id)): Promise<void> {
    for (const key of keys) {
      const owners = this.ownersOf(key, ids);
      const all = this.all.map(async ({ id }) => [id, await this.held(id, key)] as const);
      const states = new Map(await Promise.all(all));
      const wanted = states.get(owners[0] as string);
      for (const [id, found] of states) {
        expect({ id, key, found }).toEqual({
          id,
          key,
          found: owners.includes(id) ? wanted : undefined,
        });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const remote of this.all) await remote[Symbol.asyncDispose]();
  }
}

/** Waits until all nodes of a ring serve and have everything. */
export async function untilQuiet(cache: DistributedLeaderboardCache): Promise<void> {
  await until("all nodes serve and have everything", async () => {
    const { dirtyKeys, queuedWrites, disputedKeys } = cache.metrics();
    const areWell = cache.nodes().every(({ id }) => cache.nodeHealth(id) === "healthy");
    return areWell && dirtyKeys + queuedWrites + disputedKeys === 0;
  });
}
