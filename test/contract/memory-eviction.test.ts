import * as fc from "fast-check";
import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import { describe, expect, test } from "vitest";
import { collect, members } from "./expectations.ts";

type Policy = "lru" | "lfu" | "s3-fifo";

const LETTERS = "abcdefgh".split("");

async function held(cache: MemoryCache): Promise<string[]> {
  return (await collect(cache.keys())).sort();
}

async function fill(cache: MemoryCache, keys: string): Promise<void> {
  for (const key of keys) await cache.set(key, "v");
}

describe("lru", () => {
  test("is the policy once a limit is set: the least recently used key goes", async () => {
    await using cache = new MemoryCache({ maxEntries: 3 });
    await fill(cache, "abc");
    await cache.get("a");
    await cache.set("d", "v");
    expect(await held(cache)).toEqual(["a", "c", "d"]);
  });

  const uses: Readonly<Record<string, (cache: MemoryCache) => Promise<unknown>>> = {
    get: (cache) => cache.get("a"),
    getMany: (cache) => cache.getMany(["x", "a"]),
    set: (cache) => cache.set("a", "again"),
    setMany: (cache) => cache.setMany([["a", "again"]]),
    incr: (cache) => cache.incr("a"),
    decr: (cache) => cache.decr("a"),
    append: (cache) => cache.append("a", "0"),
  };
  for (const [name, use] of Object.entries(uses)) {
    test(`${name} counts as use`, async () => {
      await using cache = new MemoryCache({ maxEntries: 3, eviction: "lru" });
      for (const key of "abc") await cache.set(key, "1");
      await use(cache);
      await cache.set("d", "v");
      expect(await held(cache)).toEqual(["a", "c", "d"]);
    });
  }

  test("exists, ttl, keys and metrics do not count as use", async () => {
    await using cache = new MemoryCache({ maxEntries: 3, eviction: "lru" });
    await fill(cache, "abc");
    await cache.exists("a");
    await cache.ttl("a");
    await collect(cache.keys());
    await collect(cache.keys("a"));
    cache.metrics();
    await cache.set("d", "v");
    expect(await held(cache)).toEqual(["b", "c", "d"]);
  });

  const boardUses: Readonly<Record<string, (cache: MemoryLeaderboardCache) => Promise<unknown>>> = {
    zAdd: (cache) => cache.zAdd("a", members(["x", 2])),
    zIncrBy: (cache) => cache.zIncrBy("a", "x", 1),
    zScore: (cache) => cache.zScore("a", "x"),
    zRank: (cache) => cache.zRank("a", "x"),
    zRange: (cache) => cache.zRange("a", 0, -1),
    zRangeByScore: (cache) => cache.zRangeByScore("a", 0, 9),
    zCount: (cache) => cache.zCount("a", 0, 9),
    zUnion: (cache) => cache.zUnion(["a"]),
  };
  for (const [name, use] of Object.entries(boardUses)) {
    test(`${name} counts as use of its board`, async () => {
      await using cache = new MemoryLeaderboardCache({ maxEntries: 3, eviction: "lru" });
      for (const key of "abc") await cache.zAdd(key, members(["x", 1]));
      await use(cache);
      await cache.set("d", "v");
      expect(await held(cache)).toEqual(["a", "c", "d"]);
    });
  }

  test("is exact: any history ends as a list of recent use says", async () => {
    const key = fc.constantFrom(...LETTERS);
    const step = fc.tuple(fc.constantFrom("set", "get", "incr", "exists", "ttl", "delete"), key);
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 60, size: "max" }),
      fc.integer({ min: 1, max: 6 }),
      async (history, maxEntries) => {
        await using cache = new MemoryCache({ maxEntries, eviction: "lru" });
        let recent: string[] = [];
        for (const [method, one] of history) {
          await (method === "set" ? cache.set(one, "1") : cache[method](one));
          const uses = method === "set" || method === "incr" || recent.includes(one);
          if (method === "delete") recent = recent.filter((key) => key !== one);
          else if (uses && method !== "exists" && method !== "ttl") {
            recent = [...recent.filter((key) => key !== one), one].slice(-maxEntries);
          }
          expect(await held(cache)).toEqual([...recent].sort());
        }
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });
});

