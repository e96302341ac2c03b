import { getEventListeners } from "node:events";
import type { Cache, CallOptions } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { expectRefusal, expectUnchanged, rejection, text } from "../expectations.ts";
import { CACHE_CALLS } from "./calls.ts";

type Calls<C extends Cache> = Readonly<
  Record<string, (cache: C, options?: CallOptions) => Promise<unknown>>
>;

/** close, `await using`, boot ids and abort signals. */
export function describeLifecycle(backend: Backend<Cache>): void {
  describe("lifecycle", () => {
    describeClosing(backend);
    describeClosed(backend, CACHE_CALLS);
    describeAbort(backend, CACHE_CALLS);
    describeAbortedListing(backend);
    describeBootId(backend);
  });
}

function describeClosing(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("close may be called again, and at the same time", async (cache) => {
    await Promise.all([cache.close(), cache.close()]);
    expect(await cache.close()).toBeUndefined();
  });

  test("await using closes the cache", async (cache) => {
    {
      await using held = cache;
      await held.set("k", "v");
    }
    await expectRefusal(() => cache.get("k"), "CLOSED");
  });

  test("disposing of a closed cache is no error", async (cache) => {
    await cache.close();
    await cache[Symbol.asyncDispose]();
  });
}

/** After close every call rejects with `CLOSED`, and none throws. */
export function describeClosed<C extends Cache>(backend: Backend<C>, calls: Calls<C>): void {
  const test = contractTest(backend);

  for (const [name, call] of Object.entries(calls)) {
    test(`${name} after close rejects with CLOSED`, async (cache) => {
      await cache.close();
      await expectRefusal(() => call(cache), "CLOSED");
    });
  }
}

/** A call with an aborted signal rejects with the signal's reason and does nothing. */
export function describeAbort<C extends Cache>(backend: Backend<C>, calls: Calls<C>): void {
  const test = contractTest(backend);

  for (const [name, call] of Object.entries(calls)) {
    test(`${name} with an aborted signal rejects with its reason`, async (cache) => {
      await cache.set("k", "kept", { ttl: "1h" });
      await cache.set("n", "5");
      await expectUnchanged(cache, async () => {
        const reason = new Error("enough");
        const signal = AbortSignal.abort(reason);
        expect(await rejection(() => call(cache, { signal }))).toBe(reason);
        const text = AbortSignal.abort("a reason that is no error");
        expect(await rejection(() => call(cache, { signal: text }))).toBe(
          "a reason that is no error",
        );
        const plain = await rejection(() => call(cache, { signal: AbortSignal.abort() }));
        expect(plain).toMatchObject({ name: "AbortError" });
      });
    });

    test(`${name} leaves no listener on its signal`, async (cache) => {
      const { signal } = new AbortController();
      for (let i = 0; i < 3; i++) await call(cache, { signal });
      expect(getEventListeners(signal, "abort")).toEqual([]);
    });
  }
}

function describeAbortedListing(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("a listing stops with the reason when its signal is aborted", async (cache) => {
    const keys = Array.from({ length: 5000 }, (_, i) => [`key:${i}`, "v"] as const);
    await cache.setMany(keys);
    const controller = new AbortController();
    const reason = new Error("enough");
    let listed = 0;
    const listing = async (): Promise<void> => {
      for await (const _ of cache.keys("*", { signal: controller.signal })) {
        if (++listed === 10) controller.abort(reason);
      }
    };
    expect(await rejection(listing)).toBe(reason);
    expect(listed).toBeLessThan(5000);
    expect(await text(cache, "key:1")).toBe("v");
  });
}

function describeBootId(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("a boot id is a name that stays, whatever is written", async (cache) => {
    const id = await cache.bootId();
    expect(id).toMatch(/./);
    await cache.set("k", "v");
    await cache.clear();
    expect(await cache.bootId()).toBe(id);
  });
}
