/**
 * How many histories a property runs through, and from which seed: `LAUREL_MODEL_RUNS=10000` for
 * a long search, `LAUREL_MODEL_SEED` for one that failed.
 */
export function modelParameters(defaultRuns: number): { numRuns: number; seed?: number } {
  const numRuns = Number(process.env["LAUREL_MODEL_RUNS"] ?? defaultRuns);
  const seed = process.env["LAUREL_MODEL_SEED"];
  return seed === undefined ? { numRuns } : { numRuns, seed: Number(seed) };
}

/** Time enough for as many runs as were asked for. */
export const MODEL_TIMEOUT_MS = 3_600_000;