describe("lfu", () => {
  test("the least frequently used key goes", async () => {
    await using cache = new MemoryCache({ maxEntries: 3, eviction: "lfu" });
    await fill(cache, "abc");
    for (const key of "aaabbc") await cache.get(key);
    await cache.set("d", "v");
    expect(await held(cache)).toEqual(["a", "b", "d"]);
    await cache.set("e", "v");
    expect(await held(cache)).toEqual(["a", "b", "e"]);
  });

  test("of two that were used as often, the one used less recently goes", async () => {
    await using cache = new MemoryCache({ maxEntries: 3, eviction: "lfu" });
    await fill(cache, "abc");
    for (const key of "abcbca") await cache.get(key);
    await cache.set("d", "v");
    expect(await held(cache)).toEqual(["a", "c", "d"]);
  });

  test("a key that is deleted and set again begins to count anew", async () => {
    await using cache = new MemoryCache({ maxEntries: 2, eviction: "lfu" });
    await fill(cache, "ab");
    for (const key of "aaaaab") await cache.get(key);
    await cache.delete("a");
    await cache.set("a", "v");
    await cache.set("c", "v");
    expect(await held(cache)).toEqual(["b", "c"]);
  });

  test("exists, ttl, keys and metrics do not count as use", async () => {
    await using cache = new MemoryCache({ maxEntries: 2, eviction: "lfu" });
    await fill(cache, "ab");
    await cache.get("b");
    for (let i = 0; i < 5; i++) {
      await cache.exists("a");
      await cache.ttl("a");
      await collect(cache.keys());
      cache.metrics();
    }
    await cache.set("c", "v");
    expect(await held(cache)).toEqual(["b", "c"]);
  });

  test("is exact: any history ends as counts and recency say", async () => {
    const key = fc.constantFrom(...LETTERS);
    const step = fc.tuple(fc.constantFrom("use", "use", "use", "delete"), key);
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 80, size: "max" }),
      fc.integer({ min: 1, max: 6 }),
      async (history, maxEntries) => {
        await using cache = new MemoryCache({ maxEntries, eviction: "lfu" });
        let uses: { key: string; count: number; last: number }[] = [];
        for (const [last, [method, one]] of history.entries()) {
          const known = uses.find(({ key }) => key === one);
          if (method === "delete") {
            await cache.delete(one);
            uses = uses.filter((use) => use !== known);
          } else if (known === undefined) {
            await cache.set(one, "v");
            uses.sort((a, b) => b.count - a.count || b.last - a.last);
            uses = [...uses.slice(0, maxEntries - 1), { key: one, count: 1, last }];
          } else {
            await cache.get(one);
            known.count++;
            known.last = last;
          }
          expect(await held(cache)).toEqual(uses.map(({ key }) => key).sort());
        }
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  test("counts do not saturate: one use more in a hundred thousand decides", async () => {
    await using cache = new MemoryCache({ maxEntries: 2, eviction: "lfu" });
    await fill(cache, "ab");
    for (let i = 0; i < 100_000; i++) void cache.get("a");
    for (let i = 0; i < 99_999; i++) void cache.get("b");
    await cache.set("c", "v");
    expect(await held(cache)).toEqual(["a", "c"]);
  });
});

describe("s3-fifo", () => {
  test("a scan of keys used once does not wash out the keys that are in use", async () => {
    await using cache = new MemoryCache({ maxEntries: 100, eviction: "s3-fifo" });
    const hot = Array.from({ length: 50 }, (_, i) => `hot:${i}`);
    await cache.setMany(hot.map((key) => [key, "v"] as const));
    for (let round = 0; round < 5; round++) await cache.getMany(hot);
    for (let i = 0; i < 2000; i++) await cache.set(`scan:${i}`, "v");
    const survivors = (await cache.getMany(hot)).filter((value) => value !== undefined);
    expect(survivors.length).toBeGreaterThanOrEqual(45);
    expect(cache.metrics().entries).toBeLessThanOrEqual(100);
  });

  test("keys that come back soon after they went are kept then", async () => {
    await using cache = new MemoryCache({ maxEntries: 20, eviction: "s3-fifo" });
    await cache.set("back", "v");
    for (let i = 0; i < 20; i++) await cache.set(`first:${i}`, "v");
    expect(await cache.exists("back")).toBe(false);
    await cache.set("back", "v");
    for (let i = 0; i < 40; i++) await cache.set(`second:${i}`, "v");
    expect(await cache.exists("back")).toBe(true);
  });

  test("what is no longer used goes in the end", async () => {
    await using cache = new MemoryCache({ maxEntries: 10, eviction: "s3-fifo" });
    await fill(cache, "ab");
    for (let i = 0; i < 5; i++) await cache.getMany(["a", "b"]);
    for (let round = 0; round < 200; round++) {
      const keys = Array.from({ length: 9 }, (_, i) => `${round % 20}:${i}`);
      await cache.setMany(keys.map((key) => [key, "v"] as const));
      for (let i = 0; i < 4; i++) await cache.getMany(keys);
    }
    expect(await cache.exists("a")).toBe(false);
    expect(await cache.exists("b")).toBe(false);
  });
});

describe("every policy", () => {
  for (const eviction of ["lru", "lfu", "s3-fifo"] as const satisfies readonly Policy[]) {
    test(`${eviction}: a new key is there when its call has resolved`, async () => {
      await using cache = new MemoryLeaderboardCache({ maxEntries: 5, eviction });
      for (let i = 0; i < 100; i++) {
        await cache.set(`s${i}`, "v");
        expect(await cache.exists(`s${i}`)).toBe(true);
        for (let use = 0; use < i % 7; use++) await cache.get(`s${i}`);
        await cache.incr(`n${i}`);
        expect(await cache.exists(`n${i}`)).toBe(true);
        await cache.zAdd(`z${i}`, members(["a", 1]));
        expect(await cache.zCard(`z${i}`)).toBe(1);
        expect(cache.metrics().entries).toBeLessThanOrEqual(5);
      }
    });

    test(`${eviction}: one entry is room for one key`, async () => {
      await using cache = new MemoryCache({ maxEntries: 1, eviction });
      for (const key of "abcab") {
        await cache.set(key, "v");
        await cache.get(key);
        expect(await held(cache)).toEqual([key]);
      }
    });

    test(`${eviction}: setMany past maxEntries is as the sets one after the other`, async () => {
      await using many = new MemoryCache({ maxEntries: 4, eviction });
      await using single = new MemoryCache({ maxEntries: 4, eviction });
      const entries = Array.from({ length: 11 }, (_, i) => [`k${i % 9}`, `${i}`] as const);
      for (const cache of [many, single]) {
        await fill(cache, "ab");
        await cache.get("a");
      }
      await many.setMany(entries);
      for (const [key, value] of entries) await single.set(key, value);
      expect(await held(many)).toEqual(await held(single));
      expect(many.metrics()).toMatchObject({ entries: 4, evictions: single.metrics().evictions });
    });

    test(`${eviction}: deleted and expired keys leave no trace in the queues`, async () => {
      let now = 0;
      await using cache = new MemoryCache({ maxEntries: 10, eviction, clock: { now: () => now } });
      for (let round = 0; round < 50; round++) {
        for (let i = 0; i < 10; i++) await cache.set(`${round}:${i}`, "v", { ttl: 5 });
        for (let i = 0; i < 5; i++) await cache.delete(`${round}:${i}`);
        now += 5;
      }
      expect(cache.metrics()).toMatchObject({ entries: 0, evictions: 0 });
      await fill(cache, "abcdefghij");
      expect(await held(cache)).toEqual("abcdefghij".split(""));
    });

    test(`${eviction}: an expired key makes room before a living one goes`, async () => {
      let now = 0;
      await using cache = new MemoryCache({ maxEntries: 3, eviction, clock: { now: () => now } });
      await fill(cache, "ab");
      await cache.set("mortal", "v", { ttl: 10 });
      await cache.get("mortal");
      now = 10;
      await cache.set("c", "v");
      expect(await held(cache)).toEqual(["a", "b", "c"]);
      expect(cache.metrics()).toMatchObject({ evictions: 0, expirations: 1 });
    });
  }
});
