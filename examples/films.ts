/**
 * Leaderboards on real data: more than 3,000 films with their votes, ratings and gross.
 *
 * `main` reads and checks the data, ranks the films on four boards, asks the boards what one asks
 * of a leaderboard, and says how long each step took.
 *
 * Run it with `npx tsx examples/films.ts`, or, with what was built, `npm start`.
 */
import { type LeaderboardCache, MemoryLeaderboardCache, type ZMember } from "laurel";
import { isEntry } from "./entry.ts";
import { accountLines } from "./films/account.ts";
import {
  type Board,
  boards,
  entrants,
  highestGrossing,
  mostVoted,
  placeOf,
} from "./films/boards.ts";
import { type Film, catalogue, readMovies } from "./films/catalogue.ts";
import { Stopwatch, duration } from "./films/stopwatch.ts";
import { count, figures, table, text } from "./table.ts";

const chosenFilm = "The Big Lebowski (1998-03-06)";
const topSize = 5;
const neighboursEachWay = 2;
const newVotes = 12_345;

/** What the steps share. */
interface Show {
  readonly cache: LeaderboardCache;
  readonly stopwatch: Stopwatch;
  readonly print: (line: string) => void;
}

/** Runs the example. `print` takes each line of its output; `now` tells milliseconds. */
export async function main(
  print: (line: string) => void = console.log,
  now: () => number = () => performance.now(),
): Promise<void> {
  await using cache = new MemoryLeaderboardCache();
  const stopwatch = new Stopwatch(now);
  const show: Show = { cache, stopwatch, print };

  print("=== Films: leaderboards on real data ===");
  const films = await readFilms(show);
  await buildBoards(show, films);
  await showTops(show);
  await showPlaces(show);
  await showNeighbours(show);
  await showScoreRange(show);
  await showLiveUpdate(show);
  await askEveryRank(show);
  showTimes(show);
}

async function readFilms({ stopwatch, print }: Show): Promise<readonly Film[]> {
  const records = await stopwatch.time("Read movies.json", 1, "file", readMovies);
  const { films, account } = await stopwatch.time(
    "Check its values",
    records.length,
    "records",
    () => catalogue(records),
  );
  heading(print, `1. The data: ${count(records.length)} films of the package vega-datasets`);
  printAll(print, accountLines(account));
  return films;
}

async function buildBoards(
  { cache, stopwatch, print }: Show,
  films: readonly Film[],
): Promise<void> {
  for (const board of boards) {
    const members = entrants(board, films);
    await stopwatch.time(`zAdd to ${board.key}`, members.length, "films", () =>
      cache.zAdd(board.key, members),
    );
  }
  const sizes = await Promise.all(boards.map(({ key }) => cache.zCard(key)));
  heading(print, "2. The boards: a sorted set each");
  printAll(
    print,
    table(
      [text("board"), text("key"), figures("films")],
      boards.map(({ title, key }, at) => [title, key, sizes[at] ?? 0]),
    ),
  );
  print("");
  print("Films of equal score stand in the order of their names, best first in the reverse of it.");
}

async function showTops({ cache, stopwatch, print }: Show): Promise<void> {
  const tops = await stopwatch.time(`zRange, the top ${topSize}`, boards.length, "calls", () =>
    Promise.all(boards.map(({ key }) => cache.zRange(key, 0, topSize - 1, { reverse: true }))),
  );
  for (const [at, board] of boards.entries()) {
    heading(print, `3.${at + 1} ${board.title}: the top ${topSize}`);
    printAll(print, standings(board, tops[at] ?? [], 1));
  }
}

async function showPlaces({ cache, stopwatch, print }: Show): Promise<void> {
  const places = await stopwatch.time("zRank of one film", boards.length, "calls", () =>
    Promise.all(boards.map((board) => placeOf(cache, board, chosenFilm))),
  );
  const scores = await stopwatch.time("zScore of one film", boards.length, "calls", () =>
    Promise.all(boards.map(({ key }) => cache.zScore(key, chosenFilm))),
  );
  heading(print, `4. One film on every board: ${chosenFilm}`);
  const rows = boards.map(({ title, show }, at) => {
    const place = places[at];
    const score = scores[at];
    return place === undefined || score === undefined
      ? ["-", "not on this board", title]
      : [`#${count(place)}`, show(score), title];
  });
  printAll(print, table([figures("place"), figures("score"), text("board")], rows));
}

