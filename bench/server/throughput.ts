import { type Report, times, whole } from "../report.ts";
import {
  CLIENTS,
  type Command,
  inTurns,
  KEYS,
  median,
  medianRatio,
  type Pipeline,
  requestsPerSecond,
  VALUE_BYTES,
} from "./redis-benchmark.ts";
import { BARE, LAUREL, REDIS, ServerProcess } from "./server-process.ts";

const COMMANDS: readonly Command[] = ["SET", "GET", "ZADD"];

/** Requests that take a second or two. */
const PIPELINES: readonly Pipeline[] = [
  { commands: 1, requests: 150_000 },
  { commands: 16, requests: 1_000_000 },
  { commands: 64, requests: 1_500_000 },
];

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
      const rate = (server: ServerProcess) => requestsPerSecond(server, command, pipeline);
      rows.push(reportCell(report, command, pipeline, await inTurns(servers, ROUNDS, rate)));
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
