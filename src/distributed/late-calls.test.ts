import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemTimers } from "../cache/platform.ts";
import { LateCalls } from "./late-calls.ts";

const FENCE_MS = 1000;
const lateCalls = (fenceMs = FENCE_MS): LateCalls => new LateCalls(systemTimers, fenceMs);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Whether what is waited for is there: nothing to wait for is. */
async function isOver(wait: Promise<unknown> | undefined): Promise<boolean> {
  const over = wait === undefined ? true : wait.then(() => true);
  return Promise.race([over, turn().then(() => false)]);
}

describe("a key", () => {
  test("waits for each call on it that is out, and for none on another key", async () => {
    const late = lateCalls();
    const [first, second] = [{}, {}];
    late.add("key", first);
    late.add("key", second);
    const wait = late.when("key");
    expect(late.when("other")).toBeUndefined();
    late.settled("key", first);
    expect(await isOver(wait)).toBe(false);
    late.settled("key", second);
    expect(await isOver(wait)).toBe(true);
    expect(late.when("key")).toBeUndefined();
  });

  test("waits for calls on all keys, too, with and without one of its own", async () => {
    const late = lateCalls();
    const [own, all] = [{}, {}];
    late.add("key", own);
    late.add(null, all);
    const [key, other] = [late.when("key"), late.when("other")];
    late.settled("key", own);
    expect(await isOver(key)).toBe(false);
    expect(await isOver(other)).toBe(false);
    late.settled(null, all);
    expect(await isOver(key)).toBe(true);
    expect(await isOver(other)).toBe(true);
  });

  test("waits for what is added later only where it asks again", async () => {
    const late = lateCalls();
    const [first, second] = [{}, {}];
    late.add("key", first);
    const before = late.when("key");
    late.settled("key", first);
    late.add("key", second);
    expect(await isOver(before)).toBe(true);
    expect(await isOver(late.when("key"))).toBe(false);
  });
});

describe("who waits", () => {
  test("for any call waits for those on keys and those on all of them", async () => {
    const late = lateCalls();
    const [one, all] = [{}, {}];
    late.add("key", one);
    late.add(null, all);
    const any = late.whenAny();
    late.settled(null, all);
    expect(await isOver(any)).toBe(false);
    late.settled("key", one);
    expect(await isOver(any)).toBe(true);
    expect(late.whenAny()).toBeUndefined();
  });

  test("for calls on all keys waits for no others", async () => {
    const late = lateCalls();
    const all = {};
    late.add("key", {});
    expect(late.whenAll()).toBeUndefined();
    late.add(null, all);
    const wait = late.whenAll();
    expect(await isOver(wait)).toBe(false);
    late.settled(null, all);
    expect(await isOver(wait)).toBe(true);
  });
});

describe("a call", () => {
  test("that stays out for the fence timeout is taken for lost, each by its own time", async () => {
    const late = lateCalls();
    late.add("key", {});
    vi.advanceTimersByTime(FENCE_MS / 2);
    late.add("key", {});
    const wait = late.when("key");
    vi.advanceTimersByTime(FENCE_MS - 1);
    expect(await isOver(wait)).toBe(false);
    expect(late.isEmpty).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await isOver(wait)).toBe(true);
    expect(late.isEmpty).toBe(true);
  });

  test("is waited for without end where there is no fence timeout", async () => {
    const late = lateCalls(Infinity);
    const call = {};
    late.add("key", call);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1e12);
    expect(await isOver(late.when("key"))).toBe(false);
    late.settled("key", call);
    expect(late.isEmpty).toBe(true);
  });

  test("that has settled leaves no timer, and settles once more without harm", () => {
    const late = lateCalls();
    const call = {};
    late.add("key", call);
    expect(vi.getTimerCount()).toBe(1);
    late.settled("key", call);
    expect(vi.getTimerCount()).toBe(0);
    late.settled("key", call);
    late.settled(null, call);
    expect(late.isEmpty).toBe(true);
  });

  test("that was taken for lost and settles then does not end the wait for another", async () => {
    const late = lateCalls();
    const lost = {};
    late.add("key", lost);
    vi.advanceTimersByTime(FENCE_MS);
    late.add("key", {});
    late.settled("key", lost);
    expect(await isOver(late.when("key"))).toBe(false);
  });
});

test("when all calls are fenced off, nobody waits any more, and no timer is left", async () => {
  const late = lateCalls();
  for (const key of ["a", "a", "b", null]) late.add(key, {});
  const waits = [late.when("a"), late.when("b"), late.whenAll(), late.whenAny()];
  late.settleAll();
  for (const wait of waits) expect(await isOver(wait)).toBe(true);
  expect(late.isEmpty).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
