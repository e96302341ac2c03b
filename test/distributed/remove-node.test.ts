/** A node that goes gives its keys away; a dead one is restored from the others. */
import { CacheNode } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { collect, text } from "../contract/expectations.ts";
import { refused, reset } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";
import { contents, fill, KEYS } from "./moving-keys.ts";

describe("a node that goes", () => {
  test("marked by hand first gives away what it has", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    cache.markNode("a", "unhealthy");
    const report = await cluster.until(cache.removeNode("a"));
    expect(report).toMatchObject({ lostKeys: 0, lostRanges: [] });
    expect(await contents(cluster)).toEqual(before);
    expect(await collect(cluster.node("a").store.keys())).toEqual([]);
  });

  test("dead is restored from the other owners, nothing lost", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    cluster.node("a").fail(refused);
    await cluster.pass(30_000);
    expect(cache.nodeHealth("a")).toBe("unhealthy");
    const report = await cluster.until(cache.removeNode("a"));
    expect(report).toMatchObject({ lostKeys: 0, lostRanges: [] });
    expect(report.movedKeys).toBeGreaterThan(0);
    expect(await contents(cluster)).toEqual(before);
    for (const key of KEYS) {
      const [one, other] = cluster.ownersOf(key) as [string, string];
      expect(await cluster.held(one, key)).toEqual(await cluster.held(other, key));
    }
  });

  test("dead before anybody noticed is restored, too", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    cluster.node("a").fail(refused);
    const report = await cluster.until(cache.removeNode("a"));
    expect(report).toMatchObject({ lostKeys: 0, lostRanges: [] });
    expect(await contents(cluster)).toEqual(before);
  });

  test("dead as the only owner takes its keys along: the report says which ranges", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    await fill(cluster);
    cluster.node("a").fail(refused);
    await cluster.pass(30_000);
    const lost = KEYS.filter((key) => cluster.ownersOf(key)[0] === "a");
    const kept = KEYS.filter((key) => cluster.ownersOf(key)[0] !== "a");
    const before = await contents(cluster, kept);
    const report = await cluster.until(cache.removeNode("a"));
    expect(report.lostRanges.length).toBeGreaterThan(0);
    const share = report.lostRanges.reduce((sum, { from, to }) => {
      return sum + (to > from ? to - from : to - from + 2 ** 32);
    }, 0);
    expect(share / 2 ** 32).toBeGreaterThan(0.2);
    expect(share / 2 ** 32).toBeLessThan(0.5);
    expect(await contents(cluster, kept)).toEqual(before);
    expect(await cache.getMany(lost)).toEqual(lost.map(() => undefined));
    expect((await collect(cache.keys())).sort()).toEqual([...kept].sort());
  });

  test("dead with the last write of a key: that is lost, and counted; what is left of the key is kept", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "old");
    await cluster.settle();
    cache.markNode("b", "unhealthy");
    await cache.set(key, "new");
    cluster.node("a").fail(refused);
    cache.markNode("b", "auto");
    await cluster.pass(60_000);
    expect(cache.nodeHealth("a")).toBe("unhealthy");
    const report = await cluster.until(cache.removeNode("a"));
    expect(report.lostKeys).toBe(1);
    expect(await text(cache, key)).toBe("old");
    expect(await cluster.held("c", key)).toEqual(await cluster.held("b", key));
  });

  test("dead while the other owner lost its memory: it can be removed all the same", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "v");
    await cluster.settle();
    cache.markNode("b", "unhealthy");
    cluster.node("b").fail(refused);
    cluster.node("a").restart();
    await cluster.pass(30_000);
    const report = await cluster.until(cache.removeNode("b"));
    expect(report.lostRanges.length + report.lostKeys).toBeGreaterThan(0);
    await cluster.until(cache.set(key, "again"));
    expect(await text(cache, key)).toBe("again");
  });

  test("and cannot be emptied is emptied when it comes back as another node", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    await fill(cluster);
    cluster.node("a").fail(reset, { only: "delete" });
    await cluster.until(cache.removeNode("a"));
    expect((await collect(cluster.node("a").store.keys())).length).toBeGreaterThan(0);
    cluster.node("a").heal();
    await cache.clear();
    await cluster.until(cache.addNode(new CacheNode("e", cluster.node("a").cache)));
    expect(await collect(cache.keys())).toEqual([]);
  });

  test("last is refused, and so is one that nobody knows", async () => {
    await using cluster = new Cluster({ ids: ["a"] });
    const { cache } = cluster;
    await expect(cache.removeNode("a")).rejects.toMatchObject({ code: "NO_NODES" });
    await expect(cache.removeNode("z")).rejects.toMatchObject({ code: "NODE_NOT_FOUND" });
    await cache.set("key", "v");
    expect(await text(cache, "key")).toBe("v");
  });
});
