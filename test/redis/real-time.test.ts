/**
 * Where time is real: the deadlines that caches give their keys on real servers. What the contract
 * says of them to the millisecond runs against Laurel's server, in virtual time, by the same code.
 */
import { type RedisClient, RedisLeaderboardCache } from "laurel/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServerCluster, startCluster } from "../support/server-cluster.ts";
import { hasServer, type ServerProcess, startServer } from "../support/server-process.ts";
import { until } from "../support/until.ts";
import { ioredis, nodeRedis } from "./clients.ts";

const TTL_MS = 120;

/** How keys come to a ttl: by a call, or by the cache's default. */
const WAYS: Readonly<
  Record<string, (cache: RedisLeaderboardCache, key: string) => Promise<unknown>>
> = {
  set: (cache, key) => cache.set(key, "v", { ttl: TTL_MS }),
  setMany: (cache, key) => cache.setMany([[key, "v"]], { ttl: TTL_MS }),
  expiresAt: (cache, key) => cache.set(key, "v", { expiresAt: Date.now() + TTL_MS }),
  async expire(cache, key) {
    await cache.set(key, "v", { ttl: Infinity });
    await cache.expire(key, TTL_MS);
  },
  "incr, by default": (cache, key) => cache.incr(key),
  "append, by default": (cache, key) => cache.append(key, "v"),
  "zAdd, by default": (cache, key) => cache.zAdd(key, { member: "m", score: 1 }),
  "zIncrBy, by default": (cache, key) => cache.zIncrBy(key, "m", 1),
  async "zUnionStore, by default"(cache, key) {
    await cache.zAdd(`${key}:source`, { member: "m", score: 1 });
    await cache.zUnionStore(key, [`${key}:source`]);
  },
};

function describeDeadlines(name: string, client: () => RedisClient): void {
  describe(name, () => {
    test.each(Object.entries(WAYS))(
      "a key is gone at its deadline, not before: %s",
      async (way, write) => {
        await using cache = new RedisLeaderboardCache(client(), {
          prefix: "real-time:",
          defaultTtl: TTL_MS,
        });
        const key = `{${way}}`;
        await cache.exists(key);
        const earliest = Date.now() + TTL_MS;
        await write(cache, key);
        const latest = Date.now() + TTL_MS;
        const gone = await until("the key is gone", async () => {
          const askedAt = Date.now();
          if (await cache.exists(key)) expect(askedAt).toBeLessThanOrEqual(latest + 1);
          else return { at: Date.now() };
          return undefined;
        });
        expect(gone.at).toBeGreaterThanOrEqual(earliest);
        expect(await cache.ttl(key)).toBeUndefined();
      },
    );

    test("what exists keeps its ttl, and what is set again has its own", async () => {
      await using cache = new RedisLeaderboardCache(client(), {
        prefix: "real-time:",
        defaultTtl: "1h",
      });
      await cache.set("n", "1", { ttl: "10m" });
      await cache.incr("n");
      expect(await cache.ttl("n")).toBeLessThanOrEqual(600_000);
      await cache.set("n", "1");
      expect(await cache.ttl("n")).toBeGreaterThan(3_500_000);
      expect(await cache.expire("n", Infinity)).toBe(true);
      expect(await cache.ttl("n")).toBe(Infinity);
    });
  });
}

describe.each(["redis", "valkey"] as const)("%s, in real time", (kind) => {
  describe.runIf(hasServer(kind))("one server", () => {
    let server: ServerProcess;
    beforeAll(async () => {
      server = await startServer(kind);
    });
    afterAll(() => server[Symbol.asyncDispose]());

    describeDeadlines("through ioredis", () => ioredis.single(server.port));
    describeDeadlines("through node-redis", () => nodeRedis(3).single(server.port));
  });

  describe.runIf(hasServer(kind))("a Cluster", () => {
    let cluster: ServerCluster;
    beforeAll(async () => {
      cluster = await startCluster(kind);
    });
    afterAll(() => cluster[Symbol.asyncDispose]());

    describeDeadlines("through ioredis", () => ioredis.cluster(cluster.ports));
  });
});
