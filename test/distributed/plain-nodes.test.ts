/** Nodes that offer the contract alone, without the transfer of states: in every role. */
import { MemoryCache } from "laurel";
import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { collect, text } from "../contract/expectations.ts";
import { lostReply, refused } from "../support/faults.ts";
import type { FaultyCacheOptions } from "../support/faulty-cache.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { Cluster, type ClusterOptions } from "./cluster.ts";

const PLAIN: FaultyCacheOptions = { transfersState: false, tellsDefaultTtl: false };
const KEYS = Array.from({ length: 60 }, (_, i) => `key:${i}`);
const BOARD = Array.from({ length: 5 }, (_, i) => ({ member: `m${i}`, score: i / 3 }));

const CLUSTERS: [string, ClusterOptions][] = [
  ["all plain", { node: PLAIN }],
  ["one plain", { nodeOf: { b: PLAIN } }],
  ["two plain", { nodeOf: { a: PLAIN, c: PLAIN } }],
];

async function fill(cluster: Cluster): Promise<void> {
  const { cache } = cluster;
  for (const [i, key] of KEYS.entries()) {
    if (i % 2 === 0) await cluster.until(cache.set(key, "v", { ttl: 1_000_000 + i }));
    else {
      await cluster.until(cache.zAdd(key, BOARD));
      await cluster.until(cache.expire(key, 2_000_000 + i));
    }
  }
  await cluster.pass(1000);
}

async function contents(cluster: Cluster): Promise<unknown[]> {
  const primaries = KEYS.map((key) => [cluster.ownersOf(key)[0] as string, key] as const);
  return Promise.all(primaries.map(([id, key]) => cluster.held(id, key)));
}

describe.each(CLUSTERS)("a cluster whose nodes are %s", (_, options) => {
  test("keeps replicas equal, through every kind of write", async () => {
    await using cluster = new Cluster({ ...options, replication: "sync" });
    const { cache } = cluster;
    await fill(cluster);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
    for (const [i, key] of KEYS.entries()) {
      if (i % 2 === 0) await cluster.until(cache.append(key, "w"));
      else if (i % 3 === 0) await cluster.until(cache.zIncrBy(key, "m1", 10));
      else if (i % 5 === 0) await cluster.until(cache.zPopMax(key, 2));
      else await cluster.until(cache.zRemRangeByRank(key, 0, 1));
    }
    for (const key of KEYS) await cluster.expectEqualOwners(key);
    expect(cache.metrics().dirtyKeys).toBe(0);
  });

  test("keeps the deadline that a key is given by its node's default", async () => {
    const store = { defaultTtl: 60_000 };
    const nodeOf = Object.fromEntries(
      ["a", "b", "c"].map((id) => [id, { ...(options.nodeOf?.[id] ?? options.node), store }]),
    );
    await using cluster = new Cluster({ nodeOf });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.until(cache.set(key, "v"));
    await cluster.until(cache.incr(`${key}{count}`));
    await cluster.pass(1000);
    await cluster.expectEqualOwners(key);
    expect(await cache.ttl(key)).toBeLessThanOrEqual(60_000);
    await cluster.pass(60_000);
    expect(await collect(cache.keys())).toEqual([]);
  });

  test("tells a node that was away what it missed", async () => {
    await using cluster = new Cluster(options);
    const { cache } = cluster;
    await fill(cluster);
    cluster.node("b").fail(refused);
    for (const [i, key] of KEYS.entries()) {
      if (i % 4 === 0) await cluster.until(cache.set(key, "new"));
      if (i % 4 === 1) await cluster.until(cache.zAdd(key, { member: "new", score: i }));
      if (i % 4 === 2) await cluster.until(cache.delete(key));
    }
    cluster.node("b").heal();
    await cluster.pass(60_000);
    expect(cache.nodeHealth("b")).toBe("healthy");
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test("tells a node that restarted all of its keys", async () => {
    await using cluster = new Cluster(options);
    const { cache } = cluster;
    await fill(cluster);
    cluster.node("b").restart();
    await cluster.pass(60_000);
    expect(cache.nodeHealth("b")).toBe("healthy");
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test.each([{ joining: PLAIN }, { joining: {} }])(
    "moves keys to and from a node: %j",
    async ({ joining }) => {
      await using cluster = new Cluster(options);
      const { cache } = cluster;
      await fill(cluster);
      const before = await contents(cluster);
      await cluster.until(cache.addNode(cluster.newNode("d", joining)));
      expect(await contents(cluster)).toEqual(before);
      for (const key of KEYS) await cluster.expectEqualOwners(key);
      await cluster.until(cache.removeNode("a"));
      expect(await contents(cluster)).toEqual(before);
      for (const key of KEYS) await cluster.expectEqualOwners(key);
    },
  );

  test("counts a write whose reply is lost once", async () => {
    await using cluster = new Cluster(options);
    const { cache } = cluster;
    const [count, board] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cluster.until(cache.set(count, "5"));
    await cluster.until(cache.zAdd(board, BOARD));
    await cluster.pass(1000);
    cluster.node("a").fail(lostReply, { only: ["incr", "zIncrBy"], times: 1 });
    expect(await cluster.until(cache.incr(count))).toBe(6);
    await cluster.pass(20_000);
    cluster.node("a").fail(lostReply, { only: "zIncrBy", times: 1 });
    expect(await cluster.until(cache.zIncrBy(board, "m3", 1))).toBe(2);
    await cluster.pass(20_000);
    for (const key of [count, board]) await cluster.expectEqualOwners(key);
  });

  test("copies a large board", async () => {
    await using cluster = new Cluster(options);
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    const members = Array.from({ length: 2500 }, (_, i) => ({ member: `m${i}`, score: i }));
    await cluster.until(cache.zAdd(key, members));
    await cluster.pass(1000);
    cache.markNode("b", "unhealthy");
    await cluster.until(cache.zRemRangeByRank(key, 0, 99));
    cache.markNode("b", "auto");
    await cluster.pass(5000);
    await cluster.expectEqualOwners(key);
  });
});

describe("nodes without leaderboards", () => {
  test("serve strings, and refuse boards with CAPABILITY_UNSUPPORTED", async () => {
    const { clock, timers } = new VirtualTime();
    const nodes = ["a", "b", "c"].map((id) => {
      return new CacheNode(id, new MemoryCache({ clock, timers, sweepInterval: Infinity }));
    });
    await using cache = new DistributedLeaderboardCache(nodes, {
      clock,
      timers,
      replicationFactor: 2,
    });
    await cache.set("k", "v");
    expect(await text(cache, "k")).toBe("v");
    expect(await cache.incr("n")).toBe(1);
    const unsupported = { code: "CAPABILITY_UNSUPPORTED" };
    for (const call of [
      () => cache.zAdd("b", { member: "m", score: 1 }),
      () => cache.zRange("b", 0, -1),
      () => cache.zIncrBy("b", "m", 1),
      () => cache.zPopMin("b"),
      () => cache.zUnion(["b"]),
      () => cache.zUnionStore("b", ["b"]),
      () => cache.zMPop(["b"], "min"),
      () => collect(cache.zScan("b")),
    ]) {
      await expect(call()).rejects.toMatchObject(unsupported);
    }
    expect(cache.metrics()).toMatchObject({ healthyNodes: 3, replicationFailures: 0 });
  });
});
