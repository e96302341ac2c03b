import { CacheError } from "laurel";
import type { RedisLeaderboardCache } from "laurel/redis";
import { collect } from "../contract/expectations.ts";

/** Calls by what they are called in a test's report. */
export type CallTable = Readonly<
  Record<string, (cache: RedisLeaderboardCache) => Promise<unknown>>
>;

const PAIRS = [
  ["{t}a", "1"],
  ["{t}b", "2"],
] as const;
const STATE = { expiresAt: Infinity, readAt: 0 };

/** Calls that change nothing, each by another way to the server. */
export const READS: CallTable = {
  get: (cache) => cache.get("k"),
  getMany: (cache) => cache.getMany(["k", "other"]),
  ttl: (cache) => cache.ttl("k"),
  keys: (cache) => collect(cache.keys()),
  bootId: (cache) => cache.bootId(),
  time: (cache) => cache.time(),
  readState: (cache) => cache.readState("{z}"),
  zRange: (cache) => cache.zRange("{z}", 0, -1),
  zRangeByScore: (cache) => cache.zRangeByScore("{z}", "-inf", "+inf", { reverse: true }),
  zRangeByLex: (cache) => cache.zRangeByLex("{z}", "-", "+"),
  zUnion: (cache) => cache.zUnion(["{z}", "{z}other"]),
  zScan: (cache) => collect(cache.zScan("{z}")),
};

/** Calls that store something: the server needs memory for them. */
export const GROWTH: CallTable = {
  set: (cache) => cache.set("k", "v"),
  "set with ttl": (cache) => cache.set("k", "v", { ttl: "1h" }),
  incr: (cache) => cache.incr("n"),
  append: (cache) => cache.append("k", "v"),
  setMany: (cache) => cache.setMany(PAIRS),
  "setMany with ttl": (cache) => cache.setMany(PAIRS, { ttl: "1h" }),
  zAdd: (cache) => cache.zAdd("{z}", { member: "m", score: 1 }),
  zIncrBy: (cache) => cache.zIncrBy("{z}", "m", 1),
  zRangeStore: (cache) => cache.zRangeStore("{z}to", "{z}", 0, -1),
  zUnionStore: (cache) => cache.zUnionStore("{z}to", ["{z}"]),
  writeState: (cache) =>
    cache.writeState("s", { ...STATE, type: "string", value: Buffer.from("v") }),
  writeScores: (cache) => cache.writeScores("{z}", ["m"], { ...STATE, scores: [2], size: 1 }),
  reserve: (cache) => cache.reserve("name", "text"),
};

/** Calls that change what is there, or remove it. */
export const REMOVALS: CallTable = {
  expire: (cache) => cache.expire("k", "1h"),
  "expire never": (cache) => cache.expire("k", Infinity),
  zRem: (cache) => cache.zRem("{z}", "m"),
  zPopMin: (cache) => cache.zPopMin("{z}"),
  zRemRangeByLex: (cache) => cache.zRemRangeByLex("{z}", "-", "+"),
  delete: (cache) => cache.delete("k"),
  deleteMany: (cache) => cache.deleteMany(["{t}a", "{t}b"]),
  release: (cache) => cache.release("name"),
  clear: (cache) => cache.clear(),
};

/** Calls that take a transaction where there are no scripts. */
export const TRANSACTIONS: CallTable = {
  incr: (cache) => cache.incr("n"),
  append: (cache) => cache.append("s", "v"),
  "setMany with ttl": (cache) => cache.setMany(PAIRS, { ttl: "1h" }),
  "expire never": (cache) => cache.expire("k", Infinity),
  zIncrBy: (cache) => cache.zIncrBy("{z}", "m", 1),
  writeScores: (cache) => cache.writeScores("{z}", ["m"], { ...STATE, scores: [2], size: 1 }),
  reserve: (cache) => cache.reserve("name", "text"),
};

export const WRITES: CallTable = { ...GROWTH, ...REMOVALS };
export const CALLS: CallTable = { ...READS, ...WRITES };

/** The codes of errors that somebody else told first. */
const HAVE_CAUSES: ReadonlySet<string> = new Set([
  "ACCESS_DENIED",
  "CACHE_FULL",
  "CONNECTION_FAILED",
  "NODE_UNHEALTHY",
]);

/** Something for every call to find. */
export async function seed(cache: RedisLeaderboardCache): Promise<void> {
  await cache.setMany([["k", "v"], ["n", "1"], ...PAIRS]);
  await cache.zAdd("{z}", { member: "m", score: 1 });
}

/**
 * How each of the calls ends, all made at once: "answered", or the code of its error; and whether that took
 * longer than it may.
 */
export async function outcomes(
  cache: RedisLeaderboardCache,
  calls: CallTable,
  msMax: number,
): Promise<Record<string, string>> {
  const ends = Object.entries(calls).map(async ([name, call]) => {
    const begunAt = performance.now();
    const outcome = await outcomeOf(() => call(cache));
    const ms = performance.now() - begunAt;
    return [name, ms > msMax ? `${outcome}, after ${Math.round(ms)} ms` : outcome] as const;
  });
  return Object.fromEntries(await Promise.all(ends));
}

/** "answered", or the code of the error, which is told in full where it is not as all are. */
export async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return "answered";
  } catch (error) {
    if (!(error instanceof CacheError)) return `no CacheError: ${String(error)}`;
    const { code, message, cause } = error;
    const isWellSaid = /^Cannot [^:]+: .+: received ./.test(message);
    const hasCause = cause instanceof Error || !HAVE_CAUSES.has(code);
    return isWellSaid && hasCause ? code : `${code}, not well said: ${message}`;
  }
}

/** The table of one and the same end for all calls. */
export function all(calls: CallTable, end: string): Record<string, string> {
  return Object.fromEntries(Object.keys(calls).map((name) => [name, end]));
}
