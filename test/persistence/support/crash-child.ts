/**
 * A program that keeps a cache in files and is killed by the test that started it: it tells what it
 * found, and then makes calls by their numbers and tells which were begun (`s`), acknowledged (`a`)
 * and, a turn later, must have been handed to the system (`t`); or it serves clients.
 */
import { writeSync } from "node:fs";
import { databasesOf, keptDataOf } from "../../../src/cache/memory-cache.ts";
import { MemoryLeaderboardCache } from "../../../src/cache/memory-leaderboard-cache.ts";
import type { FilePersistence } from "../../../src/persistence/file-persistence.ts";
import { files } from "../../../src/persistence/files.ts";
import type { Fsync } from "../../../src/persistence/settings.ts";
import { Dice } from "../../simulation/dice.ts";
import { ballastOf, textWithoutBallast } from "./call-model.ts";
import { type ChildOptions, isBallast } from "./crash-protocol.ts";
import { dataOf } from "./data-of.ts";
import { BALLAST_KEYS, callOf, writeBallast } from "./known-calls.ts";

const BATCH_MAX = 16;
const options = JSON.parse(process.argv[2] as string) as ChildOptions;
const dice = new Dice(options.seed);

const cache = new MemoryLeaderboardCache({
  persistence: files({
    dir: options.dir,
    fsync: options.fsync satisfies Fsync,
    rewrite: { minBytes: 1, growthPercent: 10 },
    snapshot: "1s",
    onLog: (level, text) => {
      if (level === "warning") say({ type: "warning", text });
    },
  }),
});
await cache.ready();
const kept = keptDataOf(cache) as FilePersistence;
const databases = databasesOf(cache);
if (databases === undefined) throw new Error("The cache has no databases");
const found = dataOf(databases);
const isComplete = found.filter(isBallast).length === BALLAST_KEYS;
say({ type: "found", text: textWithoutBallast(found), ballast: ballastOf(found) });

if (options.serves) await serveClients();
else {
  await prepare();
  say({ type: "ready", port: 0 });
  await makeCalls(options.firstCall);
}

async function prepare(): Promise<void> {
  if (!isComplete) await writeBallast(cache);
  await cache.flush();
}

/** Makes one call after the other, several in one turn. */
async function makeCalls(first: number): Promise<void> {
  for (let next = first; ;) {
    const end = next + dice.int(1, BATCH_MAX);
    tell("s", end - 1);
    const calls: Promise<void>[] = [];
    for (; next < end; next++) {
      const number = next;
      calls.push(callOf(number)(cache).then(() => tell("a", number)));
    }
    await new Promise((resolve) => setImmediate(resolve));
    tell("t", end - 1);
    writeFilesNowAndThen();
    if (dice.chance(0.7)) await Promise.all(calls);
  }
}

async function serveClients(): Promise<void> {
  const { serve } = await import("../../../src/server/serve.ts");
  const server = await serve({ cache, port: 0 });
  await prepare();
  say({ type: "ready", port: server.port });
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    writeFilesNowAndThen();
  }
}

/** So that a kill meets a snapshot or a rewrite under way as often as not. */
function writeFilesNowAndThen(): void {
  if (!dice.chance(0.3)) return;
  try {
    if (dice.chance(0.7)) kept.rewriteLater();
    else kept.saveLater();
  } catch {
    // One is under way.
  }
}

function tell(what: "s" | "a" | "t", call: number): void {
  writeSync(1, `${what}${call}\n`);
}

function say(message: object): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}
