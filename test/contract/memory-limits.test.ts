import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import { describe, expect, test } from "vitest";
import { collect, expectRefusal, expectUnchanged, members, text } from "./expectations.ts";

const POLICIES = ["none", "lru", "lfu", "s3-fifo"] as const;

/** A cache of three keys, with room for no fourth. */
async function full(): Promise<MemoryLeaderboardCache> {
  const cache = new MemoryLeaderboardCache({ maxEntries: 3, eviction: "none" });
  await cache.set("a", "1");
  await cache.set("b", "2", { ttl: "1h" });
  await cache.zAdd("board", members(["x", 1]));
  return cache;
}

describe("maxEntries under none", () => {
  const writes: Readonly<Record<string, (cache: MemoryLeaderboardCache) => Promise<unknown>>> = {
    set: (cache) => cache.set("new", "v"),
    setMany: (cache) =>
      cache.setMany([
        ["a", "9"],
        ["new", "v"],
      ]),
    incr: (cache) => cache.incr("new"),
    decr: (cache) => cache.decr("new"),
    append: (cache) => cache.append("new", "v"),
    zAdd: (cache) => cache.zAdd("new", members(["x", 1])),
    zIncrBy: (cache) => cache.zIncrBy("new", "x", 1),
    zUnionStore: (cache) => cache.zUnionStore("new", ["board"]),
    zInterStore: (cache) => cache.zInterStore("new", ["board"]),
    zDiffStore: (cache) => cache.zDiffStore("new", ["board"]),
    zRangeStore: (cache) => cache.zRangeStore("new", "board", 0, -1),
  };
  for (const [name, write] of Object.entries(writes)) {
    test(`${name} of a key too many is CACHE_FULL and changes nothing`, async () => {
      await using cache = await full();
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => write(cache), "CACHE_FULL");
      });
      expect(cache.metrics()).toMatchObject({ entries: 3, evictions: 0 });
    });
  }

  test("what exists is read, written and deleted as before", async () => {
    await using cache = await full();
    await expectRefusal(() => cache.set("new", "v"), "CACHE_FULL");
    expect(await text(cache, "a")).toBe("1");
    await cache.set("a", "10");
    expect(await cache.incr("a")).toBe(11);
    expect(await cache.append("a", "0")).toBe(3);
    expect(await cache.expire("a", "1h")).toBe(true);
    expect(await cache.zAdd("board", members(["y", 2]))).toBe(1);
    expect(await cache.zUnionStore("board", ["board"])).toBe(2);
    await cache.setMany([
      ["a", "1"],
      ["b", "1"],
    ]);
    expect(await cache.delete("a")).toBe(true);
    await cache.set("new", "v");
    expect((await collect(cache.keys())).sort()).toEqual(["b", "board", "new"]);
  });

  test("calls that create nothing are no write too many", async () => {
    await using cache = await full();
    await expectUnchanged(cache, async () => {
      expect(await cache.zAdd("new", [])).toBe(0);
      expect(await cache.zAdd("new", members(["x", 1]), { xx: true })).toBe(0);
      expect(await cache.zUnionStore("new", ["missing"])).toBe(0);
      expect(await cache.expire("new", "1h")).toBe(false);
      expect(await cache.get("new")).toBeUndefined();
    });
  });

  test("setMany counts each new key once, and none that exists", async () => {
    await using cache = new MemoryCache({ maxEntries: 3, eviction: "none" });
    await cache.set("a", "0");
    await cache.setMany([
      ["a", "1"],
      ["b", "1"],
      ["b", "2"],
      ["c", "1"],
      ["a", "2"],
    ]);
    expect((await collect(cache.keys())).sort()).toEqual(["a", "b", "c"]);
    expect(await text(cache, "b")).toBe("2");
  });

  test("an expired key makes room", async () => {
    let now = 0;
    await using cache = new MemoryCache({
      maxEntries: 2,
      eviction: "none",
      clock: { now: () => now },
    });
    await cache.set("a", "v", { ttl: 10 });
    await cache.set("b", "v");
    await expectRefusal(() => cache.set("c", "v"), "CACHE_FULL");
    now = 10;
    await cache.set("c", "v");
    expect((await collect(cache.keys())).sort()).toEqual(["b", "c"]);
  });

  test("a popped or emptied board makes room", async () => {
    await using cache = await full();
    await cache.zPopMin("board");
    await cache.set("new", "v");
    expect(await text(cache, "new")).toBe("v");
  });
});

