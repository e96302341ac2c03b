import { createClient } from "redis";
import { Redis } from "ioredis";
import type { CacheError } from "laurel";
import { type RedisClient, type RedisCacheOptions, RedisLeaderboardCache } from "laurel/redis";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Connection } from "../differential/connection.ts";
import { rejection, text } from "../contract/expectations.ts";
import { hasServer, type ServerKind, startServer } from "../support/server-process.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import {
  all,
  CALLS,
  type CallTable,
  GROWTH,
  outcomeOf,
  outcomes,
  READS,
  REMOVALS,
  seed,
  TRANSACTIONS,
  WRITES,
} from "./call-table.ts";
import { type ClientLibrary, ioredis, nodeRedis } from "./clients.ts";

const HOST = "127.0.0.1";
const KINDS: readonly ServerKind[] = ["redis", "valkey"];
const LIBRARIES: readonly ClientLibrary[] = [ioredis, nodeRedis(3)];
const CASES = KINDS.filter(hasServer).flatMap((kind) =>
  LIBRARIES.map((library) => [kind, library.name, library] as const),
);

/** What a call may take that is refused at once, on a busy machine; milliseconds. */
const AT_ONCE_MS = 1000;
/** By how much a call may pass its time limit there. */
const MARGIN_MS = 700;
const SHORT_MS = 300;
/** How long a connection may take to be back after a long outage: the longest wait, and a margin. */
const BACK_MS_MAX = 3000;

/** A client library that no test may hear of: nothing is printed, whatever happens. */
const printed = [
  vi.spyOn(console, "log"),
  vi.spyOn(console, "info"),
  vi.spyOn(console, "warn"),
  vi.spyOn(console, "error"),
  vi.spyOn(process, "emitWarning"),
];

beforeEach(() => {
  for (const spy of printed) spy.mockClear();
});
afterEach(() => {
  for (const spy of printed) expect(spy.mock.calls).toEqual([]);
});

function opened(client: RedisClient, options?: RedisCacheOptions): RedisLeaderboardCache {
  const cache = new RedisLeaderboardCache(client, {
    prefix: "p:",
    defaultTtl: "1h",
    ...options,
  });
  onTestFinished(() => cache.close());
  return cache;
}

async function expectEnds(
  cache: RedisLeaderboardCache,
  calls: CallTable,
  end: string,
  msMax = AT_ONCE_MS,
): Promise<void> {
  expect(await outcomes(cache, calls, msMax)).toEqual(all(calls, end));
}

async function untilAnswered(cache: RedisLeaderboardCache, withinMs = BACK_MS_MAX): Promise<void> {
  await until(
    "it answers",
    async () => (await outcomeOf(() => cache.incr("n"))) === "answered",
    withinMs,
  );
}

