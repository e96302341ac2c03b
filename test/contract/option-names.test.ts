/** Whoever misspells an option is told, wherever options are taken. */
import {
  MemoryCache,
  type MemoryCacheOptions,
  MemoryLeaderboardCache,
  type Persistence,
  type PersistenceMetrics,
} from "laurel";
import {
  CacheNode,
  type CacheNodeOptions,
  DistributedCache,
  type DistributedCacheOptions,
  DistributedLeaderboardCache,
  type HealthCheckOptions,
  HashRing,
  type HashRingOptions,
  type RebalanceOptions,
  type RepairOptions,
  type RetryOptions,
} from "laurel/distributed";
import {
  files,
  type FilesOptions,
  type RewriteOptions,
  type SnapshotRule,
} from "laurel/persistence";
import { RedisCache, type RedisCacheOptions, RedisLeaderboardCache } from "laurel/redis";
import { describe, expect, onTestFinished, test } from "vitest";

/** Every option there is, with something that it may be. */
type All<Options> = { readonly [Name in keyof Options]-?: NonNullable<Options[Name]> };

const clock = { now: () => 0 };
const timers = { setTimeout: () => 0, clearTimeout: () => undefined };
const random = (): number => 0.5;

const NOTHING_KEPT: ReturnType<Persistence["open"]> = {
  ready: Promise.resolve(),
  isReady: true,
  refusal: undefined,
  failures: 0,
  endUnit: () => undefined,
  settled: () => undefined,
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
  metrics: () => ({}) as PersistenceMetrics,
};

const MEMORY: All<MemoryCacheOptions> = {
  maxEntries: 5,
  maxMemoryBytes: 1e6,
  eviction: "lfu",
  defaultTtl: "1h",
  maxKeyBytes: 10,
  maxLeaderboards: 2,
  maxMembersPerSet: 3,
  sweepInterval: Infinity,
  clock,
  timers,
  random,
  persistence: { open: () => NOTHING_KEPT },
};

const REDIS: All<RedisCacheOptions> = {
  prefix: "app:",
  defaultTtl: "1h",
  maxKeyBytes: 10,
  timeout: "2s",
  replicas: 1,
  replicaTimeout: "1s",
  allowFlush: true,
  clock,
  timers,
};

const RETRY: All<RetryOptions> = { attempts: 2, backoff: "1s" };

const HEALTH_CHECK: All<HealthCheckOptions> = {
  interval: Infinity,
  timeout: "1s",
  failureThreshold: 2,
  successThreshold: 2,
  probe: () => Promise.resolve(),
};

const DISTRIBUTED: All<DistributedCacheOptions> = {
  virtualNodes: 10,
  hash: "murmur3",
  replicationFactor: 2,
  replication: "sync",
  writeQuorum: 1,
  failover: "retry",
  retry: RETRY,
  callTimeout: "1s",
  fenceTimeout: "1s",
  healthCheck: HEALTH_CHECK,
  maxDirtyKeys: 10,
  maxQueuedWrites: 10,
  maxQueuedBytes: 1000,
  closeNodes: true,
  clock,
  timers,
  random,
};

const REWRITE: All<RewriteOptions> = { growthPercent: 50, minBytes: 1000 };
const RULE: All<SnapshotRule> = { every: "15m", changes: 100 };

const FILES: All<FilesOptions> = {
  dir: "data",
  journal: true,
  fsync: "always",
  snapshot: RULE,
  rewrite: REWRITE,
  loadTruncated: false,
  onWriteError: "continue",
  onLog: () => undefined,
};

const NODE: All<CacheNodeOptions> = { weight: 2 };
const RING: All<HashRingOptions> = { virtualNodes: 10, hash: "murmur3" };

const memory = (): MemoryCache => new MemoryCache({ sweepInterval: Infinity });
const nodes = (): CacheNode[] => [new CacheNode("a", memory()), new CacheNode("b", memory())];
/** Nobody is called there. */
const URL = "redis://127.0.0.1:1";

function closing<T extends { close(): Promise<void> }>(cache: T): T {
  onTestFinished(() => cache.close());
  return cache;
}

