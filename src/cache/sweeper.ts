import type { Keyspace } from "../engine/keyspace.ts";
import type { Timers } from "./platform.ts";

/** Keys that one step collects: well under a millisecond, so that nobody waits for it. */
export const SWEEP_KEYS = 500;
/** The pause between two steps while more keys are due, in milliseconds. */
const PAUSE_MS = 1;

/**
 * Collects expired keys in the background: a step of at most {@link SWEEP_KEYS} keys each interval,
 * and while more are due, one step after the other with a breath in between. A timer runs only
 * while there are keys that can expire, and never keeps the process alive.
 */
export class Sweeper {
  readonly #keyspace: Keyspace;
  readonly #timers: Timers;
  readonly #intervalMs: number;
  #timer: unknown;
  #isRunning = false;

  /** An interval of Infinity leaves expired keys to whoever looks them up. */
  constructor(keyspace: Keyspace, timers: Timers, intervalMs: number) {
    this.#keyspace = keyspace;
    this.#timers = timers;
    this.#intervalMs = intervalMs;
  }

  /** Starts, unless it runs already. */
  start(): void {
    if (!this.#isRunning && this.#intervalMs !== Infinity) this.#schedule(this.#intervalMs);
  }

  /** Stops for good or until the next `start`. */
  stop(): void {
    if (this.#isRunning) this.#timers.clearTimeout(this.#timer as never);
    this.#isRunning = false;
  }

  #schedule(ms: number): void {
    this.#isRunning = true;
    this.#timer = this.#timers.setTimeout(() => this.#step(), ms);
    // Timers that a user hands in may be those of the platform, which keep a process alive.
    (this.#timer as { unref?: () => void } | null | undefined)?.unref?.();
  }

  #step(): void {
    this.#isRunning = false;
    if (this.#keyspace.sweep(SWEEP_KEYS)) this.#schedule(PAUSE_MS);
    else if (this.#keyspace.hasDeadlines) this.#schedule(this.#intervalMs);
  }
}
