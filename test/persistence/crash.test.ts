import { expect, it } from "vitest";
import { killAgainAndAgain } from "./support/crash-line.ts";

/** Kills in all; more with LAUREL_PERSISTENCE_KILLS. */
const KILLS = Number(process.env["LAUREL_PERSISTENCE_KILLS"] ?? 200);
const TIMEOUT_MS = 3_600_000;

it(
  `a process that is killed with SIGKILL ${KILLS} times finds what was acknowledged`,
  async () => {
    const tallies = await killAgainAndAgain(KILLS, 1);
    for (const { acknowledged, kills } of tallies) {
      expect(kills).toBeGreaterThanOrEqual(KILLS / tallies.length);
      expect(acknowledged).toBeGreaterThan(10 * kills);
    }
  },
  TIMEOUT_MS,
);
