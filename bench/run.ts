/**
 * The benchmarks: prints what they find as tables, keeps it in `docs/benchmarks.json`, and makes
 * `docs/benchmarks.md`, the charts, and the marked blocks of the other pages from that.
 *
 *     npm run bench                        all parts, each in a process of its own
 *     npm run bench -- --only ring,memory  some of them; the results of the others stay
 *     npm run bench -- --check             and fails where a target is missed
 *     npm run bench -- --render            measures nothing: makes the pages from what is kept
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isInstalled } from "../test/support/server-process.ts";
import { render } from "./page/render.ts";
import { missedTargets } from "./page/target-tables.ts";
import { PART_NAMES, type PartName, PARTS } from "./parts.ts";
import { readResults } from "./results.ts";

const { values: options } = parseArgs({
  options: {
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
const failed: PartName[] = [];
for (const part of parts) if (!(await runPart(part))) failed.push(part);
await render();

const missed = missedTargets(
  parts.filter((part) => !failed.includes(part)),
  readResults(),
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

/**
 * Runs a part in a process that starts clean: what a part measures depends neither on the code that
 * ran before it nor on what that has left on the heap. Returns whether it went well.
 */
async function runPart(part: PartName): Promise<boolean> {
  const program = fileURLToPath(new URL("run-part.ts", import.meta.url));
  // Inherits the loader and --expose-gc from this process.
  const [code] = (await once(fork(program, [part]), "exit")) as [number | null];
  return code === 0;
}
