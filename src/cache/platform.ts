import type { Clock } from "../engine/clock.ts";
import type { Random } from "../structures/random.ts";

/** What schedules a call once, as the platform's functions of these names do. */
export interface Timers {
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: never): void;
}

/** The wall clock: deadlines mean the same to every process. */
export const systemClock: Clock = { now: () => Date.now() };

/** Timers that let the process end. */
export const systemTimers: Timers = {
  setTimeout: (fn, ms) => setTimeout(fn, ms).unref(),
  clearTimeout: (handle: NodeJS.Timeout) => clearTimeout(handle),
};

const RANDOM_BITS = 52;

/**
 * Randomness that nobody can predict. It seeds hashes and generators when a cache is made; nothing
 * draws from it in between, so that it need not be fast.
 */
export const systemRandom: Random = () => {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return ((high as number) * 2 ** (RANDOM_BITS - 32) + ((low as number) >>> 12)) / 2 ** RANDOM_BITS;
};
