import { MemoryLeaderboardCache } from "laurel";
import { describe, expect, test } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";
import { expectRefusal, expectUnchanged, members, text } from "./expectations.ts";

type Write = (cache: MemoryLeaderboardCache) => Promise<unknown>;

/** Two boards, and room for no third. */
async function twoBoards(): Promise<MemoryLeaderboardCache> {
  const cache = new MemoryLeaderboardCache({ maxLeaderboards: 2 });
  await cache.zAdd("a", members(["x", 1], ["y", 2]));
  await cache.zAdd("b", members(["y", 3], ["z", 4]));
  await cache.set("text", "v", { ttl: "1h" });
  return cache;
}

describe("maxLeaderboards", () => {
  const creations: Readonly<Record<string, (key: string) => Write>> = {
    zAdd: (key) => (cache) => cache.zAdd(key, members(["x", 1])),
    zIncrBy: (key) => (cache) => cache.zIncrBy(key, "x", 1),
    zUnionStore: (key) => (cache) => cache.zUnionStore(key, ["a", "b"]),
    zInterStore: (key) => (cache) => cache.zInterStore(key, ["a", "b"]),
    zDiffStore: (key) => (cache) => cache.zDiffStore(key, ["a", "b"]),
    zRangeStore: (key) => (cache) => cache.zRangeStore(key, "a", 0, -1),
  };
  for (const [name, create] of Object.entries(creations)) {
    test(`${name} of a board too many is LEADERBOARD_FULL and changes nothing`, async () => {
      await using cache = await twoBoards();
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => create("new")(cache), "LEADERBOARD_FULL");
      });
      expect(cache.metrics()).toMatchObject({ leaderboards: 2, members: 4, entries: 3 });
    });

    if (!name.endsWith("Store")) continue;
    test(`${name} over text would make a board too many`, async () => {
      await using cache = await twoBoards();
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => create("text")(cache), "LEADERBOARD_FULL");
      });
    });

    test(`${name} over a board replaces it`, async () => {
      await using cache = await twoBoards();
      expect(await create("b")(cache)).toBeGreaterThan(0);
      expect(cache.metrics().leaderboards).toBe(2);
    });
  }

  test("what creates no board is no board too many", async () => {
    await using cache = await twoBoards();
    await expectUnchanged(cache, async () => {
      expect(await cache.zAdd("new", [])).toBe(0);
      expect(await cache.zAdd("new", members(["x", 1]), { xx: true })).toBe(0);
      expect(await cache.zUnionStore("new", ["missing"])).toBe(0);
      expect(await cache.zRangeStore("new", "a", 9, 9)).toBe(0);
      expect(await cache.zRem("new", "x")).toBe(0);
    });
  });

  test("boards that exist grow on, and keys of text are not counted", async () => {
    await using cache = await twoBoards();
    expect(await cache.zAdd("a", members(["new", 1]))).toBe(1);
    await cache.setMany([
      ["t1", "v"],
      ["t2", "v"],
      ["t3", "v"],
    ]);
    expect(await cache.zIncrBy("b", "new", 1)).toBe(1);
  });

  const departures: Readonly<Record<string, Write>> = {
    delete: (cache) => cache.delete("a"),
    "set over it": (cache) => cache.set("a", "text"),
    zRem: (cache) => cache.zRem("a", ["x", "y"]),
    zPopMax: (cache) => cache.zPopMax("a", 9),
    zRemRangeByRank: (cache) => cache.zRemRangeByRank("a", 0, -1),
    "a store of nothing": (cache) => cache.zDiffStore("a", ["missing"]),
    clear: (cache) => cache.clear(),
  };
  for (const [name, depart] of Object.entries(departures)) {
    test(`a board that is gone by ${name} makes room`, async () => {
      await using cache = await twoBoards();
      await depart(cache);
      expect(await cache.zAdd("new", members(["x", 1]))).toBe(1);
    });
  }

  test("an expired board does not count", async () => {
    const time = new VirtualTime();
    await using cache = new MemoryLeaderboardCache({
      maxLeaderboards: 2,
      clock: time.clock,
      timers: time.timers,
    });
    await cache.zAdd("a", members(["x", 1]));
    await cache.zAdd("b", members(["x", 1]));
    await cache.expire("a", 100);
    time.skip(99);
    await expectRefusal(() => cache.zAdd("c", members(["x", 1])), "LEADERBOARD_FULL");
    time.skip(1);
    expect(await cache.zAdd("c", members(["x", 1]))).toBe(1);
    await cache.expire("b", 100);
    time.skip(100);
    expect(await cache.zUnionStore("d", ["c"])).toBe(1);
  });

  test("it refuses whatever the eviction is", async () => {
    for (const eviction of ["none", "lru", "lfu", "s3-fifo"] as const) {
      await using cache = new MemoryLeaderboardCache({
        maxLeaderboards: 1,
        maxEntries: 10,
        eviction,
      });
      await cache.zAdd("a", members(["x", 1]));
      await expectRefusal(() => cache.zAdd("b", members(["x", 1])), "LEADERBOARD_FULL");
    }
  });
});

