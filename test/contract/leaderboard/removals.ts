import type { LeaderboardCache, ScoreBound } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { expectRefusal, expectUnchanged, members, names } from "../expectations.ts";
import { PLAYERS, seedPlayers, whole } from "./board.ts";

/** zRem, the range removals, the pops, and boards that end empty. */
export function describeRemovals(backend: Backend<LeaderboardCache>): void {
  describe("removals", () => {
    describeRem(backend);
    describeRangeRemovals(backend);
    describePops(backend);
    describeMPop(backend);
    describeEmptied(backend);
  });
}

function describeRem(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("zRem takes one member or many, and counts those that were there", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.zRem("board", "ann")).toBe(1);
    expect(await cache.zRem("board", "ann")).toBe(0);
    expect(await cache.zRem("board", ["bob", "zoe", "eve", "bob"])).toBe(2);
    expect(await cache.zRem("board", new Set(["dan"]))).toBe(1);
    expect(await whole(cache)).toEqual(members(["cat", 20]));
  });

  test("a string is one member, not an iterable of its characters", async (cache) => {
    await cache.zAdd("board", members(["ab", 1], ["a", 2], ["b", 3], ["", 4]));
    expect(await cache.zRem("board", "ab")).toBe(1);
    expect(await cache.zRem("board", "")).toBe(1);
    expect(names(await whole(cache))).toEqual(["a", "b"]);
  });

  test("zRem of nothing, or from nothing, is 0", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.zRem("board", [])).toBe(0);
    expect(await cache.zRem("missing", ["ann"])).toBe(0);
    expect(await cache.exists("missing")).toBe(false);
    expect(await whole(cache)).toEqual(PLAYERS);
  });
}

function describeRangeRemovals(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  const byRank: readonly [start: number, stop: number, left: string][] = [
    [0, 0, "bob cat dan eve"],
    [-1, -1, "ann bob cat dan"],
    [1, -2, "ann eve"],
    [0, -1, ""],
    [-99, 99, ""],
    [3, 1, "ann bob cat dan eve"],
    [5, 9, "ann bob cat dan eve"],
    [0, -4, "cat dan eve"],
  ];
  for (const [start, stop, left] of byRank) {
    test(`zRemRangeByRank ${start} to ${stop}`, async (cache) => {
      await seedPlayers(cache);
      const stay = left === "" ? [] : left.split(" ");
      expect(await cache.zRemRangeByRank("board", start, stop)).toBe(5 - stay.length);
      expect(names(await whole(cache))).toEqual(stay);
      for (const [rank, name] of stay.entries()) {
        expect(await cache.zRank("board", name)).toBe(rank);
      }
    });
  }

  const byScore: readonly [min: ScoreBound, max: ScoreBound, left: string][] = [
    [20, 20, "ann dan eve"],
    ["(10", "(40", "ann eve"],
    ["-inf", 20, "dan eve"],
    ["(20", "+inf", "ann bob cat"],
    ["-inf", "+inf", ""],
    [40, 10, "ann bob cat dan eve"],
    [41, 99, "ann bob cat dan eve"],
  ];
  for (const [min, max, left] of byScore) {
    test(`zRemRangeByScore ${min} to ${max}`, async (cache) => {
      await seedPlayers(cache);
      const stay = left === "" ? [] : left.split(" ");
      expect(await cache.zRemRangeByScore("board", min, max)).toBe(5 - stay.length);
      expect(names(await whole(cache))).toEqual(stay);
    });
  }

  test("range removals from nothing are 0", async (cache) => {
    expect(await cache.zRemRangeByRank("missing", 0, -1)).toBe(0);
    expect(await cache.zRemRangeByScore("missing", "-inf", "+inf")).toBe(0);
    expect(await cache.zRemRangeByLex("missing", "-", "+")).toBe(0);
  });

  test("a large piece out of the middle leaves the rest in order", async (cache) => {
    const all = Array.from({ length: 1000 }, (_, i) => ({ member: `m${i}`, score: i }));
    await cache.zAdd("board", all);
    expect(await cache.zRemRangeByRank("board", 100, 899)).toBe(800);
    expect(await whole(cache)).toEqual([...all.slice(0, 100), ...all.slice(900)]);
    expect(await cache.zRank("board", "m900")).toBe(100);
    expect(await cache.zRemRangeByScore("board", 50, "(950")).toBe(100);
    expect(await whole(cache)).toEqual([...all.slice(0, 50), ...all.slice(950)]);
  });
}

