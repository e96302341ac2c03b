import { MemoryLeaderboardCache } from "laurel";
import { describe, expect, onTestFinished, test } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";
import { ClientLeaderboardCache } from "./client-leaderboard-cache.ts";
import type { ClientCacheOptions } from "./client-cache.ts";
import { IoredisPort } from "./ioredis-port.ts";
import { NodeRedisPort } from "./node-redis-port.ts";
import type { ClientPort } from "./port.ts";
import { serverInTest } from "./server-in-test.ts";

const PORTS: Readonly<Record<string, (port: number) => ClientPort>> = {
  ioredis: (port) => new IoredisPort({ port, host: "127.0.0.1" }),
  "node-redis": (port) => new NodeRedisPort({ port, RESP: 3 }),
};

/** What the contract suite does not reach: several clients, absolute deadlines, servers that go. */
describe.each(Object.entries(PORTS))("a cache through %s", (_, connect) => {
  function open(port: number, options?: ClientCacheOptions): ClientLeaderboardCache {
    const cache = new ClientLeaderboardCache(connect(port), options);
    onTestFinished(() => cache.close());
    return cache;
  }

  test("two count together, and none of their steps is lost", async () => {
    const { port } = await serverInTest();
    const [one, other] = [open(port), open(port)];
    const steps = Array.from({ length: 50 }, () => [one.incr("n"), other.incr("n")]).flat();
    const counts = await Promise.all(steps);
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  test("a key that several create at once has the default ttl, never another", async () => {
    const { port } = await serverInTest();
    const caches = [open(port, { defaultTtl: "1h" }), open(port, { defaultTtl: "1h" })];
    for (let i = 0; i < 20; i++) {
      await Promise.all(caches.map((cache) => cache.zIncrBy(`board:${i}`, "m", 1)));
      expect(await caches[0]?.zScore(`board:${i}`, "m")).toBe(2);
      expect(await caches[0]?.ttl(`board:${i}`)).toBeLessThanOrEqual(3_600_000);
    }
  });

  test("an absolute deadline decides, on the server's clock", async () => {
    const { clock, timers } = new VirtualTime();
    const served = new MemoryLeaderboardCache({ clock, timers });
    const cache = open((await serverInTest({ cache: served })).port);
    await cache.set("set", "v", { expiresAt: clock.now() + 500, ttl: "1h" });
    await cache.setMany([["many", "v"]], { expiresAt: clock.now() + 700 });
    await cache.set("kept", "v", { expiresAt: Infinity, ttl: 1 });
    expect(await cache.ttl("set")).toBe(500);
    expect(await cache.ttl("many")).toBe(700);
    expect(await cache.ttl("kept")).toBe(Infinity);
    expect(await cache.expire("kept", "1h", { expiresAt: clock.now() + 9 })).toBe(true);
    expect(await cache.ttl("kept")).toBe(9);
    expect(await cache.expire("kept", "1h", { expiresAt: clock.now() })).toBe(true);
    expect(await cache.exists("kept")).toBe(false);
    await cache.set("set", "v", { expiresAt: clock.now() - 1 });
    await cache.set("many", "v", { expiresAt: -5 });
    expect(await cache.getMany(["set", "many"])).toEqual([undefined, undefined]);
  });

  test("what the server refuses is an error of the same code", async () => {
    const served = new MemoryLeaderboardCache({ maxEntries: 2, eviction: "none" });
    const cache = open((await serverInTest({ cache: served })).port, { defaultTtl: "1h" });
    await cache.setMany([
      ["a", "1"],
      ["b", "2"],
    ]);
    for (const write of [
      () => cache.set("c", "3"),
      () => cache.incr("c"),
      () => cache.append("c", "3"),
      () => cache.setMany([["c", "3"]]),
      () => cache.zAdd("c", { member: "m", score: 1 }),
      () => cache.zIncrBy("c", "m", 1),
    ]) {
      await expect(write()).rejects.toMatchObject({ name: "CacheError", code: "CACHE_FULL" });
    }
    await cache.delete("a");
    await expect(cache.incr("b", 5)).resolves.toBe(7);
    expect(await cache.exists("c")).toBe(false);
  });

  test("each server has a boot id of its own", async () => {
    const [one, other] = [open((await serverInTest()).port), open((await serverInTest()).port)];
    expect(await one.bootId()).toMatch(/^[0-9a-f]{40}$/);
    expect(await other.bootId()).not.toBe(await one.bootId());
  });
});

test.each([
  [
    "ioredis",
    (port: number) => new IoredisPort({ port, host: "127.0.0.1", retryStrategy: () => null }),
  ],
  ["node-redis", (port: number) => new NodeRedisPort({ port, RESP: 3, reconnectStrategy: false })],
])("through %s calls to a server that is gone are CONNECTION_FAILED", async (_, connect) => {
  const server = await serverInTest();
  const { port } = server;
  await server.close();
  const cache = new ClientLeaderboardCache(connect(port));
  await expect(cache.get("k")).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
  await expect(cache.incr("k")).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
});
