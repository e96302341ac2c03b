import { CacheError, show } from "../errors.ts";
import { ClusterPort } from "./cluster-port.ts";
import { type ConfirmationOptions, confirming, confirmingCluster } from "./confirming-connector.ts";
import { DeferredPort } from "./deferred-port.ts";
import {
  type IoredisClient,
  type IoredisCluster,
  isIoredis,
  isIoredisCluster,
} from "./ioredis/ioredis-client.ts";
import { IoredisClusterPort } from "./ioredis/ioredis-cluster-port.ts";
import { IoredisConnector } from "./ioredis/ioredis-connector.ts";
import { NodeRedisClusterConnector } from "./node-redis/node-redis-cluster-connector.ts";
import {
  isNodeRedis,
  isNodeRedisCluster,
  isNodeRedisSentinel,
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
} from "./node-redis/node-redis-client.ts";
import { NodeRedisConnector } from "./node-redis/node-redis-connector.ts";
import { NodeRedisSentinelPort } from "./node-redis/node-redis-sentinel-port.ts";
import { hasMethods } from "./client-pattern.ts";
import type { ClientPort } from "./port.ts";
import { type LibraryLoaders, LIBRARIES } from "./client-libraries.ts";
import { ServerPort, type ServerPortOptions } from "./server-port.ts";
import { parseServerUrl } from "./server-url.ts";

/**
 * A client of `ioredis` (5) or `redis` (5 or 6): for one server, for the master that Sentinels name, or
 * for a Cluster. Whether it is connected does not matter: it is only the pattern of connections that
 * are made for the cache alone.
 */
export type RedisClient =
  | IoredisClient
  | IoredisCluster
  | NodeRedisClient
  | NodeRedisSentinel
  | NodeRedisCluster;

/** What a port takes from outside, and how it confirms writes. */
type PortOptions = ServerPortOptions & ConfirmationOptions;

/**
 * The port over what a user has: a client, known by its methods, or a URL (`redis:`, `rediss:`,
 * `valkey:`, `valkeys:`, `unix:`), for which the client library that is installed is loaded on first use.
 * @throws {CacheError} `INVALID_CONFIG` for anything else
 */
export function openPort(
  client: RedisClient | string | URL,
  options: PortOptions = {},
  libraries: LibraryLoaders = LIBRARIES,
): ClientPort {
  if (typeof client === "string" || client instanceof URL) {
    const server = parseServerUrl(client);
    return new DeferredPort(async () => portOf(await libraries.clientOf(server), options));
  }
  return portOf(client, options);
}

function portOf(client: unknown, options: PortOptions): ClientPort {
  if ((typeof client !== "object" && typeof client !== "function") || client === null) {
    throw invalidClient(show(client));
  }
  if (isIoredisCluster(client)) return new IoredisClusterPort(client, options);
  const { timers } = options;
  if (isIoredis(client)) {
    return new ServerPort(confirming(new IoredisConnector(client, timers), options), options);
  }
  if (isNodeRedisSentinel(client)) return new NodeRedisSentinelPort(client, options);
  if (isNodeRedisCluster(client)) {
    const connector = new NodeRedisClusterConnector(client, timers);
    return new ClusterPort(confirmingCluster(connector, options), options);
  }
  if (isNodeRedis(client)) {
    return new ServerPort(confirming(new NodeRedisConnector(client, timers), options), options);
  }
  throw invalidClient(describe(client));
}

/** What it is instead, as far as that can be told. */
function describe(client: object): string {
  const is = (method: string) => hasMethods(client, method);
  if (is("execute") && is("sendCommand")) return "a pool of clients: give one of its kind";
  if (is("executeIsolated") || is("internal_send_command")) return "a client of redis below 5";
  if (is("sendCommand") || is("send_command")) return "a client with callbacks";
  if (typeof client === "function") return "a function";
  return show(client);
}

function invalidClient(received: string): CacheError {
  return new CacheError(
    "INVALID_CONFIG",
    "Cannot create a Redis cache: the client must be an ioredis or redis (node-redis) client, or a URL: " +
      `received ${received}`,
  );
}
