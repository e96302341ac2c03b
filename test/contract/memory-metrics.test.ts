import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import { describe, expect, test } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";
import { collect, members, rejection } from "./expectations.ts";

describe("metrics of a MemoryCache", () => {
  test("begin at 0", () => {
    expect(new MemoryCache().metrics()).toMatchObject({
      hits: 0,
      misses: 0,
      sets: 0,
      deletes: 0,
      evictions: 0,
      expirations: 0,
      entries: 0,
    });
  });

  test("hits and misses count the keys that get and getMany ask for", async () => {
    await using cache = new MemoryCache();
    await cache.set("a", "1");
    await cache.get("a");
    await cache.get("missing");
    await cache.getMany(["a", "missing", "a", "gone"]);
    expect(cache.metrics()).toMatchObject({ hits: 3, misses: 3 });
  });

  test("nothing but get and getMany hits or misses", async () => {
    await using cache = new MemoryCache();
    await cache.set("n", "1");
    for (const key of ["n", "missing"]) {
      await cache.exists(key);
      await cache.ttl(key);
    }
    await cache.incr("n");
    await cache.append("n", "0");
    await cache.expire("n", "1h");
    await collect(cache.keys());
    await cache.delete("n");
    expect(cache.metrics()).toMatchObject({ hits: 0, misses: 0 });
  });

  test("sets count the keys that set and setMany write", async () => {
    await using cache = new MemoryCache();
    await cache.set("a", "1");
    await cache.set("a", "2");
    await cache.setMany([
      ["b", "1"],
      ["c", "1"],
    ]);
    await cache.incr("n");
    await cache.append("s", "x");
    expect(cache.metrics()).toMatchObject({ sets: 4, entries: 5 });
  });

  test("deletes count the keys that delete and deleteMany removed", async () => {
    await using cache = new MemoryCache();
    await cache.setMany(["a", "b", "c", "d"].map((key) => [key, "v"] as const));
    await cache.delete("a");
    await cache.deleteMany(["b", "c"]);
    expect(cache.metrics()).toMatchObject({ deletes: 3, entries: 1 });
  });

  test("a refused call counts for nothing", async () => {
    await using cache = new MemoryCache();
    await rejection(() => cache.set("a", "1", { ttl: 0 }));
    await rejection(() => cache.set("", "1"));
    await rejection(() =>
      cache.setMany([
        ["a", "1"],
        ["", "2"],
      ]),
    );
    await rejection(() => cache.get(""));
    await rejection(() => cache.getMany(["a", ""]));
    expect(cache.metrics()).toMatchObject({ hits: 0, misses: 0, sets: 0, entries: 0 });
  });

  test("a snapshot is a plain object that stays as it is", async () => {
    await using cache = new MemoryCache();
    const before = cache.metrics();
    expect(Object.getPrototypeOf(before)).toBe(Object.prototype);
    await cache.set("a", "1");
    expect(before.sets).toBe(0);
    Reflect.set(before, "sets", 99);
    expect(cache.metrics().sets).toBe(1);
    expect(JSON.parse(JSON.stringify(cache.metrics()))).toEqual(cache.metrics());
  });

  test("clear leaves no entries, and the counts", async () => {
    await using cache = new MemoryCache();
    await cache.set("a", "1");
    await cache.get("a");
    await cache.clear();
    expect(cache.metrics()).toMatchObject({ entries: 0, hits: 1, sets: 1 });
  });

  test("metrics work after close", async () => {
    const cache = new MemoryLeaderboardCache();
    await cache.set("a", "1");
    await cache.close();
    expect(cache.metrics().sets).toBe(1);
  });
});

