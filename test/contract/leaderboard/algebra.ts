import type { LeaderboardCache, ZMember } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { expectRefusal, expectUnchanged, members, text } from "../expectations.ts";
import { whole } from "./board.ts";

const INF = Number.POSITIVE_INFINITY;
const A = "{t}:a";
const B = "{t}:b";
const C = "{t}:c";
const TO = "{t}:to";
const MISSING = "{t}:missing";

type Options = Parameters<LeaderboardCache["zUnion"]>[1];

/** `[keys, options, result]` over a: x1 y2 z3, b: y10 z20 w30, c: z100. */
type Case = readonly [keys: readonly string[], options: Options, result: readonly ZMember[]];

const UNIONS: readonly Case[] = [
  [[A], undefined, members(["x", 1], ["y", 2], ["z", 3])],
  [[A, B], undefined, members(["x", 1], ["y", 12], ["z", 23], ["w", 30])],
  [[A, B], { aggregate: "sum" }, members(["x", 1], ["y", 12], ["z", 23], ["w", 30])],
  [[A, B], { aggregate: "min" }, members(["x", 1], ["y", 2], ["z", 3], ["w", 30])],
  [[A, B], { aggregate: "max" }, members(["x", 1], ["y", 10], ["z", 20], ["w", 30])],
  [[A, B], { weights: [2, 1] }, members(["x", 2], ["y", 14], ["z", 26], ["w", 30])],
  [[A, B], { weights: [-1, 0.5] }, members(["x", -1], ["y", 3], ["z", 7], ["w", 15])],
  [
    [A, B],
    { weights: [10, 1], aggregate: "min" },
    members(["x", 10], ["y", 10], ["z", 20], ["w", 30]),
  ],
  [[A, B, C], undefined, members(["x", 1], ["y", 12], ["w", 30], ["z", 123])],
  [[A, A], undefined, members(["x", 2], ["y", 4], ["z", 6])],
  [[A, MISSING], undefined, members(["x", 1], ["y", 2], ["z", 3])],
  [[MISSING], undefined, []],
];

const INTERSECTIONS: readonly Case[] = [
  [[A], undefined, members(["x", 1], ["y", 2], ["z", 3])],
  [[A, B], undefined, members(["y", 12], ["z", 23])],
  [[A, B], { aggregate: "min" }, members(["y", 2], ["z", 3])],
  [[A, B], { aggregate: "max" }, members(["y", 10], ["z", 20])],
  [[A, B], { weights: [1, 2] }, members(["y", 22], ["z", 43])],
  [[A, B, C], undefined, members(["z", 123])],
  [[A, B, C], { weights: [1, 0, 1] }, members(["z", 103])],
  [[A, A], undefined, members(["x", 2], ["y", 4], ["z", 6])],
  [[A, MISSING], undefined, []],
  [[MISSING, A], undefined, []],
];

const DIFFERENCES: readonly Case[] = [
  [[A], undefined, members(["x", 1], ["y", 2], ["z", 3])],
  [[A, B], undefined, members(["x", 1])],
  [[B, A], undefined, members(["w", 30])],
  [[A, C], undefined, members(["x", 1], ["y", 2])],
  [[A, B, C], undefined, members(["x", 1])],
  [[B, C], undefined, members(["y", 10], ["w", 30])],
  [[A, A], undefined, []],
  [[A, MISSING], undefined, members(["x", 1], ["y", 2], ["z", 3])],
  [[MISSING, A], undefined, []],
];

/** zUnion, zInter, zDiff and their stores. */
export function describeAlgebra(backend: Backend<LeaderboardCache>): void {
  describe("algebra", () => {
    describeResults(backend);
    describeArithmetic(backend);
    describeStores(backend);
    describeRangeStore(backend);
    describeRefusals(backend);
  });
}

async function seed(cache: LeaderboardCache): Promise<void> {
  await cache.zAdd(A, members(["x", 1], ["y", 2], ["z", 3]));
  await cache.zAdd(B, members(["y", 10], ["z", 20], ["w", 30]));
  await cache.zAdd(C, members(["z", 100]));
}

