/** What concerns all keys: listings, clear, repair, metrics, the end. */
import { describe, expect, test } from "vitest";
import { CacheError } from "laurel";
import { collect, rejection, text } from "../contract/expectations.ts";
import { type Fault, full, lostReply, refused, reset, slow } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const FAILED = { code: "ALL_OWNERS_FAILED" };
const KEYS = Array.from({ length: 90 }, (_, i) => `key:${i}`).sort();

async function filled(options: ConstructorParameters<typeof Cluster>[0] = {}): Promise<Cluster> {
  const cluster = new Cluster(options);
  for (const key of KEYS) await cluster.cache.set(key, `value of ${key}`);
  await cluster.settle();
  return cluster;
}

const list = async (cluster: Cluster, pattern?: string): Promise<string[]> => {
  return (await cluster.until(collect(cluster.cache.keys(pattern)))).sort();
};

const WELL_AT_ONCE = { successThreshold: 1 };

/** A node that fails at one step of its listings, and answers as often as it takes in between. */
const failAtStep = (cluster: Cluster, id: string, at: number, times = Infinity): void => {
  let left = times;
  const fault: Fault = (execute, call) =>
    call.step === at && left-- > 0 ? reset(execute, call) : execute();
  cluster.node(id).fail(fault, { only: "keys" });
};

describe("keys()", () => {
  test.each([1, 2, 3])("tells each key once, with %i owners of each", async (replicationFactor) => {
    await using cluster = await filled({ replicationFactor });
    expect(await list(cluster)).toEqual(KEYS);
    expect(await list(cluster, "key:1?")).toEqual(KEYS.filter((key) => /^key:1.$/.test(key)));
    expect(await list(cluster, "nothing:*")).toEqual([]);
  });

  test("tells each key once while a node is away", async () => {
    await using cluster = await filled();
    cluster.cache.markNode("b", "unhealthy");
    expect(await list(cluster)).toEqual(KEYS);
    cluster.node("c").fail(refused);
    await cluster.until(cluster.cache.get(cluster.keyOf("c", "a")));
    await expect(list(cluster)).rejects.toMatchObject(FAILED);
  });

  test("tells each key, where a node fails in the middle", async () => {
    await using cluster = await filled();
    let steps = 0;
    cluster.node("b").fail((execute, call) => (++steps > 15 ? refused(execute, call) : execute()), {
      only: "keys",
    });
    const keys = await list(cluster);
    expect([...new Set(keys)]).toEqual(KEYS);
  });

  test("tells nothing twice where a node fails before it has told anything", async () => {
    await using cluster = await filled();
    cluster.node("b").fail(refused, { only: "keys" });
    expect(await list(cluster)).toEqual(KEYS);
  });

  test("tells nothing twice where a node fails that is behind with a key", async () => {
    await using cluster = await filled({ healthCheck: { failureThreshold: 1000 } });
    const { cache } = cluster;
    const key = cluster.keyOf("b", "c");
    expect(KEYS).toContain(key);
    cluster.node("b").fail(reset, { key });
    await cluster.until(cache.set(key, "new"));
    for (let i = 0; i < 2; i++) {
      await cache.set(cluster.keyOf("a", "b"), "v");
      await cluster.settle();
    }
    expect(cache.nodeHealth("b")).toBe("healthy");
    expect(cache.metrics().dirtyKeys).toBe(1);
    cluster.node("b").fail(reset, { only: "keys" });
    expect(await list(cluster)).toEqual(KEYS);
  });

  test.each([0, 5])(
    "rejects where the only owner fails again and again at step %i, and is well in between",
    async (at) => {
      await using cluster = await filled({ replicationFactor: 1, healthCheck: WELL_AT_ONCE });
      failAtStep(cluster, "b", at);
      const error = (await rejection(() => list(cluster))) as CacheError;
      expect(error).toMatchObject(FAILED);
      const failed: unknown = expect.objectContaining({ code: "CONNECTION_FAILED" });
      expect((error.cause as AggregateError).errors).toEqual([failed, failed, failed]);
    },
  );

  test("gives up an owner that fails again and again, and not one that fails for a while", async () => {
    await using cluster = await filled({ ids: ["a", "b"], healthCheck: WELL_AT_ONCE });
    failAtStep(cluster, "a", 5, 2);
    failAtStep(cluster, "b", 5);
    expect([...new Set(await list(cluster))]).toEqual(KEYS);
    expect(cluster.node("b").calls.filter(({ step }) => step === 5).length).toBeLessThanOrEqual(3);
    failAtStep(cluster, "a", 5);
    await expect(list(cluster)).rejects.toMatchObject(FAILED);
  });

  test("rejects with what a node answers that cannot list", async () => {
    await using cluster = await filled();
    const answer = new CacheError("CAPABILITY_UNSUPPORTED", "Cannot list keys");
    const before = cluster.node("b").count("keys");
    cluster.node("b").fail(() => Promise.reject(answer), { only: "keys" });
    expect(await rejection(() => list(cluster))).toBe(answer);
    expect(cluster.node("b").count("keys") - before).toBe(1);
  });

  test("tells what is still on its way to the node that acts now", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const [key, other] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cluster.settle();
    cluster.node("a").fail(reset, { only: "get", times: 1 });
    await cluster.until(cache.get(other));
    // For a while b acts, and a is told.
    cluster.node("a").fail(slow(time, 500), { only: ["set", "setMany"] });
    await cache.set(key, "v");
    await cluster.settle();
    expect(await list(cluster)).toEqual([key]);
  });

  test("rejects rather than leaving out a key whose fresh owner is away", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    cache.markNode("a", "unhealthy");
    await cache.set(key, "v");
    cache.markNode("b", "unhealthy");
    cache.markNode("a", "auto");
    await cluster.pass(5000);
    await expect(cluster.until(cache.get(key))).rejects.toMatchObject(FAILED);
    await expect(list(cluster)).rejects.toMatchObject(FAILED);
  });

  test("that is left early tells the nodes so, and leaves nothing behind", async () => {
    await using cluster = await filled();
    for await (const key of cluster.cache.keys()) {
      expect(KEYS).toContain(key);
      break;
    }
    await cluster.settle();
    expect(await list(cluster)).toEqual(KEYS);
  });
});