type Construct = (options: object) => unknown;
const CONSTRUCTORS: readonly [name: string, construct: Construct, all: object][] = [
  ["MemoryCache", (options) => new MemoryCache(options), MEMORY],
  ["MemoryLeaderboardCache", (options) => new MemoryLeaderboardCache(options), MEMORY],
  ["RedisCache", (options) => closing(new RedisCache(URL, options)), REDIS],
  ["RedisLeaderboardCache", (options) => closing(new RedisLeaderboardCache(URL, options)), REDIS],
  ["DistributedCache", (options) => closing(new DistributedCache(nodes(), options)), DISTRIBUTED],
  [
    "DistributedLeaderboardCache",
    (options) => closing(new DistributedLeaderboardCache(nodes(), options)),
    DISTRIBUTED,
  ],
  ["CacheNode", (options) => new CacheNode("a", memory(), options), NODE],
  ["HashRing", (options) => new HashRing(options), RING],
  ["files", (options) => files({ ...options, dir: "data" }), FILES],
  ["snapshot", (rule) => files({ dir: "data", snapshot: { ...rule, every: "15m" } }), RULE],
  ["rewrite", (rewrite) => files({ dir: "data", rewrite }), REWRITE],
  ["retry", (retry) => closing(new DistributedCache(nodes(), { retry })), RETRY],
  [
    "healthCheck",
    (healthCheck) => closing(new DistributedCache(nodes(), { healthCheck })),
    HEALTH_CHECK,
  ],
];

describe.each(CONSTRUCTORS)("the options of %s", (_, construct, all) => {
  test.each(Object.keys(all))("have %s among them, or left out by undefined", (name) => {
    expect(() => construct({ [name]: all[name as never] })).not.toThrow();
    expect(() => construct({ [name]: undefined })).not.toThrow();
  });

  test("are refused with one that is misspelt, and the right name is given", () => {
    for (const name of Object.keys(all)) {
      const misspelt = `${name.slice(0, -1)}_`;
      for (const options of [{ [misspelt]: all[name as never] }, { [misspelt]: undefined }]) {
        const error = expect.objectContaining({
          code: "INVALID_CONFIG",
          message: expect.stringMatching(
            new RegExp(
              `: there is no option of this name, did you mean (\\w+\\.)?${name}\\?: ` +
                `received "(\\w+\\.)?${misspelt}"$`,
            ),
          ) as string,
        }) as object;
        expect(() => construct(options)).toThrow(error);
      }
    }
  });

  test("are refused with one that is like none, and all names are given", () => {
    const names = Object.keys(all).join(", ");
    expect(() => construct({ unheardOf: "secret" })).toThrow(
      expect.objectContaining({
        code: "INVALID_CONFIG",
        message: expect.stringMatching(
          new RegExp(
            `: there is no option of this name, only ${names}: received "(\\w+\\.)?unheardOf"$`,
          ),
        ) as string,
      }),
    );
  });

  test("are not looked for in what every object has, and names may be symbols", () => {
    expect(() => construct({ toString: undefined })).toThrow('received "');
    expect(() => construct(JSON.parse('{ "__proto__": 1 }') as object)).toThrow('received "');
    expect(() => construct({ [Symbol("note")]: 1 })).not.toThrow();
  });
});

test("options may be of a class with more to it than options", async () => {
  class Settings {
    static readonly source = "settings.json";
    get maxKeyBytes(): number {
      return 3;
    }
    reload(): void {}
  }
  await using cache = new MemoryCache(new Settings());
  expect(cache.maxKeyBytes).toBe(3);
});

test("what stands in a misspelt option is not told: it may be a secret", () => {
  const options = { passwort: "hunter2" } as RedisCacheOptions;
  expect(() => new RedisCache(URL, options)).toThrow(/received "passwort"$/);
});

describe("calls that take long by their nature", () => {
  const REBALANCE: All<RebalanceOptions> = {
    signal: new AbortController().signal,
    onProgress: () => undefined,
    maxKeysPerSecond: 100,
  };
  const REPAIR: All<RepairOptions> = {
    signal: new AbortController().signal,
    maxKeysPerSecond: 100,
  };
  type Call = (cache: DistributedCache, options: object) => Promise<unknown>;
  const calls: readonly [name: string, call: Call, all: object][] = [
    ["addNode", (cache, o) => cache.addNode(new CacheNode("c", memory()), o), REBALANCE],
    ["removeNode", (cache, o) => cache.removeNode("a", o), REBALANCE],
    ["repair", (cache, o) => cache.repair(o), REPAIR],
  ];

  test.each(calls)("as %s refuse options of other names", async (_, call, all) => {
    await using cache = new DistributedCache(nodes());
    const message = expect.stringContaining("did you mean maxKeysPerSecond?") as string;
    await expect(call(cache, { maxKeyPerSecond: 100 })).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
      message,
    });
    expect(cache.nodes()).toHaveLength(2);
    await expect(call(cache, all)).resolves.toBeDefined();
  });
});
