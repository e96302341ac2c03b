/** Nodes that are reached over connections, and that other coordinators use, too. */
import { CacheError, MemoryLeaderboardCache } from "laurel";
import {
  CacheNode,
  type DistributedCacheOptions,
  type DistributedEvents,
  DistributedLeaderboardCache,
} from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { collect, text } from "../contract/expectations.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { connectionFailed, SharedNode } from "./shared-node.ts";

const KEYS = Array.from({ length: 30 }, (_, i) => `key:${i}`);

function threeNodes(): SharedNode[] {
  return ["a", "b", "c"].map((id) => new SharedNode(id));
}

function coordinator(
  nodes: readonly SharedNode[],
  options: DistributedCacheOptions = {},
  weights: Readonly<Record<string, number>> = {},
): DistributedLeaderboardCache {
  const { clock, timers } = new VirtualTime();
  const cacheNodes = nodes.map((shared) => shared.node(weights[shared.id]));
  return new DistributedLeaderboardCache(cacheNodes, {
    clock,
    timers,
    replicationFactor: 2,
    replication: "sync",
    ...options,
  });
}

function healthOf(cache: DistributedLeaderboardCache): DistributedEvents["health"][] {
  const changes: DistributedEvents["health"][] = [];
  cache.on("health", (change) => changes.push(change));
  return changes;
}

async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => (error instanceof CacheError ? error.code : "no code"),
  );
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function contents(nodes: readonly SharedNode[]): Promise<string[]> {
  return (await Promise.all(nodes.map(({ store }) => collect(store.keys())))).flat();
}

describe("a connection that is replaced while nobody calls", () => {
  test("costs no call, and is no failure of the node", async () => {
    const nodes = threeNodes();
    await using cache = coordinator(nodes, { replicationFactor: 1 });
    await cache.setMany(KEYS.map((key) => [key, "v"]));
    const changes = healthOf(cache);
    for (const node of nodes) node.reconnect();
    expect(await Promise.all(KEYS.map((key) => text(cache, key)))).toEqual(KEYS.map(() => "v"));
    for (const node of nodes) node.reconnect();
    expect(await Promise.all(KEYS.map((key) => cache.append(key, "w")))).toEqual(KEYS.map(() => 2));
    expect(changes).toEqual([]);
  });

  test("has the boot id asked once, however many calls there are", async () => {
    const [node] = threeNodes() as [SharedNode];
    await using cache = coordinator([node], { replicationFactor: 1 });
    await cache.set("key", "v");
    const before = node.count("bootId");
    node.reconnect();
    await Promise.all(KEYS.map((key) => cache.get(key)));
    expect(node.count("bootId")).toBe(before + 1);
  });

  test("does not hide that the store behind it is another one", async () => {
    const nodes = threeNodes();
    await using cache = coordinator(nodes);
    await cache.setMany(KEYS.map((key) => [key, "v"]));
    nodes[0]?.restart();
    expect(await Promise.all(KEYS.map((key) => text(cache, key)))).toEqual(KEYS.map(() => "v"));
    await turns();
    expect(cache.nodeHealth("a")).toBe("healthy");
    expect(cache.metrics().dirtyKeys).toBe(0);
  });
});

describe("a connection that is lost", () => {
  test("is one failure, however many calls were on their way", async () => {
    const nodes = threeNodes();
    await using cache = coordinator(nodes);
    await cache.setMany(KEYS.map((key) => [key, "v"]));
    const changes = healthOf(cache);
    const [node] = nodes as [SharedNode];
    node.isSilent = true;
    const reading = Promise.all(KEYS.map((key) => text(cache, key)));
    await turns();
    node.isSilent = false;
    node.reconnect();
    expect(await reading).toEqual(KEYS.map(() => "v"));
    expect(changes.map(({ to }) => to)).not.toContain("unhealthy");
    for (const key of KEYS) await cache.set(key, "w");
    expect(cache.nodeHealth("a")).toBe("healthy");
  });

  test("again and again makes a node unhealthy", async () => {
    const nodes = threeNodes();
    await using cache = coordinator(nodes, { writeQuorum: 1 });
    await cache.setMany(KEYS.map((key) => [key, "v"]));
    Object.assign(nodes[0] as SharedNode, { failure: connectionFailed("ECONNRESET") });
    for (const key of KEYS) await cache.set(key, "w");
    expect(cache.nodeHealth("a")).toBe("unhealthy");
  });
});

