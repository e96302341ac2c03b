/** What callers do wrong: each a clear error, and nothing lost. */
import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import {
  CacheNode,
  DistributedCache,
  type DistributedCacheOptions,
  DistributedLeaderboardCache,
} from "laurel/distributed";
import { describe, expect, test } from "vitest";
import {
  collect,
  expectInvalidConfig,
  expectRefusal,
  members,
  rejection,
  text,
} from "../contract/expectations.ts";
import { Gate } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const node = (id: string, weight = 1): CacheNode => {
  return new CacheNode(id, new MemoryCache({ sweepInterval: Infinity }), { weight });
};
const refusal = (message: RegExp): unknown => {
  const text = expect.stringMatching(message) as string;
  return expect.objectContaining({ code: "INVALID_OPTIONS", message: text });
};
const ignore = (): void => {};
const create = (options: unknown): DistributedCache => {
  return new DistributedCache([node("a"), node("b")], options as DistributedCacheOptions);
};

describe("a distributed cache cannot be made", () => {
  test.each([
    ["no nodes", [], "none"],
    ["no list", undefined, "undefined"],
    ["one node for a list", node("a"), undefined],
    ["what is no node", [{ id: "a", cache: new MemoryCache() }], undefined],
  ])("of %s", (_, nodes, received) => {
    expectInvalidConfig(() => new DistributedCache(nodes as CacheNode[]), received);
  });

  test("of two nodes of one id", () => {
    expect(() => new DistributedCache([node("a"), node("a")])).toThrow(
      expect.objectContaining({ code: "NODE_EXISTS" }),
    );
  });

  test("of a node whose weight would explode the ring", () => {
    expectInvalidConfig(() => new DistributedCache([node("a"), node("b", 1e9)]));
    expectInvalidConfig(() => create({ virtualNodes: 1e9 }));
  });

  test.each([[() => Number.NaN], [() => 0.5], [() => 2 ** 32], [() => "7"], [() => undefined]])(
    "with the hash function %s",
    (hash) => {
      expectInvalidConfig(() => create({ hash }));
    },
  );

  test("with a hash function that throws, whose error is the cause", () => {
    const cause = new Error("no hash today");
    const hash = (): number => {
      throw cause;
    };
    expect(() => create({ hash })).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", cause }),
    );
  });

  const NO_COUNTS = [0, -1, 1.5, Number.NaN, Infinity, "2", null];
  const NO_DURATIONS = [0, -1, Number.NaN, "soon", null, {}];
  test.each([
    ...["replicationFactor", "writeQuorum", "virtualNodes", "maxDirtyKeys"].map(
      (name) => [name, NO_COUNTS] as const,
    ),
    ["maxQueuedWrites", NO_COUNTS] as const,
    ["maxQueuedBytes", NO_COUNTS] as const,
    ["callTimeout", NO_DURATIONS] as const,
    ["fenceTimeout", NO_DURATIONS] as const,
    ["replication", ["quorum", null, 1]] as const,
    ["failover", ["never", null]] as const,
    ["hash", ["md5", 7, null]] as const,
    ["closeNodes", ["yes", 1, null]] as const,
    ["clock", [null, {}, Date.now]] as const,
    ["timers", [null, { setTimeout }]] as const,
    ["random", [4, null]] as const,
    ["retry", [3, null, [], { attempts: 0 }, { backoff: -1 }]] as const,
    [
      "healthCheck",
      [
        true,
        null,
        { interval: 0 },
        { timeout: "never" },
        { failureThreshold: 0 },
        { successThreshold: 1.5 },
        { probe: "ping" },
      ],
    ] as const,
  ])("with a bad %s", (name, values) => {
    for (const value of values) expectInvalidConfig(() => create({ [name]: value }));
  });

  test("with options that are none, or a quorum above the factor", () => {
    for (const options of [null, 7, []]) expectInvalidConfig(() => create(options));
    expectInvalidConfig(() => create({ replicationFactor: 2, writeQuorum: 3 }), "3");
  });
});

function hash(bytes: string): number {
  return bytes === "bad" ? Number.NaN : bytes.length;
}

describe("a hash function that fails at a key", () => {
  test("fails the calls for that key alone", async () => {
    await using cache = create({ hash });
    await cache.set("good", "v");
    await expectRefusal(() => cache.set("bad", "v"), "INVALID_CONFIG", "NaN");
    await expectRefusal(() => cache.get("bad"), "INVALID_CONFIG");
    const pairs = [["good", "new"], ["bad", "v"]] as const; // prettier-ignore
    await expectRefusal(() => cache.setMany(pairs), "INVALID_CONFIG");
    await expectRefusal(() => cache.deleteMany(["good", "bad"]), "INVALID_CONFIG");
    expect(await text(cache, "good")).toBe("v");
    expect(await collect(cache.keys())).toEqual(["good"]);
  });
});

