import type { LeaderboardCache, ScoreBound } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { members, names } from "../expectations.ts";
import { PLAYERS, seedPlayers } from "./board.ts";

const INF = Number.POSITIVE_INFINITY;
const MAX = Number.MAX_SAFE_INTEGER;

/** start, stop and what they select of five players. */
const RANKS: readonly [start: number, stop: number, forward: string, backward: string][] = [
  [0, -1, "ann bob cat dan eve", "eve dan cat bob ann"],
  [0, 0, "ann", "eve"],
  [1, 3, "bob cat dan", "dan cat bob"],
  [-2, -1, "dan eve", "bob ann"],
  [-5, -4, "ann bob", "eve dan"],
  [0, 99, "ann bob cat dan eve", "eve dan cat bob ann"],
  [-99, 1, "ann bob", "eve dan"],
  [-MAX, MAX, "ann bob cat dan eve", "eve dan cat bob ann"],
  [4, 4, "eve", "ann"],
  [-1, 0, "", ""],
  [5, 9, "", ""],
  [3, 1, "", ""],
  [-99, -6, "", ""],
  [2, -2, "cat dan", "cat bob"],
  [-0, 1, "ann bob", "eve dan"],
];

/** min, max and whom they select, in rank order; the five and the two infinite are there. */
const SCORES: readonly [min: ScoreBound, max: ScoreBound, selected: string][] = [
  ["-inf", "+inf", "low ann bob cat dan eve top"],
  [-INF, INF, "low ann bob cat dan eve top"],
  ["(-inf", "(+inf", "ann bob cat dan eve"],
  ["(-inf", "+inf", "ann bob cat dan eve top"],
  [10, 40, "ann bob cat dan eve"],
  [20, 20, "bob cat"],
  ["(10", "(40", "bob cat dan"],
  ["(10", 40, "bob cat dan eve"],
  [10, "(20", "ann"],
  ["(20", "(20", ""],
  ["(20", 20, ""],
  [20, "(20", ""],
  [20.5, 29.5, ""],
  [19.5, 30, "bob cat dan"],
  ["(19.5", "(30.5", "bob cat dan"],
  [40, 10, ""],
  ["+inf", "-inf", ""],
  ["+inf", "+inf", "top"],
  ["-inf", "-inf", "low"],
  [-5, "(10", ""],
  ["(-5", 10, "ann"],
  [1e3, "+inf", "top"],
];

/** zRange, zRangeByScore and zCount. */
export function describeRanges(backend: Backend<LeaderboardCache>): void {
  describe("ranges", () => {
    describeByRank(backend);
    describeByScore(backend);
    describePages(backend);
  });
}

function describeByRank(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const [start, stop, forward, backward] of RANKS) {
    test(`zRange ${start} to ${stop}`, async (cache) => {
      await seedPlayers(cache);
      expect(names(await cache.zRange("board", start, stop)).join(" ")).toBe(forward);
      const reversed = await cache.zRange("board", start, stop, { reverse: true });
      expect(names(reversed).join(" ")).toBe(backward);
    });
  }

  test("zRange gives members with their scores, plain objects of the caller's", async (cache) => {
    await seedPlayers(cache);
    const first = await cache.zRange("board", 0, -1, { reverse: false });
    expect(first).toEqual(PLAYERS);
    for (const one of first) {
      one.score = -1;
      one.member = "changed";
    }
    expect(await cache.zRange("board", 0, -1)).toEqual(PLAYERS);
  });

  test("zRange of a board that does not exist is nothing", async (cache) => {
    expect(await cache.zRange("missing", 0, -1)).toEqual([]);
    expect(await cache.zRange("missing", 0, -1, { reverse: true })).toEqual([]);
  });

  test("every window of a board of hundreds is the slice that it should be", async (cache) => {
    const all = Array.from({ length: 400 }, (_, i) => ({
      member: `m${String(i).padStart(3, "0")}`,
      score: Math.floor(i / 7),
    }));
    await cache.zAdd("board", [...all].reverse());
    for (let start = 0; start < 400; start += 37) {
      for (const length of [1, 2, 64, 65, 200]) {
        const stop = start + length - 1;
        expect(await cache.zRange("board", start, stop)).toEqual(all.slice(start, stop + 1));
        expect(await cache.zRange("board", start, stop, { reverse: true })).toEqual(
          [...all].reverse().slice(start, stop + 1),
        );
      }
    }
  });
}

