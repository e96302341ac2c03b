import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";

/** When a call was to begin, and when it was answered. */
export interface Answer {
  readonly plannedMs: number;
  readonly answeredMs: number;
}

const MS_PER_S = 1000;

/**
 * Calls that come at a steady rate, whether or not earlier ones were answered, as those of many
 * users do. The schedule is fixed: where the event loop is late, all calls that are due begin at
 * once, and their delay counts. Who would wait for an answer before the next call measures nothing
 * while it is slow ("coordinated omission", G. Tene).
 */
export class OpenLoop {
  readonly #perMs: number;
  readonly #call: (i: number) => Promise<void>;
  #next = 0;

  constructor(perSecond: number, call: (i: number) => Promise<void>) {
    this.#perMs = perSecond / MS_PER_S;
    this.#call = call;
  }

  /** Calls until this settles; the answers in the order of their arrival. */
  async during(work: Promise<unknown>): Promise<Answer[]> {
    const state = { isOver: false };
    const end = (): void => {
      state.isOver = true;
    };
    work.then(end, end);
    const answers: Answer[] = [];
    const startMs = performance.now();
    const calls: Promise<void>[] = [];
    while (!state.isOver) {
      const nowMs = performance.now();
      for (;;) {
        const plannedMs = startMs + calls.length / this.#perMs;
        if (plannedMs > nowMs) break;
        calls.push(this.#callOnce(plannedMs, answers));
      }
      await setImmediate();
    }
    await Promise.all(calls);
    return answers;
  }

  async #callOnce(plannedMs: number, answers: Answer[]): Promise<void> {
    await this.#call(this.#next++);
    answers.push({ plannedMs, answeredMs: performance.now() });
  }
}
