import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import {
  type Cache,
  CacheError,
  type CacheErrorCode,
  canTransferState,
  type Clock,
  type Duration,
  type Eviction,
  type LeaderboardCache,
  MemoryCache,
  type MemoryCacheMetrics,
  type MemoryCacheOptions,
  MemoryLeaderboardCache,
  type ScoreBound,
  type SetOptions,
  type ZAddOptions,
  type ZMember,
} from "laurel";

/** What a user writes against the contract, for whichever cache. */
async function visits(cache: Cache, session: string, ttl: Duration): Promise<number> {
  const options: SetOptions = { ttl };
  await cache.set(session, JSON.stringify({ user: "ada" }), options);
  const stored: Buffer | undefined = await cache.get(session);
  equal(stored?.toString(), '{"user":"ada"}');
  return cache.incr("visits", 2);
}

async function best(cache: LeaderboardCache, min: ScoreBound): Promise<ZMember[]> {
  const onlyHigher: ZAddOptions = { gt: true, changed: true };
  await cache.zAdd("scores", [{ member: "ada", score: 1815 }], onlyHigher);
  await cache.zIncrBy("scores", "alan", 1912);
  return cache.zRangeByScore("scores", min, "+inf", { reverse: true, offset: 0, count: 10 });
}

let nowMs = 0;
const clock: Clock = { now: () => nowMs };
const eviction: Eviction = "s3-fifo";
const options: MemoryCacheOptions = { maxEntries: 100, eviction, defaultTtl: "1h", clock };
await using cache = new MemoryCache(options);
equal(await visits(cache, "session:42", "30m"), 2);
nowMs += 30 * 60_000;
equal(await cache.exists("session:42"), false);
const { hits, entries }: MemoryCacheMetrics = cache.metrics();
deepEqual({ hits, entries }, { hits: 1, entries: 1 });

await using board = new MemoryLeaderboardCache();
deepEqual(await best(board, "(1815"), [{ member: "alan", score: 1912 }]);
equal(await board.zRank("scores", "ada", { reverse: true }), 1);
for await (const { member, score } of board.zScan("scores")) ok(score > 1000, member);
ok(canTransferState(board));

const code: CacheErrorCode = "WRONG_TYPE";
await rejects(board.get("scores"), (error) => error instanceof CacheError && error.code === code);
