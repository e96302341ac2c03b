/** One timed step: `amount` things of one `unit`, done in `elapsedMs` altogether. */
export interface Lap {
  readonly step: string;
  readonly amount: number;
  readonly unit: string;
  readonly elapsedMs: number;
}

/** Times the steps of a program by a clock that is handed in: milliseconds, with fractions. */
export class Stopwatch {
  readonly #now: () => number;
  readonly #laps: Lap[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Does the work and notes how long it took. */
  async time<T>(
    step: string,
    amount: number,
    unit: string,
    work: () => T | Promise<T>,
  ): Promise<T> {
    const start = this.#now();
    const result = await work();
    this.#laps.push({ step, amount, unit, elapsedMs: this.#now() - start });
    return result;
  }

  get laps(): readonly Lap[] {
    return this.#laps;
  }
}

/** A duration in the unit that suits it: `0.4 µs`, `12.5 ms`. */
export function duration(ms: number): string {
  return ms < 1 ? `${(ms * 1000).toFixed(1)} µs` : `${ms.toFixed(1)} ms`;
}
