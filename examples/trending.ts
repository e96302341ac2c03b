/**
 * Trending topics: what has been asked for lately ranks above what was asked for long ago.
 *
 * Each hour counts in a board of its own, which expires by itself; the ranking is the union of the
 * boards, and the weight of an hour halves with each half-life of its age. Memory is bounded by the
 * window, nothing has to age score by score, and any half-life can be asked of the same counts.
 *
 * Use it for topics, searches, articles, songs. Who needs "most asked in the last 24 hours", all
 * hours alike, takes an infinite half-life.
 *
 * Run it with `npx tsx examples/trending.ts`.
 */
import { type Clock, type LeaderboardCache, MemoryLeaderboardCache, type ZMember } from "laurel";
import { isEntry } from "./entry.ts";
import { type Print, step } from "./print.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export interface TrendingOptions {
  /** What one board counts. Default an hour. */
  readonly bucketMs?: number;
  /** How many boards the ranking looks at, the present one included. Default 24. */
  readonly buckets?: number;
  /** Age at which a hit counts half. Default 4 hours. */
  readonly halfLifeMs?: number;
  /** How old a ranking may be. Default a minute. */
  readonly refreshMs?: number;
  /** How many topics a ranking holds. Default 100. */
  readonly size?: number;
  readonly clock?: Clock;
}

/** A ranking of topics by hits, of which recent ones count more. */
export class Trending {
  readonly #cache: LeaderboardCache;
  readonly #name: string;
  readonly #options: Required<TrendingOptions>;

  /** The name stands in braces in each key: on a ring or a Cluster all its boards are on one node. */
  constructor(cache: LeaderboardCache, name: string, options: TrendingOptions = {}) {
    this.#cache = cache;
    this.#name = name;
    this.#options = {
      bucketMs: hourMs,
      buckets: 24,
      halfLifeMs: 4 * hourMs,
      refreshMs: minuteMs,
      size: 100,
      clock: Date,
      ...options,
    };
  }

  /** Counts hits of a topic now. `zIncrBy` is atomic: hits of many processes add up. O(log N) */
  async hit(topic: string, hits = 1): Promise<void> {
    const { bucketMs, buckets } = this.#options;
    const key = this.#bucketKey(this.#bucket());
    await Promise.all([
      this.#cache.zIncrBy(key, topic, hits),
      // From its last hit on: never before the ranking has done with it.
      this.#cache.expire(key, buckets * bucketMs),
    ]);
  }

  /**
   * The first topics and their decayed hits. Computed for the first who asks within `refreshMs`,
   * O(N log N) in the topics of all boards; for all others it is a range of a board, O(log N + count).
   */
  async top(count = 10): Promise<ZMember[]> {
    // A last rank of -1 would be all of them.
    if (count < 1) return [];
    const ranking = this.#rankingKey();
    const best = await this.#cache.zRange(ranking, 0, count - 1, { reverse: true });
    if (best.length > 0) return best;
    await this.#rank(ranking);
    return this.#cache.zRange(ranking, 0, count - 1, { reverse: true });
  }

  /** Two that do this at the same time store the same: no lock is needed. */
  async #rank(ranking: string): Promise<void> {
    const { bucketMs, buckets, halfLifeMs, refreshMs, size } = this.#options;
    const current = this.#bucket();
    const ages = Array.from({ length: buckets }, (_, age) => age);
    const keys = ages.map((age) => this.#bucketKey(current - age));
    const weights = ages.map((age) => 0.5 ** ((age * bucketMs) / halfLifeMs));
    await Promise.all([
      this.#cache.zUnionStore(ranking, keys, { weights }),
      this.#cache.zRemRangeByRank(ranking, 0, -(size + 1)),
      this.#cache.expire(ranking, refreshMs),
    ]);
  }

  #bucket(): number {
    return Math.floor(this.#options.clock.now() / this.#options.bucketMs);
  }

  #bucketKey(bucket: number): string {
    return `{${this.#name}}:hits:${bucket}`;
  }

  /** Another key for each span: a ranking that lost its `expire` in a crash is not seen again. */
  #rankingKey(): string {
    const { halfLifeMs, refreshMs, clock } = this.#options;
    return `{${this.#name}}:top:${halfLifeMs}:${Math.floor(clock.now() / refreshMs)}`;
  }
}

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  // A clock of our own: a day passes without waiting for it.
  let nowMs = Date.UTC(2026, 0, 1, 6);
  const clock: Clock = { now: () => nowMs };
  await using cache = new MemoryLeaderboardCache({ clock });
  const topics = new Trending(cache, "topics", { clock });

  print("=== Trending Topics Example ===");

  step(print, 1, "A morning: the weather is asked for all the time");
  for (let hour = 0; hour < 6; hour++) {
    await topics.hit("weather", 40);
    await topics.hit("election", 25);
    nowMs += hourMs;
  }
  await topics.hit("weather", 40);
  await show(topics, print);

  step(print, 2, "Noon: an eclipse");
  nowMs += hourMs;
  await Promise.all([topics.hit("weather", 40), topics.hit("eclipse", 200)]);
  await show(topics, print);

  step(print, 3, "Evening: it is over, and nobody speaks of the election");
  for (let hour = 0; hour < 8; hour++) {
    nowMs += hourMs;
    await topics.hit("weather", 40);
  }
  await show(topics, print);

  step(print, 4, "The same counts, all hours of a day alike");
  const day = new Trending(cache, "topics", { clock, halfLifeMs: Infinity });
  await show(day, print);

  step(print, 5, "Two days later");
  nowMs += 48 * hourMs;
  print(`Topics: ${(await topics.top()).length}`);
  let keys = 0;
  for await (const _ of cache.keys()) keys++;
  print(`Keys: ${keys}`);
}

async function show(topics: Trending, print: Print): Promise<void> {
  for (const [at, { member, score }] of (await topics.top(3)).entries()) {
    print(`#${at + 1}: ${member.padEnd(8)} ${Math.round(score)}`);
  }
}

if (isEntry(import.meta.url)) await main();
