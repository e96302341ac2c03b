import { afterEach, describe, expect, test, vi } from "vitest";
import { systemClock, systemRandom, systemTimers } from "./platform.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("the system's clock is the wall clock, in milliseconds since the epoch", () => {
  vi.useFakeTimers({ now: 1_234_567 });
  expect(systemClock.now()).toBe(1_234_567);
  vi.setSystemTime(1_234_999);
  expect(systemClock.now()).toBe(1_234_999);
});

describe("the system's timers", () => {
  test("do not keep the process alive", () => {
    const timer = systemTimers.setTimeout(() => {}, 3_600_000) as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    systemTimers.clearTimeout(timer as never);
  });

  test("call once, after so many milliseconds, unless they are cleared", () => {
    vi.useFakeTimers();
    const called: string[] = [];
    systemTimers.setTimeout(() => called.push("runs"), 50);
    const cleared = systemTimers.setTimeout(() => called.push("cleared"), 50);
    systemTimers.clearTimeout(cleared as never);
    vi.advanceTimersByTime(49);
    expect(called).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(called).toEqual(["runs"]);
  });
});

/** Makes every random word this one. */
function drawOnly(word: number): void {
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    if (array instanceof Uint32Array) array.fill(word);
    return array;
  });
}

describe("the system's randomness", () => {
  test("is below 1 even where every bit is set, and 0 where none is", () => {
    drawOnly(0xffff_ffff);
    expect(systemRandom()).toBe(1 - 2 ** -52);
    drawOnly(0);
    expect(systemRandom()).toBe(0);
  });

  test("does not repeat itself", () => {
    const numbers = Array.from({ length: 1000 }, systemRandom);
    expect(new Set(numbers).size).toBe(1000);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  });

  test("falls into each half about as often", () => {
    const low = Array.from({ length: 4000 }, systemRandom).filter((number) => number < 0.5).length;
    // Twelve standard deviations: once in 10^32 runs.
    expect(Math.abs(low - 2000)).toBeLessThan(380);
  });
});
