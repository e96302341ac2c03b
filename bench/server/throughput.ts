import { isInstalled } from "../../test/support/server-process.ts";
import { milliseconds, type Report, times, whole } from "../report.ts";
import {
  CLIENTS,
  type Command,
  inTurns,
  KEYS,
  median,
  medianRatio,
  type Pipeline,
  rateWithSpread,
  type Round,
  roundOf,
  VALUE_BYTES,
} from "./redis-benchmark.ts";
import { ServerGroup } from "./server-group.ts";
import { BARE, LAUREL, REDIS, type ServerProcess, VALKEY } from "./server-process.ts";

/** Each command with the requests of its pipelines: so many that a round takes about half a second. */
const COMMANDS: readonly { command: Command; requests: Readonly<Record<number, number>> }[] = [
  { command: "SET", requests: { 1: 70_000, 16: 450_000, 64: 700_000 } },
  { command: "GET", requests: { 1: 70_000, 16: 500_000, 64: 800_000 } },
  { command: "ZADD", requests: { 1: 60_000, 16: 220_000, 64: 260_000 } },
];

const ROUNDS = 5;
/** Fills the keys, and lets the servers' code get warm. */
const WARM_UP: Pipeline = { commands: 16, requests: 300_000 };

/**
 * Requests a second by redis-benchmark, of Laurel's server, the bare server, Redis and Valkey, each
 * in a process of its own. The servers take turns, round by round; a ratio is the median of the
 * rounds'.
 */
export async function benchThroughput(report: Report): Promise<void> {
  const kinds = [LAUREL, BARE, REDIS, ...(isInstalled(VALKEY.name) ? [VALKEY] : [])];
  await using group = await ServerGroup.start(kinds);
  const { servers } = group;

  const cells: Cell[] = [];
  for (const { command, requests } of COMMANDS) {
    for (const server of servers) await roundOf(server, command, WARM_UP);
    for (const [commands, count] of Object.entries(requests)) {
      const pipeline = { commands: Number(commands), requests: count };
      const run = (server: ServerProcess) => roundOf(server, command, pipeline);
      cells.push({ command, ...pipeline, rounds: await inTurns(servers, ROUNDS, run) });
    }
  }
  const names = kinds.map(({ name }) => name);
  reportThroughput(report, names, cells);
  reportLatency(report, names, cells);
}

/** One command in one length of pipelines: the rounds of each server. */
interface Cell {
  readonly command: Command;
  readonly commands: number;
  readonly rounds: readonly (readonly Round[])[];
}

function reportThroughput(report: Report, names: readonly string[], cells: readonly Cell[]): void {
  const rows: string[][] = [];
  const points: { command: string; pipeline: number; name: string; perSecond: number }[] = [];
  for (const { command, commands, rounds } of cells) {
    const rates = rounds.map((one) => one.map(({ requestsPerSecond }) => requestsPerSecond));
    const [laurel = [], bare = [], redis = []] = rates;
    const toBare = medianRatio(laurel, bare);
    report.figure(`server ${command}, pipeline ${commands}: times the bare server`, toBare);
    rows.push([
      command,
      String(commands),
      ...rates.map(rateWithSpread),
      times(toBare),
      times(medianRatio(laurel, redis)),
      times(medianRatio(bare, redis)),
    ]);
    for (const [i, name] of names.entries()) {
      const perSecond = Math.round(median(rates[i] ?? []));
      points.push({ command, pipeline: commands, name, perSecond });
    }
  }
  const ratios = ["Laurel to bare", "Laurel to Redis", "bare to Redis"];
  report.table(
    "server-throughput",
    `Requests a second, ${CLIENTS} clients, values of ${VALUE_BYTES} bytes, ${whole(KEYS)} keys`,
    ["command", "in a pipeline", ...names, ...ratios],
    rows,
  );
  report.chart("server-throughput", points);
}

function reportLatency(report: Report, names: readonly string[], cells: readonly Cell[]): void {
  report.table(
    "server-latency",
    `How long a client waits for a pipeline, ${CLIENTS} clients that send one after the other`,
    ["command", "in a pipeline", ...names.flatMap((name) => [`${name}, p50`, "p99"])],
    cells.map(({ command, commands, rounds }) => [
      command,
      String(commands),
      ...rounds.flatMap((one) => [latency(one, "p50Ms"), latency(one, "p99Ms")]),
    ]),
  );
}

/** The median of the rounds'. */
function latency(rounds: readonly Round[], field: "p50Ms" | "p99Ms"): string {
  return milliseconds(median(rounds.map((round) => round[field])));
}
