/**
 * The benchmarks: prints what they find as tables, and writes it to `bench/results/latest.json`.
 *
 *     npm run bench                        all of them
 *     npm run bench -- --only memory       one part
 *     npm run bench -- --check             and fails where a target is missed
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { checkTargets } from "./check.ts";
import { benchDistributed } from "./distributed.ts";
import { benchExpiry } from "./expiry.ts";
import { benchFloor } from "./floor.ts";
import { benchGoFigures } from "./go-figures.ts";
import { compareIndexCandidates } from "./index-candidates/compare.ts";
import { benchKeyValue } from "./key-value.ts";
import { benchMemory } from "./memory.ts";
import { benchPersistence } from "./persistence.ts";
import { benchRedis } from "./redis.ts";
import { Report } from "./report.ts";
import { benchRing } from "./ring.ts";
import { benchScoreRange } from "./score-range.ts";
import { benchServer } from "./server.ts";
import { isRedisInstalled } from "./server/server-process.ts";
import { benchSortedSets } from "./sorted-sets.ts";
import { PART_NAMES, type PartName } from "./targets.ts";

const PARTS: Readonly<Record<PartName, (report: Report) => Promise<void>>> = {
  "index-candidates": compareIndexCandidates,
  "sorted-sets": benchSortedSets,
  floor: benchFloor,
  "score-range": benchScoreRange,
  "go-figures": benchGoFigures,
  "key-value": benchKeyValue,
  memory: benchMemory,
  expiry: benchExpiry,
  ring: benchRing,
  distributed: benchDistributed,
  server: benchServer,
  redis: benchRedis,
  persistence: benchPersistence,
};

/** Those that need a real Redis: where there is none, they are left out. */
const BESIDE_REDIS: ReadonlySet<PartName> = new Set(["server", "redis", "persistence"]);

const { values: options } = parseArgs({
  options: { check: { type: "boolean", default: false }, only: { type: "string" } },
});
const parts = PART_NAMES.filter((name) =>
  options.only === undefined ? canRun(name) : options.only === name,
);
if (parts.length === 0) {
  throw new Error(`Cannot run a part: --only takes one of ${PART_NAMES.join(", ")}`);
}

function canRun(part: PartName): boolean {
  if (!BESIDE_REDIS.has(part) || isRedisInstalled()) return true;
  console.log(`Left out: ${part}: redis-server and redis-benchmark must be installed`);
  return false;
}

const machine = {
  node: process.version,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
};
console.log(
  `Node.js ${machine.node}, ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB`,
);

const started = performance.now();
const report = new Report();
for (const name of parts) await PARTS[name](report);
const hasMissed = checkTargets(report, parts);
console.log(`\nTook ${Math.round((performance.now() - started) / 1000)} s.`);

const results = new URL("results/", import.meta.url);
mkdirSync(results, { recursive: true });
const content = { machine, figures: Object.fromEntries(report.figures), tables: report.tables };
writeFileSync(new URL("latest.json", results), `${JSON.stringify(content, undefined, 2)}\n`);
if (options.check && hasMissed) process.exitCode = 1;
