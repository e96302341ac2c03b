import { MemoryLeaderboardCache } from "laurel";
import { expect, test } from "vitest";
import { downsample, main, TimeSeries } from "../../examples/time-series.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { printed } from "./printed.ts";

const expected = `\
=== Time Series Example ===

1. A thermometer, every ten seconds for an hour
Samples: 360
08:59:50  19.99
08:59:40  19.99

2. A window, and a sample that comes late
19.5 99 19.51 19.51 19.52 19.52 19.53

3. Quarters of an hour
08:00:00  90 samples, 18.17 to 18.99, mean 18.58
08:15:00  90 samples, 18.5 to 19.33, mean 18.91
08:30:00  91 samples, 19.17 to 99, mean 20.45
08:45:00  90 samples, 19.5 to 20.33, mean 19.91

4. Half an hour later
Samples of the last hour: 182

5. A day later
Samples: 0
Means: 19.91 20.45 18.91 18.58`;

test("the story is told line by line", async () => {
  expect(await printed(main)).toBe(expected);
});

/** A series over a second, at the moment 10,000. */
function begin() {
  const time = new VirtualTime(10_000);
  const cache = new MemoryLeaderboardCache(time);
  return { time, cache, series: new TimeSeries(cache, "s", 1000, time.clock) };
}

test("windows that meet share no sample, and leave none out", async () => {
  const { series } = begin();
  for (const atMs of [9500, 9600, 9700]) await series.add({ atMs, value: atMs });
  const times = async (from: number, until: number): Promise<number[]> =>
    (await series.between(from, until)).map(({ atMs }) => atMs);
  expect(await times(9500, 9600)).toEqual([9500]);
  expect(await times(9600, 9701)).toEqual([9600, 9700]);
  expect(await times(9600, 9600)).toEqual([]);
  expect(await times(9700, 9600)).toEqual([]);
});

test("values come back as they were, alike ones of the same moment, too", async () => {
  const { series } = begin();
  const values = [-1.5, 0, 1e-7, 1e300, 2, 2, 2];
  await Promise.all(values.map((value) => series.add({ atMs: 9900, value })));
  const read = (await series.between(9900, 9901)).map(({ value }) => value);
  expect(read.toSorted((a, b) => a - b)).toEqual([-1.5, 0, 1e-7, 2, 2, 2, 1e300]);
});

test("a sample whose id is named is there once, however often it is sent", async () => {
  const { series } = begin();
  for (let at = 0; at < 3; at++) await series.add({ atMs: 9900, value: 7 }, "sensor-1/42");
  expect(await series.latest(10)).toEqual([{ atMs: 9900, value: 7 }]);
});

test("samples that are too old are dropped, and are not shown before that", async () => {
  const { time, cache, series } = begin();
  await series.add({ atMs: 9000, value: 1 });
  await series.add({ atMs: 8999, value: 2 });
  expect(await cache.zCard("s")).toBe(1);
  time.skip(1);
  expect(await series.latest(10)).toEqual([]);
  expect(await series.between(0, 20_000)).toEqual([]);
  await series.add({ atMs: 9500, value: 3 });
  expect(await cache.zCard("s")).toBe(1);
  time.advance(1000);
  expect(cache.metrics().entries).toBe(0);
});

test("the latest come first, as many as there are, and a late one takes its place", async () => {
  const { series } = begin();
  for (const atMs of [9900, 9700, 9800]) await series.add({ atMs, value: atMs });
  expect((await series.latest(2)).map(({ atMs }) => atMs)).toEqual([9900, 9800]);
  expect(await series.latest(0)).toEqual([]);
  expect(await series.latest(9)).toHaveLength(3);
});

test("put leaves one sample of a moment", async () => {
  const { series } = begin();
  await series.add({ atMs: 9900, value: 1 });
  await series.put({ atMs: 9900, value: 2 });
  await Promise.all([series.put({ atMs: 9900, value: 3 }), series.put({ atMs: 9900, value: 4 })]);
  expect(await series.latest(9)).toEqual([{ atMs: 9900, value: 4 }]);
});

test("a step is summed up from its samples; one without any is left out", () => {
  const samples = [
    { atMs: 1000, value: 4 },
    { atMs: 1999, value: 2 },
    { atMs: 4000, value: -1 },
  ];
  expect(downsample(samples, 1000)).toEqual([
    { fromMs: 1000, count: 2, min: 2, max: 4, mean: 3 },
    { fromMs: 4000, count: 1, min: -1, max: -1, mean: -1 },
  ]);
  expect(downsample([], 1000)).toEqual([]);
});