describe("a change of nodes", () => {
  test("is refused for nodes that are unknown, known, or none", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await cluster.settle();
    await expectRefusal(() => cache.addNode(node("a")), "NODE_EXISTS", "a");
    await expectRefusal(() => cache.addNode({} as CacheNode), "INVALID_CONFIG");
    await expectRefusal(() => cache.addNode(node("heavy", 1e9)), "INVALID_CONFIG");
    await expectRefusal(() => cache.removeNode("z"), "NODE_NOT_FOUND", "z");
    expect(() => cache.markNode("z", "unhealthy")).toThrow(/NODE|one of the cache's nodes/);
    expect(() => cache.nodeHealth("z")).toThrow(
      expect.objectContaining({ code: "NODE_NOT_FOUND" }),
    );
    expect(() => cache.markNode("a", "dead" as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
    expect(cache.nodes().map(({ id }) => id)).toEqual(["a", "b", "c"]);
    await cache.set("k", "v");
    expect(await text(cache, "k")).toBe("v");
  });

  test.each([0, -1, Number.NaN, "many", null])("is refused at %s keys a second", async (rate) => {
    await using cluster = new Cluster();
    const options = { maxKeysPerSecond: rate as number };
    await expectRefusal(() => cluster.cache.removeNode("a", options), "INVALID_OPTIONS");
    await expectRefusal(() => cluster.cache.addNode(node("d"), options), "INVALID_OPTIONS");
    expect(cluster.cache.nodes()).toHaveLength(3);
  });

  test.each([5, null, {}])("is refused with %s to tell its progress to", async (onProgress) => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await cluster.settle();
    const calls = cluster.node("a").calls.length;
    const options = { onProgress: onProgress as never };
    const refused = refusal(/: onProgress must be a function: received /);
    await expect(cache.addNode(node("d"), options)).rejects.toEqual(refused);
    await expect(cache.removeNode("a", options)).rejects.toEqual(refused);
    expect(cluster.node("a").calls).toHaveLength(calls);
    expect(cache.nodes()).toHaveLength(3);
  });

  test("never takes the last node", async () => {
    await using cluster = new Cluster({ ids: ["a"] });
    await cluster.cache.set("k", "v");
    await expectRefusal(() => cluster.cache.removeNode("a"), "NO_NODES", "a");
    expect(await text(cluster.cache, "k")).toBe("v");
  });
});

describe("a node whose cache was closed by somebody else", () => {
  test("is a node that failed: the others serve", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "v");
    await cluster.settle();
    await cluster.node("a").store.close();
    expect(await cluster.until(text(cache, key))).toBe("v");
    await cluster.until(cache.set(key, "new"));
    expect(await cluster.until(text(cache, key))).toBe("new");
    await cluster.pass(60_000);
    expect(cache.nodeHealth("a")).toBe("unhealthy");
  });

  test("cannot be added", async () => {
    await using cluster = new Cluster();
    const closed = cluster.newNode("d");
    await cluster.node("d").store.close();
    await expectRefusal(
      () => cluster.until(cluster.cache.addNode(closed)),
      "NODE_UNHEALTHY",
      "a failure: Cannot use the cache: it must be open: received a call after close",
    );
    expect(cluster.cache.nodes()).toHaveLength(3);
  });
});

describe("a node that does not answer when it is to be added", () => {
  test.each<[what: string, cause: unknown, said: string]>([
    ["an error", new Error("no route to it"), "no route to it"],
    ["an error without a message", new RangeError(), "RangeError"],
    ["what is no error", "out of order", "out of order"],
    ["what has no text", Object.create(null), "an object"],
  ])("is refused with what it rejects with: %s", async (_, cause, said) => {
    await using cluster = new Cluster();
    const joining = node("d");
    joining.cache.bootId = () => Promise.reject(cause);
    const error = await rejection(() => cluster.until(cluster.cache.addNode(joining)));
    expect(error).toMatchObject({ code: "NODE_UNHEALTHY" });
    expect((error as Error).cause).toBe(cause);
    expect((error as Error).message).toBe(
      `Cannot add node "d": it must answer: received a failure: ${said}`,
    );
  });
});

describe("a listener of a cache", () => {
  test("is refused for an event that there is not, and where it is no function", async () => {
    await using cache = create({});
    expect(() => cache.on("helth" as never, ignore)).toThrow(refusal(/did you mean health\?/));
    expect(() => cache.off("helth" as never, ignore)).toThrow(refusal(/did you mean health\?/));
    expect(() => cache.on("health", undefined as never)).toThrow(refusal(/must be a function/));
    expect(cache.off("health", ignore)).toBe(cache);
  });
});

async function boards(cluster: Cluster): Promise<[string, string]> {
  const [key, other] = [cluster.keyOf("a", "b"), cluster.keyOf("b", "c")];
  await cluster.cache.zAdd(key, members(["ada", 1]));
  await cluster.cache.zAdd(other, members(["bob", 2]));
  return [key, other];
}

