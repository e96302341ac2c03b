import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock, systemTimers } from "../cache/platform.ts";
import { resolveOptions } from "./options.ts";
import { checkRate, Pacer, sleep } from "./pacer.ts";

/** Time that is handed in: nothing but its timers is to be waited for. */
const virtual = resolveOptions({ clock: systemClock, timers: systemTimers });
/** The platform's time, which stands still here, too; the event loop does not. */
const real = resolveOptions({});
/** The clock is looked at more often than this, and so much may be done together. */
const MANY = 24;

/** The first pause among many pieces of work, if there is any. */
function firstPause(pacer: Pacer): Promise<void> | undefined {
  for (let i = 0; i < MANY; i++) {
    const pause = pacer.done();
    if (pause !== undefined) return pause;
  }
  return undefined;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("work without a rate", () => {
  test.each([
    ["virtual", virtual],
    ["real", real],
  ])("pauses when a millisecond of %s time has passed, and not before", async (_, config) => {
    const pacer = new Pacer(config, Infinity);
    for (let slice = 0; slice < 3; slice++) {
      expect(firstPause(pacer)).toBeUndefined();
      vi.setSystemTime(Date.now() + 1);
      const pause = firstPause(pacer);
      expect(pause).toBeDefined();
      if (config === virtual) vi.advanceTimersByTime(1);
      await pause;
    }
  });

  test("pauses now and then where time is real, though none has passed", () => {
    const pacer = new Pacer(real, Infinity);
    expect(firstPause(pacer)).toBeUndefined();
    expect(firstPause(pacer)).toBeDefined();
  });

  test("lets the event loop turn where time is real, and sets no timer", async () => {
    const pacer = new Pacer(real, Infinity);
    vi.setSystemTime(Date.now() + 1);
    const order: string[] = [];
    setImmediate(() => order.push("others"));
    await firstPause(pacer);
    expect(order).toEqual(["others"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("takes a breath that counts as no work", () => {
    const pacer = new Pacer(virtual, 1);
    for (let i = 0; i < MANY; i++) expect(pacer.breathe()).toBeUndefined();
  });

  test("looks at the clock far more rarely than it is asked", () => {
    const now = vi.fn(() => 5);
    const pacer = new Pacer(resolveOptions({ clock: { now } }), Infinity);
    for (let i = 0; i < MANY; i++) expect(pacer.breathe()).toBeUndefined();
    expect(now.mock.calls.length).toBeLessThan(MANY / 4);
  });
});

/** How much is done in some time by work that takes none. */
async function doneIn(ms: number, ratePerS: number): Promise<number> {
  const pacer = new Pacer(virtual, ratePerS);
  const end = Date.now() + ms;
  let done = 0;
  const work = async (): Promise<void> => {
    for (; Date.now() < end; done++) await pacer.done();
  };
  const working = work();
  // The last pause may go beyond the end.
  await vi.advanceTimersByTimeAsync(ms + 1000);
  await working;
  return done;
}

describe("work at a rate", () => {
  test.each([1, 30, 1000, 5000])("of %i a second keeps to it", async (ratePerS) => {
    const seconds = 4;
    const done = await doneIn(seconds * 1000, ratePerS);
    expect(done).toBeLessThanOrEqual(ratePerS * seconds * 1.01 + 1);
    expect(done).toBeGreaterThanOrEqual(ratePerS * seconds * 0.99 - 1);
  });

  test("that is slower for itself waits for nothing but to let others run", async () => {
    const pacer = new Pacer(virtual, 10);
    for (let i = 0; i < 10; i++) {
      vi.setSystemTime(Date.now() + 200);
      const pause = pacer.done();
      await vi.advanceTimersByTimeAsync(1);
      await pause;
    }
    expect(vi.getTimerCount()).toBe(0);
  });
});

test.each([
  ["5", '"5"'],
  [0, "0"],
  [Number.NaN, "NaN"],
  [null, "null"],
])("%s is no rate, and is said not to be a number above 0", (rate, shown) => {
  expect(() => checkRate(rate as number)).toThrow(
    `Cannot keep this pace: maxKeysPerSecond must be a number above 0: received ${shown}`,
  );
});

test("whoever sleeps keeps the process alive until it is over, with timers of any kind", async () => {
  const ref = vi.fn();
  for (const handle of [{ ref }, 7, null, undefined]) {
    const setTimeout = vi.fn((run: () => void): unknown => {
      run();
      return handle;
    });
    await sleep({ ...virtual, timers: { setTimeout, clearTimeout: () => {} } }, 30);
    expect(setTimeout).toHaveBeenCalledWith(expect.any(Function), 30);
  }
  expect(ref).toHaveBeenCalledTimes(1);
});
