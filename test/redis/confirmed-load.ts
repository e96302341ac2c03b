import { setTimeout as pause } from "node:timers/promises";
import { CacheError, type CacheErrorCode, type LeaderboardCache } from "laurel";
import { expect } from "vitest";
import { until } from "../support/until.ts";

/** What a call may fail with while a master is lost and replaced. */
const EXPECTED: ReadonlySet<CacheErrorCode> = new Set([
  "CONNECTION_FAILED",
  "TIMEOUT",
  "NODE_UNHEALTHY",
  "PARTIAL_WRITE",
]);
const WRITERS = 12;
const READERS = 4;
/** Keys of each kind that all writers share. */
const SHARED_KEYS = 24;
const MEMBER = "player";
/** How long one who failed leaves the servers alone, so that they have time for each other. */
const PAUSE_MS = 5;
/** How late a timer may be on a busy machine. */
const LATE_MS_MAX = 500;
const READ_PAUSE_MS = 1;
const WITHIN_MS = 20_000;
const CHECKED_AT_ONCE = 500;

/** How often a number was added to. */
interface Tally {
  acknowledged: number;
  /** Of these nobody knows whether they were carried out, or whether the next master has them. */
  unknown: number;
}

/**
 * Writers and readers that go on while masters die. What was acknowledged has to be there afterwards, and
 * nothing twice.
 */
export class ConfirmedLoad {
  readonly #cache: LeaderboardCache;
  readonly #timeoutMs: number;
  readonly #isWatched: (key: string) => boolean;
  /** The keys of texts that were acknowledged; each is its own text. */
  readonly #texts: string[] = [];
  readonly #tallies = new Map<string, Tally>();
  readonly #codes = new Map<CacheErrorCode, number>();
  #running: Promise<unknown> = Promise.resolve();
  #hasFailed = false;
  #isStopped = false;
  #longestMs = 0;
  /** When a watched key was last answered, and the longest time between two answers, milliseconds. */
  #answeredAt = 0;
  #silenceMs = 0;
  /** How many calls for watched keys were answered, and how many watched texts acknowledged. */
  #answered = 0;
  #acknowledged = 0;

  /** @param isWatched says of which keys the time without answers is measured */
  constructor(
    cache: LeaderboardCache,
    timeoutMs: number,
    isWatched: (key: string) => boolean = () => true,
  ) {
    this.#cache = cache;
    this.#timeoutMs = timeoutMs;
    this.#isWatched = isWatched;
  }

