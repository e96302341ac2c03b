import { describe, expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import { Keyspace } from "./keyspace.ts";
import { NO_LIMITS } from "./keyspace-config.ts";
import { sort, type SortOptions } from "./sort.ts";
import { zAdd } from "./sorted-sets.ts";
import { set } from "./strings.ts";

/** The members in order of rank. */
function boardOf(...members: readonly string[]): Keyspace {
  const keyspace = new Keyspace({
    clock: { now: () => 1000 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
  zAdd(
    keyspace,
    "board",
    members.map((member, i) => ({ member, score: i })),
    {},
  );
  return keyspace;
}

const PLAIN: SortOptions = {
  by: undefined,
  keepsOrder: false,
  gets: [],
  isDescending: false,
  isAlphabetic: false,
  offset: 0,
  count: -1,
};

function sorted(keyspace: Keyspace, options: Partial<SortOptions> = {}): unknown {
  const values = sort(keyspace, "board", { ...PLAIN, ...options });
  return values && [...values];
}

describe("members are sorted", () => {
  test("by number, those of the same number by their bytes", () => {
    const board = boardOf("10", "9", "1e1", "-inf", "0x10", "");
    expect(sorted(board)).toEqual(["-inf", "", "9", "10", "1e1", "0x10"]);
    expect(sorted(board, { isDescending: true })).toEqual(["0x10", "1e1", "10", "9", "", "-inf"]);
  });

  test("not at all by what is no number", () => {
    for (const text of ["x", "nan", "1x", "1 ", "1e999", "1e-320", " "]) {
      expect(sorted(boardOf("1", text))).toBe(undefined);
    }
    expect(sorted(boardOf("2", " \t1", "0\0x"))).toEqual(["0\0x", " \t1", "2"]);
  });

  test("by their bytes, up to a NUL first", () => {
    const board = boardOf("b", "a", "\xff", "B", "a\0b", "a\0a");
    expect(sorted(board, { isAlphabetic: true })).toEqual(["B", "a", "a\0a", "a\0b", "b", "\xff"]);
  });

  test("by the values of keys that they name, 0 or first where there is none", () => {
    const board = boardOf("a", "b", "c");
    set(board, "w_a", "5", Infinity);
    set(board, "w_b", "-1", Infinity);
    expect(sorted(board, { by: "w_*" })).toEqual(["b", "c", "a"]);
    expect(sorted(board, { by: "w_*", isAlphabetic: true })).toEqual(["c", "b", "a"]);
    set(board, "w_c", "x", Infinity);
    expect(sorted(board, { by: "w_*" })).toBe(undefined);
  });
});

describe("members that keep their order", () => {
  const board = boardOf("c", "a", "b");

  test("stand by rank, from either end", () => {
    expect(sorted(board, { keepsOrder: true })).toEqual(["c", "a", "b"]);
    expect(sorted(board, { keepsOrder: true, isDescending: true })).toEqual(["b", "a", "c"]);
  });

  test.each([
    [0, 1, ["c"]],
    [1, 10, ["a", "b"]],
    [-5, 2, ["c", "a"]],
    [3, 10, []],
    [5, -1, []],
    [1, 0, []],
    [0, -7, ["c", "a", "b"]],
  ])("from %d on, %d of them", (offset, count, expected) => {
    expect(sorted(board, { keepsOrder: true, offset, count })).toEqual(expected);
    const order = { isAlphabetic: true, offset, count };
    const all = ["a", "b", "c"].slice(Math.max(0, offset));
    expect(sorted(board, order)).toEqual(count < 0 ? all : all.slice(0, count));
  });
});

describe("what is returned", () => {
  test("are values of keys that members name, or the members", () => {
    const board = boardOf("a", "b");
    set(board, "v_a_", "1", Infinity);
    set(board, "a->", "2", Infinity);
    const gets = ["#", "v_*_", "constant", "*->", "v_*->field", "board*"];
    const nothing = undefined;
    const ofA = ["a", "1", nothing, "2", nothing, nothing];
    const ofB = ["b", nothing, nothing, nothing, nothing, nothing];
    expect(sorted(board, { isAlphabetic: true, gets })).toEqual([...ofA, ...ofB]);
  });

  test("is nothing for a key that is not there, and an error for a string", () => {
    const board = boardOf("a");
    expect(sort(board, "none", PLAIN)).toEqual([]);
    set(board, "board", "1", Infinity);
    expect(() => sorted(board)).toThrow(CacheError);
  });
});
