import { MemoryLeaderboardCache } from "laurel";
import { describe, expect, test } from "vitest";
import { closeAfterTest, ioredisInTest } from "./ioredis-in-test.ts";
import { infoValue, nextEvent, serverInTest, until } from "./server-in-test.ts";

describe("ioredis: commands", () => {
  test("what a client writes the process reads, and the other way round", async () => {
    const cache = new MemoryLeaderboardCache();
    const { port } = await serverInTest({ cache });
    const redis = ioredisInTest(port);
    await redis.zadd("board", 10, "ann", 20, "bob");
    expect(await cache.zRange("board", 0, -1)).toEqual([
      { member: "ann", score: 10 },
      { member: "bob", score: 20 },
    ]);
    await cache.zIncrBy("board", "ann", 15);
    expect(await redis.zrevrange("board", 0, 0, "WITHSCORES")).toEqual(["ann", "25"]);
  });

  test("what the process writes wakes a client that waits, and breaks a watch", async () => {
    const cache = new MemoryLeaderboardCache();
    const { port } = await serverInTest({ cache });
    const [redis, blocked] = [ioredisInTest(port), ioredisInTest(port)];
    const popped = blocked.bzpopmin("board", 0);
    await until(async () => infoValue(await redis.info("clients"), "blocked_clients") === "1");
    await cache.zAdd("board", { member: "ann", score: 1 });
    expect(await popped).toEqual(["board", "ann", "1"]);
    await redis.watch("k");
    await cache.set("k", "the process's");
    expect(await redis.multi().set("k", "mine").exec()).toBeNull();
    expect(await redis.get("k")).toBe("the process's");
  });

  test("what the cache refuses the server refuses, in Redis' words", async () => {
    const cache = new MemoryLeaderboardCache({ maxEntries: 2, eviction: "none" });
    const redis = ioredisInTest((await serverInTest({ cache })).port);
    await redis.mset("a", "1", "b", "2");
    await expect(redis.set("c", "3")).rejects.toThrow(
      "OOM command not allowed when used memory > 'maxmemory'.",
    );
    await expect(redis.mset("c", "3", "d", "4")).rejects.toThrow("OOM ");
    expect(await redis.set("a", "again")).toBe("OK");
    expect(await redis.dbsize()).toBe(2);
  });

  test("text, bytes, numbers and what is missing", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));
    expect(await redis.set("k", "naïve \u{1F3C6}", "EX", 60)).toBe("OK");
    expect(await redis.get("k")).toBe("naïve \u{1F3C6}");
    expect(await redis.set(bytes, bytes, "PX", 60_000, "NX")).toBe("OK");
    expect(await redis.getBuffer(bytes)).toEqual(bytes);
    expect(await redis.set(bytes, "other", "NX")).toBeNull();
    expect(await redis.mget("k", "missing")).toEqual(["naïve \u{1F3C6}", null]);
    expect(await redis.incrbyfloat("n", 0.1)).toBe("0.1");
    expect(await redis.pttl("k")).toBeGreaterThan(0);
    expect(await redis.setex("k", 10, "v")).toBe("OK");
    expect(await redis.getdel("k")).toBe("v");
    expect(await redis.zscore("missing", "m")).toBeNull();
  });

  test("errors are the server's own words", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    await redis.set("text", "v");
    await expect(redis.zcard("text")).rejects.toThrow(
      "WRONGTYPE Operation against a key holding the wrong kind of value",
    );
    await expect(redis.incr("text")).rejects.toThrow("ERR value is not an integer or out of range");
    await expect(redis.call("NOSUCH", "a")).rejects.toThrow("ERR unknown command 'NOSUCH'");
  });

  test("a key prefix reaches the keys of every command that is used", async () => {
    const { port } = await serverInTest();
    const redis = ioredisInTest(port, { keyPrefix: "app:" });
    const plain = ioredisInTest(port);
    await redis.mset("a", "1", "b", "2");
    await redis.zadd("x", 1, "m");
    await redis.zunionstore("to", 2, "x", "missing");
    expect((await plain.keys("*")).sort()).toEqual(["app:a", "app:b", "app:to", "app:x"]);
  });

  test("streams of keys and members give all of them", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    const entries = Array.from({ length: 300 }, (_, i) => [`key:${i}`, "v"]).flat();
    await redis.mset(...entries);
    await redis.zadd("board", ...Array.from({ length: 300 }, (_, i) => [i, `m${i}`]).flat());
    const keys = new Set<string>();
    for await (const page of redis.scanStream({ match: "key:*", count: 20, type: "string" })) {
      for (const key of page as string[]) keys.add(key);
    }
    expect(keys.size).toBe(300);
    const members = new Map<string, string>();
    for await (const page of redis.zscanStream("board")) {
      const flat = page as string[];
      for (let i = 0; i < flat.length; i += 2) members.set(String(flat[i]), String(flat[i + 1]));
    }
    expect(members.size).toBe(300);
    expect(members.get("m7")).toBe("7");
  });

  test("a blocking pop on a duplicate gets what comes later, or null", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    const blocked = closeAfterTest(redis.duplicate());
    const popped = blocked.bzpopmin("first", "second", 0);
    await until(async () => infoValue(await redis.info("clients"), "blocked_clients") === "1");
    await redis.zadd("second", 7, "late");
    expect(await popped).toEqual(["second", "late", "7"]);
    expect(await blocked.bzpopmax("first", 0.01)).toBeNull();
    await redis.zadd("first", 1, "a", 2, "b");
    expect(await blocked.bzmpop(0, 1, "first", "MAX", "COUNT", 2)).toEqual([
      "first",
      [
        ["b", "2"],
        ["a", "1"],
      ],
    ]);
  });
});

