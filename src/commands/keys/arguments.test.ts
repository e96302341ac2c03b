import { describe, expect, test } from "vitest";
import { findKeys } from "../key-extraction.ts";
import { ReplyError } from "../reply-error.ts";
import { deadlineArgument } from "./deadline-argument.ts";
import { scanCursor } from "./scan-cursor.ts";
import { SORT, SORT_RO } from "./sort.ts";

const NOW_MS = 1_700_000_000_000;
const OUT_OF_RANGE = new ReplyError("ERR out of range");

describe("a deadline", () => {
  test.each([
    ["1", 1000, true, NOW_MS + 1000],
    ["-5", 1, true, NOW_MS - 5],
    ["-9223372036854775808", 1, false, -(2 ** 63)],
    ["1700000001", 1000, false, NOW_MS + 1000],
    ["9223372036854775", 1000, false, 9223372036854775000],
    ["-9223372036854775", 1000, false, -9223372036854775000],
    ["9223372036854775807", 1, false, 2 ** 63],
    ["9223370336854775807", 1, true, 2 ** 63],
  ])("of %s times %d ms, from now on: %s", (text, unitMs, isRelative, expected) => {
    const form = { unitMs, isRelative };
    expect(deadlineArgument(text, form, NOW_MS, OUT_OF_RANGE)).toBe(expected);
  });

  test.each([
    ["9223372036854775", 1000, true],
    ["9223372036854776", 1000, false],
    ["-9223372036854776", 1000, false],
    ["9223372036854775807", 1, true],
    ["9223370336854775808", 1, true],
  ])("of %s times %d ms, from now on: %s, is out of range", (text, unitMs, isRelative) => {
    const form = { unitMs, isRelative };
    expect(() => deadlineArgument(text, form, NOW_MS, OUT_OF_RANGE)).toThrow(OUT_OF_RANGE);
  });
});

describe("a cursor", () => {
  test.each([
    ["0", 0],
    ["", 0],
    ["+17", 17],
    ["-0", 0],
    ["007", 7],
    ["5\0x", 5],
    ["-1", 2 ** 64],
    ["18446744073709551615", 2 ** 64],
  ])("spelt %j is %d", (text, cursor) => {
    expect(scanCursor(text)).toBe(cursor);
  });

  test.each(["x", "1x", " 1", "+", "-", "1.5", "18446744073709551616"])("is not %j", (text) => {
    expect(() => scanCursor(text)).toThrow("ERR invalid cursor");
  });
});

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
