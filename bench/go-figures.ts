import type { MemoryLeaderboardCache } from "laurel";
import { filledCache } from "./boards.ts";
import { awaited, measure, type Timing } from "./measure.ts";
import { Players } from "./players.ts";
import { nanoseconds, type Report, times } from "./report.ts";
import { BOARD, CALLS } from "./sorted-set-calls.ts";

const MEMBERS = 10_000;
/** Scores are spread evenly up to 1e9: so much of them holds a thousand members. */
const SCORES_OF_1000 = 1e9 * (1000 / MEMBERS);
const SCORES_MAX = 1e9 - SCORES_OF_1000;

/** What the implementation of the same design in Go takes with 10,000 members, in nanoseconds. */
const GO_NS: Readonly<Record<string, number>> = {
  "zAdd, the score stays": 480,
  "zAdd, any new score": 480,
  zScore: 470,
  zRank: 780,
  zIncrBy: 1_700,
  "zRange of 100": 12_000,
  "zRangeByScore of 1000": 120_000,
  zCount: 11_000,
};

type Operation = (cache: MemoryLeaderboardCache, players: Players, i: number) => Promise<unknown>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  // The figure does not say which it is; it comes first, while the scores are those of the start.
  "zAdd, the score stays": (cache, players, i) => {
    const score = players.scores[players.pick(i)] as number;
    return cache.zAdd(BOARD, { member: players.name(i), score });
  },
  "zAdd, any new score": call("update"),
  zScore: call("score"),
  zRank: call("rank"),
  zIncrBy: call("increment"),
  "zRange of 100": call("range of 100, wandering over the middle half"),
  "zRangeByScore of 1000": (cache, players, i) => {
    const min = players.newScore(i) % SCORES_MAX;
    return cache.zRangeByScore(BOARD, min, min + SCORES_OF_1000);
  },
  zCount: call("count by score"),
};

/** Our awaited contract beside the Go implementation's plain calls. */
export async function benchGoFigures(report: Report): Promise<void> {
  const players = new Players(MEMBERS);
  const cache = await filledCache(players);
  const rows: string[][] = [];
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const timings = await measure([awaited(name, (i) => operation(cache, players, i))]);
    const { medianNs, p99Ns } = timings[0] as Timing;
    const goNs = GO_NS[name] as number;
    rows.push([
      name,
      nanoseconds(medianNs),
      nanoseconds(p99Ns),
      nanoseconds(goNs),
      times(goNs / medianNs),
    ]);
    report.figure(`${name} awaited: times the Go implementation`, goNs / medianNs);
  }
  await cache.close();
  report.table(
    "go-figures",
    "MemoryLeaderboardCache, awaited, beside the Go implementation, at 10,000 members",
    ["operation", "awaited", "p99", "Go", "Go takes"],
    rows,
  );
}

function call(name: string): Operation {
  const found = CALLS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`Cannot measure ${name}: there is no such call`);
  return found.contract;
}
