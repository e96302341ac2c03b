/**
 * A weekly board that outlives its process, in five steps: each run goes on where the last one ended.
 *
 * Without arguments it works in a directory of its own, which it removes; with one it stays:
 * `npx tsx examples/persistent.ts boards`, once and again.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CacheError, MemoryLeaderboardCache } from "laurel";
import { files } from "laurel/persistence";
import { isEntry } from "./entry.ts";
import { type Print, step } from "./print.ts";

const week = "week";
const runsKey = "runs";

/** Runs the example on the files of a directory; `print` takes each line of its output. */
export async function main(dir: string, print: Print = console.log): Promise<void> {
  print("=== Persistent Example ===");
  await play(dir, print);
  await lookAgain(dir, print);
}

function open(dir: string): MemoryLeaderboardCache {
  // "always": what is awaited is on the disk.
  return new MemoryLeaderboardCache({ persistence: files({ dir, fsync: "always" }) });
}

async function play(dir: string, print: Print): Promise<void> {
  await using cache = open(dir);

  step(print, 1, "What earlier runs left");
  // Calls made before it is loaded wait for it; ready() says when, and why not.
  await cache.ready();
  print(`Players on the board: ${await cache.zCard(week)}`);
  const run = await cache.incr(runsKey);
  print(`This is run ${run}`);

  step(print, 2, "A match");
  await cache.zIncrBy(week, "ada", 30);
  await cache.zIncrBy(week, "bob", 20);
  // All of a call is kept, or nothing of it.
  await cache.zAdd(week, [
    { member: `guest-${run}a`, score: 5 },
    { member: `guest-${run}b`, score: 4 },
  ]);
  if (run === 1) await cache.expire(week, "7d");
  print(`Players on the board: ${await cache.zCard(week)}`);

  step(print, 3, "What is known of the files");
  const kept = cache.metrics().persistence;
  print(`Failure: ${kept?.failure ?? "none"}`);
  print(`Bytes that are not on the disk for certain: ${kept?.unsyncedBytes}`);

  step(print, 4, "A second cache on the same files");
  await using second = open(dir);
  await second.ready().catch((error: unknown) => {
    print(error instanceof CacheError ? `Refused: ${error.code}` : String(error));
  });
}

/** As another process would, later. */
async function lookAgain(dir: string, print: Print): Promise<void> {
  await using cache = open(dir);

  step(print, 5, "The next process");
  const best = await cache.zRange(week, 0, 1, { reverse: true });
  for (const [at, { member, score }] of best.entries()) print(`#${at + 1}: ${member} ${score}`);
  const dayMs = 24 * 60 * 60 * 1000;
  print(`The week ends in ${Math.ceil(((await cache.ttl(week)) ?? 0) / dayMs)} days`);
}

if (isEntry(import.meta.url)) {
  const [dir] = process.argv.slice(2);
  const own = dir === undefined ? await mkdtemp(join(tmpdir(), "laurel-example-")) : undefined;
  try {
    await main(dir ?? (own as string));
  } finally {
    if (own !== undefined) await rm(own, { recursive: true });
  }
}
