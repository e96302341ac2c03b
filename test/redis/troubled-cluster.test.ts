import { RedisLeaderboardCache, type RedisCacheOptions } from "laurel/redis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Connection } from "../differential/connection.ts";
import { hasServer } from "../support/server-process.ts";
import { type ServerCluster, startCluster } from "../support/server-cluster.ts";
import { until } from "../support/until.ts";
import {
  all,
  CALLS,
  type CallTable,
  GROWTH,
  outcomeOf,
  outcomes,
  READS,
  REMOVALS,
  seed,
} from "./call-table.ts";
import { type ClientLibrary, ioredis, nodeRedis } from "./clients.ts";

const LIBRARIES: readonly ClientLibrary[] = [ioredis, nodeRedis(3)];
const START_MS_MAX = 60_000;
/** What a call may take that is refused at once, on a busy machine with six servers; milliseconds. */
const AT_ONCE_MS = 2000;
const SHORT_MS = 400;
const MARGIN_MS = 1000;

/** What all nodes are asked to do, one after the other. */
async function askAll(cluster: ServerCluster, ...command: readonly string[]): Promise<void> {
  for (const node of cluster.nodes) await node.ask(...command);
}

async function expectEnds(
  caches: readonly RedisLeaderboardCache[],
  calls: CallTable,
  end: string,
  msMax = AT_ONCE_MS,
): Promise<void> {
  for (const cache of caches) {
    expect(await outcomes(cache, calls, msMax)).toEqual(all(calls, end));
  }
}

async function untilAnswered(caches: readonly RedisLeaderboardCache[]): Promise<void> {
  const keys = Array.from({ length: 30 }, (_, i) => `probe:${i}`);
  for (const cache of caches) {
    await until("all masters answer", async () => {
      const ends = await Promise.all(keys.map((key) => outcomeOf(() => cache.incr(key))));
      return ends.every((end) => end === "answered");
    });
  }
}

describe.runIf(hasServer("redis"))("with a Cluster in trouble, a cache", () => {
  let cluster: ServerCluster;
  beforeAll(async () => {
    cluster = await startCluster("redis");
  }, START_MS_MAX);
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  /** A cache through each library. */
  function opened(options: RedisCacheOptions = {}): RedisLeaderboardCache[] {
    return LIBRARIES.map((library) => {
      const client = library.cluster(cluster.ports);
      const cache = new RedisLeaderboardCache(client, { prefix: `${library.name}:`, ...options });
      onTestFinished(() => cache.close());
      return cache;
    });
  }

  test("is refused what takes memory, and nothing else, while there is none", async () => {
    const caches = opened({ defaultTtl: "1h" });
    for (const cache of caches) await seed(cache);
    await askAll(cluster, "CONFIG", "SET", "maxmemory", "1");
    await expectEnds(caches, GROWTH, "CACHE_FULL");
    await expectEnds(caches, READS, "answered");
    await expectEnds(caches, REMOVALS, "answered");
    await askAll(cluster, "CONFIG", "SET", "maxmemory", "0");
    await expectEnds(caches, CALLS, "answered");
  });

  test("is refused everything while it wants a password", async () => {
    const admins = await Promise.all(cluster.ports.map((port) => Connection.open(port)));
    onTestFinished(async () => {
      for (const admin of admins) await admin[Symbol.asyncDispose]();
    });
    for (const admin of admins) await admin.call("CONFIG", "SET", "requirepass", "secret");
    const caches = opened();
    await expectEnds(caches, CALLS, "ACCESS_DENIED");
    for (const admin of admins) await admin.call("CONFIG", "SET", "requirepass", "");
    await untilAnswered(caches);
    await expectEnds(caches, CALLS, "answered");
  });

  test("waits for halted servers no longer than it may, and works when they go on", async () => {
    const caches = opened({ timeout: SHORT_MS });
    for (const cache of caches) await seed(cache);
    for (const node of cluster.nodes) node.stop();
    for (const cache of caches) {
      const ends = await outcomes(cache, CALLS, SHORT_MS + MARGIN_MS);
      expect(ends).toMatchObject({ get: "TIMEOUT", incr: "TIMEOUT", set: "TIMEOUT" });
      for (const end of Object.values(ends)) expect(end).toMatch(/^(TIMEOUT|CONNECTION_FAILED)$/);
    }
    for (const node of cluster.nodes) node.resume();
    await cluster.settled();
    await untilAnswered(caches);
    await expectEnds(caches, CALLS, "answered");
  });

  test("fails at once while all servers are down, and works when they are back", async () => {
    const caches = opened();
    for (const cache of caches) await seed(cache);
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await expectEnds(caches, CALLS, "CONNECTION_FAILED");
    await Promise.all(cluster.nodes.map((node) => node.restart()));
    await cluster.settled();
    await untilAnswered(caches);
    await expectEnds(caches, CALLS, "answered");
  });
});
