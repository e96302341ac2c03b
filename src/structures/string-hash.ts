import { DEFAULT_SEED, type Random, seededRandom } from "./random.ts";

/** Positions that have a coefficient of their own; longer strings are hashed block by block. */
const BLOCK_CHARS = 128;
/** 64 pairs of 16-bit chars times 30-bit coefficients sum to at most 2^52: exact in a double. */
const COEFFICIENT_RANGE = 2 ** 30;

const ASCII_MAX = 0x7f;

/** Maps a byte string to 32 bits, as a signed integer. */
export type StringHash = (byteString: string) => number;

/** What one hash of the family is made of. */
interface Draw {
  readonly coefficients: Float64Array;
  readonly seed: number;
}

/** The chars of the text that was hashed last, or-ed: a by-product of reading them all. */
let charsRead = 0;

/**
 * A string hash drawn at random from a universal family, so that nobody who does not know the
 * draw can prepare keys that collide (J. L. Carter and M. N. Wegman, "Universal Classes of Hash
 * Functions", 1979; the multilinear form is D. Lemire and O. Kaser's, "Strongly Universal String
 * Hashing is Fast", 2014).
 *
 * Two chars at a time are multiplied by a secret coefficient and summed exactly in a double; the
 * 52-bit sum is then folded to 32 bits and avalanched (murmur3's finalizer), since a table
 * looks at the low bits only. Two different strings of one block have the same sum with a
 * probability of at most 2^-30 over the draw. Cost: O(length).
 *
 * @example
 * ```ts
 * import { randomStringHash, SortedSet } from "laurel/structures";
 *
 * const board = new SortedSet({ hash: randomStringHash(Math.random) });
 * console.log(board.set("ada", 3)); // true
 * ```
 */
export function randomStringHash(random: Random): StringHash {
  const draw = randomDraw(random);
  return (byteString) => hashOf(byteString, draw);
}

/**
 * A {@link randomStringHash} for texts that are to be both checked and hashed: `isAscii` does both
 * in one pass and remembers the hash of its latest two texts, a key and a member, for `hash`.
 */
export class RememberingHash {
  readonly #draw: Draw;
  #latest = "";
  #latestHash: number;
  #former = "";
  #formerHash: number;

  constructor(random: Random) {
    this.#draw = randomDraw(random);
    this.#latestHash = hashOf("", this.#draw);
    this.#formerHash = this.#latestHash;
  }

  /** Whether every char is ASCII. O(length). */
  isAscii(text: string): boolean {
    const hash = hashOf(text, this.#draw);
    const isAscii = charsRead <= ASCII_MAX;
    this.#former = this.#latest;
    this.#formerHash = this.#latestHash;
    this.#latest = text;
    this.#latestHash = hash;
    return isAscii;
  }

  /** The hash of a byte string: O(1) where `isAscii` has just seen it, else O(length). */
  readonly hash: StringHash = (byteString) => {
    if (byteString === this.#latest) return this.#latestHash;
    if (byteString === this.#former) return this.#formerHash;
    return hashOf(byteString, this.#draw);
  };
}

function randomDraw(random: Random): Draw {
  const coefficients = new Float64Array(BLOCK_CHARS / 2);
  for (let i = 0; i < coefficients.length; i++) {
    coefficients[i] = Math.floor(random() * COEFFICIENT_RANGE);
  }
  return { coefficients, seed: Math.floor(random() * 2 ** 32) | 0 };
}

function hashOf(text: string, { coefficients, seed }: Draw): number {
  const length = text.length;
  let hash = Math.imul(seed ^ length, 0x9e3779b1);
  let chars = 0;
  for (let start = 0; start < length; start += BLOCK_CHARS) {
    const end = Math.min(start + BLOCK_CHARS, length);
    let sum = 0;
    let i = start;
    let position = 0;
    for (; i + 1 < end; i += 2) {
      const first = text.charCodeAt(i);
      const second = text.charCodeAt(i + 1);
      chars |= first | second;
      sum += (first | (second << 8)) * (coefficients[position++] as number);
    }
    if (i < end) {
      const last = text.charCodeAt(i);
      chars |= last;
      sum += last * (coefficients[position] as number);
    }
    const high = (sum / 2 ** 32) | 0;
    hash = avalanche(hash ^ (sum | 0) ^ Math.imul(high, 0x85ebca6b));
  }
  charsRead = chars;
  return hash;
}

/** The hash of whatever was given no randomness. */
export const defaultStringHash: StringHash = randomStringHash(seededRandom(DEFAULT_SEED));

/** The finalizer of MurmurHash3 (A. Appleby, public domain): each input bit reaches each output bit. */
function avalanche(bits: number): number {
  let hash = bits ^ (bits >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