  /** How often calls failed, by code. */
  get codes(): Record<string, number> {
    return Object.fromEntries(this.#codes);
  }

  start(): void {
    const writers = Array.from({ length: WRITERS }, (_, id) => this.#write(id));
    const readers = Array.from({ length: READERS }, (_, id) => this.#read(id));
    this.#running = Promise.all([...writers, ...readers]);
    this.#running.catch(() => {
      this.#hasFailed = true;
    });
  }

  /** Begins to measure how long nobody answers for the watched keys. */
  watch(): void {
    this.#answeredAt = performance.now();
    this.#silenceMs = 0;
  }

  /** The longest time without an answer since `watch`, milliseconds. */
  get silenceMs(): number {
    return Math.max(this.#silenceMs, performance.now() - this.#answeredAt);
  }

  /** Waits until so many more calls for watched keys were answered. */
  async answered(count: number): Promise<void> {
    const enough = this.#answered + count;
    await this.#until("calls are answered", () => this.#answered >= enough);
  }

  /** Waits until so many more watched texts were acknowledged. */
  async acknowledged(count: number): Promise<void> {
    const enough = this.#acknowledged + count;
    await this.#until("writes are acknowledged", () => this.#acknowledged >= enough);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  /** Asserts that all that was acknowledged is there, and that no call took too long. */
  async check(): Promise<void> {
    for (let start = 0; start < this.#texts.length; start += CHECKED_AT_ONCE) {
      const keys = this.#texts.slice(start, start + CHECKED_AT_ONCE);
      const values = await this.#cache.getMany(keys);
      expect(values.map(String)).toEqual(keys);
    }
    for (const [key, { acknowledged, unknown }] of this.#tallies) {
      const value = await this.#countOf(key);
      expect(value, `${key}: what was acknowledged`).toBeGreaterThanOrEqual(acknowledged);
      expect(value, `${key}: all that was sent`).toBeLessThanOrEqual(acknowledged + unknown);
    }
    expect(this.#longestMs).toBeLessThan(this.#timeoutMs + LATE_MS_MAX);
  }

  async #countOf(key: string): Promise<number> {
    if (key.startsWith("board:")) return (await this.#cache.zScore(key, MEMBER)) ?? 0;
    return Number((await this.#cache.get(key)) ?? 0);
  }

  async #write(id: number): Promise<void> {
    for (let round = id; this.#isGoingOn(); round += 1) {
      const text = `text:${id}:${round}`;
      const failure = await this.#call(text, () => this.#cache.set(text, text));
      if (failure === undefined) this.#acknowledge(text);
      const shared = round % SHARED_KEYS;
      await this.#count(`counter:${shared}`, (key) => this.#cache.incr(key));
      await this.#count(`board:${shared}`, (key) => this.#cache.zIncrBy(key, MEMBER, 1));
    }
  }

  #acknowledge(text: string): void {
    this.#texts.push(text);
    if (this.#isWatched(text)) this.#acknowledged++;
  }

  async #count(key: string, add: (key: string) => Promise<unknown>): Promise<void> {
    const tally = this.#tallies.get(key) ?? { acknowledged: 0, unknown: 0 };
    this.#tallies.set(key, tally);
    const failure = await this.#call(key, () => add(key));
    if (failure === undefined) tally.acknowledged++;
    // Otherwise the server has said that nothing was done.
    else if (failure !== "NODE_UNHEALTHY") tally.unknown++;
  }

  /** Reads what was acknowledged: the latest, and any other one, by turns. */
  async #read(id: number): Promise<void> {
    for (let round = id; this.#isGoingOn(); round += READERS) {
      const { length } = this.#texts;
      const key = this.#texts[round % 2 === 0 ? length - 1 : round % Math.max(length, 1)];
      if (key !== undefined) {
        await this.#call(key, async () => expectText(key, await this.#cache.get(key)));
      }
      await pause(READ_PAUSE_MS);
    }
  }

  /** @returns the code of a failure that was to be expected; any other is thrown */
  async #call(key: string, call: () => Promise<unknown>): Promise<CacheErrorCode | undefined> {
    const start = performance.now();
    try {
      await call();
      this.#noteTime(start);
      this.#noteAnswer(key);
      return undefined;
    } catch (error) {
      if (!(error instanceof CacheError) || !EXPECTED.has(error.code)) throw error;
      this.#codes.set(error.code, (this.#codes.get(error.code) ?? 0) + 1);
      if (error.code === "PARTIAL_WRITE") this.#noteAnswer(key);
      this.#noteTime(start);
      await pause(PAUSE_MS);
      return error.code;
    }
  }

  #noteTime(start: number): void {
    this.#longestMs = Math.max(this.#longestMs, performance.now() - start);
  }

  #noteAnswer(key: string): void {
    if (!this.#isWatched(key)) return;
    const now = performance.now();
    this.#silenceMs = Math.max(this.#silenceMs, now - this.#answeredAt);
    this.#answeredAt = now;
    this.#answered++;
  }

  #isGoingOn(): boolean {
    return !this.#isStopped && !this.#hasFailed;
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    await until(what, async () => this.#hasFailed || isSo(), WITHIN_MS);
    if (this.#hasFailed) await this.#running;
  }
}

function expectText(key: string, value: Buffer | undefined): void {
  expect(String(value), "a text that was acknowledged").toBe(key);
}
