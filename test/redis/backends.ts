import { MemoryLeaderboardCache } from "laurel";
import { type RedisClient, RedisLeaderboardCache } from "laurel/redis";
import { serve } from "laurel/server";
import { afterAll, beforeAll } from "vitest";
import { Calls, CallState } from "../../src/redis/calls.ts";
import { openPort } from "../../src/redis/open-port.ts";
import { resolveOptions } from "../../src/redis/options.ts";
import { PortLeaderboardCache } from "../../src/redis/port-leaderboard-cache.ts";
import type { ClientPort } from "../../src/redis/port.ts";
import type { Backend } from "../contract/backend.ts";
import { startCluster } from "../support/server-cluster.ts";
import { startServer, type ServerKind } from "../support/server-process.ts";
import { startSentinels } from "../support/server-sentinels.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import type { ClientLibrary } from "./clients.ts";

/** What a glob would take for something else if it were not escaped. */
const PREFIX = "laurel[*]?\\:";
const START_MS_MAX = 60_000;

/** Servers that the tests of a file share: they begin before them and end after them. */
export interface SharedServers {
  /** Removes all that they hold. */
  empty(): Promise<unknown>;
  client(library: ClientLibrary): RedisClient;
  /** Whether connections serve one cache after the other, because a library takes long to begin. */
  readonly keepsConnections?: boolean;
  /** Lets time pass for them, where it is not real. */
  readonly advance?: (ms: number) => void;
}

/** Caches over a client of one library; each finds the servers empty. */
export function backendOver(
  servers: SharedServers,
  library: ClientLibrary,
): Backend<PortLeaderboardCache> {
  const { advance } = servers;
  // A pattern for all: it never connects, and takes a library long to make.
  let client: RedisClient | undefined;
  let kept: ClientPort | undefined;
  afterAll(() => kept?.close());
  return {
    create: async (options) => {
      await servers.empty();
      client ??= servers.client(library);
      const cacheOptions = { ...options, prefix: PREFIX };
      if (servers.keepsConnections !== true) return new RedisLeaderboardCache(client, cacheOptions);
      kept ??= openPort(client);
      const state = new CallState(leftOpen(kept), resolveOptions(cacheOptions));
      return new PortLeaderboardCache(new Calls(state));
    },
    ...(advance === undefined ? {} : { advance }),
  };
}

/** A port that its cache does not close. */
function leftOpen(port: ClientPort): ClientPort {
  return {
    isCluster: port.isCluster,
    keyPrefix: port.keyPrefix,
    get epoch() {
      return port.epoch;
    },
    get isConnected() {
      return port.isConnected;
    },
    send: (command, key, elsewhere) => port.send(command, key, elsewhere),
    serverOf: (key) => port.serverOf(key),
    pipeline: (commands, keys) => port.pipeline(commands, keys),
    transaction: (commands, key) => port.transaction(commands, key),
    exclusive: (key, work) => port.exclusive(key, work),
    masters: () => port.masters(),
    onConnection: (listener) => port.onConnection(listener),
    fence: () => port.fence(),
    reset: (silentMs) => port.reset(silentMs),
    close: async () => {},
  };
}

/** One server of Redis or Valkey, in real time. */
export function singleServer(kind: ServerKind): SharedServers {
  const server = shared(() => startServer(kind));
  return {
    empty: () => server().ask("FLUSHALL"),
    client: (library) => library.single(server().port),
  };
}

/** A master with a replica and three sentinels, in real time. */
export function sentinelServers(kind: ServerKind): SharedServers {
  const all = shared(() => startSentinels(kind));
  return {
    empty: async () => (await all().master()).ask("FLUSHALL"),
    client: (library) => library.sentinel(all().name, all().sentinels),
    keepsConnections: true,
  };
}

/** Three masters with a replica each, in real time. */
export function clusterServers(kind: ServerKind): SharedServers {
  const cluster = shared(() => startCluster(kind));
  return {
    empty: async () => {
      const masters = await cluster().masters();
      await Promise.all(masters.map((master) => master.ask("FLUSHALL")));
    },
    client: (library) => library.cluster(cluster().ports),
  };
}

/** Laurel's own server in this process, in virtual time. */
export function laurelServer(): SharedServers {
  const time = new VirtualTime();
  const { clock, timers } = time;
  const served = shared(async () => {
    const cache = new MemoryLeaderboardCache({ clock, timers });
    const server = await serve({ port: 0, cache });
    return {
      cache,
      port: server.port,
      [Symbol.asyncDispose]: async () => {
        await server.close();
        await cache.close();
      },
    };
  });
  return {
    empty: () => served().cache.clear(),
    client: (library) => library.single(served().port),
    advance: (ms) => time.advance(ms),
  };
}

/** What the tests of the present file, or describe, share. */
function shared<T extends AsyncDisposable>(start: () => Promise<T>): () => T {
  let held: T | undefined;
  beforeAll(async () => {
    held = await start();
  }, START_MS_MAX);
  afterAll(() => held?.[Symbol.asyncDispose]());
  return () => {
    if (held === undefined) throw new Error("The servers are not there yet");
    return held;
  };
}
