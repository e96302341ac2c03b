import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import { SortedSet } from "laurel/structures";
import { LRUCache } from "lru-cache";
import PeerSortedSet from "tlhunter-sorted-set";
import { fill } from "./index-candidates/candidates.ts";
import { playerName, Players, SCORE_LIMIT } from "./players.ts";
import { seededRandom, shuffledIndices } from "./random.ts";

/** What a key-value entry holds, in bytes; a key has the 18 of a player's name. */
export const VALUE_BYTES = 32;
const TTL_MS = 3_600_000;

const SUBJECTS = {
  index: indices,
  "sorted set": sortedSets,
  "peer's sorted set": peerSortedSets,
  leaderboard: leaderboards,
  "key-value": keyValueCaches,
  "lru-cache": lruCaches,
};

/** What is to be built: `instances` things of `size` entries each. */
export interface HeapRequest {
  readonly subject: keyof typeof SUBJECTS;
  /** Which index, where one is asked for; of a key-value cache, whether it has limits and a ttl. */
  readonly name?: string;
  readonly size: number;
  readonly instances: number;
}

export interface HeapResult {
  /** Bytes of all instances together, as measured. */
  readonly bytes: number;
  /** Bytes of all instances together, as they themselves account for them. */
  readonly accounted?: number | undefined;
}

interface Built {
  /** Keeps everything alive while it is measured. */
  readonly held: unknown;
  readonly accounted?: number;
}

/** Prepares what is not to be counted; what it returns builds what is. */
export function heapSubject(request: HeapRequest): () => Built | Promise<Built> {
  return SUBJECTS[request.subject](request);
}

/** Names are made before: an index is measured without them. */
function indices({ name = "", size, instances }: HeapRequest): () => Built {
  const players = new Players(size);
  return () => ({ held: Array.from({ length: instances }, () => fill(name, players)) });
}

function sortedSets({ size, instances }: HeapRequest): () => Built {
  return () => {
    const held = Array.from({ length: instances }, (_, seed) => {
      const set = new SortedSet();
      addFreshPlayers(size, seed, (name, score) => set.set(name, score));
      return set;
    });
    return { held, accounted: held.reduce((sum, set) => sum + set.byteSize, 0) };
  };
}

function peerSortedSets({ size, instances }: HeapRequest): () => Built {
  return () => ({
    held: Array.from({ length: instances }, (_, seed) => {
      const set = new PeerSortedSet();
      addFreshPlayers(size, seed, (name, score) => set.add(name, score));
      return set;
    }),
  });
}

/** Boards of one cache. */
function leaderboards({ size, instances }: HeapRequest): () => Promise<Built> {
  return async () => {
    const cache = new MemoryLeaderboardCache();
    for (let board = 0; board < instances; board++) {
      const random = seededRandom(board);
      const key = Buffer.from(`board:${board}`).toString("latin1");
      for (const i of shuffledIndices(size, random)) {
        const score = Math.floor(random() * SCORE_LIMIT);
        await cache.zAdd(key, { member: playerName(i), score });
      }
    }
    return { held: cache, accounted: cache.metrics().memoryBytes };
  };
}

function keyValueCaches({ name, size, instances }: HeapRequest): () => Promise<Built> {
  const options = name === "limited" ? { maxEntries: size, defaultTtl: TTL_MS } : {};
  return async () => {
    const held: MemoryCache[] = [];
    let accounted = 0;
    for (let seed = 0; seed < instances; seed++) {
      const cache = new MemoryCache(options);
      for (const i of shuffledIndices(size, seededRandom(seed))) {
        const value = Buffer.alloc(VALUE_BYTES, `${i};`).toString("latin1");
        await cache.set(playerName(i), value);
      }
      accounted += cache.metrics().memoryBytes;
      held.push(cache);
    }
    return { held, accounted };
  };
}

/** The peer with what the same options are called there. */
function lruCaches({ name, size, instances }: HeapRequest): () => Built {
  return () => ({
    held: Array.from({ length: instances }, (_, seed) => {
      const cache = new LRUCache<string, string>({
        max: size,
        ...(name === "limited" ? { ttl: TTL_MS } : {}),
      });
      for (const i of shuffledIndices(size, seededRandom(seed))) {
        cache.set(playerName(i), Buffer.alloc(VALUE_BYTES, `${i};`).toString("latin1"));
      }
      return cache;
    }),
  });
}

/** Adds names that exist nowhere else, so that their bytes are counted. */
function addFreshPlayers(
  count: number,
  seed: number,
  add: (name: string, score: number) => void,
): void {
  const random = seededRandom(seed);
  for (const i of shuffledIndices(count, random)) {
    add(playerName(i), Math.floor(random() * SCORE_LIMIT));
  }
}