/** A board of three members, which is full, and one of two. */
async function threeMembers(): Promise<MemoryLeaderboardCache> {
  const cache = new MemoryLeaderboardCache({ maxMembersPerSet: 3 });
  await cache.zAdd("a", members(["x", 1], ["y", 2], ["z", 3]));
  await cache.zAdd("b", members(["v", 1], ["w", 2]));
  await cache.set("text", "kept");
  return cache;
}

describe("maxMembersPerSet", () => {
  const four = members(["p", 1], ["q", 2], ["r", 3], ["s", 4]);

  const writes: Readonly<Record<string, Write>> = {
    "zAdd of one": (cache) => cache.zAdd("a", members(["new", 1])),
    "zAdd of one among updates": (cache) => cache.zAdd("a", members(["x", 9], ["new", 1])),
    "zAdd of two where one fits": (cache) => cache.zAdd("b", members(["x", 1], ["y", 1])),
    "zAdd of too many at once": (cache) => cache.zAdd("new", four),
    "zAdd under gt": (cache) => cache.zAdd("a", members(["new", 1]), { gt: true }),
    "zAdd under nx": (cache) => cache.zAdd("a", members(["x", 9], ["new", 1]), { nx: true }),
    zIncrBy: (cache) => cache.zIncrBy("a", "new", 1),
    "zUnionStore to a new board": (cache) => cache.zUnionStore("new", ["a", "b"]),
    "zUnionStore over a board": (cache) => cache.zUnionStore("a", ["a", "b"]),
    "zUnionStore over text": (cache) => cache.zUnionStore("text", ["a", "b"]),
  };
  for (const [name, write] of Object.entries(writes)) {
    test(`${name} past the limit is LEADERBOARD_FULL and changes nothing`, async () => {
      await using cache = await threeMembers();
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => write(cache), "LEADERBOARD_FULL");
      });
      expect(await text(cache, "text")).toBe("kept");
      expect(cache.metrics()).toMatchObject({ leaderboards: 2, members: 5 });
    });
  }

  test("updates, and additions that do not take place, go on", async () => {
    await using cache = await threeMembers();
    expect(await cache.zAdd("a", members(["x", 5], ["y", 6]), { changed: true })).toBe(2);
    expect(await cache.zAdd("a", members(["new", 1]), { xx: true })).toBe(0);
    expect(await cache.zIncrBy("a", "x", 1)).toBe(6);
    expect(await cache.zInterStore("new", ["a", "a"])).toBe(3);
    expect(await cache.zRangeStore("again", "a", 0, 1)).toBe(2);
  });

  test("a member given twice counts once", async () => {
    await using cache = await threeMembers();
    const order = members(["p", 1], ["q", 1], ["p", 2], ["r", 1], ["q", 3]);
    expect(await cache.zAdd("new", order)).toBe(3);
    expect(await cache.zAdd("b", members(["v", 5], ["u", 1], ["u", 2]))).toBe(1);
  });

  test("who leaves makes room", async () => {
    await using cache = await threeMembers();
    await cache.zPopMin("a");
    expect(await cache.zAdd("a", members(["new", 1]))).toBe(1);
    await expectRefusal(() => cache.zAdd("a", members(["newer", 1])), "LEADERBOARD_FULL");
  });
});
