import { ROOT, runScript } from "./child-process.ts";
import { simulate, type Verdict } from "./simulate.ts";

/** Failed seeds that a run reports before it gives up. */
const FAILURES_MAX = 10;

/** Which seeds to run, and how. */
export interface SeedRange {
  readonly from: number;
  readonly count: number;
  readonly workers: number;
  /** Whether to go on after the first failed seeds. */
  readonly keepsGoing: boolean;
}

/** Runs seeds and prints those that fail. @returns whether all are well */
export async function runSeeds(range: SeedRange): Promise<boolean> {
  if (range.workers > 1) return runInProcesses(range);
  const started = performance.now();
  let operations = 0;
  let faults = 0;
  let changes = 0;
  let failures = 0;
  let seeds = 0;
  for (let seed = range.from; seed < range.from + range.count; seed++) {
    const verdict = await simulate(seed);
    seeds++;
    operations += verdict.operations;
    faults += verdict.faults;
    changes += verdict.topologyChanges;
    if (verdict.violation === undefined) continue;
    failures++;
    console.log(describeFailure(verdict));
    if (!range.keepsGoing && failures >= FAILURES_MAX) break;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${seeds} seeds from ${range.from}: ${failures} failed; ${operations} operations, ` +
      `${faults} faults, ${changes} topology changes in ${seconds} s`,
  );
  return failures === 0;
}

/** Replays one seed and prints its trace and verdict. @returns whether it is well */
export async function replaySeed(seed: number, lines: number): Promise<boolean> {
  const verdict = await simulate(seed, { isTraced: true });
  const { trace, violation } = verdict;
  const words = violation?.words ?? [];
  const isNarrow = words.length > 0;
  for (const line of trace.tailAbout(lines, isNarrow ? [...words, "==", "clear"] : [])) {
    console.log(line);
  }
  console.log(describePlan(verdict));
  if (violation === undefined) {
    const { operations, faults, topologyChanges, virtualMs } = verdict;
    console.log(
      `seed ${seed} is well: ${operations} operations, ${faults} faults, ${topologyChanges} ` +
        `topology changes in ${(virtualMs / 1000).toFixed(1)} virtual seconds`,
    );
  } else console.log(describeFailure(verdict));
  return violation === undefined;
}

/** A failed seed, and how to replay it. */
export function describeFailure({ seed, violation, virtualMs }: Verdict): string {
  return (
    `seed ${seed} fails after ${(virtualMs / 1000).toFixed(3)} virtual seconds: ` +
    `${violation?.invariant}: ${violation?.message}\n` +
    `  replay it: npm run simulate -- --seed ${seed}`
  );
}

function describePlan({ plan }: Verdict): string {
  const { coordinator, nodes, clients, mishapRate, thinkMs } = plan;
  const described = nodes.map(({ id, transfersState, storeOptions }) =>
    [id, transfersState ? "" : "without transfer", storeOptions.eviction ?? ""].join(" ").trim(),
  );
  return (
    `plan: ${JSON.stringify(coordinator)}\n  nodes ${described.join(", ")}; latency up to ` +
    `${nodes[0]?.latencyMsMax} ms; ${clients} clients, pausing ${thinkMs} ms; mishaps ${mishapRate}`
  );
}

/** Splits the range over processes, so that every core works. */
async function runInProcesses(range: SeedRange): Promise<boolean> {
  const share = Math.ceil(range.count / range.workers);
  const parts = Array.from({ length: range.workers }, (_, i) => {
    const from = range.from + i * share;
    const count = Math.min(share, range.from + range.count - from);
    const args = ["--seeds", String(count), "--from", String(from)];
    if (range.keepsGoing) args.push("--keep-going");
    return runScript(ROOT, "test/simulation/cli.ts", args);
  });
  const ends = await Promise.all(parts);
  for (const { output } of ends) process.stdout.write(output);
  return ends.every(({ code }) => code === 0);
}
