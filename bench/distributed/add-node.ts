import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Cache, MemoryCache } from "laurel";
import { CacheNode, HashRing } from "laurel/distributed";
import { quantile } from "../measure.ts";
import { Players } from "../players.ts";
import { collectGarbage, embedded, fillKeys, nodeId } from "./nodes.ts";
import { type Answer, OpenLoop } from "./open-loop.ts";

const NODES = 3;
const SLOW_MS = 2;

/** A fourth node is to be added to three that hold so many keys. */
export interface AddNodeRequest {
  readonly kind: "add-node";
  readonly keys: number;
  readonly replicationFactor: number;
  /** Reads that begin in a second, before the move and during it; 0: none. */
  readonly readsPerSecond: number;
}

/** What came of it. */
export interface AddNodeResult {
  readonly movedKeys: number;
  readonly durationMs: number;
  /** Where there were reads: how long they took. */
  readonly reads?: { readonly atRest: ReadTimes; readonly duringMove: ReadTimes };
}

/** How long reads took, each from the moment for which it was planned. */
export interface ReadTimes {
  readonly reads: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The part of them that took more than 2 ms. */
  readonly slowShare: number;
}

const REST_MS = 2000;

/** Runs in a process of its own. */
export async function addNode(request: AddNodeRequest): Promise<AddNodeResult> {
  const { keys, replicationFactor, readsPerSecond } = request;
  const players = new Players(keys);
  const cache = embedded(NODES, { replicationFactor });
  await fillKeys(cache, players.names);
  collectGarbage();

  const loop = new OpenLoop(readsPerSecond, (i) => readThere(cache, players.name(i)));
  const rest = readsPerSecond === 0 ? [] : await loop.during(sleep(REST_MS));
  const start = performance.now();
  const move = cache.addNode(new CacheNode(nodeId(NODES), new MemoryCache()));
  const during = readsPerSecond === 0 ? [] : await loop.during(move);
  const { movedKeys } = await move;
  const durationMs = performance.now() - start;

  const expected = newOwners(players.names, replicationFactor);
  if (movedKeys !== expected) {
    throw new Error(`Cannot trust the move: ${expected} keys have new owners, ${movedKeys} moved`);
  }
  const result = { movedKeys, durationMs };
  if (readsPerSecond === 0) return result;
  return { ...result, reads: { atRest: timesOf(rest), duringMove: timesOf(during) } };
}

async function readThere(cache: Cache, key: string): Promise<void> {
  if ((await cache.get(key)) === undefined) throw new Error(`Cannot read ${key}: it is lost`);
}

/** How many keys the fourth node will own, by the ring alone. */
export function newOwners(keys: readonly string[], replicationFactor: number): number {
  const ring = new HashRing();
  const cache = new MemoryCache();
  for (let place = 0; place <= NODES; place++) ring.add(new CacheNode(nodeId(place), cache));
  const added = nodeId(NODES);
  let count = 0;
  for (const key of keys) {
    if (ring.getN(key, replicationFactor).some(({ id }) => id === added)) count++;
  }
  return count;
}

function timesOf(answers: readonly Answer[]): ReadTimes {
  const tookMs = answers.map(({ plannedMs, answeredMs }) => answeredMs - plannedMs);
  return {
    reads: tookMs.length,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
    maxMs: tookMs.reduce((longest, ms) => Math.max(longest, ms), 0),
    slowShare: tookMs.filter((ms) => ms > SLOW_MS).length / tookMs.length,
  };
}
