/** Holds what docs/migration.md says of the libraries that people come from, and of what differs. */
import { createCache } from "cache-manager";
import { Redis } from "ioredis";
import RedisMock from "ioredis-mock";
import { Keyv } from "keyv";
import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import { CacheNode, DistributedCache, DistributedLeaderboardCache } from "laurel/distributed";
import { RedisCache, RedisLeaderboardCache } from "laurel/redis";
import { serve } from "laurel/server";
import { SortedSet } from "laurel/structures";
import { LRUCache } from "lru-cache";
import { Leaderboard, PeriodicLeaderboard } from "redis-rank";
import TlhunterSortedSet from "tlhunter-sorted-set";
import { describe, expect, test } from "vitest";
import { hasServer, startServer } from "../../support/server-process.ts";

const hasRedis = hasServer("redis");
const user = { name: "Grace" };

test("a ttl of 0 is for ever elsewhere, and refused here", async () => {
  const manager = createCache({ ttl: 60_000 });
  await manager.set("a", 1, 0);
  expect(await manager.ttl("a")).toBeUndefined();
  const lru = new LRUCache<string, number>({ max: 2, ttl: 60_000 });
  lru.set("a", 1, { ttl: 0 });
  expect(lru.getRemainingTTL("a")).toBe(Infinity);
  expect(lru.getRemainingTTL("nobody")).toBe(0);
  const set = new MemoryCache().set("a", "1", { ttl: 0 });
  await expect(set).rejects.toMatchObject({ code: "INVALID_TTL" });
});

test("a time in the fraction of a score lets the earlier one stand first, up to two million points", async () => {
  await using cache = new MemoryLeaderboardCache();
  const seconds = 1_800_000_000;
  for (const points of [0, 1, 2_000_000]) {
    await cache.zAdd(`at ${points}`, [
      { member: "a, later", score: points + 1 - (seconds + 1) / 2 ** 32 },
      { member: "b, earlier", score: points + 1 - seconds / 2 ** 32 },
    ]);
    const [first] = await cache.zRange(`at ${points}`, 0, 0, { reverse: true });
    expect(first?.member).toBe("b, earlier");
    expect(Math.floor(first?.score ?? NaN)).toBe(points);
  }
});

describe("cache-manager", () => {
  test("hands out the object that went in, and says of every deletion that it was one", async () => {
    const cache = createCache();
    await cache.set("user", user);
    expect(await cache.get("user")).toBe(user);
    expect(await cache.del("nobody")).toBe(true);
  });

  test("takes a store that fails for a miss", async () => {
    const cache = createCache({ stores: [new Keyv({ store: failingStore() })] });
    expect(await cache.get("user")).toBeUndefined();
  });
});

describe("keyv", () => {
  test("gives copies, Buffers among them", async () => {
    const cache = new Keyv();
    await cache.set("user", user);
    expect(await cache.get("user")).toEqual(user);
    expect(await cache.get("user")).not.toBe(user);
    await cache.set("bytes", Buffer.from([1, 2]));
    expect(await cache.get("bytes")).toEqual(Buffer.from([1, 2]));
  });

  test("has a key of which it says undefined, where Laurel refuses", async () => {
    const cache = new Keyv();
    await cache.set("nothing", undefined);
    expect([await cache.has("nothing"), await cache.get("nothing")]).toEqual([true, undefined]);
    const set = new MemoryCache().set("nothing", undefined as unknown as string);
    await expect(set).rejects.toMatchObject({ code: "INVALID_VALUE" });
  });

  test("takes a get that fails for a miss, and makes an event of a set that fails", async () => {
    const cache = new Keyv({ store: failingStore() });
    const errors: unknown[] = [];
    cache.on("error", (error) => errors.push(error));
    expect(await cache.get("user")).toBeUndefined();
    expect(errors).toEqual([]);
    expect(await cache.set("user", user)).toBe(false);
    expect(errors).toEqual([expect.objectContaining({ message: "down" })]);
  });
});

test("lru-cache hands out the object that went in", () => {
  const cache = new LRUCache<string, typeof user>({ max: 1 });
  cache.set("user", user);
  expect(cache.get("user")).toBe(user);
});

test("lru-cache and Laurel evict the same, and a look whether a key is there is no use", async () => {
  const lru = new LRUCache<string, string>({ max: 2 });
  await using cache = new MemoryCache({ maxEntries: 2 });
  for (const key of ["a", "b"]) {
    lru.set(key, key);
    await cache.set(key, key);
  }
  lru.has("a");
  await cache.exists("a");
  lru.set("c", "c");
  await cache.set("c", "c");
  expect([lru.has("a"), await cache.exists("a")]).toEqual([false, false]);
});

describe.skipIf(!hasRedis)("redis-rank", () => {
  const options = { sortPolicy: "high-to-low", updatePolicy: "replace" } as const;

  test("has wrong ranks at the bottom, and right ones by rank", async () => {
    await using server = await startServer("redis");
    const redis = new Redis(server.port);
    const board = new Leaderboard(redis, "arena", options);
    await board.update(Object.entries({ a: 9, b: 5, c: 2 }).map(([id, value]) => ({ id, value })));
    const [worst] = await board.bottom(1);
    expect(worst?.id).toBe("c");
    expect(worst?.rank).not.toBe(3);
    expect(await board.rank("c")).toBe(3);
    await redis.quit();
  });

  test("counts months from 0 in its keys, which never expire", async () => {
    await using server = await startServer("redis");
    const redis = new Redis(server.port);
    const boards = new PeriodicLeaderboard(redis, "arena", {
      cycle: "monthly",
      leaderboardOptions: options,
    });
    expect(boards.getKey(new Date(2027, 0, 15))).toBe("y2027-m00");
    await boards.getLeaderboardAt(new Date(2027, 0, 15)).updateOne("ada", 1);
    expect(await redis.ttl("arena:y2027-m00")).toBe(-1);
    await redis.quit();
  });
});