describe("calls over several boards", () => {
  test("are CROSS_NODE without a shared tag, and change nothing", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const keys = await boards(cluster);
    const [key, other] = keys;
    await expectRefusal(() => cache.zUnion(keys), "CROSS_NODE", other);
    await expectRefusal(() => cache.zInter(keys), "CROSS_NODE");
    await expectRefusal(() => cache.zDiff(keys), "CROSS_NODE");
    await expectRefusal(() => cache.zUnionStore(key, [key, other]), "CROSS_NODE");
    await expectRefusal(() => cache.zInterStore(other, [key]), "CROSS_NODE");
    await expectRefusal(() => cache.zDiffStore(key, [other]), "CROSS_NODE");
    await expectRefusal(() => cache.zRangeStore(key, other, 0, -1), "CROSS_NODE");
    await expectRefusal(() => cache.zMPop(keys, "min"), "CROSS_NODE");
    expect(await cache.zRange(key, 0, -1)).toEqual(members(["ada", 1]));
    expect(await cache.zRange(other, 0, -1)).toEqual(members(["bob", 2]));
  });

  test("work with one", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await cache.zAdd("{game}:a", members(["ada", 1]));
    await cache.zAdd("{game}:b", members(["bob", 2]));
    expect(await cache.zUnionStore("{game}:all", ["{game}:a", "{game}:b"])).toBe(2);
    await cluster.pass(1000);
    await cluster.expectEqualOwners("{game}:all");
    expect(cluster.ownersOf("{game}:all")).toEqual(cluster.ownersOf("{game}:a"));
  });
});

describe("after close", () => {
  const CALLS: Record<string, (cache: DistributedLeaderboardCache) => Promise<unknown>> = {
    get: (cache) => cache.get("k"),
    set: (cache) => cache.set("k", "v"),
    setMany: (cache) => cache.setMany([["k", "v"]]),
    clear: (cache) => cache.clear(),
    keys: (cache) => collect(cache.keys()),
    zAdd: (cache) => cache.zAdd("k", []),
    zScan: (cache) => collect(cache.zScan("k")),
    addNode: (cache) => cache.addNode(node("d")),
    removeNode: (cache) => cache.removeNode("a"),
    repair: (cache) => cache.repair(),
  };
  test.each(Object.entries(CALLS))("%s rejects with CLOSED", async (_, call) => {
    await using cluster = new Cluster();
    await cluster.until(cluster.cache.close());
    await expectRefusal(() => call(cluster.cache), "CLOSED");
  });

  test("the nodes' caches are open, unless they are to be closed, too", async () => {
    for (const closeNodes of [false, true]) {
      const store = new MemoryLeaderboardCache();
      const cache = new DistributedLeaderboardCache([new CacheNode("a", store)], { closeNodes });
      await cache.close();
      if (closeNodes) await expectRefusal(() => store.get("k"), "CLOSED");
      else expect(await store.get("k")).toBeUndefined();
      await store.close();
    }
  });
});

describe("a call that is aborted", () => {
  const reason = new Error("no longer wanted");

  test("before it begins is not carried out", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const signal = AbortSignal.abort(reason);
    const calls = [
      () => cache.set("k", "v", { signal }),
      () => cache.incr("k", 1, { signal }),
      () => cache.setMany([["k", "v"]], { signal }),
      () => cache.zAdd("k", members(["m", 1]), { signal }),
      () => cache.clear({ signal }),
      () => cache.addNode(node("d"), { signal }),
      () => cache.removeNode("a", { signal }),
      () => cache.repair({ signal }),
    ];
    await cluster.settle();
    const before = cluster.node("a").calls.length;
    for (const call of calls) expect(await rejection(call)).toBe(reason);
    expect(cluster.node("a").calls).toHaveLength(before);
    expect(cache.nodes()).toHaveLength(3);
  });

  test.each<[string, (cluster: Cluster, key: string, signal: AbortSignal) => Promise<unknown>]>([
    ["incr", ({ cache }, key, signal) => cache.incr(key, 10, { signal })],
    ["setMany", ({ cache }, key, signal) => cache.setMany([[key, "100"]], { signal })],
    ["deleteMany", ({ cache }, key, signal) => cache.deleteMany([key], { signal })],
    ["clear", ({ cache }, _, signal) => cache.clear({ signal })],
  ])("while it waits for its turn is not carried out: %s", async (_, call) => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    const gate = new Gate();
    const controller = new AbortController();
    cluster.node("a").fail(gate.fault, { only: "incr", times: 1 });
    const first = cache.incr(key);
    const second = call(cluster, key, controller.signal);
    const third = cache.incr(key, 100);
    await cluster.settle();
    controller.abort(reason);
    expect(await rejection(() => second)).toBe(reason);
    gate.open();
    expect(await cluster.until(first)).toBe(1);
    expect(await cluster.until(third)).toBe(101);
  });

  test("while it runs rejects at once, and is seen to its end", async () => {
    await using cluster = new Cluster({ replication: "sync" });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    const gate = new Gate();
    const controller = new AbortController();
    cluster.node("a").fail(gate.fault, { only: "incr", times: 1 });
    const aborted = cache.incr(key, 1, { signal: controller.signal });
    await cluster.settle();
    expect(gate.held).toBe(1);
    controller.abort(reason);
    expect(await rejection(() => aborted)).toBe(reason);
    gate.open();
    expect(await cluster.until(cache.incr(key))).toBe(2);
    await cluster.expectEqualOwners(key);
    expect(cache.metrics()).toMatchObject({ dirtyKeys: 0, replicationFailures: 0 });
  });
});
