import { filledSet } from "./boards.ts";
import { measure, synchronous, type Timing } from "./measure.ts";
import { Players, SCORE_LIMIT } from "./players.ts";
import { median, nanoseconds, type Report, times, whole } from "./report.ts";

const SIZES = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
const SMALLEST = 1_000;
const LARGEST = 1_000_000;

/** Count by score, and the start of a range by score, over the number of members. */
export async function benchScoreRange(report: Report): Promise<void> {
  const rows: string[][] = [];
  const medians = new Map<string, number>();
  for (const size of SIZES) {
    const players = new Players(size);
    const set = filledSet(players);
    const timings = (await measure([
      synchronous("countByScore", (i) => set.countByScore(players.newScore(i), SCORE_LIMIT)),
      synchronous("start of rangeByScore", (i) =>
        set.rangeByScore(players.newScore(i), SCORE_LIMIT, { count: 1 }),
      ),
    ])) as [Timing, Timing];
    const depth = Math.log2(size);
    rows.push([
      whole(size),
      ...timings.flatMap((timing) => [
        median(timing),
        nanoseconds(timing.p99Ns),
        nanoseconds(timing.medianNs / depth),
      ]),
    ]);
    for (const { name, medianNs } of timings) medians.set(`${name} ${size}`, medianNs);
  }
  const growth = ["countByScore", "start of rangeByScore"].flatMap((name) => {
    const smallest = medians.get(`${name} ${SMALLEST}`) as number;
    const grown = (medians.get(`${name} ${LARGEST}`) as number) / smallest;
    report.figure(`${name}: growth from ${SMALLEST} to ${LARGEST}`, grown);
    return [times(grown), "", ""];
  });
  rows.push([`from ${whole(SMALLEST)} to ${whole(LARGEST)}`, ...growth]);
  report.table(
    "score-range",
    "Ranges by score over the number of members: a linear one would grow 1,000×",
    [
      "members",
      "countByScore",
      "p99",
      "median over log2 N",
      "start of rangeByScore",
      "p99",
      "median over log2 N",
    ],
    rows,
  );
}
