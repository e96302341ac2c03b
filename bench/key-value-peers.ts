import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { createCache } from "cache-manager";
import { Cacheable, createKeyv } from "cacheable";
import { Redis } from "ioredis";
import RedisMock from "ioredis-mock";
import { MemoryCache } from "laurel";
import { LRUCache } from "lru-cache";

const TTL_MS = 600_000;
/** As a token or a small JSON would be. */
const VALUE_BYTES = 64;

/**
 * A cache with a ttl and, unless its name says otherwise, a limit of entries, as its own manual sets
 * it up.
 */
export interface Store<Result> {
  readonly name: string;
  readonly get: (key: string) => Result;
  readonly set: (key: string, value: string) => Result;
  readonly close?: () => Promise<unknown>;
}

export type AwaitedStore = Store<Promise<unknown>>;

export function laurel(size: number): AwaitedStore {
  const cache = new MemoryCache({ maxEntries: size, defaultTtl: TTL_MS });
  return {
    name: "Laurel",
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
  };
}

export function lruCache(size: number): Store<unknown> {
  const cache = new LRUCache<string, string>({ max: size, ttl: TTL_MS });
  return {
    name: "lru-cache",
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
  };
}

export function cacheManager(size: number): AwaitedStore {
  const cache = createCache({ stores: [createKeyv({ ttl: TTL_MS, lruSize: size })] });
  return {
    name: "cache-manager",
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
  };
}

/** What `createCache` makes by itself: a plain `Map`, which nothing keeps from growing. */
export function unlimitedCacheManager(): AwaitedStore {
  const cache = createCache({ ttl: TTL_MS });
  return {
    name: "cache-manager, without a limit",
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
  };
}

export function cacheable(size: number): AwaitedStore {
  const cache = new Cacheable({
    primary: createKeyv({ ttl: TTL_MS, lruSize: size }),
    ttl: TTL_MS,
  });
  return {
    name: "cacheable",
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
  };
}

export function bentocache(size: number): AwaitedStore {
  const memory = bentostore().useL1Layer(memoryDriver({ maxItems: size }));
  const cache = new BentoCache({ default: "memory", stores: { memory }, ttl: TTL_MS });
  return {
    name: "bentocache",
    get: (key) => cache.get({ key }),
    set: (key, value) => cache.set({ key, value }),
  };
}

/** The mock of a client, which knows no limit of entries. */
export function ioredisMock(): AwaitedStore {
  return clientStore("ioredis-mock, without a limit", new RedisMock());
}

/** Redis itself, behind a connection over the loopback. It can limit bytes, and no entries. */
export function redisOverLoopback(port: number): AwaitedStore {
  const client = new Redis({ port, host: "127.0.0.1" });
  return clientStore("Redis over loopback, ioredis, without a limit", client);
}

function clientStore(name: string, client: Redis): AwaitedStore {
  return {
    name,
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, "PX", TTL_MS),
    close: () => client.quit(),
  };
}

const VALUES = Array.from({ length: 1024 }, (_, i) =>
  Buffer.alloc(VALUE_BYTES, `${i};`).toString("latin1"),
);

export function valueOf(i: number): string {
  return VALUES[i % VALUES.length] as string;
}
