import { describe, expect, test } from "vitest";
import { seededRandom } from "../structures/random.ts";
import { Keyspace } from "./keyspace.ts";
import { NO_LIMITS } from "./keyspace-config.ts";
import {
  type RangeWindow,
  readRun,
  runOf,
  type SetRange,
  WHOLE,
  WHOLE_REVERSED,
  zCountRange,
  zReadRange,
  zRemoveRange,
  zStoreMembers,
} from "./sorted-set-ranges.ts";
import { readSet, zAdd } from "./sorted-sets.ts";

const SIZE = 2000;

/** A keyspace with `letters`, a to e scoring 1 to 5, and `many`, which has {@link SIZE} members. */
function filledKeyspace(): Keyspace {
  const keyspace = new Keyspace({
    clock: { now: () => 1000 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
  const letters = ["a", "b", "c", "d", "e"].map((member, i) => ({ member, score: i + 1 }));
  zAdd(keyspace, "letters", letters, {});
  const many = Array.from({ length: SIZE }, (_, i) => ({ member: `m${i}`, score: i }));
  zAdd(keyspace, "many", many, {});
  return keyspace;
}

function lettersIn(range: SetRange, window: RangeWindow): string {
  return zReadRange(filledKeyspace(), "letters", range, window)
    .map(({ member }) => member)
    .join("");
}

function scores(min: number, max: number, excludesMin = false, excludesMax = false): SetRange {
  return { by: "score", min, max, excludesMin, excludesMax };
}

describe("a range of ranks", () => {
  test.each([
    { start: 0, stop: -1, up: "abcde", down: "edcba" },
    { start: 1, stop: 2, up: "bc", down: "dc" },
    { start: -2, stop: 99, up: "de", down: "ba" },
    { start: -99, stop: 0, up: "a", down: "e" },
    { start: 3, stop: 2, up: "", down: "" },
    { start: 5, stop: 9, up: "", down: "" },
    { start: 0, stop: -6, up: "", down: "" },
  ])("from $start to $stop", ({ start, stop, up, down }) => {
    expect(lettersIn({ by: "rank", start, stop }, WHOLE)).toBe(up);
    expect(lettersIn({ by: "rank", start, stop }, WHOLE_REVERSED)).toBe(down);
  });
});

describe("a range of scores", () => {
  test("leaves out the bounds that it excludes", () => {
    expect(lettersIn(scores(2, 4), WHOLE)).toBe("bcd");
    expect(lettersIn(scores(2, 4, true), WHOLE)).toBe("cd");
    expect(lettersIn(scores(2, 4, false, true), WHOLE)).toBe("bc");
    expect(lettersIn(scores(2, 2, true, true), WHOLE)).toBe("");
    expect(lettersIn(scores(4, 2), WHOLE)).toBe("");
  });

  test("is read from the offset on, as many as are wanted", () => {
    const window = { reverse: false, offset: 1, count: 2 };
    expect(lettersIn(scores(-Infinity, Infinity), window)).toBe("bc");
    expect(lettersIn(scores(-Infinity, Infinity), { ...window, reverse: true })).toBe("dc");
    expect(lettersIn(scores(2, Infinity), { ...window, count: -1 })).toBe("cde");
    expect(lettersIn(scores(2, Infinity), { ...window, count: 0 })).toBe("");
    expect(lettersIn(scores(2, Infinity), { ...window, offset: 4 })).toBe("");
    expect(lettersIn(scores(2, Infinity), { ...window, offset: -1 })).toBe("");
  });

  test("is counted without being read", () => {
    expect(zCountRange(filledKeyspace(), "many", scores(10, 19))).toBe(10);
    expect(zCountRange(filledKeyspace(), "none", scores(10, 19))).toBe(0);
  });

  test("is removed", () => {
    const keyspace = filledKeyspace();
    expect(zRemoveRange(keyspace, "many", scores(10, 19))).toBe(10);
    expect(zRemoveRange(keyspace, "many", scores(10, 19))).toBe(0);
    expect(readSet(keyspace, "many")?.size).toBe(SIZE - 10);
  });

  test("is removed with the key where it is all of it", () => {
    const keyspace = filledKeyspace();
    zRemoveRange(keyspace, "letters", scores(-Infinity, Infinity));
    expect(keyspace.lookup("letters")).toBe(-1);
  });
});

describe("a long range", () => {
  test.each([false, true])("is read whole, some members at a time, reverse: %j", (reverse) => {
    const set = readSet(filledKeyspace(), "many");
    if (set === undefined) throw new Error("the set is there");
    const window = { reverse, offset: 3, count: SIZE - 5 };
    const members: string[] = [];
    let longest = 0;
    readRun(set, runOf(set, scores(0, SIZE), window), reverse, (entries) => {
      longest = Math.max(longest, entries.length);
      for (const { member } of entries) members.push(member);
    });
    const ranks = Array.from({ length: SIZE - 5 }, (_, i) => i + 3);
    const expected = ranks.map((rank) => `m${reverse ? SIZE - 1 - rank : rank}`);
    expect(members).toEqual(expected);
    expect(longest).toBeLessThan(SIZE);
  });
});

describe("members that are stored", () => {
  test("replace what the key held", () => {
    const keyspace = filledKeyspace();
    expect(zStoreMembers(keyspace, "many", [{ member: "a", score: 1 }])).toBe(1);
    expect([...(readSet(keyspace, "many") ?? [])]).toEqual([{ member: "a", score: 1 }]);
  });

  test("remove the key where there are none", () => {
    const keyspace = filledKeyspace();
    expect(zStoreMembers(keyspace, "many", [])).toBe(0);
    expect(keyspace.lookup("many")).toBe(-1);
  });
});