describe("clear()", () => {
  test("reaches every node", async () => {
    await using cluster = await filled();
    await cluster.until(cluster.cache.clear());
    expect(await list(cluster)).toEqual([]);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test("resolves where each key has an owner that was cleared", async () => {
    await using cluster = await filled();
    cluster.node("a").fail(refused);
    await cluster.until(cluster.cache.clear());
    expect(await list(cluster)).toEqual([]);
    expect(cluster.cache.metrics().replicationFailures).toBe(1);
    cluster.node("a").heal();
    await cluster.pass(60_000);
    expect(await collect(cluster.node("a").store.keys())).toEqual([]);
  });

  test("rejects with PARTIAL_WRITE where some keys have none, and clears those later", async () => {
    await using cluster = await filled({ replicationFactor: 1 });
    cluster.node("a").fail(refused);
    const error = await rejection(() => cluster.until(cluster.cache.clear()));
    expect(error).toMatchObject({ code: "PARTIAL_WRITE", applied: ["b", "c"], failed: ["a"] });
    cluster.node("a").heal();
    await cluster.pass(60_000);
    expect(await list(cluster)).toEqual([]);
  });

  test("asks for the quorum under sync", async () => {
    await using cluster = await filled({ replication: "sync", writeQuorum: 2 });
    cluster.cache.markNode("a", "unhealthy");
    const error = await rejection(() => cluster.until(cluster.cache.clear()));
    expect(error).toMatchObject({ code: expect.stringMatching(/PARTIAL|INSUFFICIENT/) as string });
  });

  test("whose reply is lost has cleared all the same", async () => {
    await using cluster = await filled();
    cluster.node("a").fail(lostReply, { only: "clear", times: 1 });
    await cluster.until(cluster.cache.clear());
    await cluster.until(cluster.cache.set("new", "v"));
    await cluster.pass(30_000);
    expect(await list(cluster)).toEqual(["new"]);
    await cluster.expectEqualOwners("new");
  });
});

describe("repair()", () => {
  test("makes replicas equal to the owner that acts, and says how many were not", async () => {
    await using cluster = await filled();
    const { cache } = cluster;
    const board = cluster.keyOf("a", "b");
    await cache.zAdd(board.replace("key", "board"), { member: "ada", score: 1 });
    await cluster.settle();
    const [missing, other, extra] = cluster.keysOf(["a", "b"], 3) as [string, string, string];
    await cluster.node("b").store.delete(missing);
    await cluster.node("b").store.set(other, "something else");
    await cluster.node("a").store.delete(extra);
    const report = await cluster.until(cache.repair());
    expect(report).toMatchObject({ repairedKeys: 3, unreachableKeys: 0 });
    expect(report.checkedKeys).toBeGreaterThanOrEqual(KEYS.length);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
    expect(await text(cache, other)).toBe(`value of ${other}`);
    expect(await text(cache, extra)).toBeUndefined();
    expect(await cluster.until(cache.repair())).toMatchObject({ repairedKeys: 0 });
  });

  test("leaves what cannot be reached dirty, and counts it", async () => {
    await using cluster = await filled();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.node("b").store.set(key, "something else");
    cluster.node("b").fail(full, { only: "writeState" });
    const report = await cluster.until(cache.repair());
    expect(report).toMatchObject({ repairedKeys: 0, unreachableKeys: 1 });
    expect(cache.metrics().dirtyKeys).toBe(1);
    cluster.node("b").heal();
    await cluster.pass(30_000);
    await cluster.expectEqualOwners(key);
  });

  test("ends with the reason of its signal, and with the cache", async () => {
    await using cluster = await filled();
    const { cache } = cluster;
    const reason = new Error("enough");
    await expect(cache.repair({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const repairing = cache.repair({ signal: controller.signal, maxKeysPerSecond: 10 });
    const rejected = expect(cluster.until(repairing)).rejects.toBe(reason);
    await cluster.pass(1000);
    controller.abort(reason);
    await rejected;
    await cluster.until(cache.close());
    await expect(cache.repair()).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("metrics()", () => {
  test("is a snapshot of what was counted, also after close", async () => {
    await using cluster = await filled();
    const { cache } = cluster;
    const before = cache.metrics();
    expect(before).toEqual({
      requests: KEYS.length,
      failovers: 0,
      replicationFailures: 0,
      healthyNodes: 3,
      unhealthyNodes: 0,
      rebalances: 0,
      dirtyKeys: 0,
      queuedWrites: 0,
      queuedBytes: 0,
      disputedKeys: 0,
      replicas: 2,
    });
    await cache.get("key:1");
    await cache.getMany(["key:1", "key:2"]);
    expect(before.requests).toBe(KEYS.length);
    expect(cache.metrics().requests).toBe(KEYS.length + 2);
    await cluster.until(cache.close());
    expect(cache.metrics()).toMatchObject({ requests: KEYS.length + 2 });
  });
});

describe("close()", () => {
  test("waits for writes that were called before it", async () => {
    await using cluster = new Cluster({ closeNodes: true });
    const { cache, time } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("a").fail(slow(time, 50), { only: "set" });
    const answers = Promise.all([cache.set(key, "v"), cache.append(key, "w"), cache.close()]);
    expect(await cluster.until(answers)).toEqual([undefined, 2, undefined]);
    const told = cluster.node("b").calls.filter(({ args }) => args[0] === key);
    expect(told.length).toBeGreaterThan(0);
  });

  test("may be called twice, and every later call rejects with CLOSED", async () => {
    await using cluster = await filled();
    const { cache } = cluster;
    await cluster.until(Promise.all([cache.close(), cache.close()]));
    const closed = { code: "CLOSED" };
    for (const call of [
      () => cache.get("k"),
      () => cache.set("k", "v"),
      () => cache.setMany([["k", "v"]]),
      () => cache.zAdd("k", { member: "m", score: 1 }),
      () => cache.clear(),
      () => cache.repair(),
      () => cache.addNode(cluster.newNode("d")),
      () => cache.removeNode("a"),
      () => collect(cache.keys()),
      () => collect(cache.zScan("k")),
      () => cache.bootId(),
    ]) {
      await expect(call()).rejects.toMatchObject(closed);
    }
    expect(await cluster.node("a").store.bootId()).toBeTruthy();
  });

  test("does not wait for a node that does not answer longer than its time limits", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("b").fail(() => new Promise(() => {}));
    await cache.set(key, "v");
    const start = time.clock.now();
    await cluster.until(cache.close());
    expect(time.clock.now() - start).toBeLessThan(10_000);
  });
});
