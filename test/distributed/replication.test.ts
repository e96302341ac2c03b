/** Who has to acknowledge a write, who is told of it, and what is counted where one of them fails. */
import { isPartialWrite } from "laurel/distributed";
import { describe, expect, test, vi } from "vitest";
import { rejection, text } from "../contract/expectations.ts";
import { broken, full, Gate, refused, reset, slow } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const FAILED = { code: "ALL_OWNERS_FAILED" };

describe("replication none", () => {
  test("keeps a key on one node, whatever the factor", async () => {
    await using cluster = new Cluster({ replication: "none", replicationFactor: 3 });
    const { cache } = cluster;
    const key = cluster.keyOf("a");
    await cache.set(key, "v");
    await cluster.pass(1000);
    expect(await cluster.held("a", key)).toMatchObject({ value: "v" });
    for (const id of ["b", "c"]) expect(await cluster.held(id, key)).toBeUndefined();
    expect(cache.metrics().replicas).toBe(1);
    cache.markNode("a", "unhealthy");
    await expect(cluster.until(cache.get(key))).rejects.toMatchObject(FAILED);
    await expect(cluster.until(cache.set(key, "w"))).rejects.toMatchObject(FAILED);
  });
});

describe("replication async", () => {
  test("waits for the first owner alone; the others follow", async () => {
    await using cluster = new Cluster({ replication: "async", replicationFactor: 3 });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b", "c");
    await cluster.settle();
    const gate = new Gate();
    for (const id of ["b", "c"]) cluster.node(id).fail(gate.fault);
    await cache.set(key, "v");
    expect(cache.metrics()).toMatchObject({ queuedWrites: 2, replicationFailures: 0 });
    expect(cache.nodes()[1]?.metrics().queuedWrites).toBe(1);
    gate.open();
    await cluster.pass(100);
    expect(cache.metrics().queuedWrites).toBe(0);
    await cluster.expectEqualOwners(key);
  });

  test("does not fail while one owner can do it", async () => {
    await using cluster = new Cluster({ replication: "async", replicationFactor: 3 });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b", "c");
    await cluster.settle();
    cluster.node("a").fail(refused);
    cluster.node("b").fail(broken);
    await cluster.until(cache.set(key, "v"));
    expect(await cluster.until(text(cache, key))).toBe("v");
    expect(await cluster.until(cache.delete(key))).toBe(true);
  });

  test("has what waits told before close resolves", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("b").fail(slow(time, 300));
    await cache.set(key, "v");
    await cluster.until(cache.close());
    expect(await cluster.held("b", key)).toMatchObject({ value: "v" });
  });
});

describe("replication sync", () => {
  test("waits for every owner", async () => {
    await using cluster = new Cluster({ replication: "sync", replicationFactor: 3 });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b", "c");
    await cluster.settle();
    const gate = new Gate();
    cluster.node("c").fail(gate.fault);
    const setting = cache.set(key, "v");
    const whenDone = vi.fn<() => void>();
    void setting.then(whenDone);
    await cluster.pass(100);
    expect(whenDone).not.toHaveBeenCalled();
    gate.open();
    await cluster.until(setting);
    await cluster.expectEqualOwners(key);
    expect(cache.metrics().queuedWrites).toBe(0);
  });

  test("waits for all answers even where the quorum has acknowledged", async () => {
    await using cluster = new Cluster({
      replication: "sync",
      replicationFactor: 3,
      writeQuorum: 1,
    });
    const { cache, time } = cluster;
    const key = cluster.keyOf("a", "b", "c");
    await cluster.settle();
    cluster.node("c").fail(slow(time, 300));
    await cluster.until(cache.set(key, "v"));
    await cluster.expectEqualOwners(key);
  });

  test("rejects with PARTIAL_WRITE and says who has the write, which is not rolled back", async () => {
    await using cluster = new Cluster({
      replication: "sync",
      replicationFactor: 3,
      writeQuorum: 2,
    });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b", "c");
    await cache.set(key, "old");
    for (const id of ["b", "c"]) cluster.node(id).fail(full, { key });
    const error = await rejection(() => cluster.until(cache.set(key, "new")));
    expect(error).toMatchObject({ code: "PARTIAL_WRITE", applied: ["a"] });
    if (!isPartialWrite(error)) throw error;
    expect([...error.failed].sort()).toEqual(["b", "c"]);
    expect(error.cause).toBeInstanceOf(AggregateError);
    expect(cache.metrics()).toMatchObject({ replicationFailures: 2, dirtyKeys: 2 });
    expect(await text(cache, key)).toBe("new");
    for (const id of ["b", "c"]) cluster.node(id).heal();
    await cluster.pass(30_000);
    await cluster.expectEqualOwners(key);
  });

  test("is content with its quorum", async () => {
    await using cluster = new Cluster({
      replication: "sync",
      replicationFactor: 3,
      writeQuorum: 2,
    });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b", "c");
    await cluster.settle();
    cluster.node("a").fail(reset, { key });
    await cluster.until(cache.set(key, "v"));
    expect(cache.metrics().replicationFailures).toBe(1);
    expect(await cluster.until(text(cache, key))).toBe("v");
  });

  test("counts owners that are skipped, too", async () => {
    await using cluster = new Cluster({
      replication: "sync",
      replicationFactor: 3,
      writeQuorum: 1,
    });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b", "c");
    cache.markNode("b", "unhealthy");
    cache.markNode("c", "unhealthy");
    await cluster.until(cache.set(key, "v"));
    await cluster.until(cache.set(key, "w"));
    expect(cache.metrics()).toMatchObject({ replicationFailures: 4, dirtyKeys: 2 });
  });

  test("rejects with INSUFFICIENT_REPLICAS beforehand, and applies nothing", async () => {
    await using cluster = new Cluster({ replication: "sync", replicationFactor: 2 });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "5");
    cache.markNode("b", "unhealthy");
    const refusal = { code: "INSUFFICIENT_REPLICAS" };
    const writes: (() => Promise<unknown>)[] = [
      () => cache.set(key, "new"),
      () => cache.incr(key),
      () => cache.delete(key),
      () => cache.setMany([[key, "new"]]),
      () => cache.deleteMany([key]),
      () => cache.expire(key, "1s"),
    ];
    for (const write of writes) {
      await expect(cluster.until(write())).rejects.toMatchObject(refusal);
    }
    expect(await text(cache, key)).toBe("5");
    expect(cache.metrics().dirtyKeys).toBe(0);
  });

  test("rejects every write where more replicas are asked for than there are nodes", async () => {
    await using cluster = new Cluster({ replication: "sync", replicationFactor: 4 });
    const { cache } = cluster;
    await expect(cache.set("key", "v")).rejects.toMatchObject({ code: "INSUFFICIENT_REPLICAS" });
    expect(await text(cache, "key")).toBeUndefined();
    expect(cache.metrics().replicas).toBe(3);
    await cluster.until(cache.addNode(cluster.newNode("d")));
    await cluster.until(cache.set("key", "v"));
    expect(cache.metrics().replicas).toBe(4);
    await cluster.expectEqualOwners("key");
  });
});

