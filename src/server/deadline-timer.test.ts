import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DeadlineTimer } from "./deadline-timer.ts";

const DAY_MS = 86_400_000;
let reached = 0;

function timerIn(ms: number): DeadlineTimer {
  return new DeadlineTimer(performance.now() + ms, () => {
    reached++;
  });
}

beforeEach(() => {
  reached = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("it calls back once, at its time", () => {
  timerIn(1000);
  vi.advanceTimersByTime(999);
  expect(reached).toBe(0);
  vi.advanceTimersByTime(1);
  expect(reached).toBe(1);
  vi.advanceTimersByTime(DAY_MS);
  expect(reached).toBe(1);
});

test("a time that is further than timers go is waited for, too", () => {
  const started = vi.spyOn(globalThis, "setTimeout");
  timerIn(60 * DAY_MS);
  // What is longer would fire at once, again and again.
  expect(started.mock.calls[0]?.[1]).toBeLessThan(2 ** 31);
  vi.advanceTimersByTime(60 * DAY_MS - 1);
  expect(reached).toBe(0);
  vi.advanceTimersByTime(1);
  expect(reached).toBe(1);
});

test("a time that is past is reached at once", () => {
  timerIn(-5);
  vi.advanceTimersByTime(1);
  expect(reached).toBe(1);
});

test("one that was cancelled calls nobody", () => {
  const timer = timerIn(60 * DAY_MS);
  vi.advanceTimersByTime(30 * DAY_MS);
  timer.cancel();
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(reached).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
