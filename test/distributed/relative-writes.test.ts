/**
 * Relative writes are carried out once, and replicas are told the state that they left behind:
 * whatever fails on the way, the answer is that of one cache, and the owners end equal.
 */
import { type LeaderboardCache, MemoryLeaderboardCache } from "laurel";
import { describe, expect, test } from "vitest";
import { broken, type Fault, Gate, lostReply, refused, reset, slow } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

/** A write of `{t}...` keys, after {@link fill} has filled them. */
type Write = (cache: LeaderboardCache) => Promise<unknown>;

const KEYS = ["{t}:text", "{t}:count", "{t}:board", "{t}:other", "{t}:new"];

async function fill(cache: LeaderboardCache): Promise<void> {
  await cache.set("{t}:text", "text", { ttl: "1h" });
  await cache.set("{t}:count", "5");
  await cache.zAdd("{t}:board", [
    { member: "ada", score: 1 },
    { member: "bob", score: 2 },
    { member: "cyd", score: 3 },
    { member: "dot", score: 4 },
  ]);
  await cache.expire("{t}:board", "2h");
  await cache.zAdd("{t}:other", { member: "bob", score: 10 });
}

const WRITES: Readonly<Record<string, Write>> = {
  set: (cache) => cache.set("{t}:text", "new"),
  "set with a ttl": (cache) => cache.set("{t}:text", "new", { ttl: "5m" }),
  "set on a board": (cache) => cache.set("{t}:board", "no board any more"),
  delete: (cache) => cache.delete("{t}:text"),
  "delete of a board": (cache) => cache.delete("{t}:board"),
  incr: (cache) => cache.incr("{t}:count", 3),
  "incr of a new key": (cache) => cache.incr("{t}:new"),
  decr: (cache) => cache.decr("{t}:count", 2),
  append: (cache) => cache.append("{t}:text", " and more"),
  expire: (cache) => cache.expire("{t}:text", "10m"),
  "expire of a board": (cache) => cache.expire("{t}:board", Infinity),
  setMany: (cache) =>
    cache.setMany([
      ["{t}:text", "one"],
      ["{t}:new", "two"],
    ]),
  deleteMany: (cache) => cache.deleteMany(["{t}:text", "{t}:new", "{t}:count"]),
  zAdd: (cache) => cache.zAdd("{t}:board", { member: "eve", score: 5 }),
  "zAdd of a new board": (cache) => cache.zAdd("{t}:new", { member: "eve", score: 5 }),
  "zAdd nx": (cache) =>
    cache.zAdd(
      "{t}:board",
      [
        { member: "ada", score: 9 },
        { member: "eve", score: 5 },
      ],
      { nx: true },
    ),
  "zAdd gt changed": (cache) =>
    cache.zAdd(
      "{t}:board",
      [
        { member: "ada", score: 9 },
        { member: "dot", score: 0 },
        { member: "eve", score: 5 },
      ],
      { gt: true, changed: true },
    ),
  "zAdd xx": (cache) => cache.zAdd("{t}:board", { member: "eve", score: 5 }, { xx: true }),
  zIncrBy: (cache) => cache.zIncrBy("{t}:board", "ada", 2.5),
  zRem: (cache) => cache.zRem("{t}:board", ["ada", "nobody", "dot"]),
  "zRem of all": (cache) => cache.zRem("{t}:board", ["ada", "bob", "cyd", "dot"]),
  zPopMin: (cache) => cache.zPopMin("{t}:board", 2),
  zPopMax: (cache) => cache.zPopMax("{t}:board"),
  "zPopMax of all": (cache) => cache.zPopMax("{t}:board", 10),
  zMPop: (cache) => cache.zMPop(["{t}:new", "{t}:board", "{t}:other"], "max", 2),
  zRemRangeByRank: (cache) => cache.zRemRangeByRank("{t}:board", 1, -2),
  zRemRangeByScore: (cache) => cache.zRemRangeByScore("{t}:board", "(1", 3),
  zRemRangeByLex: (cache) => cache.zRemRangeByLex("{t}:other", "[bob", "+"),
  zUnionStore: (cache) => cache.zUnionStore("{t}:new", ["{t}:board", "{t}:other"]),
  "zInterStore in place": (cache) =>
    cache.zInterStore("{t}:board", ["{t}:board", "{t}:other"], { weights: [2, 1] }),
  "zDiffStore to nothing": (cache) => cache.zDiffStore("{t}:text", ["{t}:other", "{t}:board"]),
  zRangeStore: (cache) => cache.zRangeStore("{t}:new", "{t}:board", 1, 2),
};

