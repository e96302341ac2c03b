import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, OpenLoop } from "../distributed/open-loop.ts";
import { quantile } from "../measure.ts";
import { Players } from "../players.ts";
import { milliseconds, type Report, whole } from "../report.ts";
import { LAUREL, REDIS, type ServerKind, ServerProcess } from "../server/server-process.ts";
import { Connection } from "./connection.ts";
import { DATA, type Data, SIZE } from "./data.ts";
import { keeping } from "./kept-server.ts";
import { Scratch } from "./scratch.ts";

const COMMANDS_PER_SECOND = 10_000;
const REST_MS = 2_000;
const ROUNDS = 3;

/** What is done in the background, and the field of INFO that says how it goes. */
const JOBS = [
  { command: "BGREWRITEAOF", field: "aof_rewrite_in_progress" },
  { command: "BGSAVE", field: "rdb_bgsave_in_progress" },
] as const;
type Job = (typeof JOBS)[number];

/** How long commands wait while a million keys are written in the background. */
export async function benchRewrite(report: Report): Promise<void> {
  using scratch = new Scratch();
  const players = new Players(SIZE);
  const rows: string[][] = [];
  for (const kind of [LAUREL, REDIS]) {
    for (const data of DATA) {
      const dir = scratch.directory(`${kind.name} ${data.nameOf(SIZE)}`);
      await using server = await ServerProcess.start(keeping(kind, dir, "everysec"));
      using foreground = await Connection.open(server);
      using background = await Connection.open(server);
      await foreground.askAll(SIZE, (i) => data.creation(players, i));
      for (const job of JOBS) {
        const aloneMs = await carryOut(background, job);
        const rounds = await roundsOf(players, data, job, foreground, background);
        rows.push(rowOf(kind, data, job, aloneMs, rounds));
        if (kind !== LAUREL) continue;
        const p99Ms = medianOf(rounds, ({ during }) => quantile(during, 0.99));
        report.figure(`${job.command} of ${data.nameOf(SIZE)}: p99, ms`, p99Ms);
      }
    }
  }
  report.table(
    "background-writing",
    `Commands at ${whole(COMMANDS_PER_SECOND)} a second while all is written in the background: ` +
      `medians of ${ROUNDS} rounds, and the longest of all`,
    [
      "server",
      "data",
      "command",
      "alone",
      "under load",
      "p99 at rest",
      "p50 meanwhile",
      "p99 meanwhile",
      "longest meanwhile",
    ],
    rows,
  );
}

/** How long commands took, in milliseconds, and how long the job did. */
interface Round {
  readonly rest: readonly number[];
  readonly during: readonly number[];
  readonly jobMs: number;
}

async function roundsOf(
  players: Players,
  data: Data,
  job: Job,
  foreground: Connection,
  background: Connection,
): Promise<Round[]> {
  const loop = new OpenLoop(COMMANDS_PER_SECOND, async (i) => {
    await foreground.ask(...(i % 2 === 0 ? data.write(players, i) : data.read(players, i)));
  });
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const rest = await loop.during(sleep(REST_MS));
    const work = carryOut(background, job);
    const during = await loop.during(work);
    rounds.push({ rest: tookMs(rest), during: tookMs(during), jobMs: await work });
  }
  return rounds;
}

/** The median over rounds of what one says. */
function medianOf(rounds: readonly Round[], figureOf: (round: Round) => number): number {
  return quantile(rounds.map(figureOf), 0.5);
}

/** Has it done in the background; returns how long it took, in milliseconds. */
async function carryOut(connection: Connection, { command, field }: Job): Promise<number> {
  const start = performance.now();
  await connection.ask(command);
  await connection.until(field, "0");
  return performance.now() - start;
}

function tookMs(answers: readonly Answer[]): number[] {
  return answers.map(({ plannedMs, answeredMs }) => answeredMs - plannedMs);
}

function rowOf(
  kind: ServerKind,
  data: Data,
  job: Job,
  aloneMs: number,
  rounds: readonly Round[],
): string[] {
  const longestMs = rounds
    .flatMap(({ during }) => during)
    .reduce((longest, ms) => Math.max(longest, ms), 0);
  return [
    kind.name,
    data.nameOf(SIZE),
    job.command,
    milliseconds(aloneMs),
    milliseconds(medianOf(rounds, ({ jobMs }) => jobMs)),
    milliseconds(medianOf(rounds, ({ rest }) => quantile(rest, 0.99))),
    milliseconds(medianOf(rounds, ({ during }) => quantile(during, 0.5))),
    milliseconds(medianOf(rounds, ({ during }) => quantile(during, 0.99))),
    milliseconds(longestMs),
  ];
}
