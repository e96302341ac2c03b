import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundExcludes, boundScore, type ScoreBound } from "./score-bound.ts";

describe("a score bound", () => {
  const bounds: readonly [bound: ScoreBound, score: number, excludes: boolean][] = [
    [5, 5, false],
    [-2.5, -2.5, false],
    [Infinity, Infinity, false],
    [-Infinity, -Infinity, false],
    ["-inf", -Infinity, false],
    ["+inf", Infinity, false],
    ["(5", 5, true],
    ["(-2.5", -2.5, true],
    ["(1e21", 1e21, true],
    ["(5e-324", 5e-324, true],
    ["(-inf", -Infinity, true],
    ["(+inf", Infinity, true],
    ["(Infinity" as ScoreBound, Infinity, true],
    ["(-Infinity" as ScoreBound, -Infinity, true],
  ];
  test.each(bounds)("%j is %d, excluded: %j", (bound, score, excludes) => {
    expect(boundScore(bound)).toBe(score);
    expect(boundExcludes(bound)).toBe(excludes);
  });

  test("says behind a parenthesis every number that a template writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (score) => {
        expect(boundScore(`(${score}`)).toBe(score + 0);
        expect(boundScore(score)).toBe(score);
      }),
    );
  });

  const noBounds: readonly unknown[] = [
    [Number.NaN, "", "5", "inf", "Infinity", "(", "((5", "(abc", "(NaN", "( 5", "(5 ", "[5"],
    ["(0x10", "(1_000", "(1e", "(.", "(--5", "(infinity", "+INF", "(5n", null, undefined, {}],
    [true, [], ["-inf"], 5n],
  ].flat();
  test.each(noBounds.map((bound) => ({ bound })))("$bound is none", ({ bound }) => {
    expect(() => boundScore(bound as never)).toThrow(
      expect.objectContaining({
        code: "INVALID_RANGE",
        message: expect.stringMatching(/^Cannot use a score range: .*: received /) as string,
      }) as Error,
    );
  });
});
