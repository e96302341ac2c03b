/**
 * A game's leaderboard in ten steps: players enter, score, meet their neighbours, drop out, and the
 * season ends.
 */
import { MemoryLeaderboardCache, type ZMember } from "laurel";
import { isEntry } from "./entry.ts";

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
export async function main(print: (line: string) => void = console.log): Promise<void> {
  // A clock of our own: step 10 lets an hour pass without waiting for it.
  let nowMs = Date.UTC(2026, 0, 1);
  await using cache = new MemoryLeaderboardCache({ clock: { now: () => nowMs } });

  print("=== Gaming Leaderboard Example ===");

  step(print, 1, "Players enter");
  const added = await cache.zAdd(season, players);
  print(`Added ${added} players to leaderboard`);

  step(print, 2, "The best");
  print("Top 5 Players:");
  printPlaces(print, await cache.zRange(season, 0, 4, { reverse: true }));

  step(print, 3, "A player's rank and score");
  print(`Bob is ${await standingOf(cache, "Bob")}`);

  step(print, 4, "A player scores");
  const points = await cache.zIncrBy(season, "Bob", 300);
  print(`Bob wins 300 points and has ${points}`);

  step(print, 5, "The ranks after it");
  print(`Bob is ${await standingOf(cache, "Bob")}`);
  printPlaces(print, await cache.zRange(season, 0, -1, { reverse: true }));

  step(print, 6, "Players in a score range");
  const inRange = await cache.zRangeByScore(season, 1000, "(1250");
  print(`From 1000 to below 1250 points: ${await cache.zCount(season, 1000, "(1250")} players`);
  for (const { member, score } of inRange) print(playerLine(member, score));

  step(print, 7, "Around a player");
  const rank = (await cache.zRank(season, "Grace", { reverse: true })) ?? 0;
  const first = Math.max(0, rank - 1);
  print("Grace, the player above and the player below:");
  printPlaces(print, await cache.zRange(season, first, rank + 1, { reverse: true }), first + 1);

  step(print, 8, "The lowest drop out");
  const removed = await cache.zRemRangeByRank(season, 0, 1);
  print(`Removed ${removed} players, ${await cache.zCard(season)} remain:`);
  printPlaces(print, await cache.zRange(season, 0, -1, { reverse: true }));

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

async function standingOf(cache: MemoryLeaderboardCache, player: string): Promise<string> {
  const rank = await cache.zRank(season, player, { reverse: true });
  const score = await cache.zScore(season, player);
  return rank === undefined ? "not on the leaderboard" : `#${rank + 1} with ${score} points`;
}

function step(print: (line: string) => void, number: number, title: string): void {
  print("");
  print(`${number}. ${title}`);
}

function printPlaces(
  print: (line: string) => void,
  members: readonly ZMember[],
  firstPlace = 1,
): void {
  for (const [at, { member, score }] of members.entries()) {
    print(`#${firstPlace + at}: ${playerLine(member, score)}`);
  }
}

function playerLine(name: string, points: number): string {
  return `${name.padEnd(10)} - ${points} points`;
}

if (isEntry(import.meta.url)) await main();