describe("ioredis: pipelines and transactions", () => {
  test("a pipeline has a result for each command, an error among them", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    const pipeline = redis.pipeline().set("a", "v").incr("a").zadd("z", 1, "m").get("a");
    const results = await pipeline.exec();
    expect(results?.map(([error]) => error?.message)).toEqual([
      undefined,
      "ERR value is not an integer or out of range",
      undefined,
      undefined,
    ]);
    expect(results?.map(([, reply]) => reply)).toEqual(["OK", undefined, 1, "v"]);
  });

  test("ten thousand commands in one pipeline", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    const pipeline = redis.pipeline();
    for (let i = 0; i < 10_000; i++) pipeline.incr("n");
    const results = await pipeline.exec();
    expect(results?.at(-1)).toEqual([null, 10_000]);
  });

  test("commands of one tick are pipelined by themselves", async () => {
    const redis = ioredisInTest((await serverInTest()).port, { enableAutoPipelining: true });
    const counts = await Promise.all(Array.from({ length: 200 }, () => redis.incr("n")));
    expect(counts).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    await redis.set("text", "v");
    const mixed = await Promise.allSettled([redis.get("text"), redis.zcard("text")]);
    expect(mixed.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test("a transaction is carried out whole, its errors in their places", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    const results = await redis.multi().set("a", "v").zcard("a").incrby("n", 5).exec();
    expect(results?.map(([error]) => error?.message.split(" ")[0])).toEqual([
      undefined,
      "WRONGTYPE",
      undefined,
    ]);
    expect(results?.at(-1)).toEqual([null, 5]);
  });

  test("a transaction without a pipeline, and one discarded", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    await redis.multi({ pipeline: false });
    expect(await redis.set("a", "1")).toBe("QUEUED");
    expect(await redis.get("a")).toBe("QUEUED");
    expect(await redis.exec()).toEqual([
      [null, "OK"],
      [null, "1"],
    ]);
    await redis.multi({ pipeline: false });
    await redis.set("a", "2");
    expect(await redis.discard()).toBe("OK");
    expect(await redis.get("a")).toBe("1");
  });

  test("a command that is refused aborts the transaction", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    const refused = redis.multi().set("a", "1").call("GET").exec();
    await expect(refused).rejects.toThrow(
      "EXECABORT Transaction discarded because of previous errors.",
    );
    expect(await redis.exists("a")).toBe(0);
  });

  test("a watched key that another client changes makes EXEC null", async () => {
    const { port } = await serverInTest();
    const [redis, other] = [ioredisInTest(port), ioredisInTest(port)];
    await redis.watch("a");
    await other.set("a", "theirs");
    expect(await redis.multi().set("a", "mine").exec()).toBeNull();
    await redis.watch("a");
    await redis.unwatch();
    await other.set("a", "theirs again");
    expect(await redis.multi().set("a", "mine").exec()).toEqual([[null, "OK"]]);
    expect(await other.get("a")).toBe("mine");
  });
});

