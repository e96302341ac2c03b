import type { LeaderboardCache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { expectRefusal, expectUnchanged, members, names } from "../expectations.ts";
import { TIES_IN_ORDER, whole } from "./board.ts";

type LexBound = Parameters<LeaderboardCache["zRangeByLex"]>[1];

/** min, max and what they select of a b c d e. */
const RANGES: readonly [min: LexBound, max: LexBound, selected: string][] = [
  ["-", "+", "abcde"],
  ["[b", "[d", "bcd"],
  ["(b", "(d", "c"],
  ["(b", "[d", "cd"],
  ["[b", "(d", "bc"],
  ["-", "[c", "abc"],
  ["-", "(c", "ab"],
  ["[c", "+", "cde"],
  ["(c", "+", "de"],
  ["[b", "[b", "b"],
  ["(b", "(b", ""],
  ["[b", "(b", ""],
  ["(b", "[b", ""],
  ["[bb", "[cc", "c"],
  ["[d", "[b", ""],
  ["+", "-", ""],
  ["-", "-", ""],
  ["+", "+", ""],
  ["[f", "+", ""],
  ["-", "[A", ""],
  ["[A", "[z", "abcde"],
];

const BAD_BOUNDS: readonly unknown[] = [
  "",
  "a",
  "--",
  "++",
  "-inf",
  "+inf",
  "{a",
  " [a",
  "]a",
  7,
  null,
  undefined,
  Number.NaN,
  {},
];

/** zRangeByLex, zLexCount and zRemRangeByLex. */
export function describeLex(backend: Backend<LeaderboardCache>): void {
  describe("lexicographic ranges", () => {
    describeSelection(backend);
    describePages(backend);
    describeBadBounds(backend);
  });
}

async function seed(cache: LeaderboardCache): Promise<void> {
  await cache.zAdd("words", members(["e", 0], ["b", 0], ["d", 0], ["a", 0], ["c", 0]));
}

function describeSelection(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const [min, max, selected] of RANGES) {
    test(`words from ${min} to ${max}`, async (cache) => {
      await seed(cache);
      const expected = selected.split("");
      expect(names(await cache.zRangeByLex("words", min, max))).toEqual(expected);
      const reversed = await cache.zRangeByLex("words", min, max, { reverse: true });
      expect(names(reversed)).toEqual([...expected].reverse());
      expect(await cache.zLexCount("words", min, max)).toBe(expected.length);
      expect(await cache.zRemRangeByLex("words", min, max)).toBe(expected.length);
      const left = ["a", "b", "c", "d", "e"].filter((word) => !expected.includes(word));
      expect(names(await whole(cache, "words"))).toEqual(left);
    });
  }

  test("words compare by their bytes", async (cache) => {
    await cache.zAdd(
      "words",
      TIES_IN_ORDER.map((member) => ({ member, score: 0 })),
    );
    for (const [rank, word] of TIES_IN_ORDER.entries()) {
      if (word === "") continue;
      const from = await cache.zRangeByLex("words", `[${word}`, "+");
      expect(names(from)).toEqual(TIES_IN_ORDER.slice(rank));
      const below = await cache.zRangeByLex("words", "-", `(${word}`);
      expect(names(below)).toEqual(TIES_IN_ORDER.slice(0, rank));
      expect(await cache.zLexCount("words", `(${word}`, "+")).toBe(TIES_IN_ORDER.length - rank - 1);
    }
  });

  test("windows of a large set are the slices that they should be", async (cache) => {
    const words = Array.from({ length: 500 }, (_, i) => `w${String(i).padStart(3, "0")}`);
    await cache.zAdd(
      "words",
      [...words].reverse().map((member) => ({ member, score: 3 })),
    );
    for (let from = 0; from < 500; from += 61) {
      for (const length of [1, 2, 63, 64, 65, 300]) {
        const window = words.slice(from, from + length);
        const [first, last] = [window[0] ?? "", window.at(-1) ?? ""];
        expect(names(await cache.zRangeByLex("words", `[${first}`, `[${last}`))).toEqual(window);
        expect(await cache.zLexCount("words", `(${first}`, `[${last}`)).toBe(window.length - 1);
        // Between two words there is room for a bound that is none of them.
        expect(await cache.zLexCount("words", `[${first}a`, `(${last}a`)).toBe(window.length - 1);
        const reversed = await cache.zRangeByLex("words", `[${first}`, `[${last}`, {
          reverse: true,
        });
        expect(names(reversed)).toEqual([...window].reverse());
      }
    }
    expect(await cache.zRemRangeByLex("words", "(w099", "[w400")).toBe(301);
    expect(names(await whole(cache, "words"))).toEqual([
      ...words.slice(0, 100),
      ...words.slice(401),
    ]);
  });

  test("the score that all share need not be 0, and comes with the word", async (cache) => {
    await cache.zAdd("words", members(["b", 7.5], ["a", 7.5]));
    expect(await cache.zRangeByLex("words", "-", "[a")).toEqual(members(["a", 7.5]));
  });

  test("a bound begins with its sign alone: what follows may be a sign, too", async (cache) => {
    await cache.zAdd("words", members(["-", 0], ["[a", 0], ["(a", 0], ["+", 0]));
    expect(names(await cache.zRangeByLex("words", "[[a", "[[a"))).toEqual(["[a"]);
    expect(names(await cache.zRangeByLex("words", "[(a", "((b"))).toEqual(["(a"]);
    expect(names(await cache.zRangeByLex("words", "[+", "[-"))).toEqual(["+", "-"]);
  });

  test("words of a set that does not exist are none", async (cache) => {
    expect(await cache.zRangeByLex("missing", "-", "+")).toEqual([]);
    expect(await cache.zLexCount("missing", "-", "+")).toBe(0);
  });
}