test("laurel serve refuses the calls of redis-rank that are scripts, and takes the others", async () => {
  await using server = await serve({ port: 0 });
  const redis = new Redis(server.port);
  const options = { sortPolicy: "high-to-low", updatePolicy: "aggregate" } as const;
  const board = new Leaderboard(redis, "arena", options);
  await board.updateOne("ada", 5);
  expect(await board.top(1)).toEqual([{ id: "ada", score: 5, rank: 1 }]);
  const scripted = [
    board.updateOne("ada", 9, "best"),
    board.find("ada"),
    board.around("ada", 1),
    new Leaderboard(redis, "top", { ...options, limitTopN: 3 }).updateOne("ada", 5),
  ];
  for (const call of scripted) await expect(call).rejects.toThrow(/unknown command 'eval/);
  await redis.quit();
});

describe("tlhunter-sorted-set", () => {
  const entries = Object.entries({ a: 8, b: 8.5, c: 9 });

  test("counts no member in a range that holds one of several; Laurel one", () => {
    const theirs = new TlhunterSortedSet();
    const ours = new SortedSet();
    for (const [member, score] of entries) {
      theirs.add(member, score);
      ours.set(member, score);
    }
    expect(theirs.count(8.25, 8.75)).toBe(0);
    expect(ours.countByScore(8.25, 8.75)).toBe(1);
  });

  test("returns the former score and takes NaN; Laurel says whether it is new, and throws", () => {
    const theirs = new TlhunterSortedSet();
    const ours = new SortedSet();
    expect([theirs.add("a", 1), theirs.add("a", 2)]).toEqual([null, 1]);
    expect([ours.set("a", 1), ours.set("a", 2)]).toEqual([true, false]);
    expect(theirs.add("b", NaN)).toBeNull();
    expect(() => ours.set("b", NaN)).toThrow(expect.objectContaining({ code: "INVALID_SCORE" }));
  });
});

describe("ioredis-mock", () => {
  const wrong: Record<string, (redis: Redis) => Promise<unknown>> = {
    "takes nan for a score": async (redis) => redis.zadd("board", "nan", "x"),
    "answers ZADD XX INCR of nobody with 0": async (redis) =>
      redis.zadd("board", "XX", "INCR", 5, "nobody"),
    "lacks ZINTER": async (redis) => redis.zinter(2, "board", "board"),
    "lacks ZUNIONSTORE": async (redis) => redis.zunionstore("sum", 1, "board"),
    "lacks ZRANDMEMBER": async (redis) => redis.zrandmember("board"),
    "lacks ZMPOP": async (redis) => redis.zmpop(1, "board", "MIN"),
    "lacks ZRANGESTORE": async (redis) => redis.zrangestore("copy", "board", 0, -1),
    "lacks ZLEXCOUNT": async (redis) => redis.zlexcount("board", "-", "+"),
    "lacks DUMP": async (redis) => redis.dump("board").then((payload) => payload !== null),
  };

  test.each(Object.keys(wrong))("%s, where Laurel's server does as Redis", async (name) => {
    const call = wrong[name] as (redis: Redis) => Promise<unknown>;
    await using server = await serve({ port: 0 });
    const real = new Redis(server.port);
    const mock = new RedisMock(server.port);
    const outcome = async (redis: Redis): Promise<unknown> => {
      await redis.zadd("board", 1, "a");
      return call(redis).catch((error: unknown) => String(error));
    };
    const theirs = await outcome(mock);
    const ours = await outcome(real);
    expect(theirs).not.toEqual(ours);
    if (name.startsWith("lacks")) expect(theirs).toMatch(/Unsupported command/);
    if (hasRedis) {
      await using server = await startServer("redis");
      const redis = new Redis(server.port);
      expect(ours).toEqual(await outcome(redis));
      await redis.quit();
    }
    await real.quit();
  });
});

test("a coordinator made anew with RedisLeaderboardCache has what RedisCache held, and ranks", async () => {
  await using first = await serve({ port: 0 });
  await using second = await serve({ port: 0 });
  const urls = [first, second].map(({ port }) => `redis://127.0.0.1:${port}`);
  const options = { replicationFactor: 2, closeNodes: true };
  const before = new DistributedCache(
    urls.map((url, i) => new CacheNode(`n${i}`, new RedisCache(url, { prefix: "ring:" }))),
    options,
  );
  await before.set("session", "of ada");
  await before.close();
  await using after = new DistributedLeaderboardCache(
    urls.map(
      (url, i) => new CacheNode(`n${i}`, new RedisLeaderboardCache(url, { prefix: "ring:" })),
    ),
    options,
  );
  expect(String(await after.get("session"))).toBe("of ada");
  expect(await after.zAdd("scores", { member: "ada", score: 1 })).toBe(1);
});

test.skipIf(!hasRedis)("RESTORE refuses a type that Laurel has not got", async () => {
  await using server = await startServer("redis");
  await using laurel = await serve({ port: 0 });
  const source = new Redis(server.port);
  const target = new Redis(laurel.port);
  await source.rpush("list", "a");
  const payload = await source.dumpBuffer("list");
  await expect(target.restore("list", 0, payload)).rejects.toThrow(/ERR/);
  await source.quit();
  await target.quit();
});

async function fail(): Promise<never> {
  throw new Error("down");
}

function failingStore() {
  return { get: fail, set: fail, delete: fail, clear: fail, on: () => undefined };
}
