/** Runs in a child process: one part, whose results it sends to the process that started it. */
import { benchDistributed } from "./distributed.ts";
import { environmentOf } from "./environment.ts";
import { benchExpiry } from "./expiry.ts";
import { benchFailover } from "./failover.ts";
import { benchFloor } from "./floor.ts";
import { compareIndexCandidates } from "./index-candidates/compare.ts";
import { benchKeyValue } from "./key-value.ts";
import { benchLeaderboards } from "./leaderboards.ts";
import { benchMemory } from "./memory.ts";
import { benchPackage } from "./package.ts";
import type { PartName } from "./parts.ts";
import { benchPersistence } from "./persistence.ts";
import { benchRedis } from "./redis.ts";
import { Report } from "./report.ts";
import type { PartResults } from "./results.ts";
import { benchRing } from "./ring.ts";
import { benchScoreRange } from "./score-range.ts";
import { benchServer } from "./server.ts";
import { benchSortedSets } from "./sorted-sets.ts";

const BENCHES: Readonly<Record<PartName, (report: Report) => Promise<void> | void>> = {
  "key-value": benchKeyValue,
  leaderboards: benchLeaderboards,
  "sorted-sets": benchSortedSets,
  floor: benchFloor,
  "score-range": benchScoreRange,
  "index-candidates": compareIndexCandidates,
  memory: benchMemory,
  expiry: benchExpiry,
  ring: benchRing,
  distributed: benchDistributed,
  server: benchServer,
  redis: benchRedis,
  failover: benchFailover,
  persistence: benchPersistence,
  package: benchPackage,
};

const part = process.argv[2] as PartName;
console.log(`\n## ${part}`);
const started = performance.now();
const report = new Report();
await BENCHES[part](report);
const tookSeconds = Math.round((performance.now() - started) / 1000);
console.log(`\n${part} took ${tookSeconds} s.`);

const found: PartResults = {
  ...environmentOf(part),
  tookSeconds,
  tables: report.tables,
  figures: Object.fromEntries(report.figures),
  facts: Object.fromEntries(report.facts),
  points: Object.fromEntries(report.points),
};
process.send?.(found, () => process.disconnect());
