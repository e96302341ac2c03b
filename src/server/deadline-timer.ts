import { TIMER_MS_MAX } from "../cache/sweeper.ts";

/**
 * A timer for a time of the monotonic clock, however far: those of the platform take some weeks at
 * most. It keeps no process alive.
 */
export class DeadlineTimer {
  readonly #atMs: number;
  readonly #reached: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** Calls back once, at that time or right after it. */
  constructor(atMs: number, reached: () => void) {
    this.#atMs = atMs;
    this.#reached = reached;
    this.#sleep();
  }

  /** Calls nobody any more. Idempotent. */
  cancel(): void {
    clearTimeout(this.#timer);
  }

  #sleep(): void {
    const ms = Math.max(1, Math.min(this.#atMs - performance.now(), TIMER_MS_MAX));
    this.#timer = setTimeout(() => {
      if (performance.now() >= this.#atMs) this.#reached();
      else this.#sleep();
    }, ms);
    this.#timer.unref();
  }
}
