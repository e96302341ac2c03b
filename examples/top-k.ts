/**
 * The top K of a stream: its most frequent items, with as much memory as you give it.
 *
 * A board with a score for each item is exact, and grows with the number of different items. This one
 * keeps the `capacity` highest counters, and an item that it does not know begins at the lowest of
 * them: it may have been there before and been dropped. So an estimate is never too low, and too high
 * by at most that lowest counter, which is at most the stream's length over the capacity. This is
 * Space-Saving (Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in
 * Data Streams, 2005), a batch at a time.
 *
 * Use it for addresses, queries or products of which there are too many to count each one.
 *
 * Run it with `npx tsx examples/top-k.ts`.
 */
import { type LeaderboardCache, MemoryLeaderboardCache } from "laurel";
import { isEntry } from "./entry.ts";
import { numbersFrom } from "./numbers-from.ts";
import { type Print, printAll, step } from "./print.ts";
import { count, figures, table, text } from "./table.ts";

/** An item and how often it has come: at least, and at most. */
export interface Estimate {
  readonly item: string;
  readonly atLeast: number;
  readonly atMost: number;
}

/** The most frequent items of a stream, in a board of at most `capacity` counters between batches. */
export class TopK {
  readonly #cache: LeaderboardCache;
  readonly #key: string;
  readonly #capacity: number;
  #lastBatch: Promise<unknown> = Promise.resolve();

  /**
   * One object writes a key: what it has read must still hold when it writes. Several writers have a
   * key each, on one node, and `zUnionStore` adds the boards up; so do their errors.
   */
  constructor(cache: LeaderboardCache, key: string, capacity: number) {
    this.#cache = cache;
    this.#key = key;
    this.#capacity = capacity;
  }

  /**
   * Counts the items of a batch; meanwhile the board holds as many more as the batch has different
   * ones. O(M log N). Batches of concurrent calls are counted one after the other.
   */
  add(items: Iterable<string>): Promise<void> {
    const batch = tally(items);
    const counted = this.#lastBatch.then(() => this.#count(batch));
    // A batch that fails is its caller's to know of; the next one is counted all the same.
    this.#lastBatch = counted.catch(() => {});
    return counted;
  }

  /** The `k` most frequent items, most frequent first. O(log N + k) */
  async top(k: number): Promise<Estimate[]> {
    if (k < 1) return [];
    const [members, floor] = await Promise.all([
      this.#cache.zRange(this.#key, 0, k - 1, { reverse: true }),
      this.error(),
    ]);
    return members.map(({ member, score }) => {
      return { item: member, atLeast: Math.max(0, score - floor), atMost: score };
    });
  }

  /** How often an item may have come that is not on the board, and how much an estimate is too high, at most. */
  async error(): Promise<number> {
    const [size, [lowest]] = await Promise.all([
      this.#cache.zCard(this.#key),
      this.#cache.zRange(this.#key, 0, 0),
    ]);
    // Where there is room, nothing has been dropped yet.
    return size < this.#capacity ? 0 : (lowest?.score ?? 0);
  }

  async #count(batch: ReadonlyMap<string, number>): Promise<void> {
    const [scores, floor] = await Promise.all([
      this.#cache.zMScore(this.#key, [...batch.keys()]),
      this.error(),
    ]);
    await Promise.all([
      ...[...batch].map(([item, times], at) => {
        const start = scores[at] === undefined ? floor : 0;
        return this.#cache.zIncrBy(this.#key, item, start + times);
      }),
      this.#cache.zRemRangeByRank(this.#key, 0, -(this.#capacity + 1)),
    ]);
  }
}

function tally(items: Iterable<string>): Map<string, number> {
  const times = new Map<string, number>();
  for (const item of items) times.set(item, (times.get(item) ?? 0) + 1);
  return times;
}

const CAPACITY = 200;
const DIFFERENT = 20_000;
const LENGTH = 100_000;
const BATCH = 100;

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  await using cache = new MemoryLeaderboardCache();
  const top = new TopK(cache, "queries", CAPACITY);

  print("=== Top-K Example ===");

  step(print, 1, "A stream of queries, some frequent, most of them rare");
  const stream = queries(1);
  for (let at = 0; at < LENGTH; at += BATCH) await top.add(stream.slice(at, at + BATCH));
  // Beside it, what one has no memory for in earnest.
  const exact = tally(stream);
  print(`Queries: ${count(LENGTH)}, different ones: ${count(exact.size)}`);
  print(`Counters: ${await cache.zCard("queries")}`);

  step(print, 2, "The ten most frequent ones");
  const best = await top.top(10);
  const rows = best.map(({ item, atLeast, atMost }) => {
    return [item, atLeast, exact.get(item) ?? 0, atMost];
  });
  const columns = [text("query"), figures("at least"), figures("exactly"), figures("at most")];
  printAll(print, table(columns, rows));

  step(print, 3, "What is promised");
  print(`An estimate is too high by at most ${count(await top.error())}`);
  print(`... which is at most ${count(LENGTH)} / ${CAPACITY} = ${count(LENGTH / CAPACITY)}`);
  const all = await top.top(CAPACITY);
  const kept = all.filter(({ item, atLeast, atMost }) => {
    const times = exact.get(item) ?? 0;
    return atLeast <= times && times <= atMost;
  });
  print(`Bounds that hold: ${kept.length} of ${all.length}`);
}

/** Queries of which the n-th is about n times as rare as the first (Zipf's law). */
function queries(seed: number): string[] {
  const next = numbersFrom(seed);
  return Array.from({ length: LENGTH }, () => {
    return `query-${Math.floor(DIFFERENT ** (next() / 2 ** 31))}`;
  });
}

if (isEntry(import.meta.url)) await main();