function describePops(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("zPopMin and zPopMax take one from their end", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.zPopMin("board")).toEqual(members(["ann", 10]));
    expect(await cache.zPopMax("board")).toEqual(members(["eve", 40]));
    expect(names(await whole(cache))).toEqual(["bob", "cat", "dan"]);
  });

  test("a count takes so many, the outermost first", async (cache) => {
    await seedPlayers(cache);
    expect(names(await cache.zPopMin("board", 2))).toEqual(["ann", "bob"]);
    expect(names(await cache.zPopMax("board", 2))).toEqual(["eve", "dan"]);
    expect(names(await whole(cache))).toEqual(["cat"]);
  });

  test("ties are popped in rank order from either end", async (cache) => {
    const tied = members(["a", 1], ["b", 1], ["c", 1], ["d", 1]);
    await cache.zAdd("board", tied);
    expect(names(await cache.zPopMax("board", 2))).toEqual(["d", "c"]);
    expect(names(await cache.zPopMin("board", 2))).toEqual(["a", "b"]);
  });

  test("a pop takes no more than there are", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.zPopMin("board", 99)).toEqual(PLAYERS);
    expect(await cache.exists("board")).toBe(false);
    await seedPlayers(cache);
    expect(await cache.zPopMax("board", Number.MAX_SAFE_INTEGER)).toEqual([...PLAYERS].reverse());
    expect(await cache.exists("board")).toBe(false);
  });

  test("a pop of 0, or from nothing, gives nothing", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.zPopMin("board", 0)).toEqual([]);
    expect(await cache.zPopMax("board", 0)).toEqual([]);
    expect(await cache.zPopMin("missing")).toEqual([]);
    expect(await cache.zPopMax("missing", 5)).toEqual([]);
    expect(await whole(cache)).toEqual(PLAYERS);
  });

  test("a negative or broken count is INVALID_RANGE and pops nothing", async (cache) => {
    await seedPlayers(cache);
    await expectUnchanged(cache, async () => {
      for (const count of [-1, -99, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const received = String(count);
        await expectRefusal(() => cache.zPopMin("board", count), "INVALID_RANGE", received);
        await expectRefusal(() => cache.zPopMax("board", count), "INVALID_RANGE", received);
        await expectRefusal(() => cache.zMPop(["board"], "min", count), "INVALID_RANGE", received);
      }
    });
  });
}

function describeMPop(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("zMPop pops from the first board that has members", async (cache) => {
    await cache.zAdd("{t}:b", members(["x", 1], ["y", 2], ["z", 3]));
    await cache.zAdd("{t}:c", members(["w", 1]));
    const keys = ["{t}:a", "{t}:b", "{t}:c"];
    expect(await cache.zMPop(keys, "min")).toEqual({ key: "{t}:b", members: members(["x", 1]) });
    expect(await cache.zMPop(keys, "max", 1)).toEqual({
      key: "{t}:b",
      members: members(["z", 3]),
    });
    expect(await cache.zMPop(keys, "max", 9)).toEqual({
      key: "{t}:b",
      members: members(["y", 2]),
    });
    expect(await cache.exists("{t}:b")).toBe(false);
    expect(await cache.zMPop(keys, "max")).toEqual({ key: "{t}:c", members: members(["w", 1]) });
    expect(await cache.zMPop(keys, "min")).toBeUndefined();
  });

  test("zMPop gives several, the outermost first", async (cache) => {
    await seedPlayers(cache);
    const popped = await cache.zMPop(["board"], "max", 3);
    expect(names(popped?.members ?? [])).toEqual(["eve", "dan", "cat"]);
  });
}

function describeEmptied(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  const ways: Readonly<Record<string, (cache: LeaderboardCache) => Promise<unknown>>> = {
    zRem: (cache) => cache.zRem("board", names(PLAYERS)),
    zRemRangeByRank: (cache) => cache.zRemRangeByRank("board", 0, -1),
    zRemRangeByScore: (cache) => cache.zRemRangeByScore("board", 10, 40),
    zPopMin: (cache) => cache.zPopMin("board", 5),
    zPopMax: (cache) => cache.zPopMax("board", 5),
    zMPop: (cache) => cache.zMPop(["board"], "min", 5),
  };
  for (const [name, empty] of Object.entries(ways)) {
    test(`a board emptied by ${name} no longer exists`, async (cache) => {
      await seedPlayers(cache);
      await cache.expire("board", "1h");
      await empty(cache);
      expect(await cache.exists("board")).toBe(false);
      expect(await cache.ttl("board")).toBeUndefined();
      expect(await cache.delete("board")).toBe(false);
      await cache.zAdd("board", members(["new", 1]));
      expect(await cache.ttl("board")).toBe(Number.POSITIVE_INFINITY);
      await cache.delete("board");
      await cache.set("board", "text is welcome");
    });
  }

  test("a board emptied by zRemRangeByLex no longer exists", async (cache) => {
    await cache.zAdd("board", members(["a", 0], ["b", 0]));
    expect(await cache.zRemRangeByLex("board", "-", "+")).toBe(2);
    expect(await cache.exists("board")).toBe(false);
  });
}
