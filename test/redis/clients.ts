import { Cluster, Redis } from "ioredis";
import type { RedisClient } from "laurel/redis";
import { createClient, createCluster, createSentinel } from "redis";

const HOST = "127.0.0.1";

/** How the clients of one library are made: none of them connects by itself. */
export interface ClientLibrary {
  readonly name: string;
  /** Of one server. */
  single(port: number): RedisClient;
  /** Of the master that sentinels name. */
  sentinel(name: string, ports: readonly number[]): RedisClient;
  /** Of a Cluster. */
  cluster(ports: readonly number[]): RedisClient;
}

/** `ioredis`, which speaks RESP2. */
export const ioredis: ClientLibrary = {
  name: "ioredis",
  single: (port) => new Redis({ host: HOST, port, lazyConnect: true }),
  sentinel: (name, ports) =>
    new Redis({ name, sentinels: ports.map((port) => ({ host: HOST, port })), lazyConnect: true }),
  cluster: (ports) =>
    new Cluster(
      ports.map((port) => ({ host: HOST, port })),
      { lazyConnect: true },
    ),
};

/** `redis` (node-redis), which speaks either version of the protocol. */
export function nodeRedis(RESP: 2 | 3): ClientLibrary {
  return {
    name: `node-redis, RESP${RESP}`,
    single: (port) => createClient({ socket: { host: HOST, port }, RESP }),
    sentinel: (name, ports) =>
      createSentinel({
        name,
        sentinelRootNodes: ports.map((port) => ({ host: HOST, port })),
        RESP,
      }),
    cluster: (ports) =>
      createCluster({
        rootNodes: ports.map((port) => ({ socket: { host: HOST, port } })),
        RESP,
      }),
  };
}
