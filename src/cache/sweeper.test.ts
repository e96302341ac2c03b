import { describe, expect, test } from "vitest";
import { expireAt, remove } from "../engine/keys.ts";
import { Keyspace } from "../engine/keyspace.ts";
import { NO_LIMITS } from "../engine/keyspace-config.ts";
import { set } from "../engine/strings.ts";
import { seededRandom } from "../structures/random.ts";
import { SWEEP_KEYS, Sweeper } from "./sweeper.ts";

const START_MS = 1_700_000_000_000;
const INTERVAL_MS = 1000;
const TIMER_MS_MAX = 2 ** 31 - 1;

interface Timer {
  readonly ms: number;
  readonly at: number;
  readonly run: () => void;
}

/** A clock and its timers, which fire when a test says so. */
class VirtualTimers {
  nowMs = START_MS;
  /** How many timers were ever set. */
  armed = 0;
  readonly waiting = new Set<Timer>();

  now(): number {
    return this.nowMs;
  }

  setTimeout(run: () => void, ms: number): Timer {
    const timer = { ms, at: this.nowMs + ms, run };
    this.waiting.add(timer);
    this.armed++;
    return timer;
  }

  clearTimeout(timer: Timer): void {
    expect(this.waiting.delete(timer)).toBe(true);
  }

  /** The delays of the timers that wait. */
  get delays(): number[] {
    return [...this.waiting].map((timer) => timer.ms);
  }

  /** Fires the one timer at its moment. */
  fire(): void {
    const [timer, ...others] = this.waiting;
    expect(others).toEqual([]);
    if (timer === undefined) throw new Error("there is no timer");
    this.waiting.delete(timer);
    this.nowMs = timer.at;
    timer.run();
  }
}

interface Parts {
  readonly time: VirtualTimers;
  readonly keyspace: Keyspace;
  readonly sweeper: Sweeper;
}