describe("entries and expirations", () => {
  test("entries are exact right after an expiry, expirations count each key once", async () => {
    const time = new VirtualTime();
    await using cache = new MemoryCache({ clock: time.clock, timers: time.timers });
    for (let i = 1; i <= 10; i++) await cache.set(`k${i}`, "v", { ttl: i * 100 });
    await cache.set("stays", "v");
    time.skip(300);
    expect(cache.metrics().entries).toBe(8);
    expect(await cache.get("k1")).toBeUndefined();
    time.skip(700);
    expect(cache.metrics().entries).toBe(1);
    expect(await collect(cache.keys())).toEqual(["stays"]);
    expect(cache.metrics()).toMatchObject({ entries: 1, expirations: 10, deletes: 0 });
  });

  test("an expired key is a miss, and no eviction", async () => {
    const time = new VirtualTime();
    await using cache = new MemoryCache({ clock: time.clock, timers: time.timers });
    await cache.set("k", "v", { ttl: 100 });
    time.skip(100);
    await cache.get("k");
    expect(cache.metrics()).toMatchObject({ misses: 1, hits: 0, expirations: 1, evictions: 0 });
  });

  test("a key overwritten or deleted in time does not expire", async () => {
    const time = new VirtualTime();
    await using cache = new MemoryCache({ clock: time.clock, timers: time.timers });
    await cache.setMany(
      [
        ["a", "v"],
        ["b", "v"],
        ["c", "v"],
      ],
      { ttl: 100 },
    );
    await cache.set("a", "v");
    await cache.delete("b");
    await cache.expire("c", Number.POSITIVE_INFINITY);
    time.advance(60_000);
    expect(cache.metrics()).toMatchObject({ entries: 2, expirations: 0 });
  });

  test("evictions count the keys that had to go", async () => {
    await using cache = new MemoryCache({ maxEntries: 3 });
    for (let i = 0; i < 10; i++) await cache.set(`k${i}`, "v");
    expect(cache.metrics()).toMatchObject({ entries: 3, evictions: 7, deletes: 0, sets: 10 });
  });
});

describe("memoryBytes", () => {
  test("grow with keys and values, and return when they go", async () => {
    await using cache = new MemoryCache();
    const empty = cache.metrics().memoryBytes;
    await cache.set("small", "v");
    const small = cache.metrics().memoryBytes;
    await cache.set("large", "v".repeat(10_000));
    const large = cache.metrics().memoryBytes;
    expect(small).toBeGreaterThan(empty);
    expect(large - small).toBeGreaterThanOrEqual(10_000);
    expect(large - small).toBeLessThan(15_000);
    await cache.append("large", "v".repeat(5000));
    expect(cache.metrics().memoryBytes - large).toBeGreaterThanOrEqual(5000);
    await cache.set("large", "v");
    expect(cache.metrics().memoryBytes - small).toBeLessThan(500);
    await cache.deleteMany(["small", "large"]);
    expect(cache.metrics().memoryBytes).toBe(empty);
  });

  test("count the key's own length", async () => {
    await using cache = new MemoryCache();
    await cache.set("k", "v");
    const short = cache.metrics().memoryBytes;
    await cache.clear();
    await cache.set("k".repeat(2001), "v");
    expect(cache.metrics().memoryBytes - short).toBeGreaterThanOrEqual(2000);
  });

  test("grow with members, and return when a board goes", async () => {
    await using cache = new MemoryLeaderboardCache();
    const empty = cache.metrics().memoryBytes;
    await cache.zAdd(
      "board",
      Array.from({ length: 1000 }, (_, i) => ({ member: `member number ${i}`, score: i })),
    );
    const full = cache.metrics().memoryBytes;
    expect(full - empty).toBeGreaterThan(1000 * 15);
    await cache.zRemRangeByRank("board", 0, 499);
    expect(cache.metrics().memoryBytes).toBeLessThan(full);
    await cache.zRemRangeByRank("board", 0, -1);
    expect(cache.metrics().memoryBytes).toBe(empty);
    await cache.zAdd("board", members(["a", 1]));
    await cache.clear();
    expect(cache.metrics().memoryBytes).toBe(empty);
  });
});

