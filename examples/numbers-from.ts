/**
 * Numbers that look random and are the same for each seed, between 0 and 2^31 - 1 (D. H. Lehmer's
 * generator, as "minstd").
 */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
}
