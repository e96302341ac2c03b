import { performance } from "node:perf_hooks";

interface Timer {
  readonly fn: () => void;
  readonly dueMs: number;
}

/** A clock and timers that stand still until they are told: each step can be timed on its own. */
export class VirtualTime {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  readonly clock = { now: (): number => this.#nowMs };

  readonly timers = {
    setTimeout: (fn: () => void, ms: number): Timer => {
      const timer = { fn, dueMs: this.#nowMs + ms };
      this.#timers.add(timer);
      return timer;
    },
    clearTimeout: (timer: Timer): void => {
      this.#timers.delete(timer);
    },
  };

  /** Fires timers, the earliest first, until none is left; returns how long each took, in ms. */
  drain(): number[] {
    const tookMs: number[] = [];
    for (;;) {
      let earliest: Timer | undefined;
      for (const timer of this.#timers) {
        if (earliest === undefined || timer.dueMs < earliest.dueMs) earliest = timer;
      }
      if (earliest === undefined) return tookMs;
      this.#timers.delete(earliest);
      this.#nowMs = Math.max(this.#nowMs, earliest.dueMs);
      const start = performance.now();
      earliest.fn();
      tookMs.push(performance.now() - start);
    }
  }
}
