import { isInstalled } from "../test/support/server-process.ts";
import { awaitedBoards, laurelBoard, synchronousBoards } from "./leaderboards/boards.ts";
import type { Entry, NamedBoard, RankedBoard } from "./leaderboards/ranked-board.ts";
import { awaited, type Contestant, measure, synchronous, type Timing } from "./measure.ts";
import { Players } from "./players.ts";
import { median, nanoseconds, pooled, type Report, times, whole } from "./report.ts";
import { REDIS, ServerProcess } from "./server/server-process.ts";

const MEMBERS = 100_000;
const FIRST = 10;
const DELTA_LIMIT = 1_000;

/** What a rival took, and what Laurel took in the neighbouring turns, to which the ratio is. */
interface Finding {
  readonly timing: Timing;
  readonly beside: Timing;
}

type Call = <Result>(board: RankedBoard<Result>, players: Players, i: number) => Result;

/** What is asked of a board most often. */
const CALLS: Readonly<Record<string, Call>> = {
  zAdd: (board, players, i) => board.add(players.name(i), players.newScore(i)),
  zIncrBy: (board, players, i) =>
    board.increment(players.name(i), players.newScore(i) % DELTA_LIMIT),
  zRank: (board, players, i) => board.rank(players.name(i)),
  [`zRange, first ${FIRST}`]: (board) => board.first(FIRST),
};

/** A way to keep a board, and how it becomes a contestant. */
interface Rival {
  readonly name: string;
  readonly contestant: (call: Call, players: Players) => Contestant;
}

/** One board of 100,000 members, as each who would be chosen instead keeps it. */
export async function benchLeaderboards(report: Report): Promise<void> {
  await using redis = isInstalled("redis-server") ? await ServerProcess.start(REDIS) : undefined;
  const players = new Players(MEMBERS);
  const entries = players.names.map((name, i): Entry => [name, players.scores[i] as number]);
  const laurel = laurelBoard();
  const atOnce = synchronousBoards();
  const later = awaitedBoards(redis);
  for (const { board } of [laurel, ...atOnce, ...later]) await board.fill(entries);
  const base = awaitedRival(laurel);
  const rivals = [...atOnce.map(synchronousRival), ...later.map(awaitedRival)];

  const found = new Map<string, Finding[]>();
  for (const [name, call] of Object.entries(CALLS)) {
    found.set(name, await findingsOf(call, players, base, rivals));
  }
  for (const { close } of [laurel, ...later]) await close?.();
  reportFindings(report, found);
}

/** Each rival beside Laurel alone: what else runs would fill the processor's caches. */
async function findingsOf(
  call: Call,
  players: Players,
  base: Rival,
  rivals: readonly Rival[],
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const rival of rivals) {
    const [beside, timing] = (await measure([
      base.contestant(call, players),
      rival.contestant(call, players),
    ])) as [Timing, Timing];
    found.push({ timing, beside });
  }
  const ours = pooled(found.map(({ beside }) => beside));
  return [{ timing: ours, beside: ours }, ...found];
}

function synchronousRival({ name, board }: NamedBoard<unknown>): Rival {
  return {
    name,
    contestant: (call, players) => synchronous(name, (i) => call(board, players, i)),
  };
}

function awaitedRival({ name, board }: NamedBoard<Promise<unknown>>): Rival {
  return { name, contestant: (call, players) => awaited(name, (i) => call(board, players, i)) };
}

function reportFindings(report: Report, found: ReadonlyMap<string, readonly Finding[]>): void {
  const calls = [...found];
  const names = (calls[0]?.[1] ?? []).map(({ timing }) => timing.name);
  report.table(
    "leaderboard-peers",
    `One board of ${whole(MEMBERS)} members: medians`,
    ["kept by", ...found.keys()],
    names.map((name, i) => {
      const medians = calls.map(([, findings]) => nanoseconds(findings[i]?.timing.medianNs));
      return [name].concat(medians);
    }),
  );
  report.table(
    "leaderboard-peers-p99",
    `One board of ${whole(MEMBERS)} members, beside MemoryLeaderboardCache, awaited`,
    ["call: kept by", "median", "p99", "Laurel beside it", "Laurel's time ×"],
    calls.flatMap(([call, findings]) =>
      findings.map(({ timing, beside }) => [
        `${call}: ${timing.name}`,
        median(timing),
        nanoseconds(timing.p99Ns),
        median(beside),
        times(timing.ratio),
      ]),
    ),
  );
  report.chart(
    "leaderboard-peers",
    calls.flatMap(([call, findings]) =>
      findings.map(({ timing: { name, medianNs } }) => {
        return { call, name, medianNs: Math.round(medianNs) };
      }),
    ),
  );
}
