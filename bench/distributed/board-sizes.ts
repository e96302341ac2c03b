import { type LeaderboardCache, MemoryLeaderboardCache } from "laurel";
import { awaited, concurrent, type Contestant, measure, type Timing } from "../measure.ts";
import { Players } from "../players.ts";
import { median, nanoseconds, type Report, times, whole } from "../report.ts";
import { collectGarbage, embeddedBoards, replicated, whenReplicated } from "./nodes.ts";

const NODES = 3;
const SMALL = 1_000;
const LARGE = 100_000;
const BOARD = "board";
const DELTA_LIMIT = 1_000;

type Caller = (name: string, operation: (i: number) => Promise<unknown>) => Contestant;

const CALLERS: readonly (readonly [name: string, caller: Caller])[] = [
  ["", awaited],
  [", 100 callers", concurrent],
];

/** What a replica is told of a board is what changed in it: it must not grow with the board. */
export async function benchBoardSizes(report: Report): Promise<void> {
  const players = [new Players(SMALL), new Players(LARGE)] as const;
  const rows: string[][] = [];
  for (const mode of ["one cache", "async", "sync"] as const) {
    for (const [suffix, caller] of CALLERS) {
      const contestants = await Promise.all(
        players.map((each) => {
          return mode === "one cache" ? oneCache(each, caller) : onNodes(each, caller, mode);
        }),
      );
      collectGarbage();
      const [small, large] = (await measure(contestants)) as [Timing, Timing];
      rows.push([
        `${mode}${suffix}`,
        median(small),
        nanoseconds(small.p99Ns),
        median(large),
        nanoseconds(large.p99Ns),
        times(large.ratio),
      ]);
      report.figure(`zIncrBy, ${mode}${suffix}: growth from ${SMALL} to ${LARGE}`, large.ratio);
    }
  }
  report.table(
    "distributed-board-sizes",
    `zIncrBy on one board, ${NODES} nodes, factor 2`,
    ["mode", `${whole(SMALL)} members`, "p99", whole(LARGE), "p99", "growth"],
    rows,
  );
}

async function oneCache(players: Players, caller: Caller): Promise<Contestant> {
  const cache = new MemoryLeaderboardCache();
  await fillBoard(cache, players);
  return caller("one cache", increment(cache, players));
}

async function onNodes(
  players: Players,
  caller: Caller,
  replication: "async" | "sync",
): Promise<Contestant> {
  const cache = embeddedBoards(NODES, { replication });
  await fillBoard(cache, players);
  await whenReplicated(cache);
  return replicated(caller(replication, increment(cache, players)), cache);
}

async function fillBoard(cache: LeaderboardCache, { names, scores }: Players): Promise<void> {
  const members = names.map((member, i) => ({ member, score: scores[i] as number }));
  await cache.zAdd(BOARD, members);
}

function increment(cache: LeaderboardCache, players: Players): (i: number) => Promise<number> {
  return (i) => cache.zIncrBy(BOARD, players.name(i), players.newScore(i) % DELTA_LIMIT);
}
