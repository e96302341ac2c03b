import { Cluster, type Redis } from "ioredis";
import { RedisCache } from "laurel/redis";
import { createCluster, RESP_TYPES } from "redis";
import { type ServerCluster, startCluster } from "../../test/support/server-cluster.ts";
import type { Report } from "../report.ts";
import { COLUMNS, compare } from "./comparison.ts";

const HOST = "127.0.0.1";
const KEYS = Array.from({ length: 1000 }, (_, i) => `key:${i}`);
const VALUE = "v".repeat(32);
const CALL = `getMany of ${KEYS.length} keys`;

/** A bulk read over a Cluster of three masters, beside the client's own pipelines, one a master. */
export async function benchClusterCalls(report: Report): Promise<void> {
  await using servers = await startCluster("redis");
  const rows = [...(await ioredis(report, servers)), ...(await nodeRedis(report, servers))];
  report.table("redis-cluster-calls", "Calls over a Redis Cluster", COLUMNS, rows);
}

async function ioredis(report: Report, servers: ServerCluster): Promise<string[][]> {
  const cluster = new Cluster(servers.ports.map((port) => ({ host: HOST, port })));
  const cache = new RedisCache(cluster);
  await fill(cache);
  const groups = await groupByMaster(servers);
  // What a user would do who knows which master serves which key.
  const nodes = groups.map(({ port, keys }) => {
    const node = cluster.nodes("master").find(({ options }) => options.port === port) as Redis;
    return { node, keys };
  });
  const bare = async (): Promise<unknown> =>
    Promise.all(
      nodes.map(({ node, keys }) => {
        const pipeline = node.pipeline();
        for (const key of keys) pipeline.getBuffer(key);
        return pipeline.exec();
      }),
    );
  const cached = () => cache.getMany(KEYS);
  const client = "ioredis Cluster";
  const rows = await compare(report, { client, call: CALL, bare, cached, isConcurrent: false });
  await cache.close();
  cluster.disconnect();
  return rows;
}

async function nodeRedis(report: Report, servers: ServerCluster): Promise<string[][]> {
  const cluster = createCluster({
    rootNodes: servers.ports.map((port) => ({ socket: { host: HOST, port } })),
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
  await cluster.connect();
  const cache = new RedisCache(cluster);
  await fill(cache);
  const groups = await groupByMaster(servers);
  const nodes = await Promise.all(
    groups.map(async ({ port, keys }) => {
      const master = cluster.masters.find((one) => one.port === port);
      if (master === undefined) throw new Error(`There is no master at port ${port}`);
      return { node: await cluster.nodeClient(master), keys };
    }),
  );
  const bare = async (): Promise<unknown> =>
    Promise.all(nodes.map(({ node, keys }) => Promise.all(keys.map((key) => node.get(key)))));
  const cached = () => cache.getMany(KEYS);
  const client = "node-redis Cluster";
  const rows = await compare(report, { client, call: CALL, bare, cached, isConcurrent: false });
  await cache.close();
  await cluster.close();
  return rows;
}

interface MasterKeys {
  readonly port: number;
  readonly keys: string[];
}

async function groupByMaster(servers: ServerCluster): Promise<MasterKeys[]> {
  const groups = new Map<number, MasterKeys>();
  for (const key of KEYS) {
    const { port } = await servers.masterOf(key);
    const group = groups.get(port) ?? { port, keys: [] };
    group.keys.push(key);
    groups.set(port, group);
  }
  return [...groups.values()];
}

async function fill(cache: RedisCache): Promise<void> {
  await cache.setMany(KEYS.map((key) => [key, VALUE] as const));
}
