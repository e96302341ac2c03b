import { Players } from "../players.ts";
import { quantile } from "../measure.ts";
import { type Report, times, whole } from "../report.ts";
import { LAUREL, REDIS, type ServerKind, ServerProcess } from "../server/server-process.ts";
import { Connection } from "./connection.ts";
import { DATA, type Data, SIZE } from "./data.ts";
import { keeping } from "./kept-server.ts";
import { bytesIn, Scratch } from "./scratch.ts";

const RUNS = 3;
const START_MS_MAX = 120_000;
const MS_PER_S = 1_000;

/**
 * How long Laurel's server and Redis take from their start to their first answer, both with the
 * very same files, which Laurel wrote: journals, and the snapshots that they were rewritten to.
 */
export async function benchLoading(report: Report): Promise<void> {
  using scratch = new Scratch();
  const players = new Players(SIZE);
  const rows = [await emptyRow(scratch)];
  for (const data of DATA) {
    const dir = scratch.directory(data.name);
    await fill(dir, data, players);
    rows.push(await loadedRow(report, scratch, dir, data, "journal"));
    await rewrite(dir);
    rows.push(await loadedRow(report, scratch, dir, data, "snapshot"));
  }
  report.table(
    "From the start of a server to its first answer",
    ["what there is", "as a", "bytes", "bytes each", LAUREL.name, REDIS.name, "Laurel to Redis"],
    rows,
  );
}

/** Writes a journal of commands, and no more. */
async function fill(dir: string, data: Data, players: Players): Promise<void> {
  await using server = await ServerProcess.start(keeping(LAUREL, dir, "no"));
  using connection = await Connection.open(server);
  await connection.askAll(SIZE, (i) => data.creation(players, i));
}

/** Makes a snapshot of the journal, which has no commands then. */
async function rewrite(dir: string): Promise<void> {
  await using server = await ServerProcess.start(keeping(LAUREL, dir, "no"), START_MS_MAX);
  using connection = await Connection.open(server);
  await connection.ask("BGREWRITEAOF");
  await connection.until("aof_rewrite_in_progress", "0");
}

async function emptyRow(scratch: Scratch): Promise<string[]> {
  const seconds: string[] = [];
  for (const kind of [LAUREL, REDIS]) {
    const took: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const dir = scratch.directory(`${kind.name} empty ${run}`);
      took.push(await startSeconds(keeping(kind, dir, "everysec")));
    }
    seconds.push(spelt(quantile(took, 0.5)));
  }
  return ["nothing", "", "", "", ...seconds, ""];
}

async function loadedRow(
  report: Report,
  scratch: Scratch,
  dir: string,
  data: Data,
  form: "journal" | "snapshot",
): Promise<string[]> {
  const [ours = 0, theirs = 0] = await loadSeconds(scratch, dir, data);
  const bytes = bytesIn(dir);
  report.figure(`loading ${data.name} from a ${form}, s`, ours);
  return [
    data.name,
    form,
    whole(bytes),
    (bytes / SIZE).toFixed(1),
    spelt(ours),
    spelt(theirs),
    times(ours / theirs),
  ];
}

/** Both servers in turns, each with a copy of its own. */
async function loadSeconds(scratch: Scratch, dir: string, data: Data): Promise<number[]> {
  const kinds = [LAUREL, REDIS];
  const took: number[][] = kinds.map(() => []);
  for (let run = 0; run < RUNS; run++) {
    for (const [i, kind] of kinds.entries()) {
      const copy = scratch.copy(dir, "copy");
      took[i]?.push(await startSeconds(keeping(kind, copy, "everysec"), data));
    }
  }
  return took.map((seconds) => quantile(seconds, 0.5));
}

/** Starts a server, and sees that it has everything. */
async function startSeconds(kind: ServerKind, data?: Data): Promise<number> {
  const start = performance.now();
  await using server = await ServerProcess.start(kind, START_MS_MAX);
  const seconds = (performance.now() - start) / MS_PER_S;
  using connection = await Connection.open(server);
  const found = data === undefined ? `:${SIZE}` : await connection.ask(...data.count);
  if (found !== `:${SIZE}`) throw new Error(`Cannot trust ${kind.name}: it has loaded ${found}`);
  return seconds;
}

function spelt(seconds: number): string {
  return `${seconds.toFixed(2)} s`;
}
