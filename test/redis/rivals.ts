import { CacheError } from "laurel";
import type { DistributedLeaderboardCache } from "laurel/distributed";

const COUNTERS = 20;
/** So often a text is written, and then left as it is. */
const TIMES_EACH = 10;
/** Calls that each coordinator has under way at the same time. */
export const UNDER_WAY_EACH = 4;

/** What became of the increments of one counter. */
interface Tally {
  acknowledged: number;
  /** Rejected: each was carried out or not. */
  unknown: number;
}

/** How a store differs from what its writers were told. */
export interface Differences {
  /** Increments that were acknowledged, over all counters. */
  readonly acknowledged: number;
  /** Of those, how many are missing. */
  readonly lost: number;
  /** Increments beyond those that were acknowledged or rejected. */
  readonly extra: number;
  /** Texts whose last write was acknowledged, each written by one coordinator only. */
  readonly texts: number;
  /** Of those, how many are another one, or missing. */
  readonly wrong: number;
  readonly rejected: number;
}

/**
 * Coordinators that write the same counters at the same time, and each its own texts, until they are
 * stopped: what they were told is kept, to be compared with what is there in the end.
 */
export class Rivals {
  readonly #caches: readonly DistributedLeaderboardCache[];
  readonly #tallies = new Map<string, Tally>();
  /** The last write of each text, where it was acknowledged. */
  readonly #texts = new Map<string, string>();
  #rejected = 0;
  #writes = 0;
  #isStopped = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(caches: readonly DistributedLeaderboardCache[]) {
    this.#caches = caches;
    for (let i = 0; i < COUNTERS; i++) {
      this.#tallies.set(`count:${i}`, { acknowledged: 0, unknown: 0 });
    }
  }

  /** All keys that may have been written. */
  get keys(): string[] {
    return [...this.#tallies.keys(), ...this.#texts.keys()];
  }

  start(): void {
    const writers = this.#caches.flatMap((cache, rival) =>
      Array.from({ length: UNDER_WAY_EACH }, (_, i) => this.#write(cache, `${rival}:${i}`, i)),
    );
    this.#running = Promise.all(writers);
    // Looked at when they are stopped.
    this.#running.catch(() => {});
  }

  /** Lets so many more writes end. */
  async go(writes: number): Promise<void> {
    const end = this.#writes + writes;
    while (this.#writes < end) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  /** What one of them finds, compared with what all of them were told. */
  async differences(cache: DistributedLeaderboardCache): Promise<Differences> {
    const found = { acknowledged: 0, lost: 0, extra: 0, wrong: 0 };
    for (const [key, { acknowledged, unknown }] of this.#tallies) {
      const value = Number((await cache.get(key)) ?? 0);
      found.acknowledged += acknowledged;
      found.lost += Math.max(0, acknowledged - value);
      found.extra += Math.max(0, value - acknowledged - unknown);
    }
    for (const [key, text] of this.#texts) {
      if (String(await cache.get(key)) !== text) found.wrong++;
    }
    return { ...found, texts: this.#texts.size, rejected: this.#rejected };
  }

  async #write(cache: DistributedLeaderboardCache, name: string, first: number): Promise<void> {
    const counters = [...this.#tallies];
    for (let i = first; !this.#isStopped; i++) {
      const [counter, tally] = counters[i % COUNTERS] as [string, Tally];
      if (await this.#attempt(cache.incr(counter))) tally.acknowledged++;
      else tally.unknown++;
      const [key, text] = [`text:${name}:${Math.floor(i / TIMES_EACH)}`, `text ${i}`];
      // What it is while this is under way, or where that fails, nobody can say.
      this.#texts.delete(key);
      if (await this.#attempt(cache.set(key, text))) this.#texts.set(key, text);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #attempt(write: Promise<unknown>): Promise<boolean> {
    try {
      await write;
      return true;
    } catch (error) {
      if (!(error instanceof CacheError)) throw error;
      this.#rejected++;
      return false;
    } finally {
      this.#writes++;
    }
  }
}
