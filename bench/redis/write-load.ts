import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { type Cache, CacheError } from "laurel";

const WRITERS = 12;
/** How long one who failed leaves the servers alone. */
const PAUSE_MS = 5;
const POLL_MS = 10;

/** Writers that set keys without end, and the longest time in which none of them succeeded. */
export class WriteLoad {
  readonly #cache: Cache;
  readonly #keys: readonly string[];
  readonly #writers: Promise<unknown>;
  #acknowledged = 0;
  #acknowledgedAt = 0;
  #silenceMs = 0;
  #isStopped = false;

  constructor(cache: Cache, keys: readonly string[]) {
    this.#cache = cache;
    this.#keys = keys;
    this.#writers = Promise.all(Array.from({ length: WRITERS }, (_, id) => this.#write(id)));
    // Heard when it is stopped.
    this.#writers.catch(() => {});
  }

  /** Begins to measure. */
  watch(): void {
    this.#acknowledgedAt = performance.now();
    this.#silenceMs = 0;
  }

  /** The longest time without an acknowledged write since `watch`, in milliseconds. */
  get silenceMs(): number {
    return this.#silenceMs;
  }

  /** Waits until so many more writes are acknowledged. */
  async acknowledged(count: number): Promise<void> {
    const enough = this.#acknowledged + count;
    while (this.#acknowledged < enough) await Promise.race([pause(POLL_MS), this.#writers]);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#writers;
  }

  async #write(id: number): Promise<void> {
    for (let round = id; !this.#isStopped; round += WRITERS) {
      const key = this.#keys[round % this.#keys.length] as string;
      try {
        await this.#cache.set(key, key);
        this.#note();
      } catch (error) {
        if (!(error instanceof CacheError)) throw error;
        await pause(PAUSE_MS);
      }
    }
  }

  #note(): void {
    const now = performance.now();
    this.#silenceMs = Math.max(this.#silenceMs, now - this.#acknowledgedAt);
    this.#acknowledgedAt = now;
    this.#acknowledged++;
  }
}
