/**
 * A tournament, played three times: in this process, on a ring of three servers, and on a Cluster.
 * What plays it knows the contract alone; which machines it runs on is said by the constructor.
 *
 * `npx tsx examples/many-machines.ts --ring redis://eu:6379,redis://us:6379,redis://asia:6379 --cluster valkey:6379`
 *
 * The servers of the ring are Redis, Valkey or `laurel serve`; without any, three of Laurel's own are
 * started here.
 */
import { parseArgs } from "node:util";
import { Cluster } from "ioredis";
import { type LeaderboardCache, MemoryLeaderboardCache } from "laurel";
import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
import { RedisLeaderboardCache } from "laurel/redis";
import { serve } from "laurel/server";
import { isEntry } from "./entry.ts";
import { figures, table, text } from "./table.ts";
import { type Print, printAll, step } from "./print.ts";
import { matches } from "./tournament/matches.ts";

const MATCHES = 90;
const modes = ["solo", "team", "trio"] as const;
const overall = "overall";
const prefix = "tournament:";

/** Runs the example; `print` takes each line of its output. */
export async function main(
  ring: readonly string[] = [],
  cluster?: string,
  print: Print = console.log,
): Promise<void> {
  print("=== Many Machines Example ===");

  step(print, 1, "Embedded: in this process");
  await play(new MemoryLeaderboardCache(), print);

  step(print, 2, "A ring of servers, each board on two of them");
  if (ring.length > 0) await play(ringOf(ring), print);
  else await onServersOfOurOwn((urls) => play(ringOf(urls), print));

  step(print, 3, "A Cluster, whose servers replicate and fail over by themselves");
  if (cluster !== undefined) await play(clusterAt(cluster), print);
  else print("There is none: name one of its servers, as in --cluster 127.0.0.1:7000");
}

function ringOf(urls: readonly string[]): LeaderboardCache {
  const nodes = urls.map((url, at) => {
    return new CacheNode(`node-${at + 1}`, new RedisLeaderboardCache(url, { prefix }));
  });
  return new DistributedLeaderboardCache(nodes, {
    replicationFactor: 2,
    replication: "sync",
    closeNodes: true,
  });
}

function clusterAt(address: string): LeaderboardCache {
  // The cache makes connections of its own after this pattern.
  const pattern = new Cluster([`redis://${address}`], { lazyConnect: true });
  // A write counts when a replica has it, too.
  return new RedisLeaderboardCache(pattern, { prefix, replicas: 1 });
}

/** The tournament, from the first match to the honours. Nothing of it knows where it is played. */
async function play(cache: LeaderboardCache, print: Print): Promise<void> {
  try {
    await cache.clear();
    for (const { mode, points } of matches(modes, 1, MATCHES)) {
      const scored = points.flatMap(({ member, score }) => [
        cache.zIncrBy(mode, member, score),
        cache.zIncrBy(overall, member, score),
      ]);
      await Promise.all([cache.incr("matches"), ...scored]);
    }
    await showHonours(cache, print);
    await cache.clear();
  } finally {
    await cache.close();
  }
}

async function showHonours(cache: LeaderboardCache, print: Print): Promise<void> {
  const boards = [...modes, overall];
  const podiums = boards.map((board) => cache.zRange(board, 0, 2, { reverse: true }));
  const rows = (await Promise.all(podiums)).flatMap((podium, at) =>
    podium.map(({ member, score }, place) => [boards[at] as string, place + 1, member, score]),
  );
  const columns = [text("board"), figures("place"), text("player"), figures("points")];
  printAll(print, table(columns, rows));
  const rank = (await cache.zRank(overall, "ada", { reverse: true })) ?? 0;
  const players = await cache.zCard(overall);
  print(`ada is #${rank + 1} of ${players} after ${String(await cache.get("matches"))} matches`);
}

async function onServersOfOurOwn(use: (urls: string[]) => Promise<void>): Promise<void> {
  const servers = await Promise.all([1, 2, 3].map(() => serve({ port: 0 })));
  try {
    await use(servers.map(({ url }) => url));
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

if (isEntry(import.meta.url)) {
  const { values } = parseArgs({
    options: { ring: { type: "string" }, cluster: { type: "string" } },
  });
  const ring = values.ring ?? process.env["LAUREL_RING"];
  await main(ring?.split(","), values.cluster ?? process.env["LAUREL_CLUSTER"]);
}
