/**
 * A gaming platform in eight steps: leaderboards for each game mode, sessions and counters over
 * three nodes, of which one dies in the middle of the tournament.
 *
 * The nodes are caches of this process, so that the example runs by itself; a node is a name around
 * any cache.
 *
 * Run it with `npx tsx examples/combined.ts`.
 */
import { MemoryLeaderboardCache, type ZMember } from "laurel";
import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
import { isEntry } from "./entry.ts";
import { count, figures, table, text } from "./table.ts";
import { type Print, printAll, step } from "./print.ts";
import { ringOf } from "./ring-of.ts";
import { type Match, matches, players } from "./tournament/matches.ts";
import { Scorebook } from "./tournament/scorebook.ts";

const MATCHES = 400;
const minuteMs = 60_000;

/** A key's place follows from what stands in braces: all boards of a mode are on the same nodes. */
const dayBoard = (mode: string, day: number): string => `{${mode}}:day-${day}`;
const finalBoard = (mode: string): string => `{${mode}}:final`;
const modes = ["solo", "team", "trio", "ranked", "arena"] as const;

/** What the steps share. */
interface Platform {
  readonly cache: DistributedLeaderboardCache;
  /** The referee's own record of every point, to hold the boards against. */
  readonly scorebook: Scorebook;
  readonly print: Print;
}

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  // A clock of our own: step 7 lets half an hour pass without waiting for it.
  let nowMs = Date.UTC(2026, 0, 1);
  const clock = { now: () => nowMs };
  const newNode = (id: string): CacheNode =>
    new CacheNode(id, new MemoryLeaderboardCache({ clock }));
  const nodes = ["node-1", "node-2", "node-3"].map(newNode);
  await using cache = new DistributedLeaderboardCache(nodes, {
    replicationFactor: 2,
    // A write waits for each owner that can be reached; one of them is enough to play on.
    replication: "sync",
    writeQuorum: 1,
    closeNodes: true,
    clock,
  });
  const platform: Platform = { cache, scorebook: new Scorebook(), print };

  print("=== Gaming Platform Example ===");

  step(print, 1, "Boards spread over the nodes");
  showPlaces(platform);

  step(print, 2, "Players sign in");
  await signIn(platform);

  step(print, 3, "Day 1");
  for (const match of matches(modes, 1, MATCHES)) await play(platform, match);
  await showLeaders(platform, 1);

  step(print, 4, "Day 2: a node dies in the middle of the game");
  const lost = cache.nodes().find(({ id }) => id === primaryOf(cache, dayBoard("solo", 2)));
  if (lost === undefined) throw new Error("No node owns the board of the solo mode");
  await playAndLose(platform, lost);
  await showLeaders(platform, 2);

  step(print, 5, "A new node takes the place of the dead one");
  await replace(platform, lost, newNode("node-4"));

  step(print, 6, "Final standings");
  await showFinals(platform);

  step(print, 7, "Sessions end by themselves");
  print(`Signed in: ${await sessions(cache)} players`);
  nowMs += 30 * minuteMs;
  print(`After 30 minutes: ${await sessions(cache)} players`);

  step(print, 8, "Counters");
  for (const mode of modes) {
    print(`${mode.padEnd(6)} ${String(await cache.get(playedKey(mode)))} matches`);
  }
  print(`all    ${String(await cache.get("played"))} matches`);
}

/** Each board lives whole on its owners; different boards spread. */
function showPlaces({ cache, print }: Platform): void {
  const ring = ringOf(cache);
  const rows = modes.map((mode) => [
    mode,
    ...ring.getN(dayBoard(mode, 1), 2).map(({ id }) => id),
    primaryOf(cache, finalBoard(mode)),
  ]);
  const columns = [text("mode"), text("primary"), text("replica"), text("final board on")];
  printAll(print, table(columns, rows));
  print(
    `A mode's boards share a {tag}, as ${dayBoard("solo", 1)} and ${finalBoard("solo")}: one place for all`,
  );
}

