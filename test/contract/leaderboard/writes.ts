import type { LeaderboardCache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { expectRefusal, expectUnchanged, members, names } from "../expectations.ts";
import { TIES_IN_ORDER, seedPlayers, whole } from "./board.ts";

const INF = Number.POSITIVE_INFINITY;

/** zAdd, zIncrBy and the order that scores make. */
export function describeWrites(backend: Backend<LeaderboardCache>): void {
  describe("sorted-set writes", () => {
    describeAdd(backend);
    describeConditions(backend);
    describeScores(backend);
    describeIncrement(backend);
    describeLifetimes(backend);
  });
}

function describeAdd(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("zAdd takes one member and counts it", async (cache) => {
    expect(await cache.zAdd("board", { member: "ann", score: 1 })).toBe(1);
    expect(await whole(cache)).toEqual(members(["ann", 1]));
  });

  test("zAdd takes any iterable: an array, a Set, a generator", async (cache) => {
    expect(await cache.zAdd("board", members(["a", 1], ["b", 2]))).toBe(2);
    expect(await cache.zAdd("board", new Set(members(["c", 3])))).toBe(1);
    const generated = (function* () {
      yield { member: "d", score: 4 };
      yield { member: "e", score: 5 };
    })();
    expect(await cache.zAdd("board", generated)).toBe(2);
    expect(await whole(cache)).toEqual(members(["a", 1], ["b", 2], ["c", 3], ["d", 4], ["e", 5]));
  });

  test("zAdd counts what it added, not what it changed", async (cache) => {
    await cache.zAdd("board", members(["a", 1]));
    expect(await cache.zAdd("board", members(["a", 5], ["b", 2]))).toBe(1);
    expect(await whole(cache)).toEqual(members(["b", 2], ["a", 5]));
  });

  test("changed counts added and changed, not what stayed the same", async (cache) => {
    await cache.zAdd("board", members(["a", 1], ["b", 2]));
    const next = members(["a", 1], ["b", 3], ["c", 4]);
    expect(await cache.zAdd("board", next, { changed: true })).toBe(2);
    expect(await cache.zAdd("board", next, { changed: true })).toBe(0);
  });

  test("a member given twice is applied in order", async (cache) => {
    expect(await cache.zAdd("board", members(["a", 1], ["b", 2], ["a", 3]))).toBe(1 + 1);
    expect(await whole(cache)).toEqual(members(["b", 2], ["a", 3]));
    expect(await cache.zAdd("new", members(["a", 1], ["a", 2]), { changed: true })).toBe(2);
    expect(await cache.zAdd("nx", members(["a", 1], ["a", 2]), { nx: true })).toBe(1);
    expect(await cache.zScore("nx", "a")).toBe(1);
    expect(await cache.zAdd("gt", members(["a", 5], ["a", 2], ["a", 7]), { gt: true })).toBe(1);
    expect(await cache.zScore("gt", "a")).toBe(7);
  });

  test("an empty iterable is 0 and creates nothing", async (cache) => {
    expect(await cache.zAdd("board", [])).toBe(0);
    expect(await cache.zAdd("board", new Set<never>(), { changed: true })).toBe(0);
    expect(await cache.exists("board")).toBe(false);
  });

  test("odd members are members like any other", async (cache) => {
    await cache.zAdd(
      "__proto__",
      TIES_IN_ORDER.map((member) => ({ member, score: 1 })),
    );
    expect(await cache.zCard("__proto__")).toBe(TIES_IN_ORDER.length);
    for (const [rank, member] of TIES_IN_ORDER.entries()) {
      expect(await cache.zScore("__proto__", member)).toBe(1);
      expect(await cache.zRank("__proto__", member)).toBe(rank);
    }
    expect(await cache.zScore("__proto__", "toString")).toBeUndefined();
    expect(await cache.zRem("__proto__", TIES_IN_ORDER)).toBe(TIES_IN_ORDER.length);
    expect(await cache.exists("__proto__")).toBe(false);
  });
}

function describeConditions(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  const next = members(["ann", 11], ["bob", 19], ["cat", 20], ["new", 5]);

  const cases: readonly [
    flags: { nx?: true; xx?: true; gt?: true; lt?: true },
    added: number,
    changed: number,
    scores: readonly (number | undefined)[],
  ][] = [
    [{}, 1, 3, [11, 19, 20, 5]],
    [{ nx: true }, 1, 1, [10, 20, 20, 5]],
    [{ xx: true }, 0, 2, [11, 19, 20, undefined]],
    [{ gt: true }, 1, 2, [11, 20, 20, 5]],
    [{ lt: true }, 1, 2, [10, 19, 20, 5]],
    [{ xx: true, gt: true }, 0, 1, [11, 20, 20, undefined]],
    [{ xx: true, lt: true }, 0, 1, [10, 19, 20, undefined]],
  ];
  for (const [flags, added, changed, scores] of cases) {
    const spelt = Object.keys(flags).join(" with ") || "no condition";
    test(`zAdd under ${spelt}`, async (cache) => {
      for (const [counting, count] of [
        [false, added],
        [true, changed],
      ] as const) {
        await cache.delete("board");
        await seedPlayers(cache);
        expect(await cache.zAdd("board", next, { ...flags, changed: counting })).toBe(count);
        const after = await cache.zMScore("board", ["ann", "bob", "cat", "new"]);
        expect(after).toEqual(scores);
      }
    });
  }

  test("xx creates no board", async (cache) => {
    expect(await cache.zAdd("board", members(["a", 1]), { xx: true })).toBe(0);
    expect(await cache.exists("board")).toBe(false);
  });

  test("gt and lt compare infinities, too", async (cache) => {
    await cache.zAdd("board", members(["a", -INF], ["b", INF]));
    const flipped = members(["a", 0], ["b", 0]);
    expect(await cache.zAdd("board", flipped, { gt: true, changed: true })).toBe(1);
    expect(await cache.zMScore("board", ["a", "b"])).toEqual([0, INF]);
  });

  const contradictions = [
    { nx: true, xx: true },
    { nx: true, gt: true },
    { nx: true, lt: true },
    { gt: true, lt: true },
    { xx: true, gt: true, lt: true },
    { nx: true, xx: true, gt: true, lt: true },
  ];
  for (const flags of contradictions) {
    test(`${Object.keys(flags).join(" with ")} is INVALID_OPTIONS`, async (cache) => {
      await seedPlayers(cache);
      await expectUnchanged(cache, async () => {
        for (const key of ["board", "new"]) {
          await expectRefusal(() => cache.zAdd(key, next, flags), "INVALID_OPTIONS");
        }
      });
    });
  }

  test("a flag that is false contradicts nothing", async (cache) => {
    const flags = { nx: true, xx: false, gt: false, lt: false };
    expect(await cache.zAdd("board", members(["a", 1]), flags)).toBe(1);
  });
}

function describeScores(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("scores are doubles, exact to the last bit", async (cache) => {
    const scores = [
      -INF,
      -Number.MAX_VALUE,
      -1.5,
      Number.MIN_VALUE,
      0.1 + 0.2,
      1 / 3,
      2 ** 53,
      2 ** 53 + 2,
      1e21,
      Number.MAX_VALUE,
      INF,
    ];
    await cache.zAdd(
      "board",
      scores.map((score, i) => ({ member: `m${i}`, score })),
    );
    expect((await whole(cache)).map(({ score }) => score)).toEqual(scores);
    for (const [i, score] of scores.entries()) {
      expect(await cache.zScore("board", `m${i}`)).toBe(score);
    }
  });

  test("ties order by the members' bytes, not by their UTF-16", async (cache) => {
    const shuffled = [...TIES_IN_ORDER].reverse();
    await cache.zAdd(
      "board",
      shuffled.map((member) => ({ member, score: 7 })),
    );
    expect(names(await whole(cache))).toEqual(TIES_IN_ORDER);
    expect(names(await cache.zRange("board", 0, -1, { reverse: true }))).toEqual(shuffled);
    expect(names(await cache.zRangeByScore("board", 7, 7))).toEqual(TIES_IN_ORDER);
  });

  test("zero and negative zero tie", async (cache) => {
    await cache.zAdd("board", members(["b", -0], ["c", 0], ["a", 0]));
    expect(names(await whole(cache))).toEqual(["a", "b", "c"]);
    expect(await cache.zCount("board", 0, 0)).toBe(3);
    expect(await cache.zCount("board", -0, -0)).toBe(3);
    expect(await cache.zAdd("board", members(["b", 0]), { changed: true })).toBe(0);
  });

  test("a changed score moves its member", async (cache) => {
    await seedPlayers(cache);
    await cache.zAdd("board", members(["ann", 35]));
    expect(names(await whole(cache))).toEqual(["bob", "cat", "dan", "ann", "eve"]);
    await cache.zAdd("board", members(["eve", -1]));
    expect(names(await whole(cache))).toEqual(["eve", "bob", "cat", "dan", "ann"]);
    expect(await cache.zCard("board")).toBe(5);
  });

  test("one NaN among good scores changes nothing", async (cache) => {
    await seedPlayers(cache);
    const order = members(["ann", 99], ["new", 1], ["bob", Number.NaN]);
    await expectUnchanged(cache, async () => {
      await expectRefusal(() => cache.zAdd("board", order), "INVALID_SCORE", "NaN");
      await expectRefusal(() => cache.zAdd("fresh", order), "INVALID_SCORE", "NaN");
    });
  });
}

function describeIncrement(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("zIncrBy creates board and member, and gives the new score", async (cache) => {
    expect(await cache.zIncrBy("board", "ann", 5)).toBe(5);
    expect(await cache.zIncrBy("board", "ann", -7.5)).toBe(-2.5);
    expect(await cache.zIncrBy("board", "bob", 0)).toBe(0);
    expect(await whole(cache)).toEqual(members(["ann", -2.5], ["bob", 0]));
  });

  test("zIncrBy moves its member", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.zIncrBy("board", "ann", 25)).toBe(35);
    expect(await cache.zRank("board", "ann")).toBe(3);
    expect(await cache.zCard("board")).toBe(5);
  });

  test("zIncrBy reaches the infinities and stays there", async (cache) => {
    await cache.zAdd("board", members(["a", Number.MAX_VALUE]));
    expect(await cache.zIncrBy("board", "a", Number.MAX_VALUE)).toBe(INF);
    expect(await cache.zIncrBy("board", "a", -5)).toBe(INF);
    expect(await cache.zIncrBy("board", "b", -INF)).toBe(-INF);
  });

  test("zIncrBy that would give NaN is INVALID_SCORE and changes nothing", async (cache) => {
    await cache.zAdd("board", members(["up", INF], ["down", -INF]));
    await expectUnchanged(cache, async () => {
      await expectRefusal(() => cache.zIncrBy("board", "up", -INF), "INVALID_SCORE");
      await expectRefusal(() => cache.zIncrBy("board", "down", INF), "INVALID_SCORE");
    });
  });
}

