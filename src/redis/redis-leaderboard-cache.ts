import type { LeaderboardCache } from "../cache/leaderboard-contract.ts";
import type { Fenceable } from "../cache/shared-store.ts";
import { Calls, CallState } from "./calls.ts";
import { FencedCalls } from "./fenced-calls.ts";
import { openPort, type RedisClient } from "./open-port.ts";
import { type RedisCacheOptions, resolveOptions } from "./options.ts";
import { PortLeaderboardCache } from "./port-leaderboard-cache.ts";

/**
 * A `RedisCache` with sorted sets: leaderboards on a Redis or Valkey server, the master that Sentinels name,
 * or a Cluster. In a Cluster, calls over several keys need keys of one slot, by a `{tag}` that they share.
 *
 * @example
 * ```ts
 * import { RedisLeaderboardCache } from "laurel/redis";
 * import { serve } from "laurel/server";
 * import { createClient } from "redis";
 *
 * await using server = await serve({ port: 0 }); // stands for any Redis or Valkey
 * const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
 * await using cache = new RedisLeaderboardCache(client, { prefix: "game:" });
 * await cache.zAdd("scores", { member: "ada", score: 4200 });
 * console.log(await cache.zRank("scores", "ada")); // 0
 * ```
 */
export class RedisLeaderboardCache extends PortLeaderboardCache implements Fenceable {
  /** @throws {CacheError} `INVALID_CONFIG` for what is no client, and for an invalid or unknown option */
  constructor(client: RedisClient | string | URL, options: RedisCacheOptions = {}) {
    const config = resolveOptions(options);
    super(new Calls(new CallState(openPort(client, config), config)));
  }

  /**
   * For a distributed cache over this one: a face that knows which incarnation it speaks with.
   * @internal
   */
  fenced(): LeaderboardCache {
    return new PortLeaderboardCache(new FencedCalls(this.calls.state));
  }
}