/** A session is a key that goes by itself. */
async function signIn({ cache, print }: Platform): Promise<void> {
  await cache.setMany(
    players.map((player) => [sessionKey(player), JSON.stringify({ player, region: "eu" })]),
    { ttl: "30m" },
  );
  const leftMs = (await cache.ttl(sessionKey("ada"))) ?? 0;
  print(`Signed in: ${await sessions(cache)} players, for ${leftMs / minuteMs} minutes`);
}

/** Plays a match: all its writes at once, each to the nodes that own the key. */
async function play({ cache, scorebook }: Platform, match: Match): Promise<void> {
  const { mode, day, points } = match;
  scorebook.enter(match);
  await Promise.all([
    ...points.map(({ member, score }) => cache.zIncrBy(dayBoard(mode, day), member, score)),
    cache.incr(playedKey(mode)),
    cache.incr("played"),
  ]);
}

/** What the lost node had is on the other owners; the game goes on with the next call. */
async function playAndLose(platform: Platform, lost: CacheNode): Promise<void> {
  const { cache, print } = platform;
  let played = 0;
  for (const match of matches(modes, 2, MATCHES)) {
    await play(platform, match);
    // From now on it answers nobody, as a process that has died; nobody tells the cache.
    if (++played === MATCHES / 2) await lost.cache.close();
  }
  print(`${lost.id} died after ${MATCHES / 2} of ${MATCHES} matches; all of them were played`);
  print(`${lost.id} is ${cache.nodeHealth(lost.id)}, found out by the first call that failed`);
  print(`Keys of which it has missed writes: ${cache.metrics().dirtyKeys}`);
}

/** Without the dead node each key has one copy less: the owners that are left make another. */
async function replace(
  { cache, print }: Platform,
  lost: CacheNode,
  node: CacheNode,
): Promise<void> {
  const removed = await cache.removeNode(lost.id);
  print(
    `Removed ${lost.id}: ${removed.movedKeys} keys have two owners again, ${removed.lostKeys} lost`,
  );
  const added = await cache.addNode(node);
  print(`Added ${node.id}: ${added.movedKeys} keys handed over`);
  const ids = cache.nodes().map(({ id }) => id);
  print(`Nodes: ${ids.join(", ")}`);
}

/** The days of a mode add up on one node, since its boards are together. */
async function showFinals({ cache, scorebook, print }: Platform): Promise<void> {
  print("Day 1 and day 2 together, beside the referee's own record of every point:");
  for (const mode of modes) {
    const days = [dayBoard(mode, 1), dayBoard(mode, 2)];
    await cache.zUnionStore(finalBoard(mode), days);
    const standings = await cache.zRange(finalBoard(mode), 0, -1, { reverse: true });
    const isUnharmed = scorebook.agrees(mode, standings);
    print(`${mode.padEnd(6)} ${podium(standings)}: ${isUnharmed ? "unharmed" : "DAMAGED"}`);
  }
}

async function showLeaders({ cache, print }: Platform, day: number): Promise<void> {
  const rows: [string, string, number][] = [];
  for (const mode of modes) {
    const [leader] = await cache.zRange(dayBoard(mode, day), 0, 0, { reverse: true });
    rows.push([mode, leader?.member ?? "nobody", leader?.score ?? 0]);
  }
  printAll(print, table([text("mode"), text("leader"), figures("points")], rows));
}

function podium(standings: readonly ZMember[]): string {
  return standings
    .slice(0, 3)
    .map(({ member, score }, at) => `${at + 1}. ${member} ${count(score)}`)
    .join(", ");
}

async function sessions(cache: DistributedLeaderboardCache): Promise<number> {
  let open = 0;
  for await (const _ of cache.keys("session:*")) open++;
  return open;
}

function sessionKey(player: string): string {
  return `session:${player}`;
}

function playedKey(mode: string): string {
  return `played:${mode}`;
}

function primaryOf(cache: DistributedLeaderboardCache, key: string): string {
  return ringOf(cache).get(key).id;
}

if (isEntry(import.meta.url)) await main();
