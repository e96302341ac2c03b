import { describe, expect, test } from "vitest";
import type { Effect } from "../engine/effects.ts";
import type { Keyspace } from "../engine/keyspace.ts";
import { MemoryCache } from "./memory-cache.ts";

/** A cache whose engine a test may look at. */
class OpenCache extends MemoryCache {
  get engine(): Keyspace {
    return this.keyspace;
  }
}

describe("a clock that goes on while a call runs", () => {
  test("never makes a ttl 0 or less", async () => {
    let now = 0;
    const cache = new MemoryCache({ clock: { now: () => now++ } });
    for (let ttl = 1; ttl < 10; ttl++) {
      await cache.set("key", "value", { ttl });
      for (let i = 0; i < 10; i++) {
        const left = await cache.ttl("key");
        if (left !== undefined) expect(left).toBeGreaterThan(0);
      }
    }
  });
});

describe("an expire", () => {
  test("counts as use", async () => {
    const cache = new MemoryCache({ maxEntries: 2 });
    await cache.setMany([
      ["a", "1"],
      ["b", "2"],
    ]);
    await cache.expire("a", "1h");
    await cache.set("c", "3");
    expect(await cache.exists("a")).toBe(true);
    expect(await cache.exists("b")).toBe(false);
  });
});

describe("closing", () => {
  test("deletes nothing in the eyes of who listens to effects", async () => {
    const cache = new OpenCache();
    const effects: Effect[] = [];
    cache.engine.onEffect = (effect) => effects.push(effect);
    await cache.set("key", "value");
    await cache.close();
    expect(effects.map(({ type }) => type)).toEqual(["set"]);
  });

  test("in the middle of one's own call keeps nothing", async () => {
    const cache = new MemoryCache();
    function* pairs(): Generator<[string, string]> {
      yield ["a", "1"];
      void cache.close();
      yield ["b", "2"];
    }
    await expect(cache.setMany(pairs())).rejects.toMatchObject({ code: "CLOSED" });
    expect(cache.metrics().entries).toBe(0);
  });

  test("ends a listing before its next key", async () => {
    const cache = new MemoryCache();
    for (let i = 0; i < 100; i++) await cache.set(`key:${i}`, "v");
    let listed = 0;
    const listing = async (): Promise<void> => {
      for await (const _ of cache.keys()) if (++listed === 3) await cache.close();
    };
    await expect(listing()).rejects.toMatchObject({ code: "CLOSED" });
    expect(listed).toBe(3);
  });
});

describe("many small appends", () => {
  test("read back whole, at every length at which they are joined", async () => {
    const cache = new MemoryCache();
    let expected = "";
    for (let i = 0; i < 5000; i++) {
      const data = String.fromCharCode(97 + (i % 26)).repeat(1 + (i % 3));
      expected += data;
      expect(await cache.append("log", data)).toBe(expected.length);
    }
    expect(String(await cache.get("log"))).toBe(expected);
  });
});
