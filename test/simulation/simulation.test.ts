import { describe, expect, it } from "vitest";
import { ROOT, runScript } from "./child-process.ts";
import { describeFailure } from "./run-seeds.ts";
import { simulate } from "./simulate.ts";

/** Seeds that run at each test, spread over two processes; more with LAUREL_SIMULATION_SEEDS. */
const SEEDS = Number(process.env["LAUREL_SIMULATION_SEEDS"] ?? 2400);
/** Seeds that run in this process, where coverage is measured. */
const SEEDS_HERE = 60;
const TIMEOUT_MS = 3_600_000;
/** Seeds beyond those that found faults, as the coordinator was then. */
const FOUND_FAULTS = [3080, 3114, 4786, 4978, 5744, 6337, 6682, 7265];

describe("the distributed cache in the simulation", () => {
  it(
    "keeps its laws, whatever goes wrong",
    async () => {
      for (let seed = 1; seed <= SEEDS_HERE; seed++) {
        const verdict = await simulate(seed);
        if (verdict.violation !== undefined) expect.fail(describeFailure(verdict));
        expect(verdict.operations).toBeGreaterThanOrEqual(500);
        expect(verdict.faults).toBeGreaterThanOrEqual(5);
        expect(verdict.topologyChanges).toBeGreaterThanOrEqual(2);
      }
    },
    TIMEOUT_MS,
  );

  it(
    `keeps them over ${SEEDS} seeds`,
    async () => {
      const args = ["--seeds", String(SEEDS), "--from", String(SEEDS_HERE + 1), "--workers", "2"];
      const { code, output } = await runScript(ROOT, "test/simulation/cli.ts", args);
      expect(output).toContain(" 0 failed");
      expect(code, output).toBe(0);
    },
    TIMEOUT_MS,
  );

  it.each(FOUND_FAULTS)("keeps them at seed %d, which once found a fault", async (seed) => {
    const verdict = await simulate(seed);
    if (verdict.violation !== undefined) expect.fail(describeFailure(verdict));
  });

  it("runs a seed alike each time, faults and all", async () => {
    const first = await linesOf(3);
    expect(first.length).toBeGreaterThan(1000);
    expect(await linesOf(3)).toEqual(first);
  });
});

async function linesOf(seed: number): Promise<string[]> {
  return (await simulate(seed, { isTraced: true })).trace.tail(200_000);
}
