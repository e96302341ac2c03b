/**
 * The boards of the films, served: any Redis client asks them while this process goes on using them.
 *
 * Its one flag is that of `laurel serve` for the port: `--port 7380`.
 *
 * Run it with `npx tsx examples/serve.ts`, or, with what was built, `npm run serve`.
 */
import { parseArgs } from "node:util";
import { CacheError, MemoryLeaderboardCache } from "laurel";
import { serve } from "laurel/server";
import { isEntry } from "./entry.ts";
import { boards, entrants, highestGrossing, mostVoted } from "./films/boards.ts";
import { catalogue, readMovies } from "./films/catalogue.ts";
import { count } from "./table.ts";

const defaultPort = 7379;
const lastPort = 65_535;
/** The exit code for a command line that is wrong. */
const misuseExit = 2;
const chosenFilm = "The Big Lebowski (1998-03-06)";

/** Runs the example until `stop` resolves or a client sends SHUTDOWN. `print` takes each line of its output. */
export async function main(
  port: number,
  stop: Promise<unknown>,
  print: (line: string) => void = console.log,
): Promise<void> {
  await using cache = new MemoryLeaderboardCache();
  const { films } = catalogue(readMovies());
  for (const board of boards) await cache.zAdd(board.key, entrants(board, films));

  await using server = await serve({ port, cache });

  print(`Laurel serves four boards of ${count(films.length)} films on ${server.url}`);
  print("");
  print("Next, in another terminal:");
  const ask = `redis-cli -p ${server.port}`;
  print(`  ${ask} ZREVRANGE ${mostVoted.key} 0 4 WITHSCORES`);
  print(`  ${ask} ZREVRANK ${mostVoted.key} "${chosenFilm}"`);
  print(`  ${ask} ZINCRBY ${mostVoted.key} 12345 "${chosenFilm}"`);
  print(`  ${ask} ZCOUNT ${highestGrossing.key} 500000000 +inf`);
  print(`  ${ask} SCAN 0 TYPE zset`);
  print("");
  print("Ctrl-C ends it, and so does SHUTDOWN.");
  await Promise.race([stop, server.closed]);
}

/** Resolves when somebody wants the process to end. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/**
 * The program: serves on the port that its arguments say, and says what is wrong with them.
 * @returns its exit code
 */
export async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  stop: Promise<unknown>,
  print: (line: string) => void = console.log,
  complain: (line: string) => void = console.error,
): Promise<number> {
  try {
    await main(chosenPort(args, environment), stop, print);
    return 0;
  } catch (error) {
    const reason = misuse(error);
    if (reason === undefined) throw error;
    complain(reason);
    complain("To serve on another port: npm run serve -- --port 7380 (0: any free one)");
    return misuseExit;
  }
}

/** @throws an error of which `misuse` knows the reason, for arguments that name no port */
function chosenPort(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): number {
  const { values } = parseArgs({ args: [...args], options: { port: { type: "string" } } });
  const text = values.port ?? environment["LAUREL_PORT"] ?? `${defaultPort}`;
  const port = /^\d+$/.test(text) ? Number(text) : Infinity;
  if (port <= lastPort) return port;
  const reason = `the port must be an integer from 0 to ${lastPort}: received ${text}`;
  throw new CacheError("INVALID_CONFIG", `Cannot serve: ${reason}`);
}

/** What is wrong with the command line, or the port; `undefined`: neither is to blame. */
function misuse(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  if (error.code === "INVALID_CONFIG") return error.message;
  // What parseArgs says after its first sentence is of no use here: there are no positional ones.
  return String(error.code).startsWith("ERR_PARSE_ARGS") ? error.message.split(". ")[0] : undefined;
}

if (isEntry(import.meta.url)) {
  process.exitCode = await run(process.argv.slice(2), process.env, interrupted());
}
