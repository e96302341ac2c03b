import { describe, expect, test } from "vitest";
import {
  loadOnceQuiet,
  parsedTicks,
  QUIET_LOAD_MAX,
  sharesBetween,
} from "../../bench/machine-load.ts";

/** A machine that has these loads, one after the other, and then the last. */
function machine(...loads: number[]) {
  const waits: number[] = [];
  return {
    waits,
    load: () => (loads.length > 1 ? loads.shift() : loads[0]) as number,
    wait: (ms: number) => Promise.resolve(waits.push(ms)),
  };
}

describe("before the benchmarks begin", () => {
  test("nobody waits for a quiet machine", async () => {
    const quiet = machine(QUIET_LOAD_MAX);
    expect(await loadOnceQuiet(quiet)).toBe(QUIET_LOAD_MAX);
    expect(quiet.waits).toEqual([]);
  });

  test("a busy machine has time to get quiet", async () => {
    const calming = machine(1.2, 0.9, 0.5);
    expect(await loadOnceQuiet(calming)).toBe(0.5);
    expect(calming.waits.length).toBe(2);
  });

  test("one that stays busy is waited for a minute, and then said to be so", async () => {
    const busy = machine(1.5);
    expect(await loadOnceQuiet(busy)).toBe(1.5);
    expect(busy.waits.reduce((sum, ms) => sum + ms, 0)).toBe(60_000);
  });
});

describe("what others took of the machine", () => {
  const stat = "cpu  100 10 50 800 20 5 15 30 7 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
  const self = `42 (a (odd) name) S ${"0 ".repeat(10)}11 12 13 14 20 0\n`;

  test("is read from the counts of the cores and of this process", () => {
    expect(parsedTicks(stat, self)).toEqual({ all: 1_030, busy: 180, stolen: 30, own: 50 });
  });

  test("is what was busy, but for this process and its children", () => {
    const before = { all: 1_000, busy: 300, stolen: 10, own: 100 };
    const after = { all: 2_000, busy: 800, stolen: 60, own: 500 };
    expect(sharesBetween(before, after)).toEqual({ othersShare: 0.1, stolenShare: 0.05 });
  });

  test("is not known without the counts", () => {
    expect(sharesBetween(undefined, undefined)).toEqual({});
  });
});