describe("ioredis: connections", () => {
  test("a lazy client connects with its first command, and asks whether the data is loaded", async () => {
    const redis = ioredisInTest((await serverInTest()).port, { lazyConnect: true });
    expect(redis.status).toBe("wait");
    expect(await redis.ping()).toBe("PONG");
    expect(redis.status).toBe("ready");
    expect(infoValue(await redis.info("persistence"), "loading")).toBe("0");
    expect(infoValue(await redis.info("commandstats"), "cmdstat_info")).toMatch(/^calls=2,/);
  });

  test("a client that is killed comes back, to its database and its name", async () => {
    const { port } = await serverInTest();
    const redis = ioredisInTest(port, { db: 3, connectionName: "worker" });
    const other = ioredisInTest(port, { db: 3 });
    await redis.set("k", "v");
    const id = await redis.client("ID");
    const ready = nextEvent(redis, "ready");
    expect(await other.client("KILL", "ID", id)).toBe(1);
    await ready;
    expect(await redis.client("ID")).toBeGreaterThan(id);
    expect(await redis.client("GETNAME")).toBe("worker");
    expect(await redis.get("k")).toBe("v");
    expect(await other.client("LIST")).toMatch(/name=worker .*db=3 /);
  });

  test("commands that wait for a connection that comes back are sent then", async () => {
    const { port } = await serverInTest();
    const [redis, other] = [ioredisInTest(port), ioredisInTest(port)];
    const id = await redis.client("ID");
    const closed = nextEvent(redis, "close");
    await other.client("KILL", "ID", id);
    await closed;
    expect(await redis.set("k", "v")).toBe("OK");
    expect(await other.get("k")).toBe("v");
  });

  test("databases are apart", async () => {
    const { port } = await serverInTest();
    const [zero, one] = [ioredisInTest(port), ioredisInTest(port, { db: 1 })];
    await one.set("k", "one");
    expect(await zero.get("k")).toBeNull();
    expect(await zero.dbsize()).toBe(0);
    expect(await zero.select(1)).toBe("OK");
    expect(await zero.get("k")).toBe("one");
  });

  test("a password is asked for", async () => {
    const { port } = await serverInTest({ requirepass: "s3cret" });
    const known = ioredisInTest(port, { password: "s3cret" });
    expect(await known.set("k", "v")).toBe("OK");
    const named = ioredisInTest(port, { username: "default", password: "s3cret" });
    expect(await named.get("k")).toBe("v");
    const without = ioredisInTest(port, { enableReadyCheck: false });
    await expect(without.get("k")).rejects.toThrow("NOAUTH Authentication required.");
    const wrong = ioredisInTest(port, { password: "wrong", enableReadyCheck: false });
    expect(String(await nextEvent(wrong, "error"))).toContain("WRONGPASS");
  });

  test("quit is answered, and the connection ends", async () => {
    const redis = ioredisInTest((await serverInTest()).port);
    const ended = nextEvent(redis, "end");
    expect(await redis.quit()).toBe("OK");
    await ended;
    expect(redis.status).toBe("end");
  });
});
