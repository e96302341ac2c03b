import type { Cache, Duration, LeaderboardCache, SetOptions, ZMember } from "laurel";
import { checkDelta, checkName, checkSafe, toBytes, toCounter, toMs } from "./input.ts";
import { refuseIf } from "./refusal.ts";

/** What the model answers: the contract's asynchronous methods, without the waiting. */
export type Answers<C, Method extends keyof C> = {
  [M in Method]: C[M] extends (...args: infer Args) => Promise<infer Reply>
    ? (...args: Args) => Reply
    : never;
};

/** The methods of `Cache` whose replies the model foretells. */
export type CacheMethod = Exclude<
  keyof Cache,
  "keys" | "bootId" | "close" | typeof Symbol.asyncDispose
>;

/** Members in rank order. */
export type Board = readonly ZMember[];

interface Entry {
  readonly value: Buffer | Board;
  readonly deadline: number;
}

export interface ModelOptions {
  readonly now: () => number;
  readonly defaultTtl?: Duration;
}

/** Whether a value is text rather than a board. */
export function isText(value: Buffer | Board): value is Buffer {
  return Buffer.isBuffer(value);
}

/** The contract of `Cache`, as plainly as it can be written. */
export class ModelCache implements Answers<Cache, CacheMethod> {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  readonly #defaultTtl: Duration;

  constructor({ now, defaultTtl = Number.POSITIVE_INFINITY }: ModelOptions) {
    this.#now = now;
    this.#defaultTtl = defaultTtl;
  }

  get(key: string): Buffer | undefined {
    checkName(key, "INVALID_KEY");
    return this.#text(key);
  }

  set(key: string, value: string | Uint8Array, options: SetOptions = {}): void {
    this.setMany([[key, value]], options);
  }

  delete(key: string): boolean {
    return this.deleteMany([key]) === 1;
  }

  exists(key: string): boolean {
    checkName(key, "INVALID_KEY");
    return this.live(key) !== undefined;
  }

  clear(): void {
    this.#entries.clear();
  }

  incr(key: string, delta = 1): number {
    checkName(key, "INVALID_KEY");
    checkDelta(delta);
    const count = checkSafe(toCounter(this.#text(key)?.toString("latin1") ?? "0") + delta);
    this.put(key, Buffer.from(`${count}`));
    return count;
  }

  decr(key: string, delta = 1): number {
    return this.incr(key, -delta);
  }

  append(key: string, data: string | Uint8Array): number {
    checkName(key, "INVALID_KEY");
    const tail = toBytes(data);
    const text = Buffer.concat([this.#text(key) ?? Buffer.alloc(0), tail]);
    this.put(key, text);
    return text.length;
  }

  getMany(keys: readonly string[]): (Buffer | undefined)[] {
    for (const key of keys) checkName(key, "INVALID_KEY");
    return keys.map((key) => {
      const value = this.live(key)?.value;
      return value !== undefined && isText(value) ? value : undefined;
    });
  }

  setMany(
    entries: Iterable<readonly [key: string, value: string | Uint8Array]>,
    { ttl = this.#defaultTtl }: SetOptions = {},
  ): void {
    const checked = [...entries].map(([key, value]) => {
      checkName(key, "INVALID_KEY");
      return [key, toBytes(value)] as const;
    });
    const deadline = this.#now() + toMs(ttl);
    for (const [key, value] of checked) this.#entries.set(key, { value, deadline });
  }

  deleteMany(keys: readonly string[]): number {
    for (const key of keys) checkName(key, "INVALID_KEY");
    let count = 0;
    for (const key of keys) {
      if (this.live(key) !== undefined) count++;
      this.#entries.delete(key);
    }
    return count;
  }

  ttl(key: string): number | undefined {
    checkName(key, "INVALID_KEY");
    const entry = this.live(key);
    return entry === undefined ? undefined : entry.deadline - this.#now();
  }

  expire(key: string, ttl: Duration): boolean {
    checkName(key, "INVALID_KEY");
    const deadline = this.#now() + toMs(ttl);
    const entry = this.live(key);
    if (entry === undefined) return false;
    this.#entries.set(key, { ...entry, deadline });
    return true;
  }

  /** The keys that exist. */
  names(): string[] {
    return [...this.#entries.keys()].filter((key) => this.live(key) !== undefined);
  }

  /** The entry of a key that has not reached its deadline. */
  live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#now() < entry.deadline ? entry : undefined;
  }

  /** Stores a value; what exists keeps its deadline, and an empty board is none. */
  protected put(key: string, value: Buffer | Board): void {
    const deadline = this.live(key)?.deadline ?? this.#now() + toMs(this.#defaultTtl);
    if (value.length === 0 && !isText(value)) this.#entries.delete(key);
    else this.#entries.set(key, { value, deadline });
  }

  #text(key: string): Buffer | undefined {
    const value = this.live(key)?.value;
    if (value === undefined) return undefined;
    refuseIf(!isText(value), "WRONG_TYPE");
    return value as Buffer;
  }
}

/** The methods of `LeaderboardCache` whose replies the model foretells. */
export type BoardMethod = Exclude<keyof LeaderboardCache, keyof Cache | "zScan" | "zRandMember">;
