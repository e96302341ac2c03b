/** A node that was removed while nobody could reach it, and is back: it is left without what it owned. */
import { CacheNode } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { collect, text } from "../contract/expectations.ts";
import { type Fault, Gate, refused, reset, unheard } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";
import { contents, fill, KEYS } from "./moving-keys.ts";

/** A cluster from which `a` was removed while it was away, with all that it held. */
async function withoutA(): Promise<Cluster> {
  const cluster = new Cluster();
  await fill(cluster);
  cluster.node("a").fail(refused);
  await cluster.pass(30_000);
  expect(cluster.cache.nodeHealth("a")).toBe("unhealthy");
  await cluster.until(cluster.cache.removeNode("a"));
  expect(await heldByA(cluster)).toBeGreaterThan(0);
  return cluster;
}

const heldByA = async (cluster: Cluster): Promise<number> => {
  return (await collect(cluster.node("a").store.keys())).length;
};

/** Asserts that every key stands on two nodes as it was, whatever the nodes are called by now. */
async function expectTwoCopies(cluster: Cluster, before: Map<string, unknown>): Promise<void> {
  for (const key of KEYS) {
    const held = await Promise.all(["a", "b", "c"].map((id) => cluster.held(id, key)));
    const copies = held.filter((state) => state !== undefined);
    expect({ key, copies }).toEqual({ key, copies: [before.get(key), before.get(key)] });
  }
}

/** Lets time pass until something is so. */
async function untilSo(cluster: Cluster, isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !isSo(); i++) await cluster.pass(100);
  expect(isSo()).toBe(true);
}

describe("a node that was removed while it was away", () => {
  test("is emptied when it answers again", async () => {
    await using cluster = await withoutA();
    const before = await contents(cluster);
    cluster.node("a").heal();
    await cluster.pass(120_000);
    expect(await heldByA(cluster)).toBe(0);
    expect(await contents(cluster)).toEqual(before);
    const { length } = cluster.node("a").calls;
    await cluster.pass(120_000);
    expect(cluster.node("a").calls).toHaveLength(length);
  });

  test("is emptied although it failed only then, and answers ever since", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    await fill(cluster);
    const [late] = cluster.keysOf(["a"], 1, "late") as [string];
    let listings = 0;
    const failOnce: Fault = async (execute, call) => {
      if (++listings !== 2) return execute();
      // All keys are handed over: this is the look at what is left.
      await cluster.node("a").store.set(late, "v");
      return reset(execute, call);
    };
    cluster.node("a").fail(failOnce, { only: "listKeys" });
    await cluster.until(cluster.cache.removeNode("a"));
    expect(await heldByA(cluster)).toBe(1);
    await cluster.pass(120_000);
    expect(await heldByA(cluster)).toBe(0);
  });

  test("is emptied by a later attempt where one fails on its way", async () => {
    await using cluster = await withoutA();
    cluster.node("a").heal();
    cluster.node("a").fail(reset, { only: "delete", times: 1 });
    await untilSo(cluster, () => cluster.node("a").count("delete") > 0);
    await cluster.settle();
    expect(await heldByA(cluster)).toBeGreaterThan(0);
    await cluster.pass(120_000);
    expect(await heldByA(cluster)).toBe(0);
  });

  test("is emptied by one attempt at a time, however often it answers meanwhile", async () => {
    await using cluster = await withoutA();
    const gate = new Gate();
    cluster.node("a").heal();
    cluster.node("a").fail(gate.fault, { only: "delete" });
    await untilSo(cluster, () => gate.held > 0);
    // Many probes are answered while a delete takes its time, again and again.
    for (let i = 0; i < 20; i++) {
      await cluster.pass(1500);
      expect(gate.held).toBeLessThanOrEqual(1);
      gate.letGo();
    }
  });

  test.each(["a", "e"])("keeps what it is given when it is taken back as %s", async (id) => {
    await using cluster = await withoutA();
    const before = await contents(cluster);
    cluster.node("a").heal();
    await cluster.until(cluster.cache.addNode(new CacheNode(id, cluster.node("a").cache)));
    await cluster.pass(120_000);
    await expectTwoCopies(cluster, before);
  });

  test.each(["a", "e"])(
    "keeps what it is given when it is taken back as %s while it is being emptied",
    async (id) => {
      await using cluster = await withoutA();
      const before = await contents(cluster);
      const gate = new Gate();
      cluster.node("a").heal();
      cluster.node("a").fail(gate.fault, { only: "delete" });
      await untilSo(cluster, () => gate.held > 0);
      const taken = cluster.cache.addNode(new CacheNode(id, cluster.node("a").cache));
      await cluster.pass(200);
      // Nothing is written there before the delete that is on its way has come to its end.
      expect(cluster.node("a").count("writeState")).toBe(0);
      gate.open();
      await cluster.until(taken);
      await cluster.pass(120_000);
      await expectTwoCopies(cluster, before);
    },
  );

  test("stays to be emptied where it could not be taken back", async () => {
    await using cluster = await withoutA();
    const node = new CacheNode("a", cluster.node("a").cache);
    await expect(cluster.until(cluster.cache.addNode(node))).rejects.toMatchObject({
      code: "NODE_UNHEALTHY",
    });
    cluster.node("a").heal();
    await cluster.pass(120_000);
    expect(await heldByA(cluster)).toBe(0);
  });

  test("leaves no timer behind when the cache is closed while it is being emptied", async () => {
    await using cluster = await withoutA();
    const { cache, time } = cluster;
    cluster.node("a").heal();
    cluster.node("a").fail(unheard, { only: "delete" });
    await untilSo(cluster, () => cluster.node("a").count("delete") > 0);
    await cluster.until(cache.close());
    await cluster.settle();
    expect(time.pending).toBe(0);
  });
});

test("a node that was removed while it waited to catch up, and is added again, keeps what it is given", async () => {
  await using cluster = new Cluster({ fenceTimeout: 20_000 });
  const { cache } = cluster;
  const [key, other] = cluster.keysOf(["a", "b"], 2) as [string, string];
  const a = cluster.node("a");
  await cluster.settle();
  a.fail(unheard, { only: "setMany", times: 1 });
  await cluster.until(cache.setMany([[other, "v"]]));
  cache.markNode("a", "unhealthy");
  await cache.set(key, "v");
  cache.markNode("a", "auto");
  await cluster.pass(100);
  expect(cache.nodeHealth("a")).toBe("syncing");
  a.fail(refused);
  await cluster.until(cache.removeNode("a"));
  a.heal();
  await cluster.until(cache.addNode(new CacheNode("a", a.cache)));
  expect(cluster.ownersOf(key)).toContain("a");
  await cluster.pass(30_000);
  expect(await text(cache, key)).toBe("v");
  await cluster.expectEqualOwners(key);
});
