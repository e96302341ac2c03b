import { measureHeap } from "../heap.ts";
import { measure, quantile, spreadOf, synchronous } from "../measure.ts";
import { Players } from "../players.ts";
import { median, nanoseconds, type Report, whole } from "../report.ts";
import { CANDIDATES, fill } from "./candidates.ts";
import type { Entry, OrderedIndex } from "./ordered-index.ts";
import { checkCandidate } from "./self-check.ts";

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
/** Every candidate is built from nothing until it has taken in so many entries, twice at least. */
const BUILT_ENTRIES = 200_000;
/** Small ones are measured many at a time, for what else moves on the heap to count for little. */
const MEASURED_ENTRIES = 100_000;
const WINDOW = 100;
const NAMES = Object.keys(CANDIDATES);

/** A candidate with all players in it, and the score that it has of each. */
interface Filled {
  readonly name: string;
  readonly index: OrderedIndex;
  readonly scores: Int32Array;
}

type Operation = (players: Players, filled: Filled) => (i: number) => unknown;

/** The index candidates beside each other: the reason for the one that is shipped. */
export async function compareIndexCandidates(report: Report): Promise<void> {
  for (const [seed, create] of Object.values(CANDIDATES).entries()) checkCandidate(create(), seed);
  const rows: string[][] = [];
  for (const size of SIZES) {
    const players = new Players(size);
    const { filled, inserts } = buildAll(players);
    const timed = async (operation: Operation): Promise<string[]> => {
      const contestants = filled.map((one) => synchronous(one.name, operation(players, one)));
      const timings = await measure(contestants);
      return timings.flatMap((timing) => [median(timing), nanoseconds(timing.p99Ns)]);
    };
    const bytes = await Promise.all(NAMES.map((name) => bytesAnEntry(name, size)));
    const members = whole(size);
    rows.push(
      ["insert, from empty", members, ...inserts.flatMap((each) => [each, ""])],
      ["update", members, ...(await timed(update))],
      ["rank", members, ...(await timed(rank))],
      ["range of 100 in the middle", members, ...(await timed(range))],
      ["bytes an entry, its name not counted", members, ...bytes.flatMap((each) => [each, ""])],
    );
  }
  report.table(
    "index-candidates",
    "Index candidates; an insert is timed with all others of a whole index, and has no p99",
    ["operation", "members", ...NAMES.flatMap((name) => [name, "p99"])],
    rows,
  );
}

/** Builds each candidate again and again, in turns; returns the last ones and what an insert took. */
function buildAll(players: Players): { filled: Filled[]; inserts: string[] } {
  const rounds = Math.max(2, Math.ceil(BUILT_ENTRIES / players.count));
  const timesNs = NAMES.map((): number[] => []);
  let filled: Filled[] = [];
  for (let round = 0; round < rounds; round++) {
    filled = NAMES.map((name, i) => {
      const start = performance.now();
      const index = fill(name, players);
      (timesNs[i] as number[]).push(((performance.now() - start) * 1e6) / players.count);
      return { name, index, scores: players.scores.slice() };
    });
  }
  const inserts = timesNs.map((values) =>
    median({ medianNs: quantile(values, 0.5), spreadNs: spreadOf(values) }),
  );
  return { filled, inserts };
}

function update(players: Players, { index, scores }: Filled) {
  return (i: number): boolean => {
    const player = players.pick(i);
    const from = scores[player] as number;
    const to = players.newScore(i);
    scores[player] = to;
    return index.update(from, players.names[player] as string, to);
  };
}

function rank(players: Players, { index, scores }: Filled) {
  return (i: number): number | undefined => {
    const player = players.pick(i);
    return index.rank(scores[player] as number, players.names[player] as string);
  };
}

function range(players: Players, { index }: Filled) {
  return (i: number): Entry[] => index.read(players.window(i), WINDOW);
}

async function bytesAnEntry(name: string, size: number): Promise<string> {
  const instances = Math.ceil(MEASURED_ENTRIES / size);
  const { bytes } = await measureHeap({ subject: "index", name, size, instances });
  return whole(bytes / (size * instances));
}
