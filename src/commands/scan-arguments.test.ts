import { describe, expect, test } from "vitest";
import { scanCursor } from "./scan-arguments.ts";

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
