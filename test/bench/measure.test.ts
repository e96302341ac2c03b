import { performance } from "node:perf_hooks";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Contestant, measure, quantile, spreadOf, type Timing } from "../../bench/measure.ts";

const CLOCK_NS = 40;
const NS_PER_MS = 1e6;

/** A clock that goes on by what operations are said to take, and by its own reading. */
function virtualClock(): (ns: number) => void {
  let nowNs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (nowNs += CLOCK_NS) / NS_PER_MS);
  return (ns) => (nowNs += ns);
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** A contestant whose operation of this number takes so long. */
function taking(advance: (ns: number) => void, nsOf: (i: number) => number): Contestant {
  return {
    name: "contestant",
    unit: 1,
    run(from, count) {
      for (let i = from; i < from + count; i++) advance(nsOf(i));
    },
  };
}

async function timed(nsOf: (i: number) => number): Promise<Timing> {
  const [timing] = await measure([taking(virtualClock(), nsOf)]);
  return timing as Timing;
}

describe("the 99th percentile", () => {
  test("is of single operations where they are long enough", async () => {
    const { medianNs, p99Ns } = await timed((i) => (i % 50 === 0 ? 10_000 : 2_000));
    expect(medianNs).toBeCloseTo(2_160, -2);
    expect(p99Ns).toBeCloseTo(10_000, 0);
  });

  test("is of as many as take about a microsecond where they are short", async () => {
    const { p99Ns } = await timed((i) => (i % 10 === 0 ? 1_000 : 100));
    expect(p99Ns).toBeGreaterThan(190);
    expect(p99Ns).toBeLessThan(1_000);
  });

  test("does not count what it takes to read the clock", async () => {
    const { medianNs, p99Ns } = await timed((i) => (i % 20 === 0 ? 1_510 : 1_500));
    expect(p99Ns).toBeCloseTo(1_510, 3);
    expect(medianNs).toBeCloseTo(1_500.5, 0);
  });

  test("is left out where rarer pauses make the mean longer than it", async () => {
    const { medianNs, p99Ns } = await timed((i) => (i % 250 === 0 ? 5 * NS_PER_MS : 2_000));
    expect(medianNs).toBeGreaterThan(2_000);
    expect(p99Ns).toBeUndefined();
  });

  test("is left out where fewer than a hundred operations fit into their time", async () => {
    expect((await timed(() => 5 * NS_PER_MS)).p99Ns).toBeUndefined();
  });

  test("is of the same work as the median where operations leave some behind", async () => {
    const advance = virtualClock();
    let left = 0;
    const contestant: Contestant = {
      ...taking(advance, (i) => 350 + (i % 300)),
      settle: () => {
        advance(left * 700);
        left = 0;
        return Promise.resolve();
      },
    };
    const counts: number[] = [];
    const run = (from: number, count: number): void => {
      counts.push(count);
      left += count;
      void contestant.run(from, count);
    };
    const [timing] = (await measure([{ ...contestant, run }])) as [Timing];
    // Waiting for what is left takes its own time: a sample has many operations.
    expect(counts.filter((count) => count === 100).length).toBeGreaterThan(1_000);
    expect(timing.medianNs).toBeCloseTo(1_200, -1);
    expect(timing.p99Ns).toBeGreaterThan(1_200);
    expect(timing.p99Ns).toBeLessThan(1_400);
  });
});

test("samples are taken behind each turn, and contestants take turns from first to last", async () => {
  const advance = virtualClock();
  const runs: { name: string; count: number }[] = [];
  const contestants = ["a", "b"].map((name): Contestant => {
    const { run } = taking(advance, () => 2_000);
    return {
      name,
      unit: 1,
      run(from, count) {
        if (count > 0) runs.push({ name, count });
        return run(from, count);
      },
    };
  });
  await measure(contestants);
  const firstSample = runs.findIndex(({ count }, i) => count === 1 && i > 20);
  const stretches = runs
    .slice(firstSample)
    .filter(({ name }, i, all) => name !== all[i - 1]?.name)
    .map(({ name }) => name);
  expect(stretches.length).toBeGreaterThan(30);
  for (const name of ["a", "b"]) {
    expect(runs.filter((each) => each.name === name && each.count === 1).length).toBeGreaterThan(
      1_000,
    );
  }
});

test("a ratio refers to the first contestant", async () => {
  const advance = virtualClock();
  const [first, second] = (await measure([
    taking(advance, () => 2_000),
    taking(advance, () => 5_000),
  ])) as [Timing, Timing];
  expect(first.ratio).toBe(1);
  expect(second.ratio).toBeCloseTo(2.5, 2);
});

test("the spread is half the range of the middle half", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(3);
  expect(spreadOf([5, 5, 5, 5, 900])).toBe(0);
  expect(spreadOf([1, 2, 3, 4, 5, 6, 7, 8])).toBe(2);
});
