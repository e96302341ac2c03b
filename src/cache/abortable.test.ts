import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { abortable } from "./abortable.ts";

const never = new Promise<string>(() => {});

test("without a signal a call has its own outcome", async () => {
  const error = new Error("broken");
  expect(await abortable(Promise.resolve("value"), undefined)).toBe("value");
  await expect(abortable(Promise.reject(error), undefined)).rejects.toBe(error);
});

describe("a call with a signal", () => {
  test("has its own outcome where that comes first, whatever the signal does later", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const error = new Error("broken");
    expect(await abortable(Promise.resolve("value"), signal)).toBe("value");
    await expect(abortable(Promise.reject(error), signal)).rejects.toBe(error);
    controller.abort();
  });

  test("rejects with the signal's reason where it is aborted first", async () => {
    const controller = new AbortController();
    const pending = abortable(never, controller.signal);
    controller.abort("no longer wanted");
    await expect(pending).rejects.toBe("no longer wanted");
  });

  test("is told that it is given up before anybody else hears of it", async () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const pending = abortable(never, controller.signal, () => heard.push("the call"));
    const caught = pending.catch(() => heard.push("the caller"));
    controller.abort();
    await caught;
    expect(heard).toEqual(["the call", "the caller"]);
  });

  test("may fail after it was aborted: nobody hears of it", async () => {
    const controller = new AbortController();
    let fail: ((error: Error) => void) | undefined;
    const begun = new Promise<string>((_, reject) => {
      fail = reject;
    });
    const pending = abortable(begun, controller.signal);
    controller.abort("no longer wanted");
    // Were it unhandled, the test run would fail.
    fail?.(new Error("too late"));
    await expect(pending).rejects.toBe("no longer wanted");
  });

  test("shares one listener with all others, which goes with the last, however they end", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [Promise.resolve(1), Promise.reject(new Error("broken")), never];
    const outcomes = calls.map((call) => abortable<unknown>(call, signal));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await Promise.allSettled(outcomes.slice(0, 2));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    controller.abort();
    await Promise.allSettled(outcomes);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
