import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { orAborted } from "./signals.ts";

const never = new Promise<string>(() => {});

test("without a signal a call has its own outcome", async () => {
  const error = new Error("broken");
  for (const options of [undefined, {}, { signal: undefined }]) {
    expect(await orAborted(options, Promise.resolve("value"))).toBe("value");
    await expect(orAborted(options, Promise.reject(error))).rejects.toBe(error);
  }
});

describe("a call with a signal", () => {
  test("has its own outcome where that comes first, whatever the signal does later", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const error = new Error("broken");
    expect(await orAborted({ signal }, Promise.resolve("value"))).toBe("value");
    await expect(orAborted({ signal }, Promise.reject(error))).rejects.toBe(error);
    controller.abort();
  });

  test("rejects with the signal's reason where it is aborted first", async () => {
    const controller = new AbortController();
    const pending = orAborted({ signal: controller.signal }, never);
    controller.abort("no longer wanted");
    await expect(pending).rejects.toBe("no longer wanted");
  });

  test("may fail after it was aborted: nobody hears of it", async () => {
    const controller = new AbortController();
    let fail: ((error: Error) => void) | undefined;
    const begun = new Promise<string>((_, reject) => {
      fail = reject;
    });
    const pending = orAborted({ signal: controller.signal }, begun);
    controller.abort("no longer wanted");
    // Were it unhandled, the test run would fail.
    fail?.(new Error("too late"));
    await expect(pending).rejects.toBe("no longer wanted");
  });

  test("leaves nothing behind at the signal, however it ends", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [Promise.resolve(1), Promise.reject(new Error("broken")), never];
    const outcomes = calls.map((call) => orAborted<unknown>({ signal }, call));
    expect(getEventListeners(signal, "abort")).toHaveLength(3);
    await Promise.allSettled(outcomes.slice(0, 2));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    controller.abort();
    await Promise.allSettled(outcomes);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