const FAULTS: Readonly<Record<string, Fault>> = {
  "whose reply is lost": lostReply,
  "that a reset connection swallowed": reset,
  "that a refused connection swallowed": refused,
  "that failed by an error of its own": broken,
};

/** Everything that a write changes: that no call of these names fails is not what is tested. */
const READING = new Set(["bootId", "time", "readState", "readScores", "ttl", "zRange"]);
const RANGES = new Set(["zRangeByScore", "zRangeByLex", "zCard", "zMScore", "keys", "get"]);

/** What one cache answers to a write, and what it leaves of the keys. */
async function expected(cluster: Cluster, write: Write): Promise<[unknown, unknown[]]> {
  const { clock, timers } = cluster.time;
  const single = new MemoryLeaderboardCache({ clock, timers, sweepInterval: Infinity });
  await fill(single);
  const answer = await write(single);
  const left = await Promise.all(KEYS.map((key) => single.readState(key)));
  return [answer, left.map(withoutTimes)];
}

function withoutTimes(state: object | undefined): unknown {
  if (state === undefined) return undefined;
  const { readAt: _, version: __, ...rest } = state as Record<string, unknown>;
  return rest;
}

async function left(cluster: Cluster, id: string): Promise<unknown[]> {
  const { store } = cluster.node(id);
  return (await Promise.all(KEYS.map((key) => store.readState(key)))).map(withoutTimes);
}

const MODES = {
  "async to two": { replication: "async", replicationFactor: 2 },
  "sync to three, one has to acknowledge": {
    replication: "sync",
    replicationFactor: 3,
    writeQuorum: 1,
  },
} as const;

for (const [mode, options] of Object.entries(MODES)) {
  describe(`a write, ${mode},`, () => {
    test.each(Object.entries(WRITES))(
      "without any fault leaves all owners as one cache: %s",
      async (_, write) => {
        await using cluster = new Cluster(options);
        const { cache } = cluster;
        await fill(cache);
        await cluster.settle();
        const [answer, content] = await expected(cluster, write);
        expect(await cluster.until(write(cache))).toEqual(answer);
        await cluster.pass(2000);
        for (const id of cluster.ownersOf("{t}")) expect(await left(cluster, id)).toEqual(content);
        expect(cache.metrics()).toMatchObject({ dirtyKeys: 0, replicationFailures: 0 });
      },
    );

    for (const [fault, fail] of Object.entries(FAULTS)) {
      test.each(Object.entries(WRITES))(`${fault} counts once: %s`, async (_, write) => {
        await using cluster = new Cluster(options);
        const { cache } = cluster;
        await fill(cache);
        await cluster.settle();
        const [answer, content] = await expected(cluster, write);
        const [primary] = cluster.ownersOf("{t}") as [string];
        let isFirst = true;
        cluster.node(primary).fail((execute, call) => {
          const isWrite = !READING.has(call.name) && !RANGES.has(call.name);
          if (!isWrite || !isFirst) return execute();
          isFirst = false;
          return fail(execute, call);
        });
        expect(await cluster.until(write(cache))).toEqual(answer);
        expect(isFirst).toBe(false);
        await cluster.pass(30_000);
        for (const id of cluster.ownersOf("{t}")) expect(await left(cluster, id)).toEqual(content);
      });
    }
  });
}

describe("a write after which nobody can tell what it left", () => {
  test.each(Object.entries(WRITES))(
    "is answered, and its owners end equal: %s",
    async (_, write) => {
      await using cluster = new Cluster();
      const { cache } = cluster;
      await fill(cache);
      await cluster.settle();
      const [answer, content] = await expected(cluster, write);
      const [primary] = cluster.ownersOf("{t}") as [string];
      cluster.node(primary).fail(reset, { only: ["readState", "readScores", "ttl"], times: 1 });
      expect(await cluster.until(write(cache))).toEqual(answer);
      cluster.node(primary).heal();
      await cluster.pass(30_000);
      for (const id of cluster.ownersOf("{t}")) expect(await left(cluster, id)).toEqual(content);
    },
  );
});

