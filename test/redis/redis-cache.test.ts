import { getEventListeners } from "node:events";
import { MemoryLeaderboardCache } from "laurel";
import { RedisCache, type RedisCacheOptions, RedisLeaderboardCache } from "laurel/redis";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { serverInTest } from "../clients/server-in-test.ts";
import { collect, expectInvalidConfig, rejection, text } from "../contract/expectations.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { type ClientLibrary, ioredis, nodeRedis } from "./clients.ts";

const LIBRARIES: readonly ClientLibrary[] = [ioredis, nodeRedis(3)];

/** What the contract suite does not reach: several caches, prefixes, absolute deadlines, names of its own. */
describe.each(LIBRARIES.map((library) => [library.name, library] as const))(
  "a cache through %s",
  (_, library) => {
    function open(port: number, options?: RedisCacheOptions): RedisLeaderboardCache {
      const cache = new RedisLeaderboardCache(library.single(port), options);
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

    test("caches with prefixes do not see each other, and clear leaves the other one", async () => {
      const { port } = await serverInTest();
      const [one, other] = [open(port, { prefix: "1*:" }), open(port, { prefix: "1:" })];
      const all = open(port);
      await one.setMany(Array.from({ length: 1500 }, (_, i) => [`k${i}`, "one"] as const));
      await other.set("k1", "other");
      expect(await text(one, "k1")).toBe("one");
      expect(await collect(other.keys())).toEqual(["k1"]);
      expect((await collect(all.keys("1[*]:k11"))).sort()).toEqual(["1*:k11"]);
      await one.clear();
      expect(await collect(all.keys())).toEqual(["1:k1"]);
    });

    test("without a prefix it clears the database only where it may", async () => {
      const { port } = await serverInTest();
      const cache = open(port);
      await cache.set("k", "v");
      await expect(cache.clear()).rejects.toMatchObject({ code: "CAPABILITY_UNSUPPORTED" });
      expect(await text(cache, "k")).toBe("v");
      const mighty = open(port, { allowFlush: true });
      expect(await mighty.reserve("name", "kept")).toBe("kept");
      await mighty.clear();
      expect(await collect(cache.keys())).toEqual([]);
      expect(await mighty.reserve("name", "another")).toBe("kept");
    });

    test("a text that is reserved is there for all, in no listing, and no key", async () => {
      const { port } = await serverInTest();
      const [one, other] = [open(port, { prefix: "p:" }), open(port, { prefix: "p:" })];
      expect(await one.reserve("ring", "weight=1 é")).toBe("weight=1 é");
      expect(await other.reserve("ring", "weight=2")).toBe("weight=1 é");
      expect(await collect(one.keys())).toEqual([]);
      await one.clear();
      expect(await other.reserve("ring", "weight=2")).toBe("weight=1 é");
      await expect(one.get("\0laurel:ring")).rejects.toMatchObject({ code: "INVALID_KEY" });
      await one.release("ring");
      expect(await other.reserve("ring", "weight=2")).toBe("weight=2");
    });

    test("very many members and keys go in several commands, at once", async () => {
      const { port } = await serverInTest();
      const cache = open(port, { defaultTtl: "1h" });
      const members = Array.from({ length: 25_000 }, (_, i) => ({ member: `m${i}`, score: i }));
      const names = members.map(({ member }) => member);
      expect(await cache.zAdd("board", members)).toBe(25_000);
      expect(await cache.ttl("board")).toBeLessThanOrEqual(3_600_000);
      expect((await cache.zMScore("board", names))[24_999]).toBe(24_999);
      expect(await cache.zRem("board", names.slice(1))).toBe(24_999);
      await cache.setMany(names.map((name) => [name, name] as const));
      const values = await cache.getMany(names);
      expect(values.map(String)).toEqual(names);
      expect(await cache.deleteMany(names)).toBe(25_000);
    });

    test("an aborted call that waits for its turn is not sent any more", async () => {
      const { port } = await serverInTest();
      const cache = open(port, { prefix: "p:" });
      await cache.set("k", "v");
      const controller = new AbortController();
      const clearing = cache.clear();
      const waiting = cache.set("k", "late", { signal: controller.signal });
      const reason = new Error("enough");
      controller.abort(reason);
      expect(await rejection(() => waiting)).toBe(reason);
      await clearing;
      expect(await cache.get("k")).toBeUndefined();
    });

    test("many calls under one signal take one listener, and leave none", async () => {
      const { port } = await serverInTest();
      const cache = open(port);
      const warnings = vi.spyOn(process, "emitWarning");
      onTestFinished(() => warnings.mockRestore());
      const { signal } = new AbortController();
      const calls = Array.from({ length: 50 }, () => cache.get("k", { signal }));
      expect(getEventListeners(signal, "abort")).toHaveLength(1);
      await Promise.all(calls);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
      expect(warnings).not.toHaveBeenCalled();
    });

    test("metrics tell what was asked of it", async () => {
      const { port } = await serverInTest();
      const cache = open(port);
      await cache.setMany([
        ["a", "1"],
        ["b", "2"],
      ]);
      await cache.getMany(["a", "none"]);
      await cache.get("b");
      await cache.deleteMany(["a", "none"]);
      await expect(cache.zCard("b")).rejects.toMatchObject({ code: "WRONG_TYPE" });
      const expected = { hits: 2, misses: 1, sets: 2, deletes: 1, calls: 5, errors: 1 };
      expect(cache.metrics()).toEqual({ ...expected, timeouts: 0, reconnections: 0 });
      await cache.close();
      expect(cache.metrics()).toMatchObject(expected);
    });

    test("close leaves the client with which it was made alone", async () => {
      const { port } = await serverInTest();
      const client = library.single(port);
      const [one, other] = [new RedisCache(client), new RedisCache(client)];
      await one.set("k", "v");
      await one.close();
      expect(await text(other, "k")).toBe("v");
      await other.close();
    });
  },
);

describe("options of a RedisCache", () => {
  const client = "redis://127.0.0.1:1";

  test.each([
    [{ prefix: 7 }, "7"],
    [{ prefix: "\ud800" }, ""],
    [{ defaultTtl: 0 }, "0"],
    [{ maxKeyBytes: 0 }, "0"],
    [{ timeout: "soon" }, '"soon"'],
    [{ timeout: -1 }, "-1"],
    [{ allowFlush: "yes" }, '"yes"'],
    [{ clock: {} }, "an object"],
    [{ timers: null }, "null"],
    [null, "null"],
  ])("%j is INVALID_CONFIG", (options, received) => {
    expectInvalidConfig(() => new RedisCache(client, options as never), received);
    expectInvalidConfig(() => new RedisLeaderboardCache(client, options as never), received);
  });

  test("a cache tells its default ttl and its longest key", async () => {
    await using cache = new RedisCache(client, {
      defaultTtl: "1m",
      maxKeyBytes: 9,
      prefix: "long:",
    });
    expect(cache.defaultTtl).toBe(60_000);
    expect(cache.maxKeyBytes).toBe(9);
    await expect(cache.get("1234567890")).rejects.toMatchObject({ code: "KEY_TOO_LONG" });
  });
});
