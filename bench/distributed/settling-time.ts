import { setImmediate } from "node:timers/promises";

interface Timer {
  readonly fn: () => void;
  readonly dueMs: number;
}

/**
 * Virtual time that lets promises settle: before it goes on, everything has happened that follows
 * at once from what happened before.
 */
export class SettlingTime {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  readonly clock = { now: (): number => this.#nowMs };

  readonly timers = {
    setTimeout: (fn: () => void, ms: number): Timer => {
      const timer = { fn, dueMs: this.#nowMs + Math.max(1, ms) };
      this.#timers.add(timer);
      return timer;
    },
    clearTimeout: (timer: Timer): void => {
      this.#timers.delete(timer);
    },
  };

  /** Goes on to a moment, and fires each timer at its own. */
  async advanceTo(ms: number): Promise<void> {
    await setImmediate();
    for (let timer = this.#earliest(); timer !== undefined; timer = this.#earliest()) {
      if (timer.dueMs > ms) break;
      this.#timers.delete(timer);
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.fn();
      await setImmediate();
    }
    this.#nowMs = ms;
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (earliest === undefined || timer.dueMs < earliest.dueMs) earliest = timer;
    }
    return earliest;
  }
}