describe.each(CASES)("with %s in trouble, a cache through %s", (kind, _, library) => {
  async function serverOf(...options: readonly string[]) {
    const server = await startServer(kind, { options });
    onTestFinished(() => server[Symbol.asyncDispose]());
    return server;
  }

  const open = (port: number, options?: RedisCacheOptions) => opened(library.single(port), options);

  test("fails at once while it is down, and works when it is back, by itself", async () => {
    const server = await serverOf();
    const cache = open(server.port);
    await seed(cache);
    const inFlight = Array.from({ length: 200 }, () => outcomeOf(() => cache.get("k")));
    await server.kill();
    for (const end of await Promise.all(inFlight))
      expect(end).toMatch(/^(answered|CONNECTION_FAILED)$/);
    await expectEnds(cache, CALLS, "CONNECTION_FAILED");
    // A connection that began while it was dying is lost by something else.
    await until("it refuses connections", async () => {
      const error = (await rejection(() => cache.get("k"))) as CacheError;
      expect(error).toMatchObject({ code: "CONNECTION_FAILED" });
      return (error.cause as { code?: string }).code === "ECONNREFUSED";
    });
    await server.restart();
    await untilAnswered(cache);
    await expectEnds(cache, CALLS, "answered");
  });

  test("works soon when it is back after a long time", async () => {
    const server = await serverOf();
    const cache = open(server.port);
    await seed(cache);
    await server.kill();
    const downAt = performance.now();
    await until("it was down for seconds", async () => {
      expect(await outcomeOf(() => cache.get("k"))).toBe("CONNECTION_FAILED");
      return performance.now() - downAt > 1500;
    });
    await server.restart();
    await untilAnswered(cache);
  });

  test("waits for a halted one no longer than it may, and works when that goes on", async () => {
    const server = await serverOf();
    const cache = open(server.port, { timeout: SHORT_MS });
    await seed(cache);
    await expectEnds(cache, CALLS, "answered");
    server.stop();
    await expectEnds(cache, CALLS, "TIMEOUT", SHORT_MS + MARGIN_MS);
    for (const call of Object.values(CALLS).slice(0, 3)) {
      expect(await outcomeOf(() => call(cache))).toMatch(/^(TIMEOUT|CONNECTION_FAILED)$/);
    }
    server.resume();
    await untilAnswered(cache);
    await expectEnds(cache, CALLS, "answered");
  });

  test("gives up a half-open connection, and works as soon as the way is free", async () => {
    const server = await serverOf();
    await using proxy = await startProxy(server.port);
    const cache = open(proxy.port, { timeout: SHORT_MS });
    await seed(cache);
    proxy.halfOpen();
    const { accepted } = proxy;
    await expectEnds(cache, CALLS, "TIMEOUT", SHORT_MS + MARGIN_MS);
    await until("another connection is tried", async () => proxy.accepted > accepted);
    proxy.heal();
    await untilAnswered(cache);
    await expectEnds(cache, CALLS, "answered");
  });

  test("is refused writes, and no reads, by a replica", async () => {
    const server = await serverOf();
    const cache = open(server.port);
    await seed(cache);
    await server.ask("REPLICAOF", HOST, "1");
    await expectEnds(cache, WRITES, "NODE_UNHEALTHY");
    await expectEnds(cache, READS, "answered");
    await server.ask("REPLICAOF", "NO", "ONE");
    await expectEnds(cache, CALLS, "answered");
  });

  test("is refused what takes memory, and nothing else, by one that has none", async () => {
    const server = await serverOf();
    const cache = open(server.port);
    await seed(cache);
    await server.ask("CONFIG", "SET", "maxmemory", "1");
    await expectEnds(cache, GROWTH, "CACHE_FULL");
    await expectEnds(cache, READS, "answered");
    await expectEnds(cache, REMOVALS, "answered");
    await server.ask("CONFIG", "SET", "maxmemory", "0");
    await expectEnds(cache, CALLS, "answered");
  });

  test("is refused all but what needs no data by one that is loading them", async () => {
    const options = ["--enable-debug-command", "yes", "--key-load-delay", "200"];
    const server = await serverOf(...options, "--loading-process-events-interval-bytes", "1024");
    const cache = open(server.port);
    await seed(cache);
    await server.ask("DEBUG", "POPULATE", "3000");
    await server.ask("SAVE");
    const restarting = server.restart();
    const { bootId: _bootId, time: _time, ...needData } = CALLS;
    await until(
      "it is loading",
      async () => (await outcomeOf(() => cache.get("k"))) === "NODE_UNHEALTHY",
    );
    await expectEnds(cache, needData, "NODE_UNHEALTHY");
    await restarting;
    await expectEnds(cache, CALLS, "answered");
  });

  test("is refused everything by one that wants a password, until it wants none", async () => {
    const server = await serverOf("--requirepass", "secret");
    const cache = open(server.port);
    const mistaken = opened(
      library === ioredis
        ? new Redis({ host: HOST, port: server.port, password: "wrong", lazyConnect: true })
        : createClient({ socket: { host: HOST, port: server.port }, password: "wrong" }),
    );
    await expectEnds(cache, CALLS, "ACCESS_DENIED");
    await expectEnds(mistaken, CALLS, "ACCESS_DENIED");
    const admin = await Connection.open(server.port);
    onTestFinished(() => admin[Symbol.asyncDispose]());
    await admin.call("AUTH", "secret");
    await admin.call("CONFIG", "SET", "requirepass", "");
    for (const one of [cache, mistaken]) {
      await untilAnswered(one);
      await until("transactions are allowed", async () => one.expire("n", Infinity));
      await seed(one);
      await expectEnds(one, CALLS, "answered");
    }
  });

  test("is refused what its user may not do, and nothing else", async () => {
    const server = await serverOf();
    await server.ask("ACL", "SETUSER", "default", "-get", "-mset", "-zpopmin");
    const cache = open(server.port, { defaultTtl: Infinity });
    await cache.set("k", "v");
    expect(await outcomeOf(() => cache.get("k"))).toBe("ACCESS_DENIED");
    expect(await outcomeOf(() => cache.setMany([["a", "1"]]))).toBe("ACCESS_DENIED");
    expect(await outcomeOf(() => cache.zPopMin("{z}"))).toBe("ACCESS_DENIED");
    expect(await cache.exists("a")).toBe(false);
    await server.ask("ACL", "SETUSER", "default", "+@all");
    expect(await text(cache, "k")).toBe("v");
  });

  test("sends nothing of a transaction that it may not make, until it may", async () => {
    const server = await serverOf();
    await server.ask("ACL", "SETUSER", "default", "-multi", "-@scripting");
    const cache = open(server.port);
    await cache.set("k", "v", { ttl: "1m" });
    expect(await outcomes(cache, TRANSACTIONS, AT_ONCE_MS)).toEqual(
      all(TRANSACTIONS, "ACCESS_DENIED"),
    );
    expect(await server.ask("DBSIZE")).toBe("1");
    expect(await cache.ttl("k")).toBeLessThanOrEqual(60_000);
    await server.ask("ACL", "SETUSER", "default", "+@all");
    await until("it may", () => cache.expire("k", Infinity));
    await untilAnswered(cache);
    await expectEnds(cache, CALLS, "answered");
    // Now the right is taken away from connections that are open.
    await server.ask("ACL", "SETUSER", "default", "-exec");
    await expectEnds(
      cache,
      { "expire never": (one) => one.expire("k", Infinity) },
      "ACCESS_DENIED",
    );
    expect(await outcomeOf(() => cache.set("k", "v"))).toBe("answered");
  });

  test("sends nothing of a transaction to one that has none", async () => {
    const server = await serverOf("--rename-command", "MULTI", "");
    const cache = open(server.port);
    await cache.set("k", "v", { ttl: "1m" });
    const ends = await outcomes(cache, TRANSACTIONS, AT_ONCE_MS);
    expect(ends).toMatchObject({ "setMany with ttl": "CAPABILITY_UNSUPPORTED" });
    expect(await cache.exists("{t}a")).toBe(false);
    expect(ends).toMatchObject({ incr: "answered" });
  });

  test("is refused by one that is busy with a script, and works when that has ended", async () => {
    const server = await serverOf("--busy-reply-threshold", "20");
    const cache = open(server.port, { timeout: 1000 });
    await seed(cache);
    const other = await Connection.open(server.port);
    onTestFinished(() => other[Symbol.asyncDispose]());
    const endless = other.call("EVAL", "while true do end", "0").catch(() => undefined);
    await until("it says that it is busy", async () => {
      return String(await rejection(() => server.ask("GET", "k"))).includes("BUSY ");
    });
    const ends = await outcomes(cache, CALLS, 1000 + MARGIN_MS);
    expect(ends).toEqual(all(CALLS, "NODE_UNHEALTHY"));
    await until("the script is killed", async () => (await server.ask("SCRIPT", "KILL")) === "OK");
    await endless;
    await untilAnswered(cache);
    await expectEnds(cache, CALLS, "answered");
  });

  test("fails at once while there is no place for it, and works when there is one", async () => {
    const server = await serverOf("--maxclients", "2");
    const others = [await Connection.open(server.port), await Connection.open(server.port)];
    for (const other of others) await other.call("PING");
    const cache = open(server.port);
    await expectEnds(cache, CALLS, "CONNECTION_FAILED");
    for (const other of others) await other[Symbol.asyncDispose]();
    await untilAnswered(cache);
  });

  test("counts nothing twice, and no call hangs, when its connections are killed under load", async () => {
    const server = await serverOf();
    const cache = open(server.port);
    await cache.set("n", "0");
    const sums: number[] = [];
    let failed = 0;
    const load = { isOver: false };
    const workers = Array.from({ length: 20 }, async () => {
      while (!load.isOver) {
        const end = await outcomeOf(async () => void sums.push(await cache.incr("n")));
        if (end === "answered") continue;
        expect(end).toBe("CONNECTION_FAILED");
        failed++;
        await new Promise(setImmediate);
      }
    });
    let kills = 0;
    for (let i = 0; i < 8; i++) {
      kills += Number(await server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
      const { length } = sums;
      await until("it counts on", async () => sums.length > length + 20);
    }
    load.isOver = true;
    await Promise.all(workers);
    const count = Number(await text(cache, "n"));
    expect(kills).toBeGreaterThanOrEqual(8);
    expect(new Set(sums).size).toBe(sums.length);
    expect(count).toBeGreaterThanOrEqual(sums.length);
    expect(count).toBeLessThanOrEqual(sums.length + failed);
  });
});
