import type { Keyspace } from "../engine/keyspace.ts";
import type { Timers } from "./platform.ts";

/** Keys that one step collects: well under a millisecond, so that nobody waits for it. */
export const SWEEP_KEYS = 500;
/** The longest delay that timers take, in milliseconds: longer ones fire at once. */
export const TIMER_MS_MAX = 2 ** 31 - 1;
/** The pause between two steps while more keys are due, in milliseconds. */
const PAUSE_MS = 1;

/**
 * Collects expired keys in the background. It sleeps until the earliest deadline, and at least for
 * the interval; then it takes steps of at most {@link SWEEP_KEYS} keys, with a breath in between,
 * until nothing is due. While no key can expire there is no timer, and no timer ever keeps the
 * process alive.
 */
export class Sweeper {
  readonly #keyspace: Keyspace;
  readonly #timers: Timers;
  readonly #intervalMs: number;
  #timer: unknown;
  /** When the timer fires, by the keyspace's clock; Infinity: there is none. */
  #wakesAt = Infinity;

  /** An interval of Infinity leaves expired keys to whoever looks them up. */
  constructor(keyspace: Keyspace, timers: Timers, intervalMs: number) {
    this.#keyspace = keyspace;
    this.#timers = timers;
    this.#intervalMs = intervalMs;
  }

  /** Sees to it that a key with this deadline is collected in time. */
  expect(deadline: number): void {
    if (this.#intervalMs === Infinity) return;
    const now = this.#keyspace.now();
    const wakesAt = Math.max(deadline, now + this.#intervalMs);
    if (wakesAt < this.#wakesAt) this.#sleep(wakesAt - now, wakesAt);
  }

  /** Stops until the next deadline is to be expected. */
  stop(): void {
    if (this.#wakesAt !== Infinity) this.#timers.clearTimeout(this.#timer as never);
    this.#wakesAt = Infinity;
  }

  #sleep(ms: number, wakesAt: number): void {
    this.stop();
    this.#wakesAt = wakesAt;
    this.#timer = this.#timers.setTimeout(() => this.#step(), Math.min(ms, TIMER_MS_MAX));
    // Timers that a user hands in may be those of the platform, which keep a process alive.
    (this.#timer as { unref?: () => void } | null | undefined)?.unref?.();
  }

  #step(): void {
    this.#wakesAt = Infinity;
    if (this.#keyspace.sweep(SWEEP_KEYS)) this.#sleep(PAUSE_MS, this.#keyspace.now() + PAUSE_MS);
    else if (this.#keyspace.earliestDeadline !== Infinity) {
      this.expect(this.#keyspace.earliestDeadline);
    }
  }
}
