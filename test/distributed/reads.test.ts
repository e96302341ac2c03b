/** Who answers a read, and who is asked when the first does not. */
import { describe, expect, test } from "vitest";
import { MemoryLeaderboardCache } from "laurel";
import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
import { collect, rejection, text } from "../contract/expectations.ts";
import { broken, closed, type Fault, refused, reset, unanswered } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const FAILED = { code: "ALL_OWNERS_FAILED" };
const FAULTS: [string, Fault][] = [
  ["is down", refused],
  ["lost its connection", reset],
  ["breaks", broken],
  ["was closed", closed],
  ["does not answer", unanswered],
];

describe.each(["next-node", "all-nodes"] as const)("failover %s", (failover) => {
  test.each(FAULTS)("asks the next owner where the first %s", async (_, fault) => {
    await using cluster = new Cluster({ failover });
    const { cache } = cluster;
    const [key, board] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cache.set(key, "v", { ttl: "1h" });
    await cache.zAdd(board, { member: "ada", score: 7 });
    await cluster.settle();
    cluster.node("a").fail(fault);
    expect(await cluster.until(text(cache, key))).toBe("v");
    expect(await cluster.until(cache.exists(key))).toBe(true);
    expect(await cluster.until(cache.ttl(key))).toBeGreaterThan(3_500_000);
    expect(await cluster.until(cache.getMany([key, board]))).toEqual([Buffer.from("v"), undefined]);
    expect(await cluster.until(cache.zRank(board, "ada"))).toBe(0);
    expect(await cluster.until(collect(cache.zScan(board)))).toHaveLength(1);
    expect(cache.metrics().failovers).toBeGreaterThan(0);
  });

  test("takes a miss of a fresh owner for an answer", async () => {
    await using cluster = new Cluster({ failover });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    await cluster.node("b").store.set(key, "of nobody's making");
    await cluster.node("c").store.set(key, "of nobody's making");
    expect(await text(cache, key)).toBeUndefined();
    expect(cache.metrics().failovers).toBe(0);
  });

  test("takes an error that is an answer for the answer", async () => {
    await using cluster = new Cluster({ failover });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "text");
    await cluster.settle();
    const calls = cluster.node("b").calls.length;
    await expect(cache.zRange(key, 0, -1)).rejects.toMatchObject({ code: "WRONG_TYPE" });
    await expect(cache.zCount(key, NaN, 0)).rejects.toMatchObject({ code: "INVALID_RANGE" });
    expect(cluster.node("b").calls).toHaveLength(calls);
  });

  test("rejects with what each owner said where none answers", async () => {
    await using cluster = new Cluster({ failover, replicationFactor: 3 });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b", "c");
    await cluster.settle();
    cluster.node("a").fail(reset);
    cluster.node("b").fail(broken);
    cache.markNode("c", "unhealthy");
    const error = await rejection(() => cluster.until(cache.get(key)));
    expect(error).toMatchObject(FAILED);
    const { errors } = (error as { cause: AggregateError }).cause;
    const said = errors.map((cause: Error) => (cause as { code?: string }).code ?? cause.message);
    expect(said).toEqual(["CONNECTION_FAILED", "the node broke down", "NODE_UNHEALTHY"]);
    expect(String(errors[2])).toContain("c");
  });
});

test("asks another owner where the nodes behind a node are away", async () => {
  await using inner = new Cluster({ ids: ["x", "y"] });
  const { clock, timers } = inner.time;
  const plain = new MemoryLeaderboardCache({ clock, timers, sweepInterval: Infinity });
  const nodes = [new CacheNode("inner", inner.cache), new CacheNode("plain", plain)];
  await using cache = new DistributedLeaderboardCache(nodes, {
    replicationFactor: 2,
    replication: "sync",
    writeQuorum: 1,
    clock,
    timers,
  });
  const keys = Array.from({ length: 20 }, (_, i) => `key:${i}`);
  for (const key of keys) await inner.until(cache.set(key, "1"));
  inner.cache.markNode("x", "unhealthy");
  inner.cache.markNode("y", "unhealthy");
  await expect(inner.cache.get("key:0")).rejects.toMatchObject(FAILED);
  for (const key of keys) {
    expect(await inner.until(text(cache, key))).toBe("1");
    expect(await inner.until(cache.incr(key))).toBe(2);
  }
});

describe("failover all-nodes", () => {
  test("takes from another node what it has; what it lacks is no answer", async () => {
    await using cluster = new Cluster({ failover: "all-nodes", replicationFactor: 1 });
    const { cache } = cluster;
    const [there, missing] = cluster.keysOf(["a"], 2) as [string, string];
    await cluster.settle();
    await cluster.node("c").store.set(there, "from c");
    cluster.node("a").fail(refused);
    expect(await cluster.until(text(cache, there))).toBe("from c");
    await expect(cluster.until(cache.get(missing))).rejects.toMatchObject(FAILED);
    await expect(cluster.until(cache.exists(missing))).rejects.toMatchObject(FAILED);
    await expect(cluster.until(cache.zRange(missing, 0, -1))).rejects.toMatchObject(FAILED);
  });

  test("serves nothing that another node kept of a key that it gave away", async () => {
    await using cluster = new Cluster({ failover: "all-nodes", replicationFactor: 1 });
    const { cache } = cluster;
    await cluster.settle();
    const joining = cluster.newNode("d");
    let key = "";
    for (let i = 0; key === ""; i++) {
      const [before] = cluster.ownersOf(`key:${i}`);
      const [after] = cluster.ownersOf(`key:${i}`, ["a", "b", "c", "d"]);
      if (before === "a" && after === "d") key = `key:${i}`;
    }
    await cache.set(key, "old");
    cluster.node("a").fail(reset, { only: "delete", key });
    await cluster.until(cache.addNode(joining));
    await cluster.until(cache.set(key, "new"));
    cluster.node("d").fail(refused);
    const seen = await cluster.until(text(cache, key).catch(() => undefined));
    expect(seen).not.toBe("old");
  });
});

