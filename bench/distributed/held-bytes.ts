import { setImmediate } from "node:timers/promises";
import { MemoryCache } from "laurel";
import { CacheNode, DistributedCache } from "laurel/distributed";
import { playerName } from "../players.ts";
import { newOwners } from "./add-node.ts";
import { embedded, fillKeys, nodeId, valueOf, whenReplicated } from "./nodes.ts";

const NODES = 3;
const WARM_UP_KEYS = 2_000;
/** So much of a move is done when it is stopped, to be looked at. */
const MOVED_SHARE = 0.98;

/** What a coordinator is to hold: its heap is measured with it and without. */
export interface HeldRequest {
  readonly kind: "held";
  readonly what: keyof typeof HOLDERS;
  readonly keys: number;
}

export interface HeldResult {
  readonly bytes: number;
  /** How many keys the bytes are for. */
  readonly keys: number;
}

const HOLDERS = { "quiet keys": quiet, "dirty keys": dirty, "moved keys": moved };

/** Runs in a process of its own. */
export function heldBytes({ what, keys }: HeldRequest): Promise<HeldResult> {
  return HOLDERS[what](keys);
}

/** Keys that were written, read and written again; then the coordinator goes, and the caches stay. */
async function quiet(count: number): Promise<HeldResult> {
  const caches = Array.from({ length: NODES }, () => new MemoryCache());
  const nodes = caches.map((cache, place) => new CacheNode(nodeId(place), cache));
  let cache: DistributedCache | undefined = new DistributedCache(nodes, { replicationFactor: 2 });
  await fillKeys(cache, freshNames(count));
  for (const key of freshNames(count)) {
    await cache.get(key);
    await cache.set(key, key);
  }
  await whenReplicated(cache);
  const before = await heapBytes();
  await cache.close();
  cache = undefined;
  nodes.length = 0;
  const bytes = before - (await heapBytes());
  if (caches.some((each) => each.metrics().entries === 0)) {
    throw new Error("Cannot measure the coordinator: its nodes are gone, too");
  }
  return { bytes, keys: count };
}

/** A node is away while keys are written that it owns. */
async function dirty(count: number): Promise<HeldResult> {
  const cache = embedded(NODES, {});
  await fillKeys(cache, freshNames(count));
  cache.markNode(nodeId(0), "unhealthy");
  for (let i = 0; i < WARM_UP_KEYS; i++) await cache.set(playerName(i), valueOf(i));
  const dirtyBefore = cache.metrics().dirtyKeys;
  const before = await heapBytes();
  for (let i = WARM_UP_KEYS; i < count; i++) await cache.set(playerName(i), valueOf(i));
  while (cache.metrics().queuedWrites > 0) await setImmediate();
  const bytes = (await heapBytes()) - before;
  return { bytes, keys: cache.metrics().dirtyKeys - dirtyBefore };
}

/** A move is stopped shortly before its end; what is forgotten at the end is what it held. */
async function moved(count: number): Promise<HeldResult> {
  const cache = embedded(NODES, { replicationFactor: 1 });
  await fillKeys(cache, freshNames(count));
  const node = new CacheNode(nodeId(NODES), new MemoryCache());
  const controller = new AbortController();
  const enough = newOwners(freshNames(count), 1) * MOVED_SHARE;
  let keys = 0;
  const isStopped = await cache
    .addNode(node, {
      signal: controller.signal,
      onProgress: ({ movedKeys }) => {
        keys = movedKeys;
        if (movedKeys > enough) controller.abort();
      },
    })
    .then(
      () => false,
      () => true,
    );
  if (!isStopped) throw new Error("Cannot measure a move: it came to its end");
  const before = await heapBytes();
  await cache.addNode(node);
  return { bytes: before - (await heapBytes()), keys };
}

/** Names that nobody else holds, as those that come with a request. */
function freshNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => playerName(i));
}

/** Bytes in use on the heap and in array buffers after garbage is gone. */
async function heapBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error("Cannot measure the heap: run with --expose-gc");
  for (let i = 0; i < 8; i++) {
    globalThis.gc();
    // Array buffers are given back behind the collection's back.
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