describe("a node that does not let the coordinator in", () => {
  test.each(["ACCESS_DENIED", "NODE_UNHEALTHY"] as const)(
    "and says %s is left out, and nobody takes it to have a write",
    async (code) => {
      const nodes = threeNodes();
      await using cache = coordinator(nodes, { writeQuorum: 1 });
      await cache.setMany(KEYS.map((key) => [key, "v"]));
      Object.assign(nodes[0] as SharedNode, { failure: new CacheError(code, "Cannot call") });
      expect(await Promise.all(KEYS.map((key) => text(cache, key)))).toEqual(KEYS.map(() => "v"));
      expect(await cache.append(KEYS[0] as string, "w")).toBe(2);
      expect(cache.nodeHealth("a")).toBe("unhealthy");
      await using alone = coordinator([nodes[0] as SharedNode], { writeQuorum: 1 });
      await expect(alone.append("key", "v")).rejects.toMatchObject({ code: "ALL_OWNERS_FAILED" });
      expect(alone.metrics().disputedKeys).toBe(0);
    },
  );

  test.each(["async", "sync"] as const)(
    "is told why at each call, not at the first only, %s",
    async (replication) => {
      const nodes = threeNodes();
      const denied = new CacheError("ACCESS_DENIED", "Cannot log in: received a wrong password");
      for (const id of ["a", "b"]) {
        const node = nodes.find((each) => each.id === id);
        Object.assign(node as SharedNode, { failure: denied });
      }
      await using cache = coordinator(nodes.slice(0, 2), { replication });
      await expect(cache.get("key")).rejects.toMatchObject({ code: "ALL_OWNERS_FAILED" });
      for (const call of [
        () => cache.get("key"),
        () => cache.set("key", "v"),
        () => cache.clear(),
      ]) {
        const error: unknown = await call().catch((reason: unknown) => reason);
        expect(error).toMatchObject({
          code:
            replication === "sync" && String(call).includes("set")
              ? "INSUFFICIENT_REPLICAS"
              : "ALL_OWNERS_FAILED",
        });
        const { errors } = (error as CacheError).cause as AggregateError;
        expect(errors).toHaveLength(2);
        for (const reason of errors) {
          expect(reason).toMatchObject({ code: "NODE_UNHEALTHY", cause: denied });
        }
      }
    },
  );
});

