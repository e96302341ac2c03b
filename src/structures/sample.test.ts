import { describe, expect, test } from "vitest";
import { seededRandom } from "./random.ts";
import { drawBelow, drawDifferent } from "./sample.ts";

describe("a draw below a limit", () => {
  test("is an integer from 0 on, and never the limit itself", () => {
    const random = seededRandom(1);
    const drawn = new Set(Array.from({ length: 200 }, () => drawBelow(4, random)));
    expect(drawn).toEqual(new Set([0, 1, 2, 3]));
    expect(drawBelow(4, () => 1)).toBe(3);
  });
});

describe("different draws", () => {
  test("are as many as were asked for, all below the limit", () => {
    const random = seededRandom(2);
    for (let count = 0; count <= 20; count++) {
      const drawn = drawDifferent(20, count, random);
      expect(new Set(drawn).size).toBe(count);
      expect(drawn.every((draw) => draw >= 0 && draw < 20)).toBe(true);
    }
  });

  test("leave nothing out that is drawn less often", () => {
    const random = seededRandom(3);
    const times = new Array<number>(6).fill(0);
    const draws = 3000;
    for (let i = 0; i < draws; i++) {
      for (const draw of drawDifferent(6, 2, random)) times[draw] = (times[draw] ?? 0) + 1;
    }
    for (const count of times) expect(Math.abs(count - draws / 3)).toBeLessThan(draws * 0.04);
  });
});
