import { type Cache, MemoryCache, MemoryLeaderboardCache } from "laurel";
import { describe, expect, test } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";
import { collect, expectRefusal, expectUnchanged, members, text } from "./expectations.ts";

const START_MS = 1_000_000;

describe.each([
  ["MemoryCache", MemoryCache],
  ["MemoryLeaderboardCache", MemoryLeaderboardCache],
])("a %s with an absolute deadline", (_name, Kind) => {
  function open(): { time: VirtualTime; cache: MemoryCache } {
    const time = new VirtualTime(START_MS);
    const { clock, timers } = time;
    return { time, cache: new Kind({ clock, timers, defaultTtl: 40 }) };
  }

  const writes: Readonly<
    Record<string, (cache: Cache, expiresAt: number, ttl?: string) => Promise<unknown>>
  > = {
    set: (cache, expiresAt, ttl) => cache.set("key", "new", { expiresAt, ttl }),
    setMany: (cache, expiresAt, ttl) =>
      cache.setMany(
        [
          ["other", "new"],
          ["key", "new"],
        ],
        { expiresAt, ttl },
      ),
    expire: (cache, expiresAt, ttl = "1h") => cache.expire("key", ttl, { expiresAt }),
  };

  for (const [name, write] of Object.entries(writes)) {
    test(`${name} lets the key go at that moment, whatever the ttl`, async () => {
      for (const ttl of [undefined, "1ms", "1h"]) {
        const { time, cache } = open();
        await cache.set("key", "old");
        await write(cache, START_MS + 500.5, ttl);
        expect(await cache.ttl("key")).toBe(501);
        time.skip(500);
        expect(await cache.exists("key")).toBe(true);
        time.skip(1);
        expect(await cache.exists("key")).toBe(false);
      }
    });

    test(`${name} until Infinity keeps the key, whatever the default ttl`, async () => {
      const { cache } = open();
      await cache.set("key", "old");
      await write(cache, Infinity, "1ms");
      expect(await cache.ttl("key")).toBe(Infinity);
    });

    test(`${name} until a moment that is not after now removes the key`, async () => {
      for (const expiresAt of [START_MS, START_MS - 1, 0, -5, -Infinity]) {
        const { cache } = open();
        await cache.setMany([
          ["key", "old"],
          ["another", "old"],
        ]);
        await write(cache, expiresAt);
        expect(await collect(cache.keys())).toEqual(["another"]);
        expect(cache.metrics()).toMatchObject({ entries: 1, sets: 2, deletes: 0, expirations: 0 });
      }
    });

    test(`${name} refuses what is no moment, and a ttl that is none, and changes nothing`, async () => {
      const { cache } = open();
      await cache.set("key", "old");
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => write(cache, NaN), "INVALID_TTL", "NaN");
        await expectRefusal(() => write(cache, "soon" as never), "INVALID_TTL", '"soon"');
        await expectRefusal(() => write(cache, null as never), "INVALID_TTL", "null");
        await expectRefusal(() => write(cache, START_MS + 5, "soon"), "INVALID_TTL", '"soon"');
      });
    });
  }

  test("expire says whether the key was there", async () => {
    const { cache } = open();
    await cache.set("key", "old");
    expect(await cache.expire("key", "1h", { expiresAt: START_MS + 5 })).toBe(true);
    expect(await cache.expire("key", "1h", { expiresAt: START_MS - 5 })).toBe(true);
    expect(await cache.expire("key", "1h", { expiresAt: START_MS - 5 })).toBe(false);
    expect(await cache.expire("key", "1h", { expiresAt: START_MS + 5 })).toBe(false);
  });

  test("says its default ttl in milliseconds", () => {
    expect(new Kind({ defaultTtl: "1.5s" }).defaultTtl).toBe(1500);
    expect(new Kind().defaultTtl).toBe(Infinity);
  });
});

describe("a deadline in the past", () => {
  test("evicts nobody to make room for what will not be there", async () => {
    const cache = new MemoryCache({ maxEntries: 1, clock: { now: () => START_MS } });
    await cache.set("a", "v");
    await cache.set("b", "v", { expiresAt: START_MS - 1 });
    expect(await text(cache, "a")).toBe("v");
  });

  test("also removes a board", async () => {
    const cache = new MemoryLeaderboardCache();
    await cache.zAdd("board", members(["x", 1]));
    await cache.set("board", "v", { expiresAt: 1 });
    expect(await cache.exists("board")).toBe(false);
  });
});