describe("coordinators over the same nodes", () => {
  test("with the same ring options share them", async () => {
    const nodes = threeNodes();
    await using one = coordinator(nodes);
    await using other = coordinator([...nodes].reverse(), { replication: "async" });
    await one.set("key", "v");
    expect(await text(other, "key")).toBe("v");
    expect(await other.incr("n")).toBe(1);
    expect(await one.incr("n")).toBe(2);
    expect(nodes[0]?.reserved.get("ring")).toMatch(
      /^v1 id=a weight=1 virtualNodes=150 hash=[\da-f]{8}$/,
    );
  });

  const OTHER_RINGS: [string, DistributedCacheOptions, Record<string, number>][] = [
    ["other virtual nodes", { virtualNodes: 100 }, {}],
    ["another hash", { hash: "murmur3" }, {}],
    ["a hash of the user's", { hash: (bytes) => bytes.length }, {}],
    ["another weight of one node", {}, { c: 2 }],
  ];

  test.each(OTHER_RINGS)("that come with %s are refused", async (_, options, weights) => {
    const nodes = threeNodes();
    await using first = coordinator(nodes);
    await first.set("key", "v");
    const before = await contents(nodes);
    await using second = coordinator(nodes, options, weights);
    const refused = { code: "INVALID_CONFIG" };
    // Called before the nodes were asked.
    const early = KEYS.map((key) => second.set(key, "w"));
    for (const call of early) await expect(call).rejects.toMatchObject(refused);
    for (const call of [
      () => second.get("key"),
      () => second.incr("n"),
      () => second.delete("key"),
      () => second.setMany([["k", "v"]]),
      () => second.getMany(["key"]),
      () => second.clear(),
      () => collect(second.keys()),
      () => second.zAdd("board", { member: "m", score: 1 }),
      () => second.repair(),
      () => second.addNode(new CacheNode("d", new MemoryLeaderboardCache())),
      () => second.removeNode("a"),
    ]) {
      await expect(call()).rejects.toMatchObject(refused);
    }
    expect(await contents(nodes)).toEqual(before);
    // None of them is of any use to it; who was there first goes on.
    expect(second.metrics()).toMatchObject({ healthyNodes: 0, unhealthyNodes: 3 });
    expect(second.nodes().map(({ id, health }) => [second.nodeHealth(id), health])).toEqual(
      nodes.map(() => ["unhealthy", "unhealthy"]),
    );
    expect(first.metrics()).toMatchObject({ healthyNodes: 3 });
    expect(await text(first, "key")).toBe("v");
    await second.close();
  });

  test("that come with another weight write nowhere before that node was asked", async () => {
    const nodes = threeNodes();
    await using first = coordinator(nodes);
    await first.get("key");
    const [, , slow] = nodes as [SharedNode, SharedNode, SharedNode];
    slow.isSilent = true;
    await using second = coordinator(nodes, { writeQuorum: 1 }, { c: 2 });
    const codes = KEYS.map((key) => codeOf(second.set(key, "v")));
    await turns();
    expect(await contents(nodes)).toEqual([]);
    slow.speak();
    expect(new Set(await Promise.all(codes))).toEqual(new Set(["INVALID_CONFIG"]));
    expect(await contents(nodes)).toEqual([]);
  });

  test("are told which node it is, what is there, and what is their own", async () => {
    const nodes = threeNodes();
    await using first = coordinator(nodes);
    await first.get("key");
    await using second = coordinator(nodes, {}, { b: 3 });
    await expect(second.get("key")).rejects.toThrow(
      /node "b".+has "v1 id=b weight=3 virtualNodes=150 hash=\S+": received "v1 id=b weight=1 /,
    );
  });

  test("hear by an event that they are refused, and why, and stay so", async () => {
    const nodes = threeNodes();
    await using first = coordinator(nodes);
    await first.get("key");
    await using second = coordinator(nodes, {}, { b: 3 });
    const changes = healthOf(second);
    await expect(second.get("key")).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    expect(changes.map(({ id, to }) => [id, to])).toEqual(nodes.map(({ id }) => [id, "unhealthy"]));
    expect(changes[0]?.cause).toMatchObject({ code: "INVALID_CONFIG" });
    second.markNode("a", "unhealthy");
    second.markNode("a", "auto");
    await turns();
    expect(second.nodeHealth("a")).toBe("unhealthy");
    await expect(second.set("key", "v")).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });

  test("are refused as soon as a node that was away says so", async () => {
    const nodes = threeNodes();
    const [away] = nodes as [SharedNode];
    away.reserved.set("ring", "v1 weight=7 virtualNodes=150 hash=00000000");
    away.failure = connectionFailed("ECONNREFUSED");
    await using cache = coordinator(nodes, { writeQuorum: 1 });
    await cache.set("key", "v");
    away.failure = undefined;
    cache.markNode("a", "unhealthy");
    cache.markNode("a", "auto");
    await turns();
    await expect(cache.get("key")).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });

  test("do not hold up each other by a node that is away", async () => {
    const nodes = threeNodes();
    (nodes[0] as SharedNode).failure = connectionFailed("ECONNREFUSED");
    await using cache = coordinator(nodes, { writeQuorum: 1 });
    await cache.setMany(KEYS.map((key) => [key, "v"]));
    expect(await text(cache, KEYS[0] as string)).toBe("v");
  });

  test("cannot take in a node that is part of another ring, and go on without it", async () => {
    const nodes = threeNodes();
    const strange = new SharedNode("d");
    strange.reserved.set("ring", "v1 weight=7 virtualNodes=150 hash=00000000");
    await using cache = coordinator(nodes);
    await cache.set("key", "v");
    await expect(cache.addNode(strange.node())).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    expect(await text(cache, "key")).toBe("v");
    expect(cache.nodes()).toHaveLength(3);
  });
});

