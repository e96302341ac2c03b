import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { quantile } from "../measure.ts";
import { type Report, times, whole } from "../report.ts";
import { BARE, LAUREL, REDIS, ServerProcess } from "./server-process.ts";

const COMMANDS = ["SET", "GET", "ZADD"] as const;
type Command = (typeof COMMANDS)[number];

/** Commands that a client sends before it waits, and requests that take a second or two. */
const PIPELINES = [
  { commands: 1, requests: 150_000 },
  { commands: 16, requests: 1_000_000 },
  { commands: 64, requests: 1_500_000 },
] as const;
type Pipeline = (typeof PIPELINES)[number];

const CLIENTS = 50;
const VALUE_BYTES = 16;
const KEYS = 100_000;
const ROUNDS = 5;
/** Fills the keys, and lets the servers' code get warm. */
const WARM_UP_REQUESTS = 300_000;

/**
 * Requests a second by redis-benchmark, of Laurel's server, the bare server and Redis, each in a
 * process of its own. The servers take turns, round by round; a ratio is the median of the rounds'.
 */
export async function benchThroughput(report: Report): Promise<void> {
  await using laurel = await ServerProcess.start(LAUREL);
  await using bare = await ServerProcess.start(BARE);
  await using redis = await ServerProcess.start(REDIS);
  const servers = [laurel, bare, redis];

  const rows: string[][] = [];
  for (const command of COMMANDS) {
    for (const server of servers) {
      await requestsPerSecond(server, command, { commands: 16, requests: WARM_UP_REQUESTS });
    }
    for (const pipeline of PIPELINES) {
      rows.push(reportCell(report, command, pipeline, await rounds(servers, command, pipeline)));
    }
  }
  report.table(
    `Requests a second, ${CLIENTS} clients, values of ${VALUE_BYTES} bytes, ${whole(KEYS)} keys`,
    [
      "command",
      "in a pipeline",
      LAUREL.name,
      BARE.name,
      REDIS.name,
      "Laurel to bare",
      "Laurel to Redis",
      "bare to Redis",
    ],
    rows,
  );
}

/** The servers' requests a second, round by round. Who begins changes from round to round. */
async function rounds(
  servers: readonly ServerProcess[],
  command: Command,
  pipeline: Pipeline,
): Promise<number[][]> {
  const results: number[][] = servers.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < servers.length; turn++) {
      const i = (round + turn) % servers.length;
      const server = servers[i] as ServerProcess;
      results[i]?.push(await requestsPerSecond(server, command, pipeline));
    }
  }
  return results;
}

function reportCell(
  report: Report,
  command: Command,
  { commands }: Pipeline,
  [laurel = [], bare = [], redis = []]: readonly number[][],
): string[] {
  const toBare = medianRatio(laurel, bare);
  report.figure(`server ${command}, pipeline ${commands}: times the bare server`, toBare);
  return [
    command,
    String(commands),
    ...[laurel, bare, redis].map((values) => whole(median(values))),
    times(toBare),
    times(medianRatio(laurel, redis)),
    times(medianRatio(bare, redis)),
  ];
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function medianRatio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, round) => value / (others[round] as number)));
}

async function requestsPerSecond(
  { port }: ServerProcess,
  command: Command,
  { commands, requests }: { readonly commands: number; readonly requests: number },
): Promise<number> {
  const settings = { p: port, c: CLIENTS, d: VALUE_BYTES, r: KEYS, n: requests, P: commands };
  const { stdout } = await promisify(execFile)("redis-benchmark", [
    ...Object.entries(settings).flatMap(([name, value]) => [`-${name}`, String(value)]),
    "-t",
    command.toLowerCase(),
    "--csv",
  ]);
  const rate = Number(new RegExp(`^"${command}","([\\d.]+)"`, "m").exec(stdout)?.[1]);
  if (rate > 0) return rate;
  throw new Error(`Cannot read redis-benchmark's answer to ${command}: received ${stdout}`);
}