async function seedWithInfinities(cache: LeaderboardCache): Promise<void> {
  await seedPlayers(cache);
  await cache.zAdd("board", members(["low", -INF], ["top", INF]));
}

/** Past this score, itself left out. */
function open(score: number): ScoreBound {
  return `(${score}`;
}

function describeByScore(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const [min, max, selected] of SCORES) {
    test(`scores from ${min} to ${max}`, async (cache) => {
      await seedWithInfinities(cache);
      const expected = selected === "" ? [] : selected.split(" ");
      expect(names(await cache.zRangeByScore("board", min, max))).toEqual(expected);
      const reversed = await cache.zRangeByScore("board", min, max, { reverse: true });
      expect(names(reversed)).toEqual([...expected].reverse());
      expect(await cache.zCount("board", min, max)).toBe(expected.length);
    });
  }

  test("a bound made of a number by a template is taken", async (cache) => {
    await seedWithInfinities(cache);
    const select = async (min: ScoreBound, max: ScoreBound): Promise<string> =>
      names(await cache.zRangeByScore("board", min, max)).join(" ");
    expect(await select(open(10), open(INF))).toBe("bob cat dan eve");
    expect(await select(open(-INF), open(20))).toBe("ann");
    expect(await select(open(1e-7), open(1e21))).toBe("ann bob cat dan eve");
    expect(await select(open(-1.5e300), open(10.5))).toBe("ann");
    expect(await select(open(0.1 + 0.2), 10)).toBe("ann");
  });

  test("an excluded bound excludes exactly that double", async (cache) => {
    const third = 1 / 3;
    await cache.zAdd("board", members(["a", third], ["b", third + Number.EPSILON]));
    expect(names(await cache.zRangeByScore("board", `(${third}`, 1))).toEqual(["b"]);
    expect(await cache.zCount("board", third, `(${third + Number.EPSILON}`)).toBe(1);
  });

  test("by score, a board that does not exist is nothing", async (cache) => {
    expect(await cache.zRangeByScore("missing", "-inf", "+inf")).toEqual([]);
    expect(await cache.zRangeByScore("missing", 0, 1, { reverse: true, offset: 1 })).toEqual([]);
  });
}

function describePages(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  const pages: readonly [
    page: { offset?: number; count?: number },
    forward: string,
    backward: string,
  ][] = [
    [{ count: 2 }, "ann bob", "eve dan"],
    [{ offset: 1 }, "bob cat dan eve", "dan cat bob ann"],
    [{ offset: 1, count: 2 }, "bob cat", "dan cat"],
    [{ offset: 0, count: 99 }, "ann bob cat dan eve", "eve dan cat bob ann"],
    [{ offset: 4, count: 5 }, "eve", "ann"],
    [{ offset: 5, count: 5 }, "", ""],
    [{ offset: MAX, count: 1 }, "", ""],
    [{ offset: 1, count: MAX }, "bob cat dan eve", "dan cat bob ann"],
    [{ offset: 0, count: 0 }, "", ""],
    [{ offset: 2, count: -1 }, "cat dan eve", "cat bob ann"],
    [{ count: -7 }, "ann bob cat dan eve", "eve dan cat bob ann"],
  ];

  for (const [page, forward, backward] of pages) {
    test(`a page of scores: ${JSON.stringify(page)}`, async (cache) => {
      await seedPlayers(cache);
      const up = await cache.zRangeByScore("board", "-inf", "+inf", page);
      expect(names(up).join(" ")).toBe(forward);
      const down = await cache.zRangeByScore("board", "-inf", "+inf", { ...page, reverse: true });
      expect(names(down).join(" ")).toBe(backward);
    });
  }

  test("a page counts within the bounds, reversed from their upper end", async (cache) => {
    await seedPlayers(cache);
    const page = { offset: 1, count: 2 };
    const up = await cache.zRangeByScore("board", "(10", "(40", page);
    expect(names(up)).toEqual(["cat", "dan"]);
    const down = await cache.zRangeByScore("board", "(10", "(40", { ...page, reverse: true });
    expect(names(down)).toEqual(["cat", "bob"]);
  });
}