describe("a relative write to which no answer comes", () => {
  test.each(["incr", "append", "zIncrBy", "zPopMin"] as const)(
    "is not tried elsewhere, and leaves owners that are equal: %s",
    async (name) => {
      await using cluster = new Cluster();
      const { cache } = cluster;
      await fill(cache);
      await cluster.settle();
      const [primary, replica] = cluster.ownersOf("{t}") as [string, string];
      const gate = new Gate();
      cluster.node(primary).fail(gate.fault, { only: name });
      const calls = cluster.node(replica).count(name);
      const pending = cluster.until((WRITES[name] as Write)(cache));
      await expect(pending).rejects.toMatchObject({ code: "TIMEOUT" });
      expect(cluster.node(replica).count(name)).toBe(calls);
      gate.open();
      await cluster.pass(30_000);
      const [one, other] = [await left(cluster, primary), await left(cluster, replica)];
      expect(one).toEqual(other);
    },
  );

  test("is tried elsewhere where it is none: a set says what is there afterwards", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await cluster.settle();
    const [primary] = cluster.ownersOf("{t}") as [string];
    cluster.node(primary).fail(new Gate().fault, { only: ["set", "zAdd", "delete"] });
    await cluster.until(cache.set("{t}:text", "new"));
    expect(String(await cluster.until(cache.get("{t}:text")))).toBe("new");
  });
});

describe("a replica", () => {
  test("is told states, never operations", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cache);
    for (const write of Object.values(WRITES)) await cluster.until(write(cache));
    await cluster.pass(5000);
    const replica = cluster.node(cluster.ownersOf("{t}")[1] as string);
    const names = new Set(replica.calls.map(({ name }) => name));
    const relative = /^(?:incr|decr|append|zIncrBy|zPop\w+|zMPop|zRemRange\w+|z\w+Store)$/;
    expect([...names].filter((name) => relative.test(name))).toEqual([]);
  });

  test("has the same deadline, by the millisecond, however late it was told", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    await cluster.settle();
    const replica = cluster.node(cluster.ownersOf("{t}")[1] as string);
    replica.fail(slow(time, 700));
    await cache.set("{t}:text", "v", { ttl: 10_000 });
    await cluster.pass(2000);
    await cache.expire("{t}:text", 5000);
    await cache.zAdd("{t}:board", { member: "ada", score: 1 });
    await cache.expire("{t}:board", 7777);
    await cluster.pass(2500);
    for (const key of ["{t}:text", "{t}:board"]) await cluster.expectEqualOwners(key);
    await cluster.pass(6000);
    expect(await cluster.until(cache.exists("{t}:board"))).toBe(false);
  });

  test("is not told a key that is over by then", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    await cluster.settle();
    const replica = cluster.ownersOf("{t}")[1] as string;
    await cache.set("{t}:text", "old");
    await cluster.settle();
    cluster.node(replica).fail(slow(time, 700));
    await cache.set("{t}:text", "short", { ttl: 300 });
    await cluster.pass(2000);
    expect(await cluster.held(replica, "{t}:text")).toBeUndefined();
  });

  test("that has evicted a board is given all of it", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cache);
    await cluster.settle();
    const replica = cluster.node(cluster.ownersOf("{t}")[1] as string);
    await replica.store.delete("{t}:board");
    await cache.zIncrBy("{t}:board", "ada", 1);
    await cluster.pass(2000);
    await cluster.expectEqualOwners("{t}:board");
  });

  test("whose board is another one is given all of it", async () => {
    await using cluster = new Cluster({ replication: "sync" });
    const { cache } = cluster;
    await fill(cache);
    const replica = cluster.node(cluster.ownersOf("{t}")[1] as string);
    await replica.store.zAdd("{t}:board", { member: "a stranger", score: 0 });
    await cache.zIncrBy("{t}:board", "ada", 1);
    await cluster.expectEqualOwners("{t}:board");
    await replica.store.set("{t}:board", "no board at all");
    await cache.zRem("{t}:board", "ada");
    await cluster.expectEqualOwners("{t}:board");
  });

  test("of a large board is told the members that were touched, not the board", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const board = Array.from({ length: 3000 }, (_, i) => ({ member: `m${i}`, score: i }));
    await cache.zAdd("{t}:board", board);
    await cluster.pass(1000);
    const replica = cluster.node(cluster.ownersOf("{t}")[1] as string);
    replica.calls.length = 0;
    await cache.zIncrBy("{t}:board", "m7", 0.5);
    await cluster.pass(1000);
    expect(replica.calls.map(({ name, args }) => [name, args[1]])).toEqual([
      ["writeScores", ["m7"]],
    ]);
    await cluster.expectEqualOwners("{t}:board");
  });

  test("that waits for many writes of a key is told their sum once", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    await fill(cache);
    await cluster.settle();
    const replica = cluster.node(cluster.ownersOf("{t}")[1] as string);
    replica.fail(slow(time, 500), { times: 1 });
    await cache.incr("{t}:count");
    await cluster.settle();
    replica.calls.length = 0;
    for (let i = 0; i < 20; i++) await cache.incr("{t}:count");
    await cluster.pass(2000);
    expect(replica.calls).toHaveLength(1);
    await cluster.expectEqualOwners("{t}:count");
  });
});
