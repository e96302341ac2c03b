import { describe, expect, test } from "vitest";
import { COMPACT_MEMBERS_MAX, SortedSet } from "./sorted-set.ts";

function setOf(members: number): SortedSet {
  const set = new SortedSet();
  for (let i = 0; i < members; i++) set.set(`member:${i}`, i);
  return set;
}

describe("the forms of a sorted set", () => {
  test("a set that outgrew its compact form keeps its tables when members leave", () => {
    const grown = setOf(COMPACT_MEMBERS_MAX + 1);
    const shrunk = setOf(COMPACT_MEMBERS_MAX + 1);
    shrunk.removeRange(0, COMPACT_MEMBERS_MAX - 1);
    expect(shrunk.size).toBe(1);
    expect(shrunk.byteSize).toBeGreaterThan(setOf(1).byteSize);
    expect(shrunk.byteSize).toBeLessThan(grown.byteSize);
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
