import { Players } from "../players.ts";
import { quantile } from "../measure.ts";
import { type Report, times, whole } from "../report.ts";
import { LAUREL, REDIS, type ServerKind, ServerProcess } from "../server/server-process.ts";
import { Connection } from "./connection.ts";
import { DATA, type Data, LOADED_SIZES, SIZE } from "./data.ts";
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
  const rows = [await emptyRow(scratch)];
  const found: Loaded[] = [];
  for (const data of DATA) {
    for (const size of LOADED_SIZES) {
      const dir = scratch.directory(data.nameOf(size));
      await fill(dir, data, new Players(size));
      found.push(await loaded(scratch, { dir, data, size, form: "journal" }));
      await rewrite(dir);
      found.push(await loaded(scratch, { dir, data, size, form: "snapshot" }));
    }
  }
  for (const each of found) {
    const { what, form, size, ours } = each;
    if (size === SIZE) report.figure(`loading ${what} from a ${form}, s`, ours);
    rows.push(rowOf(each));
  }
  report.table(
    "loading",
    `From the start of a server to its first answer, medians of ${RUNS} runs`,
    ["what there is", "as a", "bytes", "bytes each", LAUREL.name, REDIS.name, "Laurel to Redis"],
    rows,
  );
  report.chart(
    "loading",
    found.flatMap(({ what, form, ours, theirs }) => [
      { what, name: `${LAUREL.name}, ${form}`, seconds: Number(ours.toFixed(3)) },
      { what, name: `${REDIS.name}, ${form}`, seconds: Number(theirs.toFixed(3)) },
    ]),
  );
}

/** Writes a journal of commands, and no more. */
async function fill(dir: string, data: Data, players: Players): Promise<void> {
  await using server = await ServerProcess.start(keeping(LAUREL, dir, "no"));
  using connection = await Connection.open(server);
  await connection.askAll(players.count, (i) => data.creation(players, i));
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

/** Files that are to be loaded. */
interface Kept {
  readonly dir: string;
  readonly data: Data;
  readonly size: number;
  readonly form: "journal" | "snapshot";
}

/** How long it took, in seconds. */
interface Loaded {
  readonly what: string;
  readonly form: string;
  readonly size: number;
  readonly bytes: number;
  readonly ours: number;
  readonly theirs: number;
}

/** Both servers load in turns, each a copy of its own. */
async function loaded(scratch: Scratch, { dir, data, size, form }: Kept): Promise<Loaded> {
  const kinds = [LAUREL, REDIS];
  const took: number[][] = kinds.map(() => []);
  for (let run = 0; run < RUNS; run++) {
    for (const [i, kind] of kinds.entries()) {
      const copy = scratch.copy(dir, "copy");
      took[i]?.push(await startSeconds(keeping(kind, copy, "everysec"), { data, size }));
    }
  }
  const [ours = 0, theirs = 0] = took.map((seconds) => quantile(seconds, 0.5));
  return { what: data.nameOf(size), form, size, bytes: bytesIn(dir), ours, theirs };
}

function rowOf({ what, form, size, bytes, ours, theirs }: Loaded): string[] {
  const each = (bytes / size).toFixed(1);
  return [what, form, whole(bytes), each, spelt(ours), spelt(theirs), times(ours / theirs)];
}

/** Starts a server, and sees that it has everything. */
async function startSeconds(
  kind: ServerKind,
  expected?: Pick<Kept, "data" | "size">,
): Promise<number> {
  const start = performance.now();
  await using server = await ServerProcess.start(kind, START_MS_MAX);
  const seconds = (performance.now() - start) / MS_PER_S;
  using connection = await Connection.open(server);
  if (expected === undefined) return seconds;
  const found = await connection.ask(...expected.data.count);
  if (found === `:${expected.size}`) return seconds;
  throw new Error(`Cannot trust ${kind.name}: it has loaded ${found}`);
}

function spelt(seconds: number): string {
  return `${seconds.toFixed(2)} s`;
}
