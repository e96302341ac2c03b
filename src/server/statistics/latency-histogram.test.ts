import { expect, test } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";

function histogramOf(...micros: number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const each of micros) histogram.record(each);
  return histogram;
}

test("calls are told by the powers of two of nanoseconds, cumulated, without what adds nothing", () => {
  // The limits are those that Redis tells: 1, 2, 4, ... 33, 66, 132 microseconds.
  expect(histogramOf(0.5, 1.5, 30, 31, 40).report("get")).toEqual({
    command: "get",
    calls: 5,
    limitsMicros: [1, 2, 33, 66],
    counts: [1, 2, 4, 5],
  });
});

test("a percentile is right to two digits, whatever its size", () => {
  const histogram = histogramOf(...Array.from({ length: 1000 }, (_, at) => (at + 1) * 10));
  for (const percent of [50, 90, 99, 99.9]) {
    const exact = percent * 100;
    expect(Math.abs(histogram.percentile(percent) - exact) / exact).toBeLessThan(0.01);
  }
  expect(histogram.percentile(100)).toBeGreaterThanOrEqual(10_000);
});

test("a percentile is the longest time that its bin counts", () => {
  expect(histogramOf(1.024).percentile(100)).toBe(1.031);
});

test("what takes longer than a second counts as a second", () => {
  const { counts, limitsMicros } = histogramOf(5_000_000).report("debug");
  expect(counts).toEqual([1]);
  expect(limitsMicros[0]).toBeGreaterThanOrEqual(1_000_000);
});

test("nothing was called: nothing is told", () => {
  expect(histogramOf().report("get").counts).toEqual([]);
  expect(histogramOf().percentile(50)).toBe(0);
});
