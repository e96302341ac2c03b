/** Nodes that say PARTIAL_WRITE themselves: a server that waits for replicas of its own, or a cache over nodes. */
import { isPartialWrite } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { text } from "../contract/expectations.ts";
import { full, partlyDone } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const MODES = ["async", "sync"] as const;

async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => error);
}

describe.each(MODES)("a node that has a write without its own replicas, %s", (replication) => {
  const options = { replication, writeQuorum: 1, healthCheck: { interval: Infinity } } as const;

  test("does not act for the key any more, and gets what the next owner has", async () => {
    await using cluster = new Cluster(options);
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.incr(key);
    await cluster.settle();
    cluster.node("a").fail(partlyDone, { key, times: 1 });
    // Carried out on both of them, and counted once.
    expect(await cache.incr(key)).toBe(2);
    expect(await text(cache, key)).toBe("2");
    await cluster.pass(1000);
    await cluster.expectEqualOwners(key);
    expect(cache.nodeHealth("a")).toBe("healthy");
  });

  test("lets setMany go on to the other owners", async () => {
    await using cluster = new Cluster(options);
    const { cache } = cluster;
    const keys = [...cluster.keysOf(["a", "b"], 3), ...cluster.keysOf(["c", "a"], 3)];
    await cluster.settle();
    cluster.node("a").fail(partlyDone, { only: "setMany", times: 1 });
    await cache.setMany(keys.map((key) => [key, "v"]));
    expect(await cache.getMany(keys)).toEqual(keys.map(() => Buffer.from("v")));
    await cluster.pass(1000);
    for (const key of keys) await cluster.expectEqualOwners(key);
  });

  test("as a replica is told again until it has all of it, and nobody else waits for that", async () => {
    await using cluster = new Cluster(options);
    const { cache } = cluster;
    const [key, other] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cluster.settle();
    const { [1]: replica } = cluster.ownersOf(key);
    cluster.node(replica as string).fail(partlyDone, { key });
    await cache.set(key, "v");
    await cache.set(other, "v");
    await cluster.pass(1000);
    expect(cache.metrics().dirtyKeys).toBe(1);
    await cluster.expectEqualOwners(other);
    expect(cache.nodeHealth(replica as string)).toBe("healthy");
    cluster.node(replica as string).heal();
    await cluster.pass(20_000);
    expect(cache.metrics().dirtyKeys).toBe(0);
    await cluster.expectEqualOwners(key);
  });
});

test("a replica that has a write in part counts as one that has not acknowledged it", async () => {
  await using cluster = new Cluster({ replication: "sync" });
  const { cache } = cluster;
  const key = cluster.keyOf("a", "b");
  await cluster.settle();
  cluster.node("b").fail(partlyDone, { key, times: 1 });
  const error = await outcomeOf(cache.set(key, "v"));
  expect(error).toMatchObject({ code: "PARTIAL_WRITE", applied: ["a"], failed: ["b"] });
  await cluster.pass(1000);
  await cluster.expectEqualOwners(key);
});

test("where all owners have a write in part the caller hears of each, and they are made equal", async () => {
  await using cluster = new Cluster();
  const { cache } = cluster;
  const keys = cluster.keysOf(["a", "b"], 2);
  await cluster.settle();
  for (const id of ["a", "b"]) cluster.node(id).fail(partlyDone);
  const error = await outcomeOf(cache.setMany(keys.map((key) => [key, "v"])));
  expect(error).toMatchObject({ code: "ALL_OWNERS_FAILED" });
  const { errors } = (error as Error).cause as AggregateError;
  expect(errors).toMatchObject([{ code: "PARTIAL_WRITE" }, { code: "PARTIAL_WRITE" }]);
  for (const id of ["a", "b"]) cluster.node(id).heal();
  await cluster.pass(20_000);
  for (const key of keys) await cluster.expectEqualOwners(key);
  expect(cache.metrics()).toMatchObject({ dirtyKeys: 0, disputedKeys: 0 });
});

test("too few acknowledgements of a coordinator's own are no failure of the owner that acted", async () => {
  await using cluster = new Cluster({ replication: "sync" });
  const { cache } = cluster;
  const key = cluster.keyOf("a", "b");
  cluster.node("b").fail(full, { key });
  // Before any node was asked, so that the write goes the long way.
  const error = await outcomeOf(cache.incr(key));
  expect(error).toMatchObject({ code: "PARTIAL_WRITE", applied: ["a"], failed: ["b"] });
  expect(isPartialWrite(error)).toBe(true);
  expect(await text(cache, key)).toBe("1");
});
