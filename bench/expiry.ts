import { performance } from "node:perf_hooks";
import { MemoryLeaderboardCache } from "laurel";
import { Players } from "./players.ts";
import { milliseconds, type Report, whole } from "./report.ts";
import { VirtualTime } from "./virtual-time.ts";

const COUNT = 1_000_000;
const BATCH = 10_000;
const BOARD = "board";
const TTL_MS = 60_000;
/**
 * The clock is virtual, so that a step does the same work in each run. What it takes is the least
 * of the runs: in the others the machine, or a garbage collection, came in between.
 */
const RUNS = 3;

interface Scenario {
  readonly name: string;
  readonly fill: (cache: MemoryLeaderboardCache, players: Players) => Promise<void>;
  /** The call that makes much fall due; without one it is time that does. */
  readonly call?: (cache: MemoryLeaderboardCache) => Promise<unknown>;
  readonly maxEntries?: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "1,000,000 keys expire at one instant", fill: fillKeys },
  {
    name: "1,000,000 keys expire at one instant, with maxEntries and LRU",
    fill: fillKeys,
    maxEntries: COUNT,
  },
  { name: "a set of 1,000,000 members expires", fill: fillBoard },
  {
    name: "a set of 1,000,000 members is deleted",
    fill: fillBoard,
    call: (cache) => cache.delete(BOARD),
  },
  {
    name: "a set of 1,000,000 members is overwritten",
    fill: fillBoard,
    call: (cache) => cache.set(BOARD, ""),
  },
  { name: "1,000,000 keys are cleared", fill: fillKeys, call: (cache) => cache.clear() },
];

/** The longest that anybody waits while very much is removed. */
export async function benchExpiry(report: Report): Promise<void> {
  const players = new Players(COUNT);
  const rows: string[][] = [];
  for (const scenario of SCENARIOS) {
    const runs: number[][] = [];
    for (let run = 0; run < RUNS; run++) runs.push(await stepsMs(scenario, players));
    const steps = leastOf(runs);
    const longestMs = steps.reduce((longest, ms) => Math.max(longest, ms), 0);
    rows.push([
      scenario.name,
      whole(steps.length),
      milliseconds(longestMs),
      milliseconds(runs.flat().reduce((longest, ms) => Math.max(longest, ms), 0)),
      milliseconds(steps.reduce((sum, ms) => sum + ms, 0)),
    ]);
    report.figure(`longest step, ms: ${scenario.name}`, longestMs);
  }
  report.table(
    "expiry-steps",
    "Steps while very much is removed",
    ["what", "steps", "longest step", "worst of all runs", "all steps"],
    rows,
  );
}

/** Lets one scenario happen; returns how long the call and each step after it took. */
async function stepsMs({ fill, call, maxEntries }: Scenario, players: Players): Promise<number[]> {
  const time = new VirtualTime();
  const { clock, timers } = time;
  const cache = new MemoryLeaderboardCache({ clock, timers, maxEntries });
  await fill(cache, players);
  globalThis.gc?.();
  const took: number[] = [];
  if (call !== undefined) {
    const start = performance.now();
    const pending = call(cache);
    took.push(performance.now() - start);
    await pending;
  }
  took.push(...time.drain());
  await cache.close();
  return took;
}

async function fillKeys(cache: MemoryLeaderboardCache, { names }: Players): Promise<void> {
  for (let from = 0; from < COUNT; from += BATCH) {
    const pairs = names.slice(from, from + BATCH).map((name) => [name, name] as const);
    await cache.setMany(pairs, { ttl: TTL_MS });
  }
}

async function fillBoard(cache: MemoryLeaderboardCache, { names, scores }: Players): Promise<void> {
  const members = names.map((member, i) => ({ member, score: scores[i] as number }));
  await cache.zAdd(BOARD, members);
  await cache.expire(BOARD, TTL_MS);
}

/** The least of each step: runs have equally many steps. */
function leastOf(runs: readonly (readonly number[])[]): number[] {
  const [first = [], ...others] = runs;
  for (const run of others) {
    if (run.length !== first.length) throw new Error("Cannot compare runs: their steps differ");
  }
  return first.map((_, step) => Math.min(...runs.map((run) => run[step] as number)));
}
