import { describe, expect, test } from "vitest";
import { RdbError } from "./rdb-error.ts";
import { parseScore, scoreText } from "./score-text.ts";

function noFormat(score: number): string {
  throw new Error(`${score} was not to be formatted`);
}

describe("the text of a score", () => {
  const scores: readonly [text: string, score: number][] = [
    ["0", 0],
    ["-17", -17],
    ["+17", 17],
    ["1.5", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1.0000000000000001E-5", 1e-5],
    ["0.33333333333333331", 1 / 3],
    ["4.9406564584124654e-324", 5e-324],
    ["1e999", Infinity],
    ["inf", Infinity],
    ["+inf", Infinity],
    ["-inf", -Infinity],
    ["Infinity", Infinity],
    ["-0", -0],
  ];
  test.each(scores)("%j is %d", (text, score) => {
    expect(parseScore(text)).toBe(score);
  });

  test.each(["", " 1", "1 ", "nan", "NaN", "-", ".", "e5", "1e", "0x10", "1_0", "infi", "1,5"])(
    "is not %j",
    (text) => {
      expect(() => parseScore(text)).toThrow(RdbError);
    },
  );

  test("is not longer than any number needs", () => {
    expect(parseScore("1".repeat(127))).toBe(Number("1".repeat(127)));
    expect(() => parseScore("1".repeat(128))).toThrow(RdbError);
  });

  const written: readonly [score: number, text: string][] = [
    [0, "0"],
    [-0, "0"],
    [-42, "-42"],
    [2 ** 53, "9007199254740992"],
    [2 ** 60, "1152921504606846976"],
    [-(2 ** 62), "-4611686018427387904"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
  ];
  test.each(written)("of %d is %s, whatever formats the fractions", (score, text) => {
    expect(scoreText(score, noFormat)).toBe(text);
  });

  test.each([0.5, -1e300, 2 ** 62 + 1024])("of %d is left to what formats", (score) => {
    expect(scoreText(score, (formatted) => `<${formatted}>`)).toBe(`<${score}>`);
  });
});
