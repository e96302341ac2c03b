import { createClient, createClientPool, MultiErrorReply, RESP_TYPES, WatchError } from "redis";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeRedisInTest } from "./node-redis-in-test.ts";
import { infoValue, nextEvent, serverInTest, until } from "./server-in-test.ts";

/** What reads alike under both versions of the protocol. */
describe.each([2, 3] as const)("node-redis, RESP%d: commands", (version) => {
  test("strings and counters", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version);
    expect(
      await client.set("k", "naïve \u{1F3C6}", { expiration: { type: "EX", value: 60 } }),
    ).toBe("OK");
    expect(await client.get("k")).toBe("naïve \u{1F3C6}");
    expect(await client.ttl("k")).toBe(60);
    expect(await client.set("k", "other", { condition: "NX" })).toBeNull();
    expect(await client.mGet(["k", "missing"])).toEqual(["naïve \u{1F3C6}", null]);
    expect(await client.incrBy("n", 5)).toBe(5);
    expect(await client.incrByFloat("n", 0.5)).toBe("5.5");
    expect(await client.getEx("k", { type: "PERSIST" })).toBe("naïve \u{1F3C6}");
    expect(await client.expireTime("k")).toBe(-1);
    expect(await client.type("k")).toBe("string");
  });

  test("bytes under bytes", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version);
    const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));
    await client.set(bytes, bytes);
    const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    expect(await binary.get(bytes)).toEqual(bytes);
    expect(await binary.keys("*")).toEqual([bytes]);
  });

  test("sorted sets have numbers for scores, infinite ones, too", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version);
    const members = [
      { value: "low", score: -Infinity },
      { value: "mid", score: 1 / 3 },
      { value: "top", score: Infinity },
    ];
    expect(await client.zAdd("board", members)).toBe(3);
    expect(await client.zScore("board", "mid")).toBe(1 / 3);
    expect(await client.zScore("board", "none")).toBeNull();
    expect(await client.zmScore("board", ["top", "none"])).toEqual([Infinity, null]);
    expect(await client.zRangeWithScores("board", 0, -1)).toEqual(members);
    expect(await client.zRankWithScore("board", "none").catch(String)).toContain("ERR");
    expect(await client.zRank("board", "top")).toBe(2);
    expect(await client.zIncrBy("board", 2, "mid")).toBe(1 / 3 + 2);
    expect(await client.zPopMax("board")).toEqual(members[2]);
    expect(await client.zPopMinCount("board", 5)).toHaveLength(2);
    expect(await client.zPopMin("board")).toBeNull();
  });

  test("unions, random members and pops of many keys", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version);
    await client.zAdd("a", { value: "x", score: 1 });
    await client.zAdd("b", { value: "x", score: 2 });
    const x = { value: "x", score: 3 };
    expect(await client.zUnionWithScores(["a", "b"])).toEqual([x]);
    expect(await client.zInterWithScores(["a", "b"])).toEqual([x]);
    expect(await client.zDiffWithScores(["a", "missing"])).toEqual([{ value: "x", score: 1 }]);
    expect(await client.zRandMemberCountWithScores("a", -2)).toEqual([
      { value: "x", score: 1 },
      { value: "x", score: 1 },
    ]);
    expect(await client.zmPop(["missing", "a"], "MIN")).toEqual({
      key: "a",
      members: [{ value: "x", score: 1 }],
    });
    expect(await client.zmPop(["missing", "a"], "MIN")).toBeNull();
  });

  test("a blocking pop on a duplicate gets what comes later, or null", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version);
    const blocked = client.duplicate();
    blocked.on("error", () => undefined);
    onTestFinished(() => blocked.destroy());
    await blocked.connect();
    const popped = blocked.bzPopMin(["first", "second"], 0);
    await until(async () => infoValue(await client.info("clients"), "blocked_clients") === "1");
    await client.zAdd("second", { value: "late", score: 7 });
    expect(await popped).toEqual({ key: "second", value: "late", score: 7 });
    expect(await blocked.bzPopMax("first", 0.01)).toBeNull();
    expect(await blocked.bzmPop(0.01, "first", "MAX")).toBeNull();
  });

  test("iterators give every key and every member", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version);
    await client.mSet(Array.from({ length: 300 }, (_, i) => [`key:${i}`, "v"] as [string, string]));
    await client.zAdd(
      "board",
      Array.from({ length: 300 }, (_, i) => ({ value: `m${i}`, score: i })),
    );
    const keys = new Set<string>();
    for await (const page of client.scanIterator({ MATCH: "key:*", COUNT: 20, TYPE: "string" })) {
      for (const key of page) keys.add(key);
    }
    expect(keys.size).toBe(300);
    const scores = new Map<string, number>();
    for await (const page of client.zScanIterator("board")) {
      for (const { value, score } of page) scores.set(value, score);
    }
    expect(scores.size).toBe(300);
    expect(scores.get("m7")).toBe(7);
  });

  test("what the server says of itself and of its clients", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version, { name: "worker" });
    expect(infoValue(await client.info(), "redis_version")).toMatch(/^7\.0\./);
    expect(await client.configGet(["maxclients", "databases"])).toEqual({
      maxclients: "10000",
      databases: "16",
    });
    expect(await client.clientInfo()).toMatchObject({ name: "worker", db: 0, resp: version });
    expect(await client.clientList()).toHaveLength(1);
    expect(await client.commandCount()).toBeGreaterThan(100);
    const [get] = await client.commandInfo(["get"]);
    expect(get).toMatchObject({ name: "get", arity: 2, firstKeyIndex: 1, lastKeyIndex: 1 });
    expect(await client.dbSize()).toBe(0);
    expect(await client.memoryUsage("missing")).toBeNull();
    expect(await client.time()).toHaveLength(2);
    expect(await client.hello()).toMatchObject({ server: "redis", proto: version });
  });

  test("a transaction has the replies in order, typed", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version);
    const multi = client.multi().set("a", "1").incr("a").zAdd("z", { value: "m", score: 1.5 });
    expect(await multi.zScore("z", "m").zRangeWithScores("z", 0, -1).get("a").exec()).toEqual([
      "OK",
      2,
      1,
      1.5,
      [{ value: "m", score: 1.5 }],
      "2",
    ]);
    const pipeline = client.multi().get("a").get("missing").execAsPipeline();
    expect(await pipeline).toEqual(["2", null]);
  });

  test("errors in a transaction come in their places", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version);
    const failing = client.multi().set("a", "v").zCard("a").get("a").exec();
    const error: unknown = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MultiErrorReply);
    expect((error as MultiErrorReply).errorIndexes).toEqual([1]);
    expect(await client.get("a")).toBe("v");
    await expect(client.multi().set("b", "v").addCommand(["GET"]).exec()).rejects.toThrow(
      "ERR wrong number of arguments for 'get' command",
    );
    expect(await client.exists("b")).toBe(0);
  });

  test("a watched key that another client changes refuses the transaction", async () => {
    const { port } = await serverInTest();
    const client = await nodeRedisInTest(port, version);
    const other = await nodeRedisInTest(port, version);
    await client.watch("a");
    await other.set("a", "theirs");
    await expect(client.multi().set("a", "mine").exec()).rejects.toBeInstanceOf(WatchError);
    await client.watch("a");
    await client.unwatch();
    await other.set("a", "theirs again");
    expect(await client.multi().set("a", "mine").exec()).toEqual(["OK"]);
  });

  test("calls of one tick are pipelined, and answered in order", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, version);
    const counts = await Promise.all(Array.from({ length: 5000 }, () => client.incr("n")));
    expect(counts).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1));
  });

  test("a client that is killed comes back, to its database and its name", async () => {
    const { port } = await serverInTest();
    const client = await nodeRedisInTest(port, version, { database: 3, name: "worker" });
    const other = await nodeRedisInTest(port, version, { database: 3 });
    await client.set("k", "v");
    const id = await client.clientId();
    const ready = nextEvent(client, "ready");
    await other.clientKill({ filter: "ID", id });
    await ready;
    expect(await client.clientId()).toBeGreaterThan(id);
    expect(await client.clientInfo()).toMatchObject({ name: "worker", db: 3, resp: version });
    expect(await client.get("k")).toBe("v");
  });

  test("a password is asked for, alone or with a name", async () => {
    const { port } = await serverInTest({ requirepass: "s3cret" });
    const known = await nodeRedisInTest(port, version, { password: "s3cret" });
    expect(await known.set("k", "v")).toBe("OK");
    const address = `redis://default:s3cret@127.0.0.1:${port}/2`;
    const named = createClient({ url: address, RESP: version });
    await named.connect();
    expect(await named.clientInfo()).toMatchObject({ db: 2, user: "default" });
    await named.close();
    for (const [password, refusal] of [
      ["wrong", "WRONGPASS"],
      [undefined, "NOAUTH"],
    ] as const) {
      const client = createClient({
        socket: { host: "127.0.0.1", port, reconnectStrategy: false },
        RESP: version,
        ...(password === undefined ? {} : { password }),
      });
      client.on("error", () => undefined);
      const denied = client.connect().then(() => client.get("k"));
      await expect(denied).rejects.toThrow(refusal);
      client.destroy();
    }
  });

  test("a pool spreads calls over its connections", async () => {
    const { port } = await serverInTest();
    const socket = { host: "127.0.0.1", port };
    const pool = createClientPool({ RESP: version, socket }, { minimum: 2, maximum: 4 });
    await pool.connect();
    const counts = await Promise.all(Array.from({ length: 100 }, () => pool.incr("n")));
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    const swapped = pool.execute(async (client) => {
      await client.watch("n");
      return await client.multi().set("n", "0").get("n").exec();
    });
    expect(await swapped).toEqual(["OK", "0"]);
    await pool.close();
  });
});

