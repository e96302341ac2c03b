import { performance } from "node:perf_hooks";
import { type Cache, MemoryCache } from "laurel";
import { CacheNode, DistributedCache } from "laurel/distributed";
import { quantile } from "../measure.ts";
import { Players } from "../players.ts";
import { milliseconds, type Report, whole } from "../report.ts";
import { collectGarbage, fillKeys, nodeId } from "./nodes.ts";

const NODES = 3;
const LOST = 0;
const SIZES = [10_000, 100_000];
const RUNS = 3;

/** What the node lacks when it is back. */
const CASES = {
  "was away: the keys it missed": "away",
  "has lost everything: all its keys": "emptied",
} as const;
type Case = (typeof CASES)[keyof typeof CASES];

/** A resync that came to its end. */
interface Resync {
  readonly keys: number;
  readonly tookMs: number;
}

/** How long a node is told what it lacks before it serves again, in real time. */
export async function benchResync(report: Report): Promise<void> {
  const rows: string[][] = [];
  const points: { node: string; keys: number; tookMs: number }[] = [];
  for (const [title, what] of Object.entries(CASES)) {
    for (const size of SIZES) {
      const players = new Players(size);
      const runs: Resync[] = [];
      for (let run = 0; run < RUNS; run++) runs.push(await resync(players, what));
      const tookMs = quantile(
        runs.map((run) => run.tookMs),
        0.5,
      );
      const { keys } = runs[0] as Resync;
      const perSecond = whole(keys / (tookMs / 1000));
      rows.push([title, whole(size), whole(keys), milliseconds(tookMs), perSecond]);
      points.push({ node: title, keys: size, tookMs: Math.round(tookMs) });
    }
  }
  report.table(
    "resync",
    `A node of ${NODES} is back, factor 2: how long it is told what it lacks, medians of ${RUNS} runs`,
    ["the node", "keys in all", "keys told", "took", "keys a second"],
    rows,
  );
  report.chart("resync", points);
}

async function resync({ names }: Players, what: Case): Promise<Resync> {
  const lost = new ReplaceableCache();
  const caches = Array.from({ length: NODES }, (_, place) => {
    return place === LOST ? lost.cache : new MemoryCache();
  });
  const cache = new DistributedCache(
    caches.map((each, place) => new CacheNode(nodeId(place), each)),
    // It is asked again soon: what is timed begins when it has answered.
    { replicationFactor: 2, healthCheck: { interval: 20 } },
  );
  await fillKeys(cache, names);
  cache.markNode(nodeId(LOST), "unhealthy");
  if (what === "emptied") lost.replace();
  else await setAgain(cache, names);
  collectGarbage();
  const done = ended(cache);
  cache.markNode(nodeId(LOST), "auto");
  const result = await done;
  await cache.close();
  return result;
}

async function setAgain(cache: DistributedCache, names: readonly string[]): Promise<void> {
  for (const name of names) await cache.set(name, name);
  while (cache.metrics().queuedWrites > 0) await new Promise((resolve) => setImmediate(resolve));
}

/** The next resync, from its start to its end. */
function ended(cache: DistributedCache): Promise<Resync> {
  return new Promise((resolve, reject) => {
    let startMs = 0;
    cache.on("resync", ({ phase, keys }) => {
      if (phase === "start") startMs = performance.now();
      if (phase === "end") resolve({ keys, tookMs: performance.now() - startMs });
      if (phase === "failed") reject(new Error("Cannot time a resync: it failed"));
    });
  });
}

/** An embedded cache whose process can be thought to end and start again, empty. */
class ReplaceableCache {
  #store = new MemoryCache();

  readonly cache = new Proxy({} as Cache, {
    get: (_, name) => {
      const value: unknown = Reflect.get(this.#store, name, this.#store);
      return typeof value === "function" ? (value.bind(this.#store) as unknown) : value;
    },
  });

  replace(): void {
    this.#store = new MemoryCache();
  }
}
