/**
 * A game's leaderboard in ten steps: players enter, score, meet their neighbours, drop out, and the
 * season ends.
 *
 * Begin here: it is one process, one cache, one board. `standingOf` and `neighboursOf` are what most
 * games ask, over any leaderboard cache.
 *
 * Run it with `npx tsx examples/leaderboard.ts`.
 */
import { type LeaderboardCache, MemoryLeaderboardCache, type ZMember } from "laurel";
import { isEntry } from "./entry.ts";
import { type Print, step } from "./print.ts";

/** A player's place on a board, 1 for the best, and points. */
export interface Standing {
  readonly place: number;
  readonly player: string;
  readonly points: number;
}

/** Where a player stands; `undefined`: not on the board. O(log N) */
export async function standingOf(
  cache: LeaderboardCache,
  board: string,
  player: string,
): Promise<Standing | undefined> {
  // Called together: in an embedded cache nothing comes between them.
  const [rank, points] = await Promise.all([
    cache.zRank(board, player, { reverse: true }),
    cache.zScore(board, player),
  ]);
  if (rank === undefined || points === undefined) return undefined;
  return { place: rank + 1, player, points };
}

/** A player with up to `each` others above and below; none where there is no such player. O(log N + each) */
export async function neighboursOf(
  cache: LeaderboardCache,
  board: string,
  player: string,
  each: number,
): Promise<Standing[]> {
  const rank = await cache.zRank(board, player, { reverse: true });
  if (rank === undefined) return [];
  // At the top there are fewer above: a negative rank would count from the end.
  const first = Math.max(0, rank - each);
  return standings(await cache.zRange(board, first, rank + each, { reverse: true }), first);
}

function standings(members: readonly ZMember[], first = 0): Standing[] {
  return members.map(({ member, score }, at) => {
    return { place: first + at + 1, player: member, points: score };
  });
}

const season = "game:season-1";

const players: readonly ZMember[] = [
  { member: "Alice", score: 1250 },
  { member: "Bob", score: 980 },
  { member: "Charlie", score: 1500 },
  { member: "Diana", score: 1100 },
  { member: "Eve", score: 890 },
  { member: "Frank", score: 1350 },
  { member: "Grace", score: 1200 },
  { member: "Henry", score: 1050 },
];

const statistics = [
  "leaderboards",
  "members",
  "zAdds",
  "zIncrements",
  "zRems",
  "zRangeQueries",
  "zScoreLookups",
  "zRankCalculations",
] as const;

const minuteMs = 60_000;

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  // A clock of our own: step 10 lets an hour pass without waiting for it.
  let nowMs = Date.UTC(2026, 0, 1);
  await using cache = new MemoryLeaderboardCache({ clock: { now: () => nowMs } });

  print("=== Gaming Leaderboard Example ===");

  step(print, 1, "Players enter");
  const added = await cache.zAdd(season, players);
  print(`Added ${added} players to leaderboard`);

  step(print, 2, "The best");
  print("Top 5 Players:");
  printStandings(print, standings(await cache.zRange(season, 0, 4, { reverse: true })));

  step(print, 3, "A player's rank and score");
  await printStanding(print, cache, "Bob");

  step(print, 4, "A player scores");
  const points = await cache.zIncrBy(season, "Bob", 300);
  print(`Bob wins 300 points and has ${points}`);

  step(print, 5, "The ranks after it");
  await printStanding(print, cache, "Bob");
  printStandings(print, standings(await cache.zRange(season, 0, -1, { reverse: true })));

  step(print, 6, "Players in a score range");
  const inRange = await cache.zRangeByScore(season, 1000, "(1250");
  print(`From 1000 to below 1250 points: ${await cache.zCount(season, 1000, "(1250")} players`);
  for (const { member, score } of inRange) print(playerLine(member, score));

  step(print, 7, "Around a player");
  print("Grace, the player above and the player below:");
  printStandings(print, await neighboursOf(cache, season, "Grace", 1));

  step(print, 8, "The lowest drop out");
  const removed = await cache.zRemRangeByRank(season, 0, 1);
  print(`Removed ${removed} players, ${await cache.zCard(season)} remain:`);
  printStandings(print, standings(await cache.zRange(season, 0, -1, { reverse: true })));

  step(print, 9, "Statistics");
  const metrics = cache.metrics();
  for (const name of statistics) print(`${name.padEnd(17)} ${metrics[name]}`);

  step(print, 10, "The season ends");
  await cache.expire(season, "1h");
  nowMs += 45 * minuteMs;
  const leftMs = (await cache.ttl(season)) ?? 0;
  print(
    `After 45 minutes: ${await cache.zCard(season)} players, ${leftMs / minuteMs} minutes left`,
  );
  nowMs += 15 * minuteMs;
  const over = !(await cache.exists(season));
  print(`After 60 minutes: ${await cache.zCard(season)} players, expired: ${over ? "yes" : "no"}`);
}

async function printStanding(print: Print, cache: LeaderboardCache, player: string): Promise<void> {
  const standing = await standingOf(cache, season, player);
  if (standing === undefined) print(`${player} is not on the leaderboard`);
  else print(`${player} is #${standing.place} with ${standing.points} points`);
}

function printStandings(print: Print, places: readonly Standing[]): void {
  for (const { place, player, points } of places) print(`#${place}: ${playerLine(player, points)}`);
}

function playerLine(name: string, points: number): string {
  return `${name.padEnd(10)} - ${points} points`;
}

if (isEntry(import.meta.url)) await main();
