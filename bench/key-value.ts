import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { createCache } from "cache-manager";
import { Cacheable, createKeyv } from "cacheable";
import { MemoryCache } from "laurel";
import { LRUCache } from "lru-cache";
import { awaited, concurrent, measure, synchronous, type Timing } from "./measure.ts";
import { Players } from "./players.ts";
import { nanoseconds, type Report, times, whole } from "./report.ts";

const SIZES = [1_000, 10_000, 100_000];
const TTL_MS = 600_000;
/** As a token or a small JSON would be. */
const VALUE_BYTES = 64;

/** A cache with a ttl and a limit of entries, as its own manual sets it up. */
interface Store<Result> {
  readonly name: string;
  readonly get: (key: string) => Result;
  readonly set: (key: string, value: string) => Result;
}

type AwaitedStore = Store<Promise<unknown>>;

/** Our awaited `get` and `set` beside what a user would pick instead. */
export async function benchKeyValue(report: Report): Promise<void> {
  const rows: string[][] = [];
  for (const size of SIZES) {
    const players = new Players(size);
    const ours = laurel(size);
    const lru = lruCache(size);
    const peers = [cacheManager(size), unlimitedCacheManager(), cacheable(size), bentocache(size)];
    for (const name of players.names) {
      for (const store of [ours, lru, ...peers]) await store.set(name, valueOf(0));
    }
    for (const call of ["get", "set"] as const) {
      const row = (name: string, { medianNs, p99Ns, ratio }: Timing): string[] => {
        const cells = [whole(size), nanoseconds(medianNs), nanoseconds(p99Ns)];
        return [`${call}: ${name}`, ...cells, times(ratio)];
      };
      const oursOf = operation(ours, call, players);
      const [alone, together, lrus] = (await measure([
        awaited(ours.name, oursOf),
        concurrent(ours.name, oursOf),
        synchronous(lru.name, operation(lru, call, players)),
      ])) as [Timing, Timing, Timing];
      rows.push(
        row("Laurel", alone),
        row("Laurel, 100 callers", together),
        row("lru-cache, synchronous", lrus),
      );
      report.figure(`awaited ${call} at ${size}: times lru-cache`, 1 / lrus.ratio);
      for (const peer of peers) {
        const [, theirs] = (await measure([
          awaited(ours.name, oursOf),
          awaited(peer.name, operation(peer, call, players)),
        ])) as [Timing, Timing];
        rows.push(row(peer.name, theirs));
        report.figure(`${peer.name} ${call} at ${size}: times Laurel`, theirs.ratio);
      }
    }
  }
  report.table(
    "Key-value, with a ttl and a limit of entries; all awaited but lru-cache",
    ["call", "entries", "median", "p99", "times Laurel's"],
    rows,
  );
}

function operation<Result>(
  store: Store<Result>,
  call: "get" | "set",
  players: Players,
): (i: number) => Result {
  return call === "get"
    ? (i) => store.get(players.name(i))
    : (i) => store.set(players.name(i), valueOf(i));
}

function laurel(size: number): AwaitedStore {
  const cache = new MemoryCache({ maxEntries: size, defaultTtl: TTL_MS });
  return {
    name: "Laurel",
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
  };
}

function lruCache(size: number): Store<unknown> {
  const cache = new LRUCache<string, string>({ max: size, ttl: TTL_MS });
  return {
    name: "lru-cache",
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
  };
}

function cacheManager(size: number): AwaitedStore {
  const cache = createCache({ stores: [createKeyv({ ttl: TTL_MS, lruSize: size })] });
  return {
    name: "cache-manager",
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
  };
}

/** What `createCache` makes by itself: a plain `Map`, which nothing keeps from growing. */
function unlimitedCacheManager(): AwaitedStore {
  const cache = createCache({ ttl: TTL_MS });
  return {
    name: "cache-manager, without a limit",
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
  };
}

function cacheable(size: number): AwaitedStore {
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

function bentocache(size: number): AwaitedStore {
  const memory = bentostore().useL1Layer(memoryDriver({ maxItems: size }));
  const cache = new BentoCache({ default: "memory", stores: { memory }, ttl: TTL_MS });
  return {
    name: "bentocache",
    get: (key) => cache.get({ key }),
    set: (key, value) => cache.set({ key, value }),
  };
}

const VALUES = Array.from({ length: 1024 }, (_, i) =>
  Buffer.alloc(VALUE_BYTES, `${i};`).toString("latin1"),
);

function valueOf(i: number): string {
  return VALUES[i % VALUES.length] as string;
}
