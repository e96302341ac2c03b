/** The npm packages and servers that a part is measured beside, and what it needs to run at all. */
interface Part {
  readonly packages: readonly string[];
  readonly servers: readonly ServerProgram[];
  /** Without `redis-server` and `redis-benchmark` it is left out. */
  readonly needsRedis: boolean;
}

export type ServerProgram = "redis-server" | "valkey-server";

function part(packages: readonly string[], servers: readonly ServerProgram[] = []): Part {
  return { packages, servers, needsRedis: false };
}

function besideRedis(packages: readonly string[], servers: readonly ServerProgram[]): Part {
  return { packages, servers, needsRedis: true };
}

/** Each part of the benchmarks, in the order in which they run. */
export const PARTS = {
  "key-value": part(
    ["lru-cache", "cache-manager", "cacheable", "bentocache", "ioredis-mock", "ioredis"],
    ["redis-server"],
  ),
  leaderboards: part(["tlhunter-sorted-set", "ioredis-mock", "ioredis"], ["redis-server"]),
  "sorted-sets": part(["tlhunter-sorted-set"]),
  floor: part([]),
  "score-range": part([]),
  "index-candidates": part([]),
  memory: part(["tlhunter-sorted-set", "lru-cache"]),
  expiry: part([]),
  ring: part(["hashring"]),
  distributed: part([]),
  server: besideRedis([], ["redis-server", "valkey-server"]),
  redis: besideRedis(["ioredis", "redis"], ["redis-server"]),
  failover: besideRedis(["ioredis", "redis"], ["redis-server", "valkey-server"]),
  persistence: besideRedis([], ["redis-server"]),
  package: part([
    "lru-cache",
    "keyv",
    "cache-manager",
    "cacheable",
    "bentocache",
    "tlhunter-sorted-set",
    "redis-rank",
    "ioredis",
    "redis",
    "ioredis-mock",
  ]),
} as const satisfies Readonly<Record<string, Part>>;

export type PartName = keyof typeof PARTS;

export const PART_NAMES = Object.keys(PARTS) as PartName[];
