import { quantile } from "../measure.ts";
import { milliseconds, type Report, whole } from "../report.ts";
import { FAULTS, type Outage, type Sighting, watchOutage } from "./outage.ts";

const RUNS = 200;
const READ_EVERY_MS = 10;
const MS_PER_S = 1000;
const FAULT_NAMES = Object.keys(FAULTS) as (keyof typeof FAULTS)[];

/** How soon a lost node is found out, and what reads of its keys see meanwhile; in virtual time. */
export async function benchOutages(report: Report): Promise<void> {
  await benchFailover(report);
  await benchSoleOwner(report);
}

async function benchFailover(report: Report): Promise<void> {
  const rows: string[][] = [];
  const points: OutagePoint[] = [];
  for (const fault of FAULT_NAMES) {
    for (const readEveryMs of [READ_EVERY_MS, Infinity]) {
      const seen = await sightings({ fault, readEveryMs, replicationFactor: 2 });
      const hasReads = readEveryMs !== Infinity;
      if (hasReads) points.push(...pointsOf(fault, seen));
      rows.push([
        `${fault}, ${hasReads ? `${1000 / readEveryMs} reads a second` : "no reads"}`,
        ...pair(seen.map(({ unhealthyMs }) => unhealthyMs)),
        ...(hasReads ? pair(seen.map(({ longestReadMs }) => longestReadMs)) : ["", ""]),
        ...(hasReads ? pair(seen.map(({ longestGapMs }) => longestGapMs)) : ["", ""]),
        hasReads ? whole(seen.reduce((sum, { errors }) => sum + errors, 0)) : "",
        ...pair(seen.map(({ servesMs }) => servesMs)),
      ]);
    }
  }
  report.table(
    "outage-factor-2",
    `A node is lost, factor 2, default options: ${RUNS} outages in virtual time`,
    [
      "the node",
      "unhealthy after, p50",
      "p99",
      "longest wait of a read, p50",
      "p99",
      "longest time without an answer, p50",
      "p99",
      "errors",
      "back in service after its return, p50",
      "p99",
    ],
    rows,
  );
  report.chart("outage", points);
}

/** How long something lasts when a node is lost in some way, in seconds. */
type OutagePoint = Readonly<{ what: string; fault: string; p50: number; p99: number }>;

function pointsOf(fault: string, seen: readonly Sighting[]): OutagePoint[] {
  const durations = {
    "until it is seen to be unhealthy": seen.map(({ unhealthyMs }) => unhealthyMs),
    "longest time without an answer": seen.map(({ longestGapMs }) => longestGapMs),
    "until it serves again, once it is back": seen.map(({ servesMs }) => servesMs),
  };
  return Object.entries(durations).map(([what, valuesMs]) => ({
    what,
    fault,
    p50: seconds(quantile(valuesMs, 0.5)),
    p99: seconds(quantile(valuesMs, 0.99)),
  }));
}

/** Whole milliseconds, and one at the least: the chart's axis is logarithmic. */
function seconds(valueMs: number): number {
  return Math.max(1, Math.round(valueMs)) / MS_PER_S;
}

async function benchSoleOwner(report: Report): Promise<void> {
  const rows: string[][] = [];
  for (const fault of FAULT_NAMES) {
    const seen = await sightings({ fault, readEveryMs: READ_EVERY_MS, replicationFactor: 1 });
    rows.push([
      fault,
      ...pair(seen.map(({ firstErrorMs }) => firstErrorMs)),
      ...pair(seen.map(({ promptErrorMs }) => promptErrorMs)),
      ...pair(seen.map(({ servesMs }) => servesMs)),
    ]);
  }
  report.table(
    "outage-sole-owner",
    `The only owner of keys is lost, default options: ${RUNS} outages in virtual time`,
    [
      "the node",
      "first error after, p50",
      "p99",
      "errors at once after, p50",
      "p99",
      "back in service after its return, p50",
      "p99",
    ],
    rows,
  );
}

async function sightings(outage: Omit<Outage, "seed">): Promise<Sighting[]> {
  const seen: Sighting[] = [];
  for (let seed = 0; seed < RUNS; seed++) seen.push(await watchOutage({ ...outage, seed }));
  return seen;
}

/** The median and the 99th percentile. */
function pair(valuesMs: readonly number[]): [string, string] {
  return [milliseconds(quantile(valuesMs, 0.5)), milliseconds(quantile(valuesMs, 0.99))];
}