async function showNeighbours({ cache, stopwatch, print }: Show): Promise<void> {
  const board = mostVoted;
  const place = await placeOf(cache, board, chosenFilm);
  if (place === undefined) throw new Error(`${chosenFilm} is not on the board ${board.key}`);
  const firstPlace = Math.max(1, place - neighboursEachWay);
  const neighbours = await stopwatch.time("zRange, its neighbours", 1, "call", () =>
    cache.zRange(board.key, firstPlace - 1, place - 1 + neighboursEachWay, { reverse: true }),
  );
  heading(print, `5. Its neighbours: ${board.title}`);
  printAll(print, standings(board, neighbours, firstPlace));
}

async function showScoreRange({ cache, stopwatch, print }: Show): Promise<void> {
  const { key } = highestGrossing;
  const [least, below] = [500_000_000, "(1000000000"] as const;
  const size = await stopwatch.time("zCount of a score range", 1, "call", () =>
    cache.zCount(key, least, below),
  );
  const richest = await stopwatch.time("zRangeByScore, its first 5", 1, "call", () =>
    cache.zRangeByScore(key, least, below, { reverse: true, offset: 0, count: topSize }),
  );
  heading(print, "6. A score range: from $500,000,000 to below $1,000,000,000 worldwide");
  print(`${count(size)} films, the first ${topSize} of them:`);
  print("");
  const richer = await cache.zCount(key, 1_000_000_000, "+inf");
  printAll(print, standings(highestGrossing, richest, richer + 1));
}

async function showLiveUpdate({ cache, stopwatch, print }: Show): Promise<void> {
  const { key } = mostVoted;
  const votesBefore = await cache.zScore(key, chosenFilm);
  const placeBefore = await placeOf(cache, mostVoted, chosenFilm);
  const votesAfter = await stopwatch.time("zIncrBy, new votes", 1, "call", () =>
    cache.zIncrBy(key, chosenFilm, newVotes),
  );
  const placeAfter = await placeOf(cache, mostVoted, chosenFilm);
  if (votesBefore === undefined || placeBefore === undefined || placeAfter === undefined) {
    throw new Error(`${chosenFilm} is not on the board ${key}`);
  }
  const overtaken = await cache.zRange(key, placeAfter, placeBefore - 1, { reverse: true });

  heading(print, `7. A live update: ${count(newVotes)} new votes for ${chosenFilm}`);
  printAll(
    print,
    table(
      [text(""), figures("place"), figures("votes")],
      [
        ["before", `#${count(placeBefore)}`, votesBefore],
        ["after", `#${count(placeAfter)}`, votesAfter],
      ],
    ),
  );
  print("");
  print(`It overtook ${count(overtaken.length)} films:`);
  print("");
  printAll(print, standings(mostVoted, overtaken, placeAfter + 1));
}

/** One call for each film, so that a call's time is more than the time of a first call. */
async function askEveryRank({ cache, stopwatch }: Show): Promise<void> {
  const { key } = mostVoted;
  const ranked = await cache.zRange(key, 0, -1);
  await stopwatch.time("zRank of every film", ranked.length, "calls", async () => {
    for (const { member } of ranked) await cache.zRank(key, member, { reverse: true });
  });
  await stopwatch.time("zIncrBy of every film", ranked.length, "calls", async () => {
    for (const { member } of ranked) await cache.zIncrBy(key, member, 1);
  });
}

function showTimes({ stopwatch, print }: Show): void {
  heading(print, "8. How long it took");
  const total = stopwatch.laps.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
  printAll(
    print,
    table(
      [text("step"), figures("amount"), text("of"), figures("total"), figures("each")],
      [
        ...stopwatch.laps.map(({ step, amount, unit, elapsedMs }) => [
          step,
          amount,
          unit,
          duration(elapsedMs),
          duration(elapsedMs / amount),
        ]),
        ["All steps", "", "", duration(total), ""],
      ],
    ),
  );
  print("");
  print("Each step ran once, its code not yet compiled; `npm run bench` measures warm calls.");
}

/** A part of a board, best first, as a table that begins at the place given. */
function standings(board: Board, members: readonly ZMember[], firstPlace: number): string[] {
  return table(
    [figures("place"), text("film"), figures("score")],
    members.map(({ member, score }, at) => [
      `#${count(firstPlace + at)}`,
      member,
      board.show(score),
    ]),
  );
}

function heading(print: Show["print"], title: string): void {
  print("");
  print(title);
  print("");
}

function printAll(print: Show["print"], lines: readonly string[]): void {
  for (const line of lines) print(line);
}

if (isEntry(import.meta.url)) await main();
