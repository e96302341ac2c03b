import { describe, expect, it } from "vitest";
import type { Fsync } from "../../src/persistence/settings.ts";
import type { Fault } from "./support/fallible-calls.ts";
import { type Ending, type FaultyRun, runFaulty } from "./support/fixed-history.ts";
import { VirtualTurns } from "./support/virtual-turns.ts";

const TIMEOUT_MS = 600_000;
const ONCE: readonly Fault[] = ["EIO", "short"];
const LASTING: readonly Fault[] = ["ENOSPC", "EIO", "EROFS", "EACCES"];
const ENDINGS: readonly Ending[] = ["power cut", "kill", "heal"];

const KEPT = [
  { name: "a journal synced always", fsync: "always", journal: true },
  { name: "a journal synced each second", fsync: "everysec", journal: true },
  { name: "snapshots alone", fsync: "no", journal: false },
] as const;

describe.each(KEPT)("with $name, when the Nth call of the file system fails", (kept) => {
  it.each(ONCE)("once, by %s, for every N", (fault) => failAtEvery(kept, fault, false), TIMEOUT_MS);

  it.each(LASTING)(
    "and all that follow, by %s, for every N",
    (fault) => failAtEvery(kept, fault, true),
    TIMEOUT_MS,
  );
});

/**
 * For every N: what could be kept is found again after a power cut or SIGKILL at that moment; writes
 * that cannot be kept are refused; and once nothing fails any more everything works again, and a
 * restart finds all that was in memory.
 */
async function failAtEvery(
  { fsync, journal }: { fsync: Fsync; journal: boolean },
  fault: Fault,
  lasts: boolean,
): Promise<void> {
  using turns = new VirtualTurns();
  const base: Omit<FaultyRun, "plan" | "ending"> = { fsync, journal, seed: 1 };
  const { calls } = await runFaulty({ ...base, plan: undefined, ending: "heal" }, turns);
  expect(calls).toBeGreaterThan(journal ? 60 : 20);
  let refusals = 0;
  const failed = new Set<string>();
  for (const ending of ENDINGS) {
    for (let at = 1; at <= calls; at++) {
      const run: FaultyRun = { ...base, seed: at, plan: { at, fault, lasts }, ending };
      const outcome = await runFaulty(run, turns);
      if (outcome.refused) refusals++;
      failed.add(outcome.failed.split(" ")[0] ?? "");
    }
  }
  // The fault reached every kind of call, and was felt.
  const kinds = ["create", "write", "sync", "rename", journal ? "syncDirectory" : "writeLater"];
  expect([...failed]).toEqual(expect.arrayContaining(kinds));
  expect(refusals).toBeGreaterThan(0);
}
