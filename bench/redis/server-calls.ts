import { Redis } from "ioredis";
import { RedisLeaderboardCache } from "laurel/redis";
import { createClient, RESP_TYPES } from "redis";
import { startServer } from "../../test/support/server-process.ts";
import type { Report } from "../report.ts";
import { COLUMNS, compare, type Comparison } from "./comparison.ts";

const HOST = "127.0.0.1";
const BOARD = "board";
const MEMBERS = 1000;
const KEYS = Array.from({ length: 1000 }, (_, i) => `key:${i}`);
const VALUE = "v".repeat(32);

/** Single calls and a bulk read over one `redis-server`, by each client. */
export async function benchServerCalls(report: Report): Promise<void> {
  await using server = await startServer("redis");
  const rows: string[][] = [];
  for (const open of [ioredis, nodeRedis]) {
    const { comparisons, close } = await open(server.port);
    for (const comparison of comparisons) rows.push(...(await compare(report, comparison)));
    await close();
  }
  report.table("redis-calls", "Calls over one Redis server", COLUMNS, rows);
}

interface Opened {
  readonly comparisons: readonly Comparison[];
  readonly close: () => Promise<void>;
}

async function ioredis(port: number): Promise<Opened> {
  const redis = new Redis({ port, host: HOST });
  const cache = new RedisLeaderboardCache(redis);
  await fill(cache);
  const calls = {
    get: (i: number) => redis.getBuffer(keyOf(i)),
    zIncrBy: (i: number) => redis.zincrby(BOARD, 1, memberOf(i)),
    getMany: () => redis.mgetBuffer(KEYS),
  };
  return {
    comparisons: comparisonsOf("ioredis", calls, cache),
    close: async () => {
      await cache.close();
      await redis.quit();
    },
  };
}

async function nodeRedis(port: number): Promise<Opened> {
  const client = createClient({
    socket: { host: HOST, port },
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
  await client.connect();
  const cache = new RedisLeaderboardCache(client);
  await fill(cache);
  const calls = {
    get: (i: number) => client.get(keyOf(i)),
    zIncrBy: (i: number) => client.zIncrBy(BOARD, 1, memberOf(i)),
    getMany: () => client.mGet(KEYS),
  };
  return {
    comparisons: comparisonsOf("node-redis", calls, cache),
    close: async () => {
      await cache.close();
      await client.close();
    },
  };
}

type Calls = Readonly<Record<"get" | "zIncrBy" | "getMany", (i: number) => Promise<unknown>>>;

function comparisonsOf(client: string, bare: Calls, cache: RedisLeaderboardCache): Comparison[] {
  const cached: Calls = {
    get: (i) => cache.get(keyOf(i)),
    zIncrBy: (i) => cache.zIncrBy(BOARD, memberOf(i), 1),
    getMany: () => cache.getMany(KEYS),
  };
  return (["get", "zIncrBy", "getMany"] as const).map((call) => {
    const title = call === "getMany" ? `getMany of ${KEYS.length} keys` : call;
    const isConcurrent = call !== "getMany";
    return { client, call: title, bare: bare[call], cached: cached[call], isConcurrent };
  });
}

async function fill(cache: RedisLeaderboardCache): Promise<void> {
  await cache.setMany(KEYS.map((key) => [key, VALUE] as const));
  const members = Array.from({ length: MEMBERS }, (_, i) => ({ member: memberOf(i), score: i }));
  await cache.zAdd(BOARD, members);
}

function keyOf(i: number): string {
  return KEYS[i % KEYS.length] as string;
}

function memberOf(i: number): string {
  return `member:${i % MEMBERS}`;
}