describe("node-redis: what RESP3 adds", () => {
  test("raw replies are maps, doubles and nulls of their own kinds", async () => {
    const client = await nodeRedisInTest((await serverInTest()).port, 3);
    await client.zAdd("z", [
      { value: "a", score: 1.5 },
      { value: "b", score: Infinity },
    ]);
    expect(await client.sendCommand(["ZSCORE", "z", "b"])).toBe(Infinity);
    expect(await client.sendCommand(["ZINCRBY", "z", "0.25", "a"])).toBe(1.75);
    expect(await client.sendCommand(["ZRANGE", "z", "0", "-1", "WITHSCORES"])).toEqual([
      ["a", 1.75],
      ["b", Infinity],
    ]);
    expect(await client.sendCommand(["ZPOPMIN", "z"])).toEqual(["a", 1.75]);
    expect(await client.sendCommand(["ZPOPMAX", "z", "1"])).toEqual([["b", Infinity]]);
    expect(await client.sendCommand(["GET", "missing"])).toBeNull();
    const settings = await client
      .withTypeMapping({ [RESP_TYPES.MAP]: Map })
      .sendCommand(["CONFIG", "GET", "maxmemory*"]);
    expect(settings).toBeInstanceOf(Map);
    expect(await client.sendCommand(["DEBUG", "PROTOCOL", "set"])).toHaveLength(3);
    expect(await client.sendCommand(["DEBUG", "PROTOCOL", "true"])).toBe(true);
    expect(await client.sendCommand(["DEBUG", "PROTOCOL", "bignum"])).toBe(
      1234567999999999999999999999999999999n,
    );
  });
});
