import { type Random, seededRandom, shuffledIndices } from "./random.ts";

/** Prepared players and windows; then they begin again. */
const PREPARED = 2 ** 20;
/**
 * Prepared scores, a prime: when players begin again they meet other scores than before. To give
 * somebody the score that he has is no update.
 */
const PREPARED_SCORES = 2 ** 20 - 3;
/** Scores are whole numbers below it, as in most games. */
export const SCORE_LIMIT = 1e9;

const NAME_DIGITS = 11;
const WINDOW = 100;

/** A name of 18 bytes, as a flat string of its own. */
export function playerName(i: number): string {
  const digits = String(i).padStart(NAME_DIGITS, "0");
  return Buffer.from(`player:${digits}`, "latin1").toString("latin1");
}

/**
 * Members with scores, and the arguments of a million random operations over them, all made before
 * any clock starts.
 */
export class Players {
  readonly count: number;
  readonly names: readonly string[];
  /** The score that each player begins with. */
  readonly scores: Int32Array;
  readonly #picks: Int32Array;
  readonly #newScores: Int32Array;
  readonly #windows: Int32Array;

  constructor(count: number, seed = 1) {
    const random = seededRandom(seed);
    const order = shuffledIndices(count, random);
    this.count = count;
    // The order of the names in memory is neither that of the alphabet, nor of ranks, nor of uses.
    this.names = Array.from(order, playerName);
    this.scores = randomIntegers(count, SCORE_LIMIT, random);
    this.#picks = randomIntegers(PREPARED, count, random);
    this.#newScores = randomIntegers(PREPARED_SCORES, SCORE_LIMIT, random);
    const windows = randomIntegers(PREPARED, Math.max(1, count / 2 - WINDOW), random);
    this.#windows = windows.map((start) => start + Math.floor(count / 4));
  }

  /** The number of the player of operation i: any, with equal probability. */
  pick(i: number): number {
    return this.#picks[i & (PREPARED - 1)] as number;
  }

  /** The name of the player of operation i. */
  name(i: number): string {
    return this.names[this.pick(i)] as string;
  }

  /** The score that operation i gives: any, so that the rank changes wholly. */
  newScore(i: number): number {
    return this.#newScores[i % PREPARED_SCORES] as number;
  }

  /** Where the window of operation i begins: any rank of the middle half. */
  window(i: number): number {
    return this.#windows[i & (PREPARED - 1)] as number;
  }
}

function randomIntegers(count: number, limit: number, random: Random): Int32Array {
  return Int32Array.from({ length: count }, () => Math.floor(random() * limit));
}
