import { describe, expect, test } from "vitest";
import type { Cache } from "../cache/contract.ts";
import { MemoryCache } from "../cache/memory-cache.ts";
import { CacheNode, type CacheNodeOptions, observe } from "./cache-node.ts";

const cache = new MemoryCache();
const invalid: unknown = expect.objectContaining({ name: "CacheError", code: "INVALID_CONFIG" });

describe("a node", () => {
  test("has an id, a cache, and the weight 1 unless told", () => {
    const node = new CacheNode("node-eu", cache);
    expect(node).toMatchObject({ id: "node-eu", cache, weight: 1 });
    expect(new CacheNode("big", cache, { weight: 2.5 }).weight).toBe(2.5);
    expect(new CacheNode("plain", cache, { weight: undefined }).weight).toBe(1);
  });

  test("is healthy and counts nothing before a coordinator took it", () => {
    const node = new CacheNode("a", cache);
    expect(node.health).toBe("healthy");
    expect(node.metrics()).toEqual({ requests: 0, failures: 0, dirtyKeys: 0, queuedWrites: 0 });
  });

  test("shows the view of the coordinator that took it last, as it is when asked", () => {
    const node = new CacheNode("a", cache);
    const other = new CacheNode("b", cache);
    const counts = { requests: 4, failures: 3, dirtyKeys: 2, queuedWrites: 1 };
    const view = { health: "syncing" as "syncing" | "healthy", ...counts };
    observe(node, { health: "unhealthy", ...counts, requests: 99 });
    observe(node, view);
    expect(node.health).toBe("syncing");
    expect(node.metrics()).toEqual(counts);
    const before = node.metrics();
    view.health = "healthy";
    view.requests++;
    expect(node.health).toBe("healthy");
    expect(node.metrics().requests).toBe(5);
    expect(before.requests).toBe(4);
    expect(other.metrics().requests).toBe(0);
  });

  test.each([[""], [undefined], [null], [7], ["\ud800"]])("cannot have the id %j", (id) => {
    expect(() => new CacheNode(id as string, cache)).toThrow(invalid);
  });

  test.each([
    [undefined],
    [null],
    ["cache"],
    [{}],
    [{ get: () => undefined }],
    [{ get: 1, set: 2 }],
  ])("cannot stand around %j", (notCache) => {
    expect(() => new CacheNode("a", notCache as unknown as Cache)).toThrow(invalid);
  });

  test.each([0, -1, NaN, Infinity, "1"])("cannot have the weight %s", (weight) => {
    const options = { weight } as CacheNodeOptions;
    expect(() => new CacheNode("a", cache, options)).toThrow(invalid);
  });

  test.each([[null], ["heavy"]])("cannot have the options %j", (options) => {
    expect(() => new CacheNode("a", cache, options as CacheNodeOptions)).toThrow(invalid);
  });
});