describe("the fingerprint of a ring", () => {
  test("survives a clear, and is put back where it is gone", async () => {
    const nodes = threeNodes();
    await using cache = coordinator(nodes);
    await cache.set("key", "v");
    await cache.clear();
    const [node] = nodes as [SharedNode];
    expect(node.reserved.size).toBe(1);
    // A store may be large: what it lists is deleted, in calls that take no longer than others.
    expect(node.count("clear")).toBe(0);
    expect(await contents(nodes)).toEqual([]);
    node.reserved.clear();
    node.reconnect();
    await Promise.all(KEYS.map((key) => cache.get(key)));
    expect(node.reserved.size).toBe(1);
  });

  test("goes with the node, which another ring may take then", async () => {
    const nodes = threeNodes();
    await using cache = coordinator(nodes);
    await cache.setMany(KEYS.map((key) => [key, "v"]));
    await cache.removeNode("c");
    const [, , gone] = nodes as [SharedNode, SharedNode, SharedNode];
    expect(gone.reserved.size).toBe(0);
    await using other = coordinator([gone], { virtualNodes: 10, replicationFactor: 1 });
    await other.set("key", "v");
    await cache.addNode(new SharedNode("e").node());
  });

  test("keeps one store from being two nodes, be it at once", async () => {
    const [eu, us] = threeNodes() as [SharedNode, SharedNode];
    // Reached by a connection of its own, as anybody would who has the address twice.
    const again = new CacheNode("again", eu.node().cache);
    const { clock, timers } = new VirtualTime();
    const ring = [eu.node(), us.node(), again];
    await using cache = new DistributedLeaderboardCache(ring, { clock, timers });
    await expect(cache.set("key", "v")).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await expect(cache.removeNode("again")).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    expect(await contents([eu, us])).toEqual([]);
  });

  test("keeps one store from being two nodes, be it later", async () => {
    const nodes = threeNodes();
    await using cache = coordinator(nodes);
    await cache.setMany(KEYS.map((key) => [key, "v"]));
    const again = new CacheNode("again", (nodes[0] as SharedNode).node().cache);
    await expect(cache.addNode(again)).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    expect(await Promise.all(KEYS.map((key) => text(cache, key)))).toEqual(KEYS.map(() => "v"));
  });

  test("does not keep a node that went dead from coming back under another id", async () => {
    const nodes = threeNodes();
    const time = new VirtualTime();
    const { clock, timers } = time;
    await using cache = coordinator(nodes, { writeQuorum: 1, clock, timers });
    await cache.setMany(KEYS.map((key) => [key, "v"]));
    const [away] = nodes as [SharedNode];
    const { cache: store } = cache.nodes()[0] as CacheNode;
    away.failure = connectionFailed("ECONNREFUSED");
    const progress = { isGone: false };
    const removing = cache.removeNode("a").finally(() => {
      progress.isGone = true;
    });
    for (; !progress.isGone; await turns()) time.advance(20);
    await removing;
    away.failure = undefined;
    await cache.addNode(new CacheNode("renamed", store));
    expect(away.reserved.get("ring")).toMatch(/^v1 id=renamed /);
    expect(await Promise.all(KEYS.map((key) => text(cache, key)))).toEqual(KEYS.map(() => "v"));
  });

  test("changes with a node's weight, which one coordinator gives it while the others are ended", async () => {
    const nodes = threeNodes();
    await using one = coordinator(nodes);
    await one.setMany(KEYS.map((key) => [key, "v"]));
    await one.removeNode("c");
    await one.addNode((nodes[2] as SharedNode).node(3));
    const values = KEYS.map(() => "v");
    expect(await Promise.all(KEYS.map((key) => text(one, key)))).toEqual(values);
    await using madeAnew = coordinator(nodes, {}, { c: 3 });
    expect(await Promise.all(KEYS.map((key) => text(madeAnew, key)))).toEqual(values);
    await using former = coordinator(nodes);
    await expect(former.get("key")).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });

  test("of another ring is left where it is by one that the node went from", async () => {
    const nodes = threeNodes();
    await using cache = coordinator(nodes);
    await cache.set("key", "v");
    const [, , gone] = nodes as [SharedNode, SharedNode, SharedNode];
    gone.reserved.set("ring", "v1 id=other weight=1 virtualNodes=150 hash=00000000");
    await cache.removeNode("c");
    expect(gone.reserved.get("ring")).toMatch(/^v1 id=other /);
  });

  test("is asked of no node that keeps none", async () => {
    const node = new CacheNode("a", new MemoryLeaderboardCache());
    await using one = new DistributedLeaderboardCache([node]);
    await using other = new DistributedLeaderboardCache([node], { virtualNodes: 10 });
    await one.set("key", "v");
    expect(await text(other, "key")).toBe("v");
  });

  test("that a node refuses to keep lets nobody use the node", async () => {
    const [node] = threeNodes() as [SharedNode];
    node.failure = new CacheError("CAPABILITY_UNSUPPORTED", "Cannot keep it");
    node.failing = "reserve";
    await using cache = coordinator([node], { replicationFactor: 1 });
    await expect(cache.set("key", "v")).rejects.toMatchObject({ code: "CAPABILITY_UNSUPPORTED" });
    expect(node.count("set")).toBe(0);
  });
});
