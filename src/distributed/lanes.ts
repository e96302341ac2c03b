/** Lanes to begin with, and while large values are copied, which take a connection of their own each. */
const LANES_MIN = 2;

/**
 * How much is under way at the same time where work has to wait for a network: the more, the longer all
 * goes well with small values.
 */
export class LaneLimit {
  readonly #max: number;
  #lanes: number;

  constructor(max: number) {
    this.#max = max;
    this.#lanes = Math.min(LANES_MIN, max);
  }

  get lanes(): number {
    return this.#lanes;
  }

  /** Whether each piece of work waits for the one before. */
  get isSingle(): boolean {
    return this.#max === 1;
  }

  /** A piece of work has ended. */
  widen(): void {
    if (this.#lanes < this.#max) this.#lanes++;
  }

  /** A piece of work is large. */
  narrow(): void {
    this.#lanes = Math.min(LANES_MIN, this.#max);
  }
}

/** One after the other. */
export const ONE_LANE = new LaneLimit(1);

/**
 * Work on many keys of which only so many are under way at the same time: over a network the time is
 * spent in waiting. With one lane each piece of work is waited for before the next one.
 */
export class Lanes {
  readonly #limit: LaneLimit;
  #busy = 0;
  #next: (() => void) | undefined;
  #failure: { readonly reason: unknown } | undefined;

  constructor(limit: LaneLimit) {
    this.#limit = limit;
  }

  /**
   * Begins a piece of work.
   * @returns what to wait for before the next one, if anything; rejects with what a piece of work failed with
   */
  begin(work: () => Promise<void>): Promise<void> | undefined {
    if (this.#limit.isSingle) return work();
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    this.#busy++;
    void this.#carryOut(work);
    return this.#busy < this.#limit.lanes ? undefined : this.#untilThereIsRoom();
  }

  /** Resolves when nothing is under way. Rejects then with what a piece of work failed with first. */
  async finish(): Promise<void> {
    while (this.#busy > 0) await this.#untilOneEnds();
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  async #carryOut(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (reason) {
      this.#failure ??= { reason };
    }
    this.#busy--;
    this.#limit.widen();
    this.#next?.();
  }

  async #untilThereIsRoom(): Promise<void> {
    while (this.#busy >= this.#limit.lanes) await this.#untilOneEnds();
  }

  #untilOneEnds(): Promise<void> {
    return new Promise((resolve) => {
      this.#next = resolve;
    });
  }
}

/** Does work in lanes, and ends when all of it has ended, however that was. @throws the first failure */
export async function inLanes<T>(limit: LaneLimit, work: (lanes: Lanes) => Promise<T>): Promise<T> {
  const all = new Lanes(limit);
  let result: T;
  try {
    result = await work(all);
  } catch (error) {
    await all.finish().catch(() => {});
    throw error;
  }
  await all.finish();
  return result;
}
