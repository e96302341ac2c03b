import { describe, expect, it } from "vitest";
import { type HistoryOptions, type HistoryTally, runHistory } from "./support/random-history.ts";
import { VirtualTurns } from "./support/virtual-turns.ts";

/**
 * Histories of each kind: more with LAUREL_PERSISTENCE_SEEDS. LAUREL_PERSISTENCE_SEED replays one
 * and prints what happens in it, as a failure tells.
 */
const REPLAYED = process.env["LAUREL_PERSISTENCE_SEED"];
const SEEDS = REPLAYED === undefined ? Number(process.env["LAUREL_PERSISTENCE_SEEDS"] ?? 150) : 1;
const TIMEOUT_MS = 3_600_000;

describe("after a power cut or SIGKILL at any moment", () => {
  it.each(["always", "everysec", "no"] as const)(
    "with fsync %s, nothing that was promised is missing and nothing is half done",
    async (fsync) => {
      const tally = await runAll({ fsync });
      if (REPLAYED !== undefined) return;
      expect(tally.powerCuts).toBeGreaterThan(SEEDS);
      expect(tally.kills).toBeGreaterThan(SEEDS / 2);
      // A fair part of them ends while a rewrite or a snapshot is under way.
      expect(tally.endsWithin).toBeGreaterThan(SEEDS / 20);
    },
    TIMEOUT_MS,
  );

  it.each(["always", "everysec"] as const)(
    "with fsync %s, the same while calls of the file system fail",
    async (fsync) => {
      const tally = await runAll({ fsync, faults: true });
      if (REPLAYED !== undefined) return;
      expect(tally.faults).toBeGreaterThan(SEEDS);
      expect(tally.refusals).toBeGreaterThan(SEEDS / 4);
    },
    TIMEOUT_MS,
  );

  it.each([false, true])(
    "with snapshots alone, the last complete one is there, with calls that fail: %s",
    async (faults) => {
      const tally = await runAll({ journal: false, fsync: "no", faults });
      if (REPLAYED === undefined) expect(tally.snapshots).toBeGreaterThan(SEEDS);
    },
    TIMEOUT_MS,
  );

  it("runs a seed alike each time", async () => {
    const first = await traceOf(5);
    expect(first.length).toBeGreaterThan(50);
    expect(await traceOf(5)).toEqual(first);
  });
});

async function runAll(options: HistoryOptions): Promise<HistoryTally> {
  using turns = new VirtualTurns();
  const first = Number(REPLAYED ?? 1);
  const trace = REPLAYED === undefined ? {} : { trace: console.log };
  const sum: Partial<HistoryTally> = {};
  for (let seed = first; seed < first + SEEDS; seed++) {
    const tally = await runHistory(seed, turns, { ...options, ...trace });
    for (const [name, count] of Object.entries(tally) as [keyof HistoryTally, number][]) {
      sum[name] = (sum[name] ?? 0) + count;
    }
  }
  return sum as HistoryTally;
}

async function traceOf(seed: number): Promise<string[]> {
  using turns = new VirtualTurns();
  const lines: string[] = [];
  await runHistory(seed, turns, { trace: (line) => lines.push(line) });
  return lines;
}
