import { describe, expect, it } from "vitest";
import { killAgainAndAgain } from "../persistence/support/crash-line.ts";
import { runHistory } from "../persistence/support/random-history.ts";
import { VirtualTurns } from "../persistence/support/virtual-turns.ts";

/** Other seeds than those of every test run. */
const FIRST_SEED = 1_000_000;
const SEEDS = 4000;
const KILLS = 3000;

describe("data that is kept", () => {
  it.each([
    { fsync: "always", faults: false },
    { fsync: "always", faults: true },
    { fsync: "everysec", faults: false },
    { fsync: "everysec", faults: true },
    { fsync: "no", faults: false },
  ] as const)(
    `survives ${SEEDS} random histories: fsync $fsync, faults $faults`,
    async (options) => {
      using turns = new VirtualTurns();
      for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
        await runHistory(seed, turns, options);
      }
    },
  );

  it(`survives ${KILLS} kills of its process`, async () => {
    const tallies = await killAgainAndAgain(KILLS, FIRST_SEED);
    for (const { kills } of tallies) {
      expect(kills).toBeGreaterThanOrEqual(KILLS / tallies.length);
    }
  });
});
