import { filledMap, filledSet } from "./boards.ts";
import { measure, synchronous, type Timing } from "./measure.ts";
import { Players } from "./players.ts";
import { median, nanoseconds, type Report, times, whole } from "./report.ts";

const SMALLEST = 1_000;
const LARGEST = 1_000_000;
const SIZES = [100, SMALLEST, 10_000, 100_000, LARGEST];
const WINDOW = 10;

/** An update beside what a bare `Map` takes, and how update, rank and range grow with the set. */
export async function benchFloor(report: Report): Promise<void> {
  const rows: string[][] = [];
  const timingsBySize = new Map<number, Timing[]>();
  for (const size of SIZES) {
    const players = new Players(size);
    const set = filledSet(players);
    const map = filledMap(players);
    const timings = await measure([
      synchronous("Map.set", (i) => map.set(players.name(i), players.newScore(i))),
      synchronous("SortedSet update", (i) => set.set(players.name(i), players.newScore(i))),
      synchronous("SortedSet rank", (i) => set.rank(players.name(i))),
    ]);
    // On its own: more than three at once would fill the processor's caches.
    timings.push(
      ...(await measure([
        synchronous("SortedSet range", (i) => {
          const start = players.window(i);
          return set.range(start, start + WINDOW - 1);
        }),
      ])),
    );
    timingsBySize.set(size, timings);
    const update = timings[1] as Timing;
    const cells = timings.flatMap((timing) => [median(timing), nanoseconds(timing.p99Ns)]);
    rows.push([whole(size), ...cells, times(update.ratio)]);
    report.figure(`SortedSet update at ${size}: times a Map.set`, update.ratio);
  }
  const smallest = timingsBySize.get(SMALLEST) as Timing[];
  const growth = (timingsBySize.get(LARGEST) as Timing[]).flatMap(({ name, medianNs }, i) => {
    const grown = medianNs / (smallest[i] as Timing).medianNs;
    report.figure(`${name}: growth from ${SMALLEST} to ${LARGEST}`, grown);
    return [times(grown), ""];
  });
  rows.push([`from ${whole(SMALLEST)} to ${whole(LARGEST)}`, ...growth, ""]);
  report.table(
    "growth",
    "The floor that memory sets: SortedSet beside a bare Map of the same keys",
    [
      "members",
      "Map.set",
      "p99",
      "SortedSet update",
      "p99",
      "SortedSet rank",
      "p99",
      `SortedSet range of ${WINDOW}`,
      "p99",
      "update / Map.set",
    ],
    rows,
  );
  report.chart(
    "growth",
    [...timingsBySize].flatMap(([members, timings]) =>
      timings.map(({ name, medianNs }) => ({ members, name, medianNs: Math.round(medianNs) })),
    ),
  );
}
