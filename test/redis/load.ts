import { CacheError, type LeaderboardCache } from "laurel";
import { expect } from "vitest";

/** Each fifth write of a text deletes it. */
const DELETE_EACH = 5;
const MEMBER = "player";

/** What one writer did to its counter or its score. */
interface Tally {
  acknowledged: number;
  /** Of these nobody knows whether they were carried out. */
  unknown: number;
}

/** One who writes keys that nobody else writes, and reads what he wrote. */
class Writer {
  readonly text: string;
  readonly counter: string;
  readonly board: string;
  readonly #cache: LeaderboardCache;
  readonly #counted: Tally = { acknowledged: 0, unknown: 0 };
  readonly #scored: Tally = { acknowledged: 0, unknown: 0 };
  /** Number of the last write of the text that was begun, and of the last that was acknowledged. */
  #begun = 0;
  #acknowledged = 0;
  writes = 0;
  failures = 0;

  constructor(cache: LeaderboardCache, name: string) {
    this.#cache = cache;
    this.text = `text:${name}`;
    this.counter = `counter:${name}`;
    this.board = `board:${name}`;
  }

  async round(): Promise<void> {
    await this.#writeText();
    await this.checkText();
    await this.#count(this.#counted, () => this.#cache.incr(this.counter));
    await this.#count(this.#scored, () => this.#cache.zIncrBy(this.board, MEMBER, 1));
  }

  async #writeText(): Promise<void> {
    const number = ++this.#begun;
    const isAcknowledged = await this.#attempt(() => {
      return isDelete(number)
        ? this.#cache.delete(this.text)
        : this.#cache.set(this.text, String(number), { ttl: "1h" });
    });
    if (isAcknowledged) this.#acknowledged = number;
  }

  /** What is read is the last write that was acknowledged, or a later one that was not. */
  async checkText(): Promise<void> {
    let found: string | undefined;
    const oldest = this.#acknowledged;
    try {
      found = (await this.#cache.get(this.text))?.toString();
    } catch (error) {
      this.#note(error);
      return;
    }
    const candidates = Array.from({ length: this.#begun - oldest + 1 }, (_, i) => oldest + i);
    const allowed = candidates.map((n) => (n === 0 || isDelete(n) ? undefined : String(n)));
    expect(allowed, `what may be read of ${this.text}`).toContain(found);
  }

  async #count(tally: Tally, add: () => Promise<number>): Promise<void> {
    if (await this.#attempt(add)) tally.acknowledged++;
    else tally.unknown++;
  }

  async #attempt(write: () => Promise<unknown>): Promise<boolean> {
    this.writes++;
    try {
      await write();
      return true;
    } catch (error) {
      this.#note(error);
      return false;
    }
  }

  #note(error: unknown): void {
    if (!(error instanceof CacheError)) throw error;
    this.failures++;
  }

  /** Nothing that was acknowledged is missing, and nothing was counted twice. */
  async check(): Promise<void> {
    await this.checkText();
    expectCounted(this.counter, Number(await this.#cache.get(this.counter)), this.#counted);
    const score = (await this.#cache.zScore(this.board, MEMBER)) ?? 0;
    expectCounted(this.board, score, this.#scored);
  }
}

function isDelete(number: number): boolean {
  return number % DELETE_EACH === 0;
}

function expectCounted(key: string, value: number, { acknowledged, unknown }: Tally): void {
  expect(value, `${key}, of which ${acknowledged} are sure`).toBeGreaterThanOrEqual(acknowledged);
  expect(value, `${key}, of which ${unknown} are unsure`).toBeLessThanOrEqual(
    acknowledged + unknown,
  );
}

/** Keys that are written once, before anything fails, and only read from then on. */
class Heirlooms {
  readonly keys: readonly string[];
  readonly #cache: LeaderboardCache;

  constructor(cache: LeaderboardCache, count: number) {
    this.#cache = cache;
    this.keys = Array.from({ length: count }, (_, i) => `heirloom:${i}`);
  }

  async create(): Promise<void> {
    for (const [i, key] of this.keys.entries()) {
      if (isBoard(i)) await this.#cache.zAdd(key, { member: MEMBER, score: i });
      else await this.#cache.incr(key, i + 1);
    }
  }

  async check(at: number): Promise<void> {
    const key = this.keys[at] as string;
    let found: number | undefined;
    try {
      found = isBoard(at)
        ? await this.#cache.zScore(key, MEMBER)
        : Number(await this.#cache.get(key));
    } catch (error) {
      if (error instanceof CacheError) return;
      throw error;
    }
    expect(found, `what is read of ${key}`).toBe(isBoard(at) ? at : at + 1);
  }

  async checkAll(): Promise<void> {
    for (const at of this.keys.keys()) await this.check(at);
  }
}

function isBoard(at: number): boolean {
  return at % 2 === 0;
}

const HEIRLOOMS = 60;

/** Writers that go on, whatever happens, until they are stopped. */
export class Load {
  readonly #writers: readonly Writer[];
  readonly #heirlooms: Heirlooms;
  #isStopped = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(cache: LeaderboardCache, writers = 8) {
    this.#writers = Array.from({ length: writers }, (_, i) => new Writer(cache, String(i)));
    this.#heirlooms = new Heirlooms(cache, HEIRLOOMS);
  }

  /** All keys that are written. */
  get keys(): string[] {
    const written = this.#writers.flatMap(({ text, counter, board }) => [text, counter, board]);
    return [...written, ...this.#heirlooms.keys];
  }

  get writes(): number {
    return this.#writers.reduce((sum, { writes }) => sum + writes, 0);
  }

  /** Calls that were rejected. */
  get failures(): number {
    return this.#writers.reduce((sum, { failures }) => sum + failures, 0);
  }

  async start(): Promise<void> {
    await this.#heirlooms.create();
    this.#running = Promise.all(
      this.#writers.map(async (writer, number) => {
        for (let round = number; !this.#isStopped; round += this.#writers.length) {
          await writer.round();
          await this.#heirlooms.check(round % HEIRLOOMS);
          await new Promise((resolve) => setImmediate(resolve));
        }
      }),
    );
    // Looked at when it is stopped.
    this.#running.catch(() => {});
  }

  /** Lets this many more writes be made. */
  async go(writes: number): Promise<void> {
    const end = this.writes + writes;
    const isFailed = { value: false };
    this.#running.catch(() => {
      isFailed.value = true;
    });
    while (this.writes < end && !isFailed.value) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async check(): Promise<void> {
    for (const writer of this.#writers) await writer.check();
    await this.#heirlooms.checkAll();
  }
}
