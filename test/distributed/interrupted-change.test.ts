/** A change of the nodes that stops on its way is gone on with, or turned back. */
import type { CacheNode } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { collect, text } from "../contract/expectations.ts";
import { full, refused, slow } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";
import { abortAfter, contents, fill, KEYS, moved } from "./moving-keys.ts";

describe("a change that stops on its way", () => {
  test("by an abort leaves every key readable and writable, and is gone on with", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    const joining = cluster.newNode("d");
    await abortAfter(cluster, "d", 10, (signal) => cache.addNode(joining, { signal }));
    expect(cache.metrics().rebalances).toBe(0);
    expect((await collect(cache.keys())).sort()).toEqual([...KEYS].sort());
    for (const key of KEYS.filter((_, i) => i % 3 === 0)) {
      expect(await cluster.until(text(cache, key))).toBe(`value of ${key}`);
    }
    await cluster.until(cache.set(KEYS[0] as string, "written in between"));
    const total = moved(cluster, ["a", "b", "c"], ["a", "b", "c", "d"]).length;
    const report = await cluster.until(cache.addNode(joining));
    expect(report.movedKeys).toBeLessThanOrEqual(total);
    await cluster.pass(2000);
    const after = await contents(cluster);
    expect(after.get(KEYS[0] as string)).toMatchObject({ value: "written in between" });
    for (const key of KEYS.slice(1)) expect(after.get(key)).toEqual(before.get(key));
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test("because a new node refuses keys names the refusal as its cause", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    cluster.node("d").fail(full, { only: "writeState" });
    const failure: unknown = await cluster
      .until(cache.addNode(joining))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "NODE_UNHEALTHY", cause: { code: "CACHE_FULL" } });
    for (const key of KEYS.filter((_, i) => i % 3 === 0)) {
      expect(await cluster.until(text(cache, key))).toBe(`value of ${key}`);
    }
    cluster.node("d").heal();
    await cluster.until(cache.addNode(joining));
    expect(cache.nodes()).toHaveLength(4);
  });

  test("can be turned back: the node that was joining leaves empty", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    const joining = cluster.newNode("d");
    await abortAfter(cluster, "d", 10, (signal) => cache.addNode(joining, { signal }));
    await cluster.until(cache.set("a new key", "v"));
    const report = await cluster.until(cache.removeNode("d"));
    expect(report.movedKeys).toBeLessThan(15);
    expect(cache.nodes().map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(await collect(cluster.node("d").store.keys())).toEqual([]);
    expect(await contents(cluster)).toEqual(before);
    for (const key of [...KEYS, "a new key"]) await cluster.expectEqualOwners(key);
  });

  test("can be turned back the other way: the node that was leaving stays", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    const [leaving] = cache.nodes() as [CacheNode];
    await abortAfter(cluster, "a", 10, (signal) => cache.removeNode("a", { signal }));
    await cluster.until(cache.addNode(leaving));
    expect(
      cache
        .nodes()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["a", "b", "c"]);
    expect(await contents(cluster)).toEqual(before);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test("can be turned back and forth", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    const joining = cluster.newNode("d");
    await abortAfter(cluster, "d", 12, (signal) => cache.addNode(joining, { signal }));
    await abortAfter(cluster, "d", 4, (signal) => cache.removeNode("d", { signal }));
    await cluster.until(cache.addNode(joining));
    expect(await contents(cluster)).toEqual(before);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test("is completed before another one begins", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    const [d, e] = [cluster.newNode("d"), cluster.newNode("e")];
    await abortAfter(cluster, "d", 10, (signal) => cache.addNode(d, { signal }));
    await cluster.until(cache.addNode(e));
    expect(cache.nodes().map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"]);
    expect(cache.metrics().rebalances).toBe(2);
    expect(await contents(cluster)).toEqual(before);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test("since the joining node fails is gone on with when that is back", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    const joining = cluster.newNode("d");
    let states = 0;
    cluster.node("d").fail((execute, call) => {
      if (call.name === "writeState") states++;
      return states > 5 ? refused(execute, call) : execute();
    });
    await expect(cluster.until(cache.addNode(joining))).rejects.toMatchObject({
      code: "NODE_UNHEALTHY",
    });
    cluster.node("d").heal();
    await cluster.pass(60_000);
    await cluster.until(cache.addNode(joining));
    expect(await contents(cluster)).toEqual(before);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test("since a source fails is gone on with when that is back", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    const joining = cluster.newNode("d");
    cluster.node("b").fail(refused);
    await expect(cluster.until(cache.addNode(joining))).rejects.toMatchObject({
      code: "NODE_UNHEALTHY",
    });
    cluster.node("b").heal();
    await cluster.pass(60_000);
    await cluster.until(cache.addNode(joining));
    expect(await contents(cluster)).toEqual(before);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test("since the cache was closed rejects with CLOSED", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    cluster.node("d").fail(slow(time, 50), { only: "writeState" });
    const adding = cache.addNode(joining);
    const rejected = expect(cluster.until(adding)).rejects.toMatchObject({ code: "CLOSED" });
    await cluster.pass(200);
    await cluster.until(cache.close());
    await rejected;
  });

  test("before it began has changed nothing", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const reason = new Error("never mind");
    const signal = AbortSignal.abort(reason);
    await expect(cache.addNode(cluster.newNode("d"), { signal })).rejects.toBe(reason);
    await expect(cache.removeNode("a", { signal })).rejects.toBe(reason);
    expect(cache.nodes()).toHaveLength(3);
    await expect(cache.addNode(cluster.newNode("a"))).rejects.toMatchObject({
      code: "NODE_EXISTS",
    });
    await expect(cache.addNode("d" as unknown as CacheNode)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
    });
  });

  test("since the node cannot be reached at all leaves it out", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    cluster.node("d").fail(refused);
    await expect(cluster.until(cache.addNode(joining))).rejects.toMatchObject({
      code: "NODE_UNHEALTHY",
    });
    expect(cache.nodes()).toHaveLength(3);
    cluster.node("d").heal();
    await cluster.until(cache.addNode(joining));
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });
});
