import type { LeaderboardCache, ScoreBound } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { BAD_NAMES, spell } from "../cache/bad-input.ts";
import { expectRefusal, expectUnchanged, members } from "../expectations.ts";
import { seedPlayers } from "./board.ts";
import { BOARD_CALLS, STORE_CALLS } from "./calls.ts";

const INF = Number.POSITIVE_INFINITY;

/** Keys, members, scores, bounds and indices that are refused, and change nothing. */
export function describeBoardBadInput(backend: Backend<LeaderboardCache>): void {
  describe("bad input to sorted sets", () => {
    describeBadKeys(backend);
    describeBadMembers(backend);
    describeBadScores(backend);
    describeBadBounds(backend);
    describeBadIndices(backend);
    describeNoLists(backend);
    describeBadFlags(backend);
  });
}

async function seed(cache: LeaderboardCache): Promise<void> {
  await seedPlayers(cache);
  await cache.zAdd("{t}:a", members(["x", 1]));
  await cache.expire("board", "1h");
}

function describeBadKeys(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const [name, call] of Object.entries(BOARD_CALLS)) {
    test(`${name} refuses what is no key`, async (cache) => {
      await seed(cache);
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => call(cache, ""), "INVALID_KEY", '""');
        for (const [key, received] of BAD_NAMES) {
          await expectRefusal(() => call(cache, key as string), "INVALID_KEY", received);
        }
      });
    });
  }

  for (const [name, call] of Object.entries(STORE_CALLS)) {
    test(`${name} refuses what is no destination`, async (cache) => {
      await seed(cache);
      await expectUnchanged(cache, async () => {
        for (const [key, received] of [["", '""'], ...BAD_NAMES] as const) {
          await expectRefusal(() => call(cache, key as string), "INVALID_KEY", received);
        }
      });
    });
  }

  const options = { maxKeyBytes: 8 };
  test.configured("an over-long key holds no board", options, async (cache) => {
    await cache.zAdd("{t}:a", members(["x", 1]));
    await expectUnchanged(cache, async () => {
      const long = "{t}:123456";
      await expectRefusal(
        () => cache.zAdd(long, members(["a", 1])),
        "KEY_TOO_LONG",
        `${long.length}`,
      );
      await expectRefusal(() => cache.zIncrBy(long, "a", 1), "KEY_TOO_LONG");
      for (const call of Object.values(STORE_CALLS)) {
        await expectRefusal(() => call(cache, long), "KEY_TOO_LONG");
      }
    });
  });
}

function describeBadMembers(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  const calls: Readonly<Record<string, (c: LeaderboardCache, m: string) => Promise<unknown>>> = {
    zAdd: (cache, member) =>
      cache.zAdd("board", [
        { member: "new", score: 1 },
        { member, score: 1 },
      ]),
    zIncrBy: (cache, member) => cache.zIncrBy("board", member, 1),
    zScore: (cache, member) => cache.zScore("board", member),
    zMScore: (cache, member) => cache.zMScore("board", ["ann", member]),
    zRank: (cache, member) => cache.zRank("board", member),
    zRem: (cache, member) => cache.zRem("board", ["ann", member]),
  };

  for (const [name, call] of Object.entries(calls)) {
    test(`${name} refuses what is no member`, async (cache) => {
      await seed(cache);
      await expectUnchanged(cache, async () => {
        for (const [member, received] of BAD_NAMES) {
          await expectRefusal(() => call(cache, member as string), "INVALID_MEMBER", received);
        }
      });
    });
  }

  test("an empty string is a member", async (cache) => {
    expect(await cache.zAdd("board", { member: "", score: 1 })).toBe(1);
    expect(await cache.zIncrBy("board", "", 1)).toBe(2);
    expect(await cache.zScore("board", "")).toBe(2);
    expect(await cache.zRank("board", "")).toBe(0);
  });
}

function describeBadScores(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const bad of [Number.NaN, "5", "", null, undefined, true, {}, 10n]) {
    test(`${typeof bad} ${spell(bad)} is no score`, async (cache) => {
      await seed(cache);
      const score = bad as number;
      const received = typeof bad === "number" ? "NaN" : undefined;
      await expectUnchanged(cache, async () => {
        for (const key of ["board", "fresh"]) {
          const order = [
            { member: "new", score: 1 },
            { member: "ann", score },
          ];
          await expectRefusal(() => cache.zAdd(key, order), "INVALID_SCORE", received);
          await expectRefusal(
            () => cache.zAdd(key, { member: "ann", score }),
            "INVALID_SCORE",
            received,
          );
          await expectRefusal(() => cache.zIncrBy(key, "ann", score), "INVALID_SCORE", received);
        }
      });
    });
  }
}

function describeBadBounds(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  const bad: readonly unknown[] = [
    Number.NaN,
    "NaN",
    "(NaN",
    "",
    "(",
    "((5",
    "5",
    "-5",
    "[5",
    "5)",
    "inf",
    "-Infinity",
    "Infinity",
    "+Inf",
    "(abc",
    "(5x",
    "(0x10",
    "+",
    "-",
    null,
    undefined,
    {},
    true,
    10n,
  ];

  for (const value of bad) {
    test(`${typeof value} ${spell(value)} is no bound of scores`, async (cache) => {
      await seed(cache);
      const bound = value as ScoreBound;
      await expectUnchanged(cache, async () => {
        for (const key of ["board", "missing"]) {
          for (const [min, max] of [
            [bound, INF],
            [-INF, bound],
          ] as const) {
            await expectRefusal(() => cache.zRangeByScore(key, min, max), "INVALID_RANGE");
            await expectRefusal(() => cache.zCount(key, min, max), "INVALID_RANGE");
            await expectRefusal(() => cache.zRemRangeByScore(key, min, max), "INVALID_RANGE");
          }
        }
      });
    });
  }
}

