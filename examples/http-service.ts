/**
 * Leaderboards over HTTP, with Fastify: scores go in, places come out, and whoever looks at a board
 * sees it change (server-sent events).
 *
 *     POST /boards/:board/scores           {"player": "ada", "points": 30}: adds them
 *     GET  /boards/:board/top              the best; ?limit=
 *     GET  /boards/:board/players/:player  a player's place and neighbours; ?around=
 *     GET  /boards/:board/events           the top ten, now and whenever they change
 *
 * The service is the folder `http-service/`; this file runs it. It takes any leaderboard cache:
 * embedded for one process, on servers or a ring for several. Who may write is for a hook of yours
 * to decide. A POST that ends in 502 or 504 may have been counted: ask for the player before you
 * repeat it.
 *
 * Run it with `npx tsx examples/http-service.ts`; with `--port 3000` it goes on until Ctrl-C.
 */
import { parseArgs } from "node:util";
import { MemoryLeaderboardCache } from "laurel";
import { isEntry } from "./entry.ts";
import { type Place, buildService } from "./http-service/build-service.ts";
import { eventsOf } from "./http-service/events-of.ts";
import { type Print, step } from "./print.ts";

/** This machine alone. */
const host = "127.0.0.1";

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  await using cache = new MemoryLeaderboardCache();
  const service = buildService(cache);
  const boardUrl = `${await service.listen({ host, port: 0 })}/boards/world`;
  const score = async (player: string, points: number): Promise<Response> => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ player, points });
    return fetch(`${boardUrl}/scores`, { method: "POST", headers, body });
  };
  const show = async (response: Response | Promise<Response>): Promise<void> => {
    const { status, ok } = await response;
    const answer = await (await response).text();
    print(`${status} ${ok ? answer : (JSON.parse(answer) as { message: string }).message}`);
  };

  print("=== HTTP Service Example ===");

  step(print, 1, "Scores");
  await show(score("ada", 30));
  await show(score("bob", 20));
  await show(score("cem", 10));
  await show(score("bob", 5));

  step(print, 2, "The best, and a player between two others");
  await show(fetch(`${boardUrl}/top?limit=2`));
  await show(fetch(`${boardUrl}/players/bob?around=1`));

  step(print, 3, "Somebody watches");
  const events = eventsOf(await fetch(`${boardUrl}/events`));
  print(`At first: ${leader((await events.next()).value)}`);
  // Ten scores that come together are one event, or two: not ten.
  await Promise.all(Array.from({ length: 10 }, () => score("cem", 5)));
  for await (const data of events) {
    if (!data.includes('"points":60')) continue;
    print(`Then:     ${leader(data)}`);
    break;
  }

  step(print, 4, "What is refused");
  await show(score("ada", Number.MAX_VALUE));
  await show(fetch(`${boardUrl}/players/nobody`));
  await cache.set("board:text", "no board");
  await show(fetch(boardUrl.replace("world", "text") + "/top"));

  await service.close();
  print("");
  print("Closed");
}

function leader(data: string | void): string {
  const [first] = JSON.parse(data ?? "[]") as Place[];
  return `${first?.player} leads with ${first?.points} points`;
}

/** Serves on a port until the process is told to end; what has begun is answered. */
async function run(port: number): Promise<void> {
  const cache = new MemoryLeaderboardCache();
  const service = buildService(cache, { logger: true });
  await service.listen({ host, port });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void service.close().then(() => cache.close()));
  }
}

if (isEntry(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: "string" } } });
  if (values.port === undefined) await main();
  else await run(Number(values.port));
}
