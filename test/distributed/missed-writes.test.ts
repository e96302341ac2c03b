/** Freshness is per key: what a node missed it neither serves nor acts on, until it has caught up. */
import { describe, expect, test } from "vitest";
import { text } from "../contract/expectations.ts";
import { broken, full, Gate, lostReply, refused, reset, slow } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const FAILED = { code: "ALL_OWNERS_FAILED" };

describe("a node that missed a write", () => {
  test("is told when it is back, a delete as much as a set, with the exact deadline", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const [set, deleted, expiring, board] = cluster.keysOf(["a", "b"], 4) as [
      string,
      string,
      string,
      string,
    ];
    for (const key of [set, deleted, expiring]) await cache.set(key, "old");
    await cluster.settle();
    cache.markNode("a", "unhealthy");
    await cache.set(set, "new");
    expect(await cache.delete(deleted)).toBe(true);
    await cache.expire(expiring, "1h");
    await cache.zAdd(board, { member: "ada", score: 1 });
    expect(cache.metrics().dirtyKeys).toBe(4);
    cluster.time.advance(1234);
    cache.markNode("a", "auto");
    await cluster.pass(1000);
    expect(cache.nodeHealth("a")).toBe("healthy");
    expect(cache.metrics().dirtyKeys).toBe(0);
    cache.markNode("b", "unhealthy");
    expect(await text(cache, set)).toBe("new");
    expect(await text(cache, deleted)).toBeUndefined();
    expect(await cache.zScore(board, "ada")).toBe(1);
    for (const key of [set, deleted, expiring, board]) await cluster.expectEqualOwners(key);
  });

  test("neither serves nor acts for its key, however healthy, and serves the rest", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const [key, other] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cache.set(key, "old");
    await cache.set(other, "v");
    await cluster.settle();
    cache.markNode("a", "unhealthy");
    await cache.set(key, "new");
    cache.markNode("b", "unhealthy");
    cache.markNode("a", "auto");
    await cluster.pass(5000);
    expect(cache.nodeHealth("a")).toBe("healthy");
    expect(await text(cache, other)).toBe("v");
    await expect(cluster.until(cache.get(key))).rejects.toMatchObject(FAILED);
    await expect(cluster.until(cache.append(key, "!"))).rejects.toMatchObject(FAILED);
    await expect(cluster.until(cache.set(key, "newest"))).rejects.toMatchObject(FAILED);
    cache.markNode("b", "auto");
    await cluster.pass(1000);
    expect(await text(cache, key)).toBe("new");
    await cluster.pass(10_000);
    await cluster.expectEqualOwners(key);
  });

  test("owes a key once, however often it missed it", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    cache.markNode("b", "unhealthy");
    for (let i = 0; i < 50; i++) await cache.incr(key);
    expect(cache.metrics()).toMatchObject({ dirtyKeys: 1, replicationFailures: 50 });
    expect(cache.nodes()[1]?.metrics().dirtyKeys).toBe(1);
    cache.markNode("b", "auto");
    await cluster.pass(1000);
    await cluster.expectEqualOwners(key);
  });

  test.each(["async", "sync"] as const)(
    "because it answered with an error is brought up to date (%s)",
    async (replication) => {
      await using cluster = new Cluster({ replication, writeQuorum: 1 });
      const { cache } = cluster;
      const key = cluster.keyOf("a", "b");
      await cache.set(key, "old");
      await cluster.settle();
      cluster.node("b").fail(full, { key });
      await cluster.until(cache.set(key, "new"));
      await cluster.settle();
      expect(cache.metrics()).toMatchObject({ dirtyKeys: 1, replicationFailures: 1 });
      expect(cache.nodeHealth("b")).toBe("healthy");
      cluster.node("b").heal();
      await cluster.pass(30_000);
      expect(cache.metrics().dirtyKeys).toBe(0);
      await cluster.expectEqualOwners(key);
    },
  );
});

describe("a call of which nobody knows whether it was carried out", () => {
  test.each([
    ["lost its reply", lostReply],
    ["met a reset connection", reset],
    ["met an error that is none of the cache's", broken],
  ])("and that %s makes its key dirty, a delete as much as a set", async (_, fault) => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const [set, deleted] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cache.set(set, "old");
    await cache.set(deleted, "old");
    await cluster.settle();
    cluster.node("a").fail(fault, { only: ["set", "delete"], times: 1 });
    await cluster.until(cache.set(set, "new"));
    cluster.node("a").fail(fault, { only: "delete", key: deleted, times: 1 });
    await cluster.until(cache.delete(deleted));
    expect(await text(cache, set)).toBe("new");
    expect(await text(cache, deleted)).toBeUndefined();
    await cluster.pass(5000);
    expect(cache.metrics().dirtyKeys).toBe(0);
    for (const key of [set, deleted]) await cluster.expectEqualOwners(key);
  });

  test("and that was refused does not: nothing was sent", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("a").fail(refused);
    await expect(cache.incr(key)).resolves.toBe(1);
    await expect(cache.zAdd(key, { member: "m", score: 1 })).rejects.toMatchObject({
      code: "WRONG_TYPE",
    });
    expect(cache.nodeHealth("a")).toBe("unhealthy");
  });
});