function describeResults(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  const families = [
    ["zUnion", "zUnionStore", UNIONS],
    ["zInter", "zInterStore", INTERSECTIONS],
    ["zDiff", "zDiffStore", DIFFERENCES],
  ] as const;

  for (const [read, store, cases] of families) {
    for (const [keys, options, result] of cases) {
      test(`${read} of ${keys.join(" ")} ${JSON.stringify(options ?? {})}`, async (cache) => {
        await seed(cache);
        await expectUnchanged(cache, async () => {
          expect(await cache[read](keys, options)).toEqual(result);
        });
        expect(await cache[store](TO, keys, options)).toBe(result.length);
        expect(await whole(cache, TO)).toEqual(result);
        expect(await cache.exists(TO)).toBe(result.length > 0);
      });
    }
  }
}

/** Members `m<from>` to `m<to - 1>`, each scored as it is numbered. */
function range(from: number, to: number): ZMember[] {
  return Array.from({ length: to - from }, (_, i) => ({ member: `m${from + i}`, score: from + i }));
}

function describeArithmetic(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("a result orders by score, then by the members' bytes", async (cache) => {
    await cache.zAdd(A, members(["\u{10000}", 1], ["b", 2], ["neg", -1]));
    await cache.zAdd(B, members(["\uffff", 1], ["a", 2]));
    expect((await cache.zUnion([A, B])).map(({ member }) => member)).toEqual([
      "neg",
      "\uffff",
      "\u{10000}",
      "a",
      "b",
    ]);
  });

  test("opposite infinities sum to 0, as in Redis", async (cache) => {
    await cache.zAdd(A, members(["x", INF]));
    await cache.zAdd(B, members(["x", -INF]));
    expect(await cache.zUnion([A, B])).toEqual(members(["x", 0]));
    expect(await cache.zInter([A, B])).toEqual(members(["x", 0]));
    expect(await cache.zUnion([A, B], { aggregate: "max" })).toEqual(members(["x", INF]));
    expect(await cache.zInter([A, B], { aggregate: "min" })).toEqual(members(["x", -INF]));
  });

  test("an infinite score of weight 0 is 0, as in Redis", async (cache) => {
    await cache.zAdd(A, members(["x", INF], ["y", 5]));
    const [first, second] = await cache.zUnion([A], { weights: [0] });
    expect([first?.member, second?.member]).toEqual(["x", "y"]);
    expect(Math.abs(first?.score ?? 1)).toBe(0);
    const infinite = await cache.zUnion([A], { weights: [-INF] });
    expect(infinite).toEqual(members(["x", -INF], ["y", -INF]));
  });

  test("large boards join as small ones do", async (cache) => {
    await cache.zAdd(A, range(0, 1000));
    await cache.zAdd(B, range(500, 1500));
    expect((await cache.zUnion([A, B])).length).toBe(1500);
    expect(await cache.zInter([A, B], { aggregate: "max" })).toEqual(range(500, 1000));
    expect(await cache.zDiff([A, B])).toEqual(range(0, 500));
    expect(await cache.zDiff([B, A])).toEqual(range(1000, 1500));
  });
}

const STORES = ["zUnionStore", "zInterStore", "zDiffStore"] as const;

function describeStores(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const store of STORES) {
    test(`${store} replaces its destination, of whatever type, and its lifetime`, async (cache) => {
      await seed(cache);
      await cache.zAdd(TO, members(["old", 1]));
      await cache.expire(TO, "1h");
      expect(await cache[store](TO, [A])).toBe(3);
      expect(await whole(cache, TO)).toEqual(await whole(cache, A));
      expect(await cache.ttl(TO)).toBe(INF);
      await cache.set(TO, "text", { ttl: "1h" });
      expect(await cache[store](TO, [A])).toBe(3);
      expect(await whole(cache, TO)).toEqual(await whole(cache, A));
      expect(await cache.ttl(TO)).toBe(INF);
    });

    test(`${store} of nothing removes its destination`, async (cache) => {
      await cache.zAdd(TO, members(["old", 1]));
      expect(await cache[store](TO, [MISSING])).toBe(0);
      expect(await cache.exists(TO)).toBe(false);
      await cache.set(TO, "text");
      expect(await cache[store](TO, [MISSING, MISSING])).toBe(0);
      expect(await cache.exists(TO)).toBe(false);
    });
  }

  test("a destination may be a source", async (cache) => {
    await seed(cache);
    expect(await cache.zUnionStore(A, [A, B])).toBe(4);
    expect(await whole(cache, A)).toEqual(members(["x", 1], ["y", 12], ["z", 23], ["w", 30]));
    expect(await cache.zInterStore(B, [B, C], { aggregate: "min" })).toBe(1);
    expect(await whole(cache, B)).toEqual(members(["z", 20]));
    expect(await cache.zDiffStore(C, [C, C])).toBe(0);
    expect(await cache.exists(C)).toBe(false);
  });

  test("what was stored is a copy", async (cache) => {
    await seed(cache);
    await cache.zUnionStore(TO, [A]);
    await cache.zIncrBy(A, "x", 100);
    await cache.zRem(A, "y");
    expect(await whole(cache, TO)).toEqual(members(["x", 1], ["y", 2], ["z", 3]));
    await cache.zRem(TO, "z");
    expect(await cache.zScore(A, "z")).toBe(3);
  });
}