describe("maxMemoryBytes", () => {
  const VALUE = "v".repeat(1000);
  const LIMIT = 20_000;

  for (const eviction of POLICIES) {
    test(`${eviction}: a value past the limit is CACHE_FULL and evicts nothing`, async () => {
      await using cache = new MemoryLeaderboardCache({ maxMemoryBytes: LIMIT, eviction });
      for (const key of "abcde") await cache.set(key, VALUE, { ttl: "1h" });
      await cache.zAdd("board", members(["x", 1]));
      const { memoryBytes } = cache.metrics();
      const huge = "v".repeat(LIMIT + 1);
      const crowd = Array.from({ length: 5000 }, (_, i) => ({ member: `m${i}`, score: i }));
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => cache.set("new", huge), "CACHE_FULL");
        await expectRefusal(() => cache.set("a", huge), "CACHE_FULL");
        await expectRefusal(() => cache.append("a", huge), "CACHE_FULL");
        await expectRefusal(() => cache.append("new", huge), "CACHE_FULL");
        await expectRefusal(
          () =>
            cache.setMany([
              ["a", "1"],
              ["new", huge],
            ]),
          "CACHE_FULL",
        );
        await expectRefusal(() => cache.zAdd("new", crowd), "CACHE_FULL");
        await expectRefusal(() => cache.zAdd("board", crowd), "CACHE_FULL");
        await expectRefusal(() => cache.zIncrBy("board", huge, 1), "CACHE_FULL");
      });
      expect(cache.metrics()).toMatchObject({ entries: 6, evictions: 0, memoryBytes });
    });
  }

  for (const eviction of ["lru", "lfu", "s3-fifo"] as const) {
    test(`${eviction}: memory stays within the limit, and near it`, async () => {
      await using cache = new MemoryLeaderboardCache({ maxMemoryBytes: LIMIT, eviction });
      for (let i = 0; i < 100; i++) {
        await cache.set(`k${i}`, VALUE);
        expect(cache.metrics().memoryBytes).toBeLessThanOrEqual(LIMIT);
        expect(await cache.exists(`k${i}`)).toBe(true);
      }
      expect(cache.metrics().entries).toBeGreaterThanOrEqual(12);
      await cache.append("k99", "v".repeat(5000));
      expect(cache.metrics().memoryBytes).toBeLessThanOrEqual(LIMIT);
      expect((await cache.get("k99"))?.length).toBe(6000);
      for (let i = 0; i < 100; i++) {
        await cache.zAdd("board", { member: `member ${i}`, score: i });
        expect(cache.metrics().memoryBytes).toBeLessThanOrEqual(LIMIT);
      }
      expect(await cache.zCard("board")).toBe(100);
    });
  }

  test("none: what does not fit is CACHE_FULL, until something goes", async () => {
    await using cache = new MemoryCache({ maxMemoryBytes: LIMIT, eviction: "none" });
    let count = 0;
    for (; count < 100; count++) {
      const outcome = await cache.set(`k${count}`, VALUE).then(
        () => "set",
        () => "full",
      );
      if (outcome === "full") break;
    }
    expect(count).toBeGreaterThanOrEqual(12);
    expect(count).toBeLessThan(20);
    await expectUnchanged(cache, async () => {
      await expectRefusal(() => cache.set("new", VALUE), "CACHE_FULL");
      await expectRefusal(() => cache.append("k0", VALUE), "CACHE_FULL");
      await expectRefusal(
        () =>
          cache.setMany([
            ["k0", ""],
            ["new", VALUE + VALUE],
          ]),
        "CACHE_FULL",
      );
    });
    expect(await text(cache, "k0")).toBe(VALUE);
    await cache.set("k0", "shorter");
    await cache.delete("k1");
    await cache.set("new", VALUE);
    expect(cache.metrics()).toMatchObject({ entries: count, evictions: 0 });
  });

  test("none: setMany weighs what it replaces, and each key once", async () => {
    await using cache = new MemoryCache({ maxMemoryBytes: LIMIT, eviction: "none" });
    const entries = Array.from({ length: 12 }, (_, i) => [`k${i}`, VALUE] as const);
    await cache.setMany(entries);
    await cache.setMany(entries);
    await cache.setMany([...entries, ...entries]);
    expect(cache.metrics()).toMatchObject({ entries: 12, evictions: 0 });
    const twice = "v".repeat(LIMIT / 2);
    await cache.clear();
    await cache.setMany([
      ["k", twice],
      ["k", twice],
      ["k", twice],
    ]);
    expect(await text(cache, "k")).toBe(twice);
  });

  test("both limits hold at once", async () => {
    await using cache = new MemoryCache({ maxEntries: 5, maxMemoryBytes: LIMIT });
    for (let i = 0; i < 20; i++) await cache.set(`k${i}`, "small");
    expect(cache.metrics().entries).toBe(5);
    await cache.set("large", "v".repeat(LIMIT - 2000));
    expect(await cache.exists("large")).toBe(true);
    expect(cache.metrics().memoryBytes).toBeLessThanOrEqual(LIMIT);
  });
});