function callCounts(cache: MemoryLeaderboardCache) {
  const { zAdds, zRems, zIncrements, zRangeQueries, zScoreLookups, zRankCalculations } =
    cache.metrics();
  return { zAdds, zRems, zIncrements, zRangeQueries, zScoreLookups, zRankCalculations };
}

describe("metrics of a MemoryLeaderboardCache", () => {
  const none = {
    zAdds: 0,
    zRems: 0,
    zIncrements: 0,
    zRangeQueries: 0,
    zScoreLookups: 0,
    zRankCalculations: 0,
  };

  test("the z metrics count calls, not members", async () => {
    await using cache = new MemoryLeaderboardCache();
    expect(callCounts(cache)).toEqual(none);
    await cache.zAdd("board", members(["a", 1], ["b", 2], ["c", 3]));
    await cache.zAdd("board", { member: "a", score: 1 });
    await cache.zRem("board", ["b", "missing"]);
    await cache.zIncrBy("board", "a", 1);
    await cache.zIncrBy("board", "d", 1);
    await cache.zIncrBy("board", "d", 1);
    await cache.zRange("board", 0, -1);
    await cache.zRangeByScore("board", "-inf", "+inf");
    await cache.zScore("board", "a");
    await cache.zScore("board", "missing");
    await cache.zScore("missing", "a");
    await cache.zRank("board", "a");
    await cache.zRank("board", "missing", { reverse: true });
    expect(callCounts(cache)).toEqual({
      zAdds: 2,
      zRems: 1,
      zIncrements: 3,
      zRangeQueries: 2,
      zScoreLookups: 3,
      zRankCalculations: 2,
    });
  });

  test("zMScore is one look-up of scores", async () => {
    await using cache = new MemoryLeaderboardCache();
    await cache.zMScore("board", ["a", "b", "c"]);
    expect(cache.metrics().zScoreLookups).toBe(1);
  });

  test("leaderboards and members count what is there now", async () => {
    const time = new VirtualTime();
    await using cache = new MemoryLeaderboardCache({ clock: time.clock, timers: time.timers });
    await cache.zAdd("a", members(["x", 1], ["y", 2], ["z", 3]));
    await cache.zAdd("b", members(["x", 1]));
    await cache.set("text", "v");
    expect(cache.metrics()).toMatchObject({ leaderboards: 2, members: 4, entries: 3 });
    await cache.zRem("a", "x");
    await cache.zAdd("a", members(["y", 5], ["w", 1]));
    await cache.zIncrBy("b", "q", 1);
    expect(cache.metrics()).toMatchObject({ leaderboards: 2, members: 5, entries: 3 });
    await cache.zUnionStore("c", ["a", "b"]);
    expect(cache.metrics()).toMatchObject({ leaderboards: 3, members: 10, entries: 4 });
    await cache.zPopMin("c", 2);
    await cache.zRemRangeByScore("a", "-inf", "+inf");
    expect(cache.metrics()).toMatchObject({ leaderboards: 2, members: 5, entries: 3 });
    await cache.set("b", "text now");
    expect(cache.metrics()).toMatchObject({ leaderboards: 1, members: 3, entries: 3 });
    await cache.expire("c", 100);
    time.skip(100);
    expect(cache.metrics()).toMatchObject({ leaderboards: 0, members: 0, entries: 2 });
    await cache.zAdd("c", members(["x", 1]));
    await cache.clear();
    expect(cache.metrics()).toMatchObject({ leaderboards: 0, members: 0, entries: 0 });
  });

  test("the metrics of a MemoryCache are there, too", async () => {
    await using cache = new MemoryLeaderboardCache();
    await cache.set("a", "1");
    await cache.get("a");
    expect(cache.metrics()).toMatchObject({ hits: 1, misses: 0, sets: 1, entries: 1 });
  });
});