/** A keyspace with a sweeper, wired as a cache wires them. */
function swept(intervalMs = INTERVAL_MS): Parts {
  const time = new VirtualTimers();
  const keyspace = new Keyspace({
    clock: time,
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
  const timers = {
    setTimeout: (run: () => void, ms: number) => time.setTimeout(run, ms),
    clearTimeout: (timer: Timer) => time.clearTimeout(timer),
  };
  const sweeper = new Sweeper(keyspace, timers, intervalMs);
  keyspace.onEarliestDeadline = (deadline) => sweeper.expect(deadline);
  return { time, keyspace, sweeper };
}

/** Sets keys that all expire after so many milliseconds. */
function put({ keyspace, time }: Parts, name: string, ttlMs: number, count = 1): void {
  for (let i = 0; i < count; i++) set(keyspace, `${name}${i}`, "", time.nowMs + ttlMs);
}

describe("the sweeper", () => {
  test("sets no timer while nothing can expire", () => {
    const parts = swept();
    put(parts, "stays", Infinity, 10);
    expect(parts.time.armed).toBe(0);
  });

  test("sleeps until the earliest deadline", () => {
    const parts = swept();
    put(parts, "k", 5000);
    expect(parts.time.delays).toEqual([5000]);
    parts.time.fire();
    expect(parts.keyspace.size).toBe(0);
    expect(parts.keyspace.stats.expirations).toBe(1);
  });

  test("sleeps at least for the interval", () => {
    const parts = swept();
    put(parts, "k", 10);
    expect(parts.time.delays).toEqual([INTERVAL_MS]);
    parts.time.fire();
    expect(parts.keyspace.size).toBe(0);
  });

  test("collects 500 keys at a time, with a millisecond between, and then is still", () => {
    const parts = swept();
    const { time, keyspace } = parts;
    expect(SWEEP_KEYS).toBe(500);
    put(parts, "k", 5000, 1200);
    expect(time.armed).toBe(1);
    time.fire();
    expect([keyspace.size, time.delays]).toEqual([700, [1]]);
    time.fire();
    expect([keyspace.size, time.delays]).toEqual([200, [1]]);
    time.fire();
    expect([keyspace.size, time.delays]).toEqual([0, []]);
  });

  test("takes no further step where the last one was just enough", () => {
    const parts = swept();
    put(parts, "k", 5000, SWEEP_KEYS);
    parts.time.fire();
    expect([parts.keyspace.size, parts.time.delays]).toEqual([0, []]);
  });

  test("goes back to sleep until the next deadline, or for the interval", () => {
    const parts = swept();
    put(parts, "soon", 2000);
    put(parts, "near", 2100);
    put(parts, "late", 9000);
    parts.time.fire();
    expect([parts.keyspace.size, parts.time.delays]).toEqual([2, [INTERVAL_MS]]);
    parts.time.fire();
    expect([parts.keyspace.size, parts.time.delays]).toEqual([1, [6000]]);
    parts.time.fire();
    expect([parts.keyspace.size, parts.time.delays]).toEqual([0, []]);
  });

  test("wakes earlier for a deadline earlier than planned, with one timer as before", () => {
    const parts = swept();
    put(parts, "late", 60_000);
    put(parts, "soon", 3000);
    expect(parts.time.delays).toEqual([3000]);
    parts.time.nowMs += 500;
    put(parts, "sooner", 1500);
    expect(parts.time.delays).toEqual([1500]);
  });

  test("does not stir for a deadline later than planned, or within the interval", () => {
    const parts = swept();
    put(parts, "first", 100);
    put(parts, "earlier", 50);
    put(parts, "later", 60_000);
    expect(parts.time.armed).toBe(1);
  });

  test("does not cut the pause between two steps, nor lengthen it, for new deadlines", () => {
    const parts = swept();
    put(parts, "k", 5000, SWEEP_KEYS + 1);
    parts.time.fire();
    expect(parts.time.delays).toEqual([1]);
    put(parts, "new", 3);
    expect(parts.time.delays).toEqual([1]);
  });

  test("wakes in vain for a key that was deleted, and sleeps on", () => {
    const parts = swept();
    put(parts, "gone", 3000);
    remove(parts.keyspace, "gone0");
    parts.time.fire();
    expect(parts.time.delays).toEqual([]);

    put(parts, "moved", 3000);
    expireAt(parts.keyspace, "moved0", parts.time.nowMs + 10_000);
    parts.time.fire();
    expect([parts.keyspace.size, parts.time.delays]).toEqual([1, [7000]]);
    parts.time.fire();
    expect(parts.keyspace.size).toBe(0);
  });

  test("sleeps again and again for a deadline that no timer reaches", () => {
    const parts = swept();
    put(parts, "far", TIMER_MS_MAX + 5000);
    expect(parts.time.delays).toEqual([TIMER_MS_MAX]);
    parts.time.fire();
    expect([parts.keyspace.size, parts.time.delays]).toEqual([1, [5000]]);
    parts.time.fire();
    expect([parts.keyspace.size, parts.time.delays]).toEqual([0, []]);
  });

  test("has no timer once it was stopped, twice if need be, until the next deadline", () => {
    const parts = swept();
    parts.sweeper.stop();
    put(parts, "k", 5000);
    parts.sweeper.stop();
    parts.sweeper.stop();
    expect(parts.time.delays).toEqual([]);
    put(parts, "sooner", 2000);
    expect(parts.time.delays).toEqual([2000]);
  });

  test("is stopped between two steps as well", () => {
    const parts = swept();
    put(parts, "k", 5000, SWEEP_KEYS + 1);
    parts.time.fire();
    parts.sweeper.stop();
    expect(parts.time.delays).toEqual([]);
    expect(parts.keyspace.size).toBe(1);
  });

  test("with an interval of Infinity leaves expired keys to whoever looks them up", () => {
    const parts = swept(Infinity);
    put(parts, "k", 10, 3);
    expect(parts.time.armed).toBe(0);
  });

  test("unreferences a timer that can be, so that it keeps no process alive", () => {
    const { keyspace } = swept();
    let unreferenced = 0;
    const handles: readonly unknown[] = [{ unref: () => unreferenced++ }, 7, undefined, null];
    for (const handle of handles) {
      const timers = { setTimeout: () => handle, clearTimeout: () => {} };
      new Sweeper(keyspace, timers, INTERVAL_MS).expect(START_MS + 5000);
    }
    expect(unreferenced).toBe(1);
  });
});
