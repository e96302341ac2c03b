import type { Cache } from "../cache/contract.ts";
import type { Fenceable } from "../cache/shared-store.ts";
import { Calls, CallState } from "./calls.ts";
import { FencedCalls } from "./fenced-calls.ts";
import { openPort, type RedisClient } from "./open-port.ts";
import { type RedisCacheOptions, resolveOptions } from "./options.ts";
import { PortCache } from "./port-cache.ts";

/**
 * A cache on a Redis or Valkey server, on the master that Sentinels name, on a Cluster, or on any server
 * that speaks their protocol: strings and counters with ttl. It takes a client of `ioredis` or `redis`
 * (node-redis) as the pattern for connections of its own, or a URL.
 *
 * @example
 * ```ts
 * import { RedisCache } from "laurel/redis";
 * import { serve } from "laurel/server";
 *
 * await using server = await serve({ port: 0 }); // stands for any Redis or Valkey
 * await using cache = new RedisCache(`redis://127.0.0.1:${server.port}`, { prefix: "app:" });
 * await cache.set("greeting", "hello", { ttl: "10m" });
 * console.log(String(await cache.get("greeting"))); // hello
 * ```
 */
export class RedisCache extends PortCache implements Fenceable {
  /** @throws {CacheError} `INVALID_CONFIG` for what is no client, and for an invalid or unknown option */
  constructor(client: RedisClient | string | URL, options: RedisCacheOptions = {}) {
    const config = resolveOptions(options);
    super(new Calls(new CallState(openPort(client, config), config)));
  }

  /**
   * For a distributed cache over this one: a face that knows which incarnation it speaks with.
   * @internal
   */
  fenced(): Cache {
    return new PortCache(new FencedCalls(this.calls.state));
  }
}