function describeRangeStore(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("zRangeStore keeps a range by rank", async (cache) => {
    await seed(cache);
    expect(await cache.zRangeStore(TO, A, 1, -1)).toBe(2);
    expect(await whole(cache, TO)).toEqual(members(["y", 2], ["z", 3]));
    expect(await cache.zRangeStore(TO, A, 0, 1, { reverse: true })).toBe(2);
    expect(await whole(cache, TO)).toEqual(members(["y", 2], ["z", 3]));
    expect(await whole(cache, A)).toEqual(members(["x", 1], ["y", 2], ["z", 3]));
  });

  test("zRangeStore of nothing removes its destination", async (cache) => {
    await seed(cache);
    expect(await cache.zRangeStore(B, A, 5, 9)).toBe(0);
    expect(await cache.exists(B)).toBe(false);
    expect(await cache.zRangeStore(C, MISSING, 0, -1)).toBe(0);
    expect(await cache.exists(C)).toBe(false);
  });

  test("zRangeStore may replace text, and its own source", async (cache) => {
    await seed(cache);
    await cache.set(TO, "text", { ttl: "1h" });
    expect(await cache.zRangeStore(TO, A, 0, 0)).toBe(1);
    expect(await cache.ttl(TO)).toBe(INF);
    expect(await cache.zRangeStore(A, A, 0, 1)).toBe(2);
    expect(await whole(cache, A)).toEqual(members(["x", 1], ["y", 2]));
  });
}

function describeRefusals(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  const both = [A, B];
  const bad: readonly [what: string, keys: readonly string[], options: object][] = [
    ["no keys", [], {}],
    ["too few weights", both, { weights: [1] }],
    ["too many weights", both, { weights: [1, 2, 3] }],
    ["no weights", both, { weights: [] }],
    ["a NaN weight", both, { weights: [1, Number.NaN] }],
    ["a weight that is no number", both, { weights: [1, "2"] }],
    ["an unknown aggregate", both, { aggregate: "avg" }],
    ["an aggregate in capitals", both, { aggregate: "SUM" }],
  ];

  for (const [what, keys, options] of bad) {
    test(`${what} is INVALID_OPTIONS and stores nothing`, async (cache) => {
      await seed(cache);
      await cache.set(TO, "kept");
      const o = options as Options;
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => cache.zUnion(keys, o), "INVALID_OPTIONS");
        await expectRefusal(() => cache.zInter(keys, o), "INVALID_OPTIONS");
        await expectRefusal(() => cache.zUnionStore(TO, keys, o), "INVALID_OPTIONS");
        await expectRefusal(() => cache.zInterStore(TO, keys, o), "INVALID_OPTIONS");
        await expectRefusal(() => cache.zDiff(keys, o), "INVALID_OPTIONS");
        await expectRefusal(() => cache.zDiffStore(TO, keys, o), "INVALID_OPTIONS");
      });
      expect(await text(cache, TO)).toBe("kept");
    });
  }

  test("a difference takes neither weights nor an aggregate", async (cache) => {
    await seed(cache);
    for (const options of [{ weights: [1, 1] }, { aggregate: "sum" }]) {
      const o = options as Options;
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => cache.zDiff(both, o), "INVALID_OPTIONS");
        await expectRefusal(() => cache.zDiffStore(TO, both, o), "INVALID_OPTIONS");
      });
    }
  });

  test("zMPop of no keys is INVALID_OPTIONS", async (cache) => {
    await expectRefusal(() => cache.zMPop([], "min"), "INVALID_OPTIONS");
  });
}
