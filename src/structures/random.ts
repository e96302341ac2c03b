/** A source of uniform numbers in [0, 1), like `Math.random`, but handed in. */
export type Random = () => number;

/**
 * A small seeded generator (Mulberry32, T. Ettinger, 2017): 2^32 states, good enough to flip the
 * coins of a skip list and to replay a test; never for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of whatever was given no randomness: the same shape at every run. */
export const DEFAULT_SEED = 0x1a07e1;
