import { describe, expect, test } from "vitest";
import { timeoutArgument } from "./timeout.ts";

describe("a timeout", () => {
  test.each([
    ["0", 0],
    ["1", 1000],
    ["0.0011", 2],
    ["0x10", 16_000],
    ["1e-400", 1],
    ["-1e-400", -0],
    ["9e15", 9e18],
  ])("of %j seconds", (text, timeoutMs) => {
    expect(timeoutArgument(text)).toBe(timeoutMs);
  });

  test.each(["", "x", "nan", " 1", "1 ", "1\0", "1e5000"])("is not %j", (text) => {
    expect(() => timeoutArgument(text)).toThrow("ERR timeout is not a float or out of range");
  });

  test.each(["-1", "-0.001", "inf", "1e400", "9223372036854775808"])(
    "is negative at %j",
    (text) => {
      expect(() => timeoutArgument(text)).toThrow("ERR timeout is negative");
    },
  );
});
