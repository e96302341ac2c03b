import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_SEED, type Random, seededRandom } from "./random.ts";

function draw(random: Random, count: number): number[] {
  return Array.from({ length: count }, random);
}

describe("seededRandom", () => {
  test("gives the numbers of Mulberry32", () => {
    // The reference implementation, state 1, as 32-bit integers.
    const integers = draw(seededRandom(1), 3).map((number) => number * 2 ** 32);
    expect(integers).toEqual([2_693_262_067, 11_749_833, 2_265_367_787]);
  });

  test("repeats itself for the same seed and for no other", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(draw(seededRandom(a), 8)).toEqual(draw(seededRandom(a), 8));
        fc.pre(a !== b);
        expect(draw(seededRandom(a), 8)).not.toEqual(draw(seededRandom(b), 8));
      }),
    );
  });

  test("stays within [0, 1)", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const number of draw(seededRandom(seed), 100)) {
          expect(number >= 0 && number < 1).toBe(true);
        }
      }),
    );
  });

  test("is uniform: a tenth of the numbers falls into each tenth", () => {
    const counts = new Array<number>(10).fill(0);
    for (const number of draw(seededRandom(DEFAULT_SEED), 100_000)) {
      const tenth = Math.floor(number * 10);
      counts[tenth] = (counts[tenth] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(600);
  });
});
