import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock, systemTimers } from "../cache/platform.ts";
import { CallLimit } from "./call-limit.ts";

const LIMIT_MS = 100;
const forever = (): Promise<never> => new Promise(() => {});

/** An answer that comes when the test says so. */
class Answer {
  declare resolve: (value: string) => void;
  declare reject: (error: Error) => void;
  readonly promise: Promise<string>;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

function limitInTest(timeoutMs = LIMIT_MS) {
  const silences: boolean[] = [];
  const limit = new CallLimit({
    clock: systemClock,
    timers: systemTimers,
    timeoutMs,
    onOverdue: (isSilent) => silences.push(isSilent),
  });
  return { limit, silences };
}

describe("the time limit of calls", () => {
  test("a call that settles in time comes out as it is", async () => {
    const { limit, silences } = limitInTest();
    expect(await limit.watch(Promise.resolve(1), true)).toBe(1);
    await expect(limit.watch(Promise.reject(new Error("no")), true)).rejects.toThrow("no");
    vi.advanceTimersByTime(10 * LIMIT_MS);
    expect(silences).toEqual([]);
    expect(limit).toMatchObject({ calls: 2, errors: 1, timeouts: 0 });
  });

  test("each call has the whole limit, and then is TIMEOUT", async () => {
    const { limit } = limitInTest();
    const over: string[] = [];
    const watch = (name: string): void => {
      limit.watch(forever(), true).catch((error: { code: string }) => over.push(name + error.code));
    };
    watch("first ");
    vi.advanceTimersByTime(60);
    watch("second ");
    vi.advanceTimersByTime(39);
    await new Promise(setImmediate);
    expect(over).toEqual([]);
    vi.advanceTimersByTime(1);
    await new Promise(setImmediate);
    expect(over).toEqual(["first TIMEOUT"]);
    vi.advanceTimersByTime(60);
    await new Promise(setImmediate);
    expect(over).toEqual(["first TIMEOUT", "second TIMEOUT"]);
    expect(limit).toMatchObject({ errors: 2, timeouts: 2 });
  });

  test("it tells whether nothing at all was answered while a call waited", async () => {
    const { limit, silences } = limitInTest();
    const late = limit.watch(forever(), true);
    vi.advanceTimersByTime(50);
    await limit.watch(Promise.resolve(), true);
    vi.advanceTimersByTime(50);
    await expect(late).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(silences).toEqual([false]);
    const silent = limit.watch(forever(), true);
    vi.advanceTimersByTime(LIMIT_MS);
    await expect(silent).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(silences).toEqual([false, true]);
  });

  test("a call without a limit is watched again and again, and never ended", async () => {
    const { limit, silences } = limitInTest();
    const answer = new Answer();
    const call = limit.watch(answer.promise, false);
    vi.advanceTimersByTime(50);
    await limit.watch(Promise.resolve(), true);
    vi.advanceTimersByTime(50);
    expect(silences).toEqual([false]);
    vi.advanceTimersByTime(LIMIT_MS);
    expect(silences).toEqual([false, true]);
    answer.resolve("late");
    expect(await call).toBe("late");
    vi.advanceTimersByTime(LIMIT_MS);
    expect(silences).toEqual([false, true]);
  });

  test("a call that has not begun is no sign of silence, and is told that it is over", async () => {
    const { limit, silences } = limitInTest();
    let isOver = false;
    const turn = { hasBegun: false, onTimeout: (): void => void (isOver = true) };
    const call = limit.watch(forever(), true, turn);
    vi.advanceTimersByTime(LIMIT_MS);
    await expect(call).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(isOver).toBe(true);
    expect(silences).toEqual([]);
  });

  test("what settles after its limit changes nothing", async () => {
    const { limit } = limitInTest();
    const answer = new Answer();
    const call = limit.watch(answer.promise, true);
    vi.advanceTimersByTime(LIMIT_MS);
    await expect(call).rejects.toMatchObject({ code: "TIMEOUT" });
    answer.reject(new Error("late"));
    await new Promise(setImmediate);
    expect(limit).toMatchObject({ calls: 1, errors: 1, timeouts: 1 });
    expect(await limit.watch(Promise.resolve("next"), true)).toBe("next");
  });

  test("a limit of months is as long as it says", () => {
    const { limit } = limitInTest(30 * 86_400_000);
    void limit.watch(forever(), true).catch(() => {});
    vi.advanceTimersByTime(29 * 86_400_000);
    expect(limit.timeouts).toBe(0);
    vi.advanceTimersByTime(86_400_000);
    expect(limit.timeouts).toBe(1);
  });

  test("no timer runs after a stop", () => {
    const { limit } = limitInTest();
    void limit.watch(forever(), true).catch(() => {});
    limit.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10 * LIMIT_MS);
    expect(limit.timeouts).toBe(0);
  });
});
