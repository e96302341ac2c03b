import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

describe("a duration", () => {
  const spellings: readonly [spelling: number | string, ms: number][] = [
    ["500ms", 500],
    ["30s", 30_000],
    ["10m", 600_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["2w", 1_209_600_000],
    ["007s", 7000],
    ["0.5s", 500],
    ["1.50h", 5_400_000],
    [1, 1],
    [86_400_000, 86_400_000],
    [Infinity, Infinity],
  ];
  test.each(spellings)("%j is %d milliseconds", (spelling, ms) => {
    expect(parseDuration(spelling)).toBe(ms);
  });

  const fractions: readonly [spelling: number | string, ms: number][] = [
    [0.1, 1],
    [1.000_001, 2],
    [Number.MIN_VALUE, 1],
    ["0.1ms", 1],
    ["1.5ms", 2],
    ["0.0001s", 1],
    ["1.0001s", 1001],
    ["0.00000001w", 7],
  ];
  test.each(fractions)("%j rounds up to %d whole milliseconds", (spelling, ms) => {
    expect(parseDuration(spelling)).toBe(ms);
  });

  const decimals: readonly [spelling: string, ms: number][] = [
    ["1.1s", 1100],
    ["1.005s", 1005],
    ["4.35s", 4350],
    ["0.07m", 4200],
    ["8.2h", 29_520_000],
    ["1.1d", 95_040_000],
  ];
  test.each(decimals)("%j is %d milliseconds, not one more for the binary fraction", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test("of seconds with up to three decimals is exact", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (ms) => {
        expect(
          parseDuration(`${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, "0")}s`),
        ).toBe(ms);
      }),
    );
  });

  test("is never shorter than what was asked, and less than a millisecond longer", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e15, noNaN: true }), (asked) => {
        const ms = parseDuration(asked);
        expect(Number.isInteger(ms)).toBe(true);
        expect(ms >= asked && ms - asked < 1).toBe(true);
      }),
    );
  });

  const refused: readonly unknown[][] = [
    [0, -0, -1, -Infinity, Number.NaN, "", "0s", "0.0ms", "5", "ms", "s", "-1s", "+1s", ".5s"],
    ["1.s", "1e3ms", "1,5s", "1_000ms", "5 s", " 5s", "5s ", "5s\n", "1h30m", "5S", "5sec"],
    ["Infinity", "Infinityms", "NaNms", "0x10s", "٣s", `${"9".repeat(400)}s`],
    [null, undefined, true, {}, [], ["5s"], 5n, { valueOf: () => 5 }, new Date(5)],
  ];
  test.each(refused.flat().map((duration) => ({ duration })))(
    "$duration is none",
    ({ duration }) => {
      expect(() => parseDuration(duration as never)).toThrow(
        expect.objectContaining({
          code: "INVALID_TTL",
          message: expect.stringMatching(/^Cannot use a duration: .*: received /) as string,
        }) as Error,
      );
    },
  );
});