function describeBadIndices(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const value of [1.5, -0.5, Number.NaN, INF, -INF, "1", null, {}, 10n]) {
    test(`${typeof value} ${spell(value)} is no index`, async (cache) => {
      await seed(cache);
      const index = value as number;
      const received = typeof value === "number" ? String(value) : undefined;
      await expectUnchanged(cache, async () => {
        for (const [start, stop] of [
          [index, -1],
          [0, index],
        ] as const) {
          const code = "INVALID_RANGE";
          await expectRefusal(() => cache.zRange("board", start, stop), code, received);
          await expectRefusal(() => cache.zRemRangeByRank("board", start, stop), code, received);
          await expectRefusal(
            () => cache.zRangeStore("{t}:to", "{t}:a", start, stop),
            code,
            received,
          );
        }
      });
    });

    test(`${typeof value} ${spell(value)} is no offset and no count`, async (cache) => {
      await seed(cache);
      const index = value as number;
      for (const page of [{ offset: index }, { count: index }]) {
        const call = (): Promise<unknown> => cache.zRangeByScore("board", 0, 99, page);
        await expectRefusal(call, "INVALID_RANGE");
      }
    });
  }

  test("a negative offset is INVALID_RANGE", async (cache) => {
    await seed(cache);
    for (const page of [{ offset: -1 }, { offset: -1, count: 1, reverse: true }]) {
      await expectRefusal(() => cache.zRangeByScore("board", 0, 99, page), "INVALID_RANGE", "-1");
    }
  });
}

function describeNoLists(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("what is no list is refused, not thrown", async (cache) => {
    await seed(cache);
    await expectUnchanged(cache, async () => {
      for (const value of [undefined, null, 7] as never[]) {
        await expectRefusal(() => cache.zAdd("board", value), /^INVALID_/);
        await expectRefusal(() => cache.zAdd("board", [value]), /^INVALID_/);
        await expectRefusal(() => cache.zMScore("board", value), /^INVALID_/);
        await expectRefusal(() => cache.zRem("board", value), /^INVALID_/);
        await expectRefusal(() => cache.zUnion(value), /^INVALID_/);
        await expectRefusal(() => cache.zInterStore("{t}:to", value), /^INVALID_/);
        await expectRefusal(() => cache.zMPop(value, "min"), /^INVALID_/);
      }
    });
  });

  test("zMPop knows min and max, and nothing else", async (cache) => {
    await seed(cache);
    await expectUnchanged(cache, async () => {
      for (const side of ["MIN", "middle", "", undefined, null] as never[]) {
        await expectRefusal(() => cache.zMPop(["board"], side), /^INVALID_(OPTIONS|RANGE)$/);
      }
    });
  });

  test("an iterable that throws in the middle adds and removes nothing", async (cache) => {
    await seed(cache);
    const failure = new Error("no more");
    await expectUnchanged(cache, async () => {
      const adding = (function* () {
        yield { member: "new", score: 1 };
        throw failure;
      })();
      await expect(cache.zAdd("board", adding)).rejects.toBeInstanceOf(Error);
      const removing = (function* () {
        yield "ann";
        throw failure;
      })();
      await expect(cache.zRem("board", removing)).rejects.toBeInstanceOf(Error);
    });
  });
}

/** A flag that is no boolean is neither on nor off: it might mean either. */
function describeBadFlags(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const value of [1, 0, "false", null, {}] as unknown[]) {
    test(`a flag of ${JSON.stringify(value)} is INVALID_OPTIONS`, async (cache) => {
      await seed(cache);
      await expectUnchanged(cache, async () => {
        for (const flag of ["nx", "xx", "gt", "lt", "changed"]) {
          const add = () => cache.zAdd("board", members(["x", 1]), { [flag]: value });
          await expectRefusal(add, "INVALID_OPTIONS", "received ");
        }
        const options = { reverse: value as boolean };
        for (const call of [
          () => cache.zRank("board", "x", options),
          () => cache.zRange("board", 0, -1, options),
          () => cache.zRangeByScore("board", 0, 1, options),
          () => cache.zRangeByLex("board", "-", "+", options),
          () => cache.zRangeStore("{t}:b", "{t}:a", 0, -1, options),
        ]) {
          await expectRefusal(call, "INVALID_OPTIONS", "received ");
        }
      });
    });
  }

  test("an array is no options", async (cache) => {
    const options = [] as unknown as { reverse?: boolean };
    await expectRefusal(() => cache.zRange("board", 0, -1, options), "INVALID_OPTIONS", "an array");
  });

  test("a million random members with repeats are the most", async (cache) => {
    await seed(cache);
    await expectRefusal(() => cache.zRandMember("board", -1_000_001), "INVALID_RANGE", "-1000001");
  });

  test("weights that are no array are INVALID_OPTIONS", async (cache) => {
    for (const weights of [null, 5, { length: 1 }] as unknown as number[][]) {
      await expectRefusal(
        () => cache.zUnion(["{t}:a"], { weights }),
        "INVALID_OPTIONS",
        "received",
      );
    }
  });
}
