import { CacheError, show } from "../../errors.ts";
import { fnv1a, fnv1aRaw } from "./fnv1a.ts";
import { murmur3 } from "./murmur3.ts";
import { xxhash32 } from "./xxhash32.ts";

/**
 * The hash of a ring: one of ours by its name, or a function of the user's from a byte string (one
 * char a byte) to an integer of 32 bits, signed or unsigned.
 */
export type RingHash = "fnv1a" | "fnv1a-raw" | "murmur3" | "xxhash32" | ((bytes: string) => number);

/**
 * Maps a byte string to 32 bits, as a signed integer: V8 would put half of the unsigned ones into
 * an object of their own.
 */
export type HashFunction = (bytes: string) => number;

const FUNCTIONS: ReadonlyMap<unknown, HashFunction> = new Map([
  ["fnv1a", fnv1a],
  ["fnv1a-raw", fnv1aRaw],
  ["murmur3", murmur3],
  ["xxhash32", xxhash32],
]);

const SIGNED_MIN = -(2 ** 31);
const UNSIGNED_END = 2 ** 32;

/** Decides the option. @throws {CacheError} `INVALID_CONFIG` for what is neither name nor function */
export function resolveHash(hash: RingHash = "fnv1a"): HashFunction {
  if (typeof hash === "function") return checkedHash(hash);
  const found = FUNCTIONS.get(hash);
  if (found !== undefined) return found;
  const names = [...FUNCTIONS.keys()].map(show).join(", ");
  throw new CacheError(
    "INVALID_CONFIG",
    `Cannot create a HashRing: hash must be a function or one of ${names}: received ${show(hash)}`,
  );
}

/** A stranger's function, whose every result is looked at: a NaN would quietly misplace keys. */
function checkedHash(hash: (bytes: string) => number): HashFunction {
  return (bytes) => {
    let bits: number;
    try {
      bits = hash(bytes);
    } catch (cause) {
      throw new CacheError(
        "INVALID_CONFIG",
        `Cannot place a key: the ring's hash function threw: received ${show(bytes)}`,
        { cause },
      );
    }
    if (Number.isInteger(bits) && bits >= SIGNED_MIN && bits < UNSIGNED_END) return bits | 0;
    throw new CacheError(
      "INVALID_CONFIG",
      `Cannot place a key: the ring's hash function must return an integer of 32 bits: ` +
        `received ${show(bits)}`,
    );
  };
}