describe("a write that was given up", () => {
  test("does not land on what was written after it", async () => {
    await using cluster = new Cluster({ fenceTimeout: "1m" });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    const gate = new Gate();
    cluster.node("a").fail(gate.fault, { only: "set", key, times: 1 });
    await cluster.until(cache.set(key, "first"));
    const second = cache.set(key, "second");
    await cluster.pass(5000);
    expect(await cluster.held("a", key)).toBeUndefined();
    gate.open();
    await cluster.until(second);
    await cluster.pass(12_000);
    await cluster.expectEqualOwners(key);
    cache.markNode("b", "unhealthy");
    expect(await text(cache, key)).toBe("second");
  });

  test("does not land on a later one, even where its node is the only owner", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    const [key, other] = cluster.keysOf(["a"], 2) as [string, string];
    await cluster.settle();
    const gate = new Gate();
    cluster.node("a").fail(gate.fault, { only: "set", key, times: 1 });
    await expect(cluster.until(cache.set(key, "first"))).rejects.toMatchObject(FAILED);
    for (let i = 0; i < 4; i++) await cluster.until(cache.get(other));
    expect(cache.nodeHealth("a")).toBe("healthy");
    const second = cache.set(key, "second");
    await cluster.settle();
    gate.open();
    await cluster.until(second);
    await cluster.settle();
    expect(await text(cache, key)).toBe("second");
  });

  test("and never settles is taken for lost after the fence timeout", async () => {
    await using cluster = new Cluster({ fenceTimeout: "20s", callTimeout: "1s" });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("a").fail(new Gate().fault, { only: "set", key, times: 1 });
    await cluster.until(cache.set(key, "v"));
    await cluster.pass(15_000);
    expect(await cluster.held("a", key)).toBeUndefined();
    await cluster.pass(15_000);
    await cluster.expectEqualOwners(key);
  });
});

describe("a key whose write failed on every owner", () => {
  test("is as the first owner to answer has it: the one that acted", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "old");
    await cluster.settle();
    cluster.node("a").fail(lostReply, { only: "set", key, times: 1 });
    cluster.node("b").fail(reset, { only: "set", key, times: 1 });
    await expect(cluster.until(cache.set(key, "new"))).rejects.toMatchObject(FAILED);
    expect(cache.metrics()).toMatchObject({ dirtyKeys: 0, replicationFailures: 2 });
    expect(await text(cache, key)).toBe("new");
    expect(cache.metrics().dirtyKeys).toBe(1);
    cache.markNode("a", "unhealthy");
    await expect(cluster.until(cache.get(key))).rejects.toMatchObject(FAILED);
    cache.markNode("a", "auto");
    await cluster.pass(5000);
    await cluster.expectEqualOwners(key);
  });

  test("is as the first owner to answer has it: the one that has it not", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "old");
    await cluster.settle();
    cluster.node("a").fail(lostReply, { only: "set", key, times: 1 });
    cluster.node("b").fail(reset, { only: "set", key, times: 1 });
    await expect(cluster.until(cache.set(key, "new"))).rejects.toMatchObject(FAILED);
    cache.markNode("a", "unhealthy");
    expect(await text(cache, key)).toBe("old");
    cache.markNode("a", "auto");
    await cluster.pass(5000);
    expect(await text(cache, key)).toBe("old");
    await cluster.expectEqualOwners(key);
  });

  test("is settled by the next write that an owner answers", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("a").fail(lostReply, { only: "incr", key, times: 1 });
    cluster.node("b").fail(reset, { only: "incr", key, times: 1 });
    await expect(cluster.until(cache.incr(key))).rejects.toMatchObject(FAILED);
    // Once where it was carried out, and once more.
    expect(await cluster.until(cache.incr(key))).toBe(2);
    await cluster.pass(5000);
    await cluster.expectEqualOwners(key);
  });
});

describe("a clear that failed on every node at first", () => {
  test("is seen to its end, where any of them may have done it, before anybody serves", async () => {
    await using cluster = new Cluster({ ids: ["a", "b"] });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "v");
    await cluster.settle();
    cluster.node("a").fail(lostReply, { only: "clear", times: 1 });
    cluster.node("b").fail(reset, { only: "clear", times: 1 });
    await expect(cluster.until(cache.clear())).rejects.toMatchObject(FAILED);
    await expect(cache.get(key)).rejects.toMatchObject(FAILED);
    await cluster.pass(5000);
    expect(await text(cache, key)).toBeUndefined();
    for (const id of ["a", "b"]) expect(await cluster.held(id, key)).toBeUndefined();
  });

  test("has not happened where all of them refused it", async () => {
    await using cluster = new Cluster({ ids: ["a", "b"] });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "v");
    await cluster.settle();
    for (const id of ["a", "b"]) cluster.node(id).fail(refused);
    await expect(cluster.until(cache.clear())).rejects.toMatchObject(FAILED);
    for (const id of ["a", "b"]) cluster.node(id).heal();
    await cluster.pass(60_000);
    expect(await text(cache, key)).toBe("v");
  });
});

