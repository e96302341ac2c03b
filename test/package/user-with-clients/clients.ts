import { equal } from "node:assert/strict";
import { Cluster, Redis } from "ioredis";
import { MemoryLeaderboardCache } from "laurel";
import { type RedisClient, RedisLeaderboardCache } from "laurel/redis";
import { serve } from "laurel/server";
import { createClient, createCluster, createSentinel } from "redis";

const cache = new MemoryLeaderboardCache();
const server = await serve({ port: 0, cache });
const address = { host: "127.0.0.1", port: server.port };

/** Every kind of client that the types promise to take; none of them connects by itself. */
const clients: Readonly<Record<string, RedisClient>> = {
  ioredis: new Redis({ ...address, lazyConnect: true }),
  redis: createClient({ socket: address }),
  redisResp3: createClient({ socket: address, RESP: 3 }),
};
const manyServers: readonly RedisClient[] = [
  new Redis({ name: "main", sentinels: [address], lazyConnect: true }),
  new Cluster([address], { lazyConnect: true }),
  createSentinel({ name: "main", sentinelRootNodes: [address] }),
  createCluster({ rootNodes: [{ socket: address }] }),
];
equal(manyServers.length, 4);

for (const [name, client] of Object.entries(clients)) {
  await using remote = new RedisLeaderboardCache(client);
  await remote.zAdd("scores", { member: name, score: 1 });
}
{
  await using remote = new RedisLeaderboardCache(`redis://127.0.0.1:${server.port}`);
  await remote.zAdd("scores", { member: "by URL", score: 2 });
}
equal(await cache.zCard("scores"), 4);

await server.close();
await cache.close();