describe("failover retry", () => {
  const options = {
    failover: "retry",
    retry: { attempts: 3, backoff: 100 },
    healthCheck: { failureThreshold: 10 },
  } as const;

  test("asks the same node again, after pauses that grow", async () => {
    await using cluster = new Cluster(options);
    const { cache, time } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "v");
    await cluster.settle();
    const start = time.clock.now();
    const at: number[] = [];
    cluster.node("a").onCall = ({ name }) => {
      if (name === "get") at.push(time.clock.now() - start);
    };
    cluster.node("a").fail(reset, { only: "get", times: 2 });
    expect(await cluster.until(text(cache, key))).toBe("v");
    expect(at).toHaveLength(3);
    const [first, second, third] = at as [number, number, number];
    expect(first).toBe(0);
    expect(second).toBeGreaterThanOrEqual(50);
    expect(second).toBeLessThanOrEqual(120);
    expect(third - second).toBeGreaterThanOrEqual(100);
    expect(third - second).toBeLessThanOrEqual(220);
    expect(cluster.node("b").count("get")).toBe(0);
  });

  test("gives up after so many attempts, with the cause of each", async () => {
    await using cluster = new Cluster({ ...options, replicationFactor: 1 });
    const { cache } = cluster;
    const key = cluster.keyOf("a");
    await cluster.settle();
    cluster.node("a").fail(reset, { only: "get" });
    const error = await rejection(() => cluster.until(cache.get(key)));
    expect(error).toMatchObject(FAILED);
    expect(cluster.node("a").count("get")).toBe(3);
    const { errors } = (error as { cause: AggregateError }).cause;
    expect(
      errors.filter(({ code }: { code?: string }) => code === "CONNECTION_FAILED"),
    ).toHaveLength(3);
  });

  test("repeats no write: what failed may have been carried out", async () => {
    await using cluster = new Cluster({ ...options, replicationFactor: 1 });
    const { cache } = cluster;
    const key = cluster.keyOf("a");
    await cluster.settle();
    cluster.node("a").fail(reset, { only: ["incr", "zPopMin"] });
    await expect(cluster.until(cache.incr(key))).rejects.toMatchObject(FAILED);
    await expect(cluster.until(cache.zPopMin(key))).rejects.toMatchObject(FAILED);
    expect(cluster.node("a").count("incr")).toBe(1);
    expect(cluster.node("a").count("zPopMin")).toBe(1);
  });

  test("goes to the next owner where the first is known to be away", async () => {
    await using cluster = new Cluster(options);
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "v");
    await cluster.settle();
    cache.markNode("a", "unhealthy");
    expect(await cluster.until(text(cache, key))).toBe("v");
  });
});

describe("a write", () => {
  test.each(FAULTS)("is done by the next owner where the first %s", async (_, fault) => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const [key, board, other] = cluster.keysOf(["a", "b"], 3) as [string, string, string];
    await cluster.settle();
    cluster.node("a").fail(fault);
    await cluster.until(cache.set(key, "v"));
    expect(await cluster.until(cache.zAdd(board, { member: "ada", score: 1 }))).toBe(1);
    await cluster.until(cache.setMany([[other, "w"]]));
    expect(await cluster.until(text(cache, key))).toBe("v");
    expect(await cluster.until(cache.deleteMany([key, other]))).toBe(2);
    expect(cache.metrics().failovers).toBeGreaterThan(0);
    cluster.node("a").heal();
    await cluster.pass(60_000);
    for (const each of [key, board, other]) await cluster.expectEqualOwners(each);
  });

  test("that is an answer's error goes to the caller, and changes nothing", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "text");
    await cluster.settle();
    await expect(cache.incr(key)).rejects.toMatchObject({ code: "NOT_INTEGER" });
    await expect(cache.zIncrBy(key, "m", 1)).rejects.toMatchObject({ code: "WRONG_TYPE" });
    expect(cache.metrics()).toMatchObject({ failovers: 0, replicationFailures: 0, dirtyKeys: 0 });
  });

  test("by range is done by the next owner where the first cannot even be looked at", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.zAdd(key, [
      { member: "ada", score: 1 },
      { member: "bob", score: 2 },
    ]);
    await cluster.settle();
    // Nothing was sent yet that changes anything: it can be done elsewhere.
    cluster.node("a").fail(unanswered, { only: ["zRange", "zRangeByScore", "zRangeByLex"] });
    expect(await cluster.until(cache.zRemRangeByRank(key, 0, 0))).toBe(1);
  });
});
