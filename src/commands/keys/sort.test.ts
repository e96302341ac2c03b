import { describe, expect, test } from "vitest";
import { findKeys } from "../key-extraction.ts";
import { SORT, SORT_RO } from "./sort.ts";

function positions(line: string): number[] {
  return findKeys(SORT, line.split(" ")).map(({ at }) => at);
}

describe("the keys of SORT", () => {
  test("are the one that is sorted and the one of the last STORE", () => {
    expect(positions("sort a")).toEqual([1]);
    expect(positions("sort a STORE b desc Store c")).toEqual([1, 6]);
  });

  test("are not what other options take", () => {
    expect(positions("sort a by store limit store store get store store b")).toEqual([1, 10]);
    expect(positions("sort a store")).toEqual([1]);
    expect(findKeys(SORT_RO, ["sort_ro", "a", "store", "b"]).length).toBe(1);
  });
});