function describePages(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("offset and count page through the words, from either end", async (cache) => {
    await seed(cache);
    const page = { offset: 1, count: 2 };
    expect(names(await cache.zRangeByLex("words", "[b", "+", page))).toEqual(["c", "d"]);
    const down = await cache.zRangeByLex("words", "-", "[d", { ...page, reverse: true });
    expect(names(down)).toEqual(["c", "b"]);
    const all = await cache.zRangeByLex("words", "-", "+", { offset: 3, count: -1 });
    expect(names(all)).toEqual(["d", "e"]);
    expect(await cache.zRangeByLex("words", "-", "+", { offset: 9, count: 1 })).toEqual([]);
    expect(await cache.zRangeByLex("words", "-", "+", { count: 0 })).toEqual([]);
  });
}

function describeBadBounds(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const bad of BAD_BOUNDS) {
    const spelt = typeof bad === "string" ? JSON.stringify(bad) : String(bad);
    test(`${typeof bad} ${spelt} is no bound of words`, async (cache) => {
      await seed(cache);
      const bound = bad as LexBound;
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => cache.zRangeByLex("words", bound, "+"), "INVALID_RANGE");
        await expectRefusal(() => cache.zRangeByLex("words", "-", bound), "INVALID_RANGE");
        await expectRefusal(() => cache.zLexCount("words", bound, "+"), "INVALID_RANGE");
        await expectRefusal(() => cache.zLexCount("missing", "-", bound), "INVALID_RANGE");
        await expectRefusal(() => cache.zRemRangeByLex("words", bound, "+"), "INVALID_RANGE");
        await expectRefusal(() => cache.zRemRangeByLex("words", "-", bound), "INVALID_RANGE");
      });
    });
  }

  test("a negative offset or a broken page is INVALID_RANGE", async (cache) => {
    await seed(cache);
    for (const page of [{ offset: -1 }, { offset: 0.5 }, { count: 1.5 }, { count: Number.NaN }]) {
      await expectRefusal(() => cache.zRangeByLex("words", "-", "+", page), "INVALID_RANGE");
    }
  });
}