describe("what is on its way to a replica", () => {
  test("is there before the replica serves", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const [key, board] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cluster.settle();
    cluster.node("b").fail(slow(time, 300), { only: ["set", "setMany", "writeScores"] });
    await cache.set(key, "v");
    await cache.zAdd(board, { member: "ada", score: 1 });
    expect(cache.metrics().queuedWrites).toBe(2);
    cache.markNode("a", "unhealthy");
    expect(await cluster.until(text(cache, key))).toBe("v");
    expect(await cluster.until(cache.zIncrBy(board, "ada", 1))).toBe(2);
    expect(cache.metrics().queuedWrites).toBe(0);
  });

  test("arrives in the order of the writes, however slow the first was", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("b").fail(slow(time, 300), { key, times: 1 });
    await cache.set(key, "first");
    await cluster.settle();
    await cache.set(key, "second");
    await cache.append(key, " and third");
    await cluster.pass(1000);
    expect(cache.metrics().queuedWrites).toBe(0);
    await cluster.expectEqualOwners(key);
    cache.markNode("a", "unhealthy");
    expect(await text(cache, key)).toBe("second and third");
  });

  test("does not land on what the replica was told when it came back", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("b").fail(slow(time, 500), { only: ["set", "setMany"], times: 1 });
    await cache.set(key, "old");
    await cluster.settle();
    cache.markNode("b", "unhealthy");
    await cache.set(key, "new");
    cache.markNode("b", "auto");
    await cluster.pass(5000);
    expect(cache.nodeHealth("b")).toBe("healthy");
    await cluster.expectEqualOwners(key);
    cache.markNode("a", "unhealthy");
    expect(await text(cache, key)).toBe("new");
  });

  test("does not land after a clear that the replica missed", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("b").fail(slow(time, 500), { only: ["set", "setMany"], times: 1 });
    await cache.set(key, "old");
    await cluster.settle();
    cache.markNode("b", "unhealthy");
    await cache.clear();
    cache.markNode("b", "auto");
    await cluster.pass(5000);
    expect(cache.nodeHealth("b")).toBe("healthy");
    cache.markNode("a", "unhealthy");
    expect(await text(cache, key)).toBeUndefined();
  });

  test("does not land after a delete that the replica missed among too many keys", async () => {
    await using cluster = new Cluster({ maxDirtyKeys: 1 });
    const { cache, time } = cluster;
    const [key, ...others] = cluster.keysOf(["a", "b"], 4) as [string, ...string[]];
    await cluster.settle();
    cluster.node("b").fail(slow(time, 500), { only: ["set", "setMany"], times: 1 });
    await cache.set(key, "old");
    await cluster.settle();
    cache.markNode("b", "unhealthy");
    await cache.delete(key);
    for (const other of others) await cache.set(other, "v");
    cache.markNode("b", "auto");
    await cluster.pass(5000);
    expect(cache.nodeHealth("b")).toBe("healthy");
    cache.markNode("a", "unhealthy");
    expect(await text(cache, key)).toBeUndefined();
  });
});

describe("a write is kept that only one node has which", () => {
  test("missed too much else while it was asked what the write had left", async () => {
    await using cluster = new Cluster({ maxDirtyKeys: 1, node: { tellsDefaultTtl: false } });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    const others = cluster.keysOf(["b", "a"], 3);
    await cluster.settle();
    const gate = new Gate();
    cluster.node("a").fail(full, { only: ["set", "setMany"] });
    cluster.node("a").fail((execute) => execute(), { only: "set", key });
    cluster.node("a").fail(gate.fault, { only: "ttl" });
    cluster.node("b").fail(full, { only: ["set", "setMany"], key });
    const write = cache.set(key, "new");
    const dropped = cluster.events("dropped");
    for (const other of others) await cache.set(other, "v");
    await cluster.settle();
    expect(dropped).toMatchObject([{ id: "a" }]);
    gate.open();
    await write;
    await cluster.settle();
    for (const id of ["a", "b"]) cluster.node(id).heal();
    await cluster.pass(20_000);
    expect(await text(cache, key)).toBe("new");
    await cluster.expectEqualOwners(key);
  });

  test("did it, and could not say so, once the one that did it next is lost", async () => {
    await using cluster = new Cluster({ replicationFactor: 3, node: { tellsDefaultTtl: false } });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b", "c");
    await cluster.settle();
    cluster.node("a").fail(broken, { only: "ttl", times: 1 });
    for (const id of ["a", "c"]) cluster.node(id).fail(full, { only: ["writeState", "setMany"] });
    cluster.node("c").fail(full, { only: "set" });
    await cache.set(key, "new");
    await cluster.settle();
    expect([await cluster.held("a", key), await cluster.held("c", key)]).toMatchObject([
      { value: "new" },
      undefined,
    ]);
    cluster.node("b").restart();
    for (const id of ["a", "c"]) cluster.node(id).heal();
    await cluster.pass(20_000);
    expect(await text(cache, key)).toBe("new");
    await cluster.expectEqualOwners(key);
  });
});
