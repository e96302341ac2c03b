import { describe, expect, test } from "vitest";
import { laxDouble, lexRange, scoreRange } from "./bounds.ts";

describe("a range of scores", () => {
  test("has bounds that may exclude their number", () => {
    expect(scoreRange("1.5", "(3")).toEqual({
      by: "score",
      min: 1.5,
      max: 3,
      excludesMin: false,
      excludesMax: true,
    });
  });

  test.each(["abc", "nan", "(nan", "((1", "1 ", "0x", "+-1", "5("])("has no bound %j", (bound) => {
    expect(() => scoreRange(bound, "1")).toThrow("ERR min or max is not a float");
    expect(() => scoreRange("1", bound)).toThrow("ERR min or max is not a float");
  });
});

describe("a number as C reads it", () => {
  test.each([
    ["5", 5],
    ["", 0],
    ["\0abc", 0],
    ["1\0abc", 1],
    [" \t1", 1],
    ["-inf", -Infinity],
    ["1e400", Infinity],
    ["-1e400", -Infinity],
    ["1e-400", 0],
    ["0x10", 16],
    ["0x1p2000", Infinity],
    ["-0x1p-2000", -0],
  ])("is %j", (text, number) => {
    expect(laxDouble(text)).toBe(number);
  });

  test.each([" ", "0x", "1x", "0x.p1", "e5", "."])("is not %j", (text) => {
    expect(laxDouble(text)).toBeUndefined();
  });
});

describe("a range of members", () => {
  test("is open, or begins with a bracket", () => {
    expect(lexRange("-", "(x")).toEqual({ by: "lex", min: "-", max: "(x" });
    expect(lexRange("[", "+\0x")).toEqual({ by: "lex", min: "[", max: "+" });
  });

  test.each(["", "a", "++", "-a"])("has no bound %j", (bound) => {
    expect(() => lexRange("-", bound)).toThrow("ERR min or max not valid string range item");
  });
});
