import { describe, expect, test } from "vitest";
import type { Timing } from "../../bench/measure.ts";
import { median, pooled, spread, times } from "../../bench/report.ts";

function timing(found: Partial<Timing>): Timing {
  return { name: "Laurel", medianNs: 100, spreadNs: 4, p99Ns: 150, ratio: 1, ...found };
}

describe("a cell", () => {
  test("shows a median with its spread", () => {
    expect(median(timing({}))).toBe("100 ns ± 4 %");
    expect(median(timing({ medianNs: 12_340, spreadNs: 1_000 }))).toBe("12.3 µs ± 8.1 %");
    expect(spread(0.123)).toBe("± 12 %");
  });

  test("shows a ratio to three digits, however small", () => {
    expect([0.02914, 1, 7.283, 26_211].map(times)).toEqual(["0.0291×", "1×", "7.28×", "26,200×"]);
  });
});

describe("runs of one thing beside several others", () => {
  test("are one by their medians", () => {
    const runs = [90, 100, 200].map((medianNs) => timing({ medianNs, p99Ns: 2 * medianNs }));
    expect(pooled(runs)).toEqual(timing({ medianNs: 100, p99Ns: 200 }));
  });

  test("have no p99 below their median", () => {
    const runs = [
      timing({ medianNs: 100, p99Ns: 110 }),
      timing({ medianNs: 300, p99Ns: undefined }),
    ];
    expect(pooled([...runs, runs[1] as Timing]).p99Ns).toBeUndefined();
    expect(pooled([timing({ p99Ns: undefined })]).p99Ns).toBeUndefined();
  });
});
