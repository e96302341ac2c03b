/** How much the last sync counts beside those before it. */
const LAST_WEIGHT = 0.2;

/**
 * Tells whether the disk is so fast that a sync on the main thread costs less than handing it to
 * another one and back, which takes some hundred microseconds where all processors are busy.
 */
export class SyncPace {
  #recentMs = Infinity;

  /** Whether syncs took less than so many milliseconds lately. */
  isBelow(limitMs: number): boolean {
    return this.#recentMs < limitMs;
  }

  /** A sync took so long, in milliseconds. */
  took(ms: number): void {
    const { isFinite } = Number;
    this.#recentMs = isFinite(this.#recentMs)
      ? this.#recentMs * (1 - LAST_WEIGHT) + ms * LAST_WEIGHT
      : ms;
  }
}
