import { CacheError, MemoryCache, MemoryLeaderboardCache } from "laurel";
import { describe, expect, test } from "vitest";
import { expectInvalidConfig, members, text } from "./expectations.ts";

type Options = NonNullable<ConstructorParameters<typeof MemoryLeaderboardCache>[0]>;

const NO_COUNTS: readonly unknown[] = [0, -1, 1.5, Number.NaN, "10", null, true, {}];
const NO_DURATIONS: readonly unknown[] = [0, -1, Number.NaN, "", "5", "5 s", "1h30m", null, {}];

/** Ten draws without and ten with repeats, by a generator that always begins at 1. */
async function draw(): Promise<unknown> {
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  await using cache = new MemoryLeaderboardCache({ random });
  const players = Array.from({ length: 50 }, (_, i) => [`m${i}`, i] as const);
  await cache.zAdd("board", members(...players));
  return [await cache.zRandMember("board", 10), await cache.zRandMember("board", -10)];
}

describe("options of the memory caches", () => {
  const bad: Readonly<Record<keyof Options, readonly unknown[]>> = {
    maxEntries: NO_COUNTS,
    maxMemoryBytes: NO_COUNTS,
    maxKeyBytes: NO_COUNTS,
    maxLeaderboards: NO_COUNTS,
    maxMembersPerSet: NO_COUNTS,
    eviction: ["", "fifo", "LRU", 7, null],
    defaultTtl: NO_DURATIONS,
    sweepInterval: NO_DURATIONS,
    clock: [{}, { now: 5 }, 5, null, "clock", () => 0],
    timers: [{}, { setTimeout }, { clearTimeout }, 5, null],
    random: [5, null, {}, "random"],
    persistence: [{}, { open: 5 }, 5, null, "files", () => undefined],
  };

  for (const [option, values] of Object.entries(bad)) {
    for (const value of values) {
      const spelt = typeof value === "string" ? JSON.stringify(value) : String(value);
      test(`${option} of ${typeof value} ${spelt} is INVALID_CONFIG`, () => {
        const shown = ["number", "string"].includes(typeof value) ? String(value) : undefined;
        expectInvalidConfig(() => new MemoryLeaderboardCache({ [option]: value }), shown);
      });
    }
  }

  test("MemoryCache refuses them as well", () => {
    expectInvalidConfig(() => new MemoryCache({ maxEntries: 0 }), "0");
    expectInvalidConfig(() => new MemoryCache({ eviction: "fifo" as never }), "fifo");
    expectInvalidConfig(() => new MemoryCache({ defaultTtl: "soon" }), "soon");
  });

  test("no option is needed", async () => {
    for (const cache of [new MemoryCache(), new MemoryCache({}), new MemoryLeaderboardCache()]) {
      await cache.set("k", "v");
      expect(await cache.ttl("k")).toBe(Number.POSITIVE_INFINITY);
      await cache.set("k", "v", { ttl: "1h" });
      const ttl = await cache.ttl("k");
      expect(ttl).toBeGreaterThan(3_500_000);
      expect(ttl).toBeLessThanOrEqual(3_600_000);
      await cache.close();
    }
  });

  test("without limits nothing is ever evicted", async () => {
    await using cache = new MemoryCache();
    for (let i = 0; i < 20_000; i++) await cache.set(`k${i}`, "v");
    expect(cache.metrics()).toMatchObject({ entries: 20_000, evictions: 0 });
    expect(await text(cache, "k0")).toBe("v");
  });

  test("an eviction policy without a limit is no error", async () => {
    for (const eviction of ["none", "lru", "lfu", "s3-fifo"] as const) {
      await using cache = new MemoryCache({ eviction });
      await cache.set("k", "v");
      expect(await text(cache, "k")).toBe("v");
    }
  });

  test("options are read once: later changes to the object are not seen", async () => {
    const options: Options = { maxEntries: 3, defaultTtl: "1h" };
    await using cache = new MemoryCache(options);
    options.maxEntries = 1;
    options.defaultTtl = Number.POSITIVE_INFINITY;
    for (const key of ["a", "b", "c"]) await cache.set(key, "v");
    expect(cache.metrics().entries).toBe(3);
    expect(await cache.ttl("a")).toBeLessThanOrEqual(3_600_000);
  });

  test("clock and timers may be objects with a state of their own", async () => {
    class Own {
      ms = 1000;
      set = 0;
      now(): number {
        return this.ms;
      }
      setTimeout(): number {
        return ++this.set;
      }
      clearTimeout(): void {
        this.set--;
      }
    }
    const own = new Own();
    await using cache = new MemoryCache({ clock: own, timers: own });
    await cache.set("k", "v", { ttl: 10 });
    own.ms += 9;
    expect(await cache.ttl("k")).toBe(1);
    own.ms += 1;
    expect(await cache.ttl("k")).toBeUndefined();
  });

  test("a clock with fractions never gives a ttl of 0", async () => {
    let now = 0.3;
    await using cache = new MemoryCache({ clock: { now: () => now } });
    await cache.set("k", "v", { ttl: 10 });
    for (; now < 20; now += 0.1) {
      const ttl = await cache.ttl("k");
      if (ttl === undefined) break;
      expect(ttl).toBeGreaterThan(0);
      expect(await cache.exists("k")).toBe(true);
    }
    expect(now).toBeGreaterThan(10);
    expect(now).toBeLessThan(12);
  });

  test("equal random numbers give equal draws", async () => {
    expect(await draw()).toEqual(await draw());
  });
});

describe("CacheError", () => {
  test("is an Error with a code, a message and a cause", () => {
    const cause = new Error("why");
    const error = new CacheError("INVALID_KEY", "Cannot get: no key: received 7", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe("INVALID_KEY");
    expect(error.message).toBe("Cannot get: no key: received 7");
    expect(error.cause).toBe(cause);
    expect(error.name).toBe("CacheError");
    expect(new CacheError("CLOSED", "Cannot get: closed")).not.toHaveProperty("cause");
  });
});