function describeLifetimes(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  const HOUR_MS = 3_600_000;

  test("zAdd and zIncrBy keep the lifetime of what exists", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.expire("board", "1h")).toBe(true);
    await cache.zAdd("board", members(["new", 1]));
    await cache.zIncrBy("board", "ann", 1);
    await cache.zRem("board", "bob");
    await cache.zPopMax("board");
    const ttl = await cache.ttl("board");
    expect(ttl).toBeGreaterThan(HOUR_MS - 60_000);
    expect(ttl).toBeLessThanOrEqual(HOUR_MS);
  });

  test.configured("defaultTtl holds for new boards", { defaultTtl: "1h" }, async (cache) => {
    await cache.zAdd("{t}:added", members(["a", 1]));
    await cache.zIncrBy("{t}:counted", "a", 1);
    await cache.zUnionStore("{t}:stored", ["{t}:added"]);
    await cache.zRangeStore("{t}:ranged", "{t}:added", 0, -1);
    for (const key of ["{t}:added", "{t}:counted", "{t}:stored", "{t}:ranged"]) {
      expect(await cache.ttl(key)).toBeLessThanOrEqual(HOUR_MS);
    }
    await cache.expire("{t}:added", INF);
    await cache.zAdd("{t}:added", members(["b", 1]));
    expect(await cache.ttl("{t}:added")).toBe(INF);
  });

  test.timed("an expired board is gone, and begins anew", async (cache, advance) => {
    await seedPlayers(cache);
    await cache.expire("board", 100);
    await advance(99);
    expect(await cache.zCard("board")).toBe(5);
    await advance(1);
    expect(await cache.zCard("board")).toBe(0);
    expect(await cache.zScore("board", "ann")).toBeUndefined();
    expect(await whole(cache)).toEqual([]);
    expect(await cache.zAdd("board", members(["ann", 1]))).toBe(1);
    expect(await whole(cache)).toEqual(members(["ann", 1]));
    expect(await cache.ttl("board")).toBe(INF);
  });
}
