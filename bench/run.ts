/**
 * The benchmarks: prints what they find as tables, keeps it in `docs/benchmarks.json`, and makes
 * `docs/benchmarks.md`, the charts, and the marked blocks of the other pages from that.
 *
 *     npm run bench                        all parts, each in a process of its own
 *     npm run bench -- --only ring,memory  some of them; the results of the others stay
 *     npm run bench -- --check             and fails where a target is missed
 *     npm run bench -- --render            measures nothing: makes the pages from what is kept
 *     npm run bench -- --busy              keeps what it finds on a busy machine, too, and says so
 *
 * On a machine that is busy with other things nothing is kept: it prints, and compares with the
 * targets.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isInstalled } from "../test/support/server-process.ts";
import {
  cpuTicks,
  loadOnceQuiet,
  type MachineLoad,
  QUIET_LOAD_MAX,
  sharesBetween,
} from "./machine-load.ts";
import { render } from "./page/render.ts";
import { missedTargets } from "./page/target-tables.ts";
import { PART_NAMES, type PartName, PARTS } from "./parts.ts";
import { merged, type PartResults, readResults, type Results, writeResults } from "./results.ts";

const { values: options } = parseArgs({
  options: {
    busy: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    only: { type: "string" },
    render: { type: "boolean", default: false },
  },
});

const asked = options.render ? [] : partsAsked(options.only);
const parts = asked.filter(canRun);
for (const part of asked) {
  if (parts.includes(part)) continue;
  console.log(`Left out: ${part}: redis-server and redis-benchmark must be installed`);
}
const load = parts.length > 0 ? await loadAtStart() : undefined;
const isKept = options.busy || load?.isBusy !== true;
let results: Results = readResults();
const failed: PartName[] = [];
for (const part of parts) {
  const found = await runPart(part, load as LoadAtStart);
  if (found === undefined) failed.push(part);
  else keep(part, found);
}
if (isKept) await render();
else console.log(`Nothing is kept: ${busySentence(load)}`);

const missed = missedTargets(
  parts.filter((part) => !failed.includes(part)),
  results,
);
for (const sentence of missed) console.log(`Missed: ${sentence}`);
if (failed.length > 0) console.log(`Failed: ${failed.join(", ")}: their former results stay`);
if (failed.length > 0 || (options.check && missed.length > 0)) process.exitCode = 1;

function partsAsked(only: string | undefined): readonly PartName[] {
  if (only === undefined) return PART_NAMES;
  return only.split(",").map((name) => {
    const part = PART_NAMES.find((known) => known === name);
    if (part !== undefined) return part;
    throw new Error(
      `Cannot run a part: it must be one of ${PART_NAMES.join(", ")}: received ${name}`,
    );
  });
}

function canRun(part: PartName): boolean {
  return !PARTS[part].needsRedis || ["redis-server", "redis-benchmark"].every(isInstalled);
}

type LoadAtStart = Pick<MachineLoad, "atStart" | "isBusy">;

/** Waits for other work to end; says so where it does not. */
async function loadAtStart(): Promise<LoadAtStart> {
  console.log("Waiting, a minute at most, until the machine does nothing else");
  const atStart = await loadOnceQuiet();
  const found = { atStart, isBusy: atStart > QUIET_LOAD_MAX };
  if (found.isBusy) console.log(`Not so: ${busySentence(found)}`);
  return found;
}

function busySentence({ atStart }: LoadAtStart): string {
  return (
    `the machine was busy with other things: its load was ${atStart}, above ${QUIET_LOAD_MAX}; ` +
    "--busy keeps what is found nevertheless"
  );
}

/** Puts results in the place of the part's former ones; in the file only where they may stay. */
function keep(part: PartName, found: PartResults): void {
  results = merged(results, part, found);
  if (isKept) writeResults(results);
}

/**
 * Runs a part in a process that starts clean: what a part measures depends neither on the code that
 * ran before it nor on what that has left on the heap. Returns nothing where it went wrong.
 */
async function runPart(part: PartName, atStart: LoadAtStart): Promise<PartResults | undefined> {
  const program = fileURLToPath(new URL("run-part.ts", import.meta.url));
  const before = cpuTicks();
  // Inherits the loader and --expose-gc from this process.
  const child = fork(program, [part]);
  let found: PartResults | undefined;
  child.once("message", (message) => (found = message as PartResults));
  // Disconnected, it has delivered all that it sent; that may be later than its end.
  const [[code]] = (await Promise.all([once(child, "exit"), once(child, "disconnect")])) as [
    [number | null],
    unknown,
  ];
  if (code !== 0 || found === undefined) return undefined;
  return { ...found, load: { ...atStart, ...sharesBetween(before, cpuTicks()) } };
}
