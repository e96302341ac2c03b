import { describe, expect, test } from "vitest";
import { stringBytes } from "./heap-cost.ts";
import { COMPACT_AGAIN_MEMBERS, COMPACT_MEMBERS_MAX, SortedSet } from "./sorted-set.ts";

function setOf(members: number): SortedSet {
  const set = new SortedSet();
  for (let i = 0; i < members; i++) set.set(`member:${i}`, i);
  return set;
}

describe("the forms of a sorted set", () => {
  test("a set that outgrew its compact form keeps its tables when members leave", () => {
    const grown = setOf(COMPACT_MEMBERS_MAX + 1);
    const shrunk = setOf(COMPACT_MEMBERS_MAX + 1);
    shrunk.removeRange(0, COMPACT_MEMBERS_MAX - 1 - COMPACT_AGAIN_MEMBERS);
    expect(shrunk.size).toBe(COMPACT_AGAIN_MEMBERS + 1);
    expect(shrunk.byteSize).toBeGreaterThan(setOf(shrunk.size).byteSize);
    expect(shrunk.byteSize).toBeLessThan(grown.byteSize);

    shrunk.popMax();
    expect(shrunk.byteSize).toBe(
      setOf(0).byteSizeWith(shrunk.size, shrunk.size * stringBytes("member:99".length)),
    );
    expect([...shrunk].length).toBe(COMPACT_AGAIN_MEMBERS);
    shrunk.checkInvariants();
  });

  test.each<[string, (set: SortedSet) => void]>([
    ["range by range", (set) => set.removeRange(0, -1)],
    ["one by one", (set) => [...set].forEach(({ member }) => set.delete(member))],
    ["by popping", (set) => set.popMax(1000)],
  ])("an emptied set, %s, is a small one again", (_, empty) => {
    const set = setOf(COMPACT_MEMBERS_MAX * 2);
    set.set("über", 1);
    empty(set);
    expect(set.byteSize).toBe(new SortedSet().byteSize);
    expect(set.isAscii).toBe(true);
    set.checkInvariants();
  });

  test("byteSizeWith foretells what the members cost, across the forms", () => {
    const set = setOf(COMPACT_MEMBERS_MAX - 1);
    const foretold = set.byteSizeWith(2, 2 * 24);
    set.set("a", 1);
    set.set("b", 1);
    expect(set.byteSize).toBe(foretold);
  });
});

describe("a sorted set of text beyond ASCII", () => {
  test("knows that it has some, also after it was removed", () => {
    const set = setOf(3);
    expect(set.isAscii).toBe(true);
    set.set("\xe9", 1);
    expect(set.isAscii).toBe(false);
    set.delete("\xe9");
    expect(set.isAscii).toBe(false);
  });
});

describe("what a sorted set refuses, and is whole after it", () => {
  const set = setOf(COMPACT_MEMBERS_MAX);

  test.each([undefined, null, 5, {}])("%s as a member", (member) => {
    expect(() => set.set(member as never, 1)).toThrow(
      expect.objectContaining({ code: "INVALID_MEMBER" }) as Error,
    );
    expect(set.size).toBe(COMPACT_MEMBERS_MAX);
    set.checkInvariants();
  });

  test.each([undefined, null, "5", {}, NaN])("%s as a score or a delta", (score) => {
    for (const call of [
      () => set.set("new", score as never),
      () => set.increment("member:1", score as never),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: "INVALID_SCORE" }) as Error);
    }
    set.checkInvariants();
  });

  test.each<[options: unknown, reason: string]>([
    [{ random: 5 }, "random must be a function: received 5"],
    [{ hash: "x" }, 'hash must be a function: received "x"'],
    [{ x: 1 }, 'there is no option of this name, only random, hash: received "x"'],
    [{ rnd: Math.random, hash: undefined }, 'this name, only random, hash: received "rnd"'],
    [5, "options must be an object: received 5"],
    [null, "options must be an object: received null"],
    [Math.random, "options must be an object: received a function"],
    [[1, 2], "options must be an object: received an array"],
  ])("%s as options", (options, reason) => {
    expect(() => new SortedSet(options as never)).toThrow(
      expect.objectContaining({
        code: "INVALID_CONFIG",
        message: expect.stringContaining(reason) as string,
      }) as Error,
    );
  });

  test("but not options that are left out", () => {
    for (const options of [undefined, {}, { random: undefined, hash: undefined }]) {
      expect(new SortedSet(options).size).toBe(0);
    }
  });
});

describe("sets combined", () => {
  const a = new SortedSet();
  a.set("x", 1);
  a.set("y", 2);
  const b = new SortedSet();
  b.set("y", 10);
  b.set("z", 20);

  test("are sets of their own", () => {
    expect([...SortedSet.union([a, b])].map((e) => [e.member, e.score])).toEqual([
      ["x", 1],
      ["y", 12],
      ["z", 20],
    ]);
    const weighted = SortedSet.intersection([a, b], { weights: [100, 1], aggregate: "max" });
    expect([...weighted]).toEqual([{ member: "y", score: 200 }]);
    expect([...SortedSet.difference([a, b])]).toEqual([{ member: "x", score: 1 }]);
    expect(a.size).toBe(2);
  });

  test("need a set, and weights for each", () => {
    for (const combine of [
      () => SortedSet.union([]),
      () => SortedSet.difference([]),
      () => SortedSet.intersection([a, b], { weights: [1] }),
    ]) {
      expect(combine).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }) as Error);
    }
  });
});

test.each([
  [-1, 10],
  [0.5, 10],
  [0, 0],
  [0, 1.5],
])("a scan from %d for %d is refused", (cursor, count) => {
  expect(() => setOf(100).scan(cursor, count)).toThrow(
    expect.objectContaining({ code: "INVALID_RANGE" }) as Error,
  );
});

describe("a set as a server sees it", () => {
  test("counts the members below a score, or up to it", () => {
    const set = setOf(100);
    expect(set.countBelow(10, false)).toBe(10);
    expect(set.countBelow(10, true)).toBe(11);
    expect(set.countBelow(-Infinity, true)).toBe(0);
    expect(set.countBelow(Infinity, false)).toBe(100);
  });

  test.each([10, COMPACT_MEMBERS_MAX * 4])("finds ranges of its %i members", (members) => {
    const set = new SortedSet();
    for (let i = 0; i < members; i++) set.set(String.fromCharCode(i), 1);
    expect(set.ranksByLex("[\x02", "(\x06")).toEqual({ start: 2, end: 6 });
    expect(set.ranksByLex("[\x02", "(\x06", false, 1)).toEqual({ start: 3, end: 6 });
    expect(set.ranksByLex("[\x02", "(\x06", true, 1)).toEqual({ start: 2, end: 5 });
    expect(set.countByLex("(\x06", "[\x02")).toBe(0);
  });

  test("walks over members that have different scores, as long as it is small", () => {
    const set = new SortedSet();
    for (const [score, member] of ["b", "a", "c"].entries()) set.set(member, score);
    expect(set.rangeByLex("[a", "[b").map(({ member }) => member)).toEqual(["b", "a"]);
  });

  test("refuses an increment of what it must not change before it adds", () => {
    const set = new SortedSet();
    set.set("a", Infinity);
    expect(set.increment("a", -Infinity, { nx: true })).toBeUndefined();
  });

  test("remembers its greatest size and its longest member", () => {
    const set = setOf(3);
    set.delete("member:0");
    set.set("much longer than that", 1);
    set.delete("much longer than that");
    expect([set.size, set.sizePeak, set.memberLengthPeak]).toEqual([2, 3, 21]);
  });
});
