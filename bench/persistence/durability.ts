import { milliseconds, type Report, times } from "../report.ts";
import {
  CLIENTS,
  type Command,
  inTurns,
  median,
  medianRatio,
  type Pipeline,
  rateWithSpread,
  requestsPerSecond,
  type Round,
  roundOf,
} from "../server/redis-benchmark.ts";
import { ServerGroup } from "../server/server-group.ts";
import { LAUREL, REDIS, type ServerKind } from "../server/server-process.ts";
import { forgetting, keeping } from "./kept-server.ts";
import { Scratch } from "./scratch.ts";

const COMMANDS: readonly Command[] = ["SET", "ZADD"];
const PIPELINED: Pipeline = { commands: 16, requests: 500_000 };
const WARM_UP: Pipeline = { commands: 16, requests: 200_000 };
const ROUNDS = 5;
/** With `always` a round takes about so long, whatever the disk. */
const ALWAYS_S = 2;
const ALWAYS_TRIAL: Pipeline = { commands: 1, requests: 5_000 };

/** Requests a second by redis-benchmark, by how soon they have to be on the disk. */
export async function benchDurability(report: Report): Promise<void> {
  using scratch = new Scratch();
  await benchPipelined(report, scratch);
  await benchAlways(report, scratch);
}

/** Long pipelines, without a journal and with one that nobody waits for. */
async function benchPipelined(report: Report, scratch: Scratch): Promise<void> {
  const rows: string[][] = [];
  for (const command of COMMANDS) {
    await using group = await ServerGroup.start(
      [LAUREL, REDIS].flatMap((kind) => variants(kind, scratch, command)),
    );
    const { servers } = group;
    for (const server of servers) await requestsPerSecond(server, command, WARM_UP);
    const rounds = await inTurns(servers, ROUNDS, (server) => roundOf(server, command, PIPELINED));
    const ours = ratiosOf(rounds.slice(0, 3));
    const theirs = ratiosOf(rounds.slice(3));
    rows.push([command, LAUREL.name, ...ours.cells], [command, REDIS.name, ...theirs.cells]);
    report.figure(`${command}, 16 in a pipeline, everysec: times without`, ours.everysec);
  }
  report.table(
    "journal-throughput",
    `Requests a second with a journal, ${CLIENTS} clients, 16 commands in a pipeline, and how long a client waits for one`,
    [
      "command",
      "server",
      "without",
      "p99 wait",
      "everysec",
      "p99 wait",
      "no",
      "p99 wait",
      "everysec / without",
      "no / without",
    ],
    rows,
  );
}

/** One kind of server thrice: without a journal, with `everysec`, with `no`. */
function variants(kind: ServerKind, scratch: Scratch, command: Command): ServerKind[] {
  const directory = (fsync: string) => scratch.directory(`${kind.name} ${command} ${fsync}`);
  return [
    forgetting(kind),
    keeping(kind, directory("everysec"), "everysec"),
    keeping(kind, directory("no"), "no"),
  ];
}

function ratiosOf(rounds: readonly (readonly Round[])[]) {
  const rates = rounds.map((one) => one.map(({ requestsPerSecond }) => requestsPerSecond));
  const [without = [], everysec = [], no = []] = rates;
  const ratio = medianRatio(everysec, without);
  const cells = rounds.flatMap((one, i) => {
    const waits = one.map(({ p99Ms }) => p99Ms);
    return [rateWithSpread(rates[i] ?? []), milliseconds(median(waits))];
  });
  return { everysec: ratio, cells: [...cells, times(ratio), times(medianRatio(no, without))] };
}

/** Every request waits until it is on the disk; those that wait at the same time share that. */
async function benchAlways(report: Report, scratch: Scratch): Promise<void> {
  const syncMs = scratch.syncMs();
  await using group = await ServerGroup.start(
    [LAUREL, REDIS].map((kind) => {
      return keeping(kind, scratch.directory(`${kind.name} always`), "always");
    }),
  );
  const { servers } = group;
  const rows: string[][] = [];
  for (const command of COMMANDS) {
    const trials: number[] = [];
    for (const server of servers) {
      trials.push(await requestsPerSecond(server, command, ALWAYS_TRIAL));
    }
    const requests = Math.ceil(Math.min(...trials) * ALWAYS_S);
    const [ours = [], theirs = []] = await inTurns(servers, ROUNDS, (server) =>
      requestsPerSecond(server, command, { commands: 1, requests }),
    );
    const ratio = medianRatio(ours, theirs);
    rows.push([command, rateWithSpread(ours), rateWithSpread(theirs), times(ratio)]);
    report.figure(`${command}, always: times Redis`, ratio);
  }
  report.table(
    "journal-always",
    `Requests a second with always, ${CLIENTS} clients, no pipeline; this disk syncs 4 KiB in ${milliseconds(syncMs)}`,
    ["command", LAUREL.name, REDIS.name, "Laurel to Redis"],
    rows,
  );
}