test("async, more replicas than nodes are as many as there are, which the metrics show", async () => {
  await using cluster = new Cluster({ ids: ["a", "b"], replicationFactor: 5 });
  const { cache } = cluster;
  await cache.set("key", "v");
  await cluster.settle();
  await cluster.expectEqualOwners("key");
  expect(cache.metrics()).toMatchObject({ replicas: 2, replicationFailures: 0 });
});

describe("setMany", () => {
  test("that reached some nodes only says which", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    const [a, b] = [cluster.keyOf("a"), cluster.keyOf("b")];
    await cluster.settle();
    cluster.node("b").fail(refused);
    const error = await rejection(() => {
      return cluster.until(
        cache.setMany([
          [a, "1"],
          [b, "2"],
        ]),
      );
    });
    expect(error).toMatchObject({ code: "PARTIAL_WRITE", applied: ["a"], failed: ["b"] });
    expect(await text(cache, a)).toBe("1");
  });

  test("that a quorum did not acknowledge says which nodes have it and which have not", async () => {
    await using cluster = new Cluster({ replication: "sync" });
    const { cache } = cluster;
    const [one, two] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cluster.settle();
    cluster.node("b").fail(full, { only: ["set", "setMany"] });
    const error = await rejection(() => {
      return cluster.until(
        cache.setMany([
          [one, "1"],
          [two, "2"],
        ]),
      );
    });
    expect(error).toMatchObject({ code: "PARTIAL_WRITE", applied: ["a"], failed: ["b"] });
    expect(await text(cache, two)).toBe("2");
    cluster.node("b").heal();
    await cluster.pass(30_000);
    for (const key of [one, two]) await cluster.expectEqualOwners(key);
  });

  test("that reached nobody rejects as a single set does", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await cluster.settle();
    for (const id of ["a", "b", "c"]) cluster.node(id).fail(refused);
    await expect(cluster.until(cache.setMany([["key", "v"]]))).rejects.toMatchObject(FAILED);
  });
});

describe("writes of one key", () => {
  test("are carried out in the order of calling, and reads behind those called before", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    let turn = 0;
    // The later a call, the faster it is.
    cluster.node("a").fail((execute, call) => slow(time, 500 - 40 * turn++)(execute, call));
    const answers = [
      cache.set(key, "1"),
      cache.append(key, "2"),
      text(cache, key),
      cache.incr(key),
      text(cache, key),
      cache.setMany([[key, "7"]]),
      cache.delete(key),
      cache.exists(key),
      cache.incr(key),
    ];
    expect(await cluster.until(Promise.all(answers))).toEqual([
      undefined,
      2,
      "12",
      13,
      "13",
      undefined,
      true,
      false,
      1,
    ]);
    await cluster.pass(1000);
    await cluster.expectEqualOwners(key);
  });

  test("wait for a clear that was called before them, and it for those before it", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const keys = cluster.keysOf(["a", "b"], 4);
    await cluster.settle();
    cluster.node("a").fail(slow(time, 200));
    const before = keys.map((key) => cache.set(key, "before"));
    const clearing = cache.clear();
    const after = cache.set(keys[0] as string, "after");
    await cluster.until(Promise.all([...before, clearing, after]));
    await cluster.pass(1000);
    for (const [i, key] of keys.entries()) {
      expect(await cluster.until(text(cache, key))).toBe(i === 0 ? "after" : undefined);
      await cluster.expectEqualOwners(key);
    }
  });
});
