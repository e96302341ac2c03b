import { describe, expect, test } from "vitest";
import { murmur3 } from "./murmur3.ts";

/** The test vectors of Wikipedia's "MurmurHash", made with the author's code. */
const VECTORS: readonly [bytes: string, seed: number, hash: number][] = [
  ["", 0, 0],
  ["", 1, 0x514e28b7],
  ["", 0xffffffff, 0x81f16f39],
  ["test", 0, 0xba6bd213],
  ["test", 0x9747b28c, 0x704b81dc],
  ["Hello, world!", 0, 0xc0363e43],
  ["Hello, world!", 0x9747b28c, 0x24884cba],
  ["The quick brown fox jumps over the lazy dog", 0, 0x2e4ff723],
  ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
];

/**
 * `VerificationTest` of SMHasher's `KeysetTest.cpp` (A. Appleby): one number for the hashes of the
 * keys {}, {0}, {0, 1}, ..., with the seeds 256, 255, ..., and then for these hashes themselves.
 */
function verificationValue(hash: (bytes: string, seed: number) => number): number {
  const hashes = Buffer.alloc(4 * 256);
  let key = "";
  for (let i = 0; i < 256; i++) {
    hashes.writeInt32LE(hash(key, 256 - i), 4 * i);
    key += String.fromCharCode(i);
  }
  return hash(hashes.toString("latin1"), 0) >>> 0;
}

describe("MurmurHash3", () => {
  test.each(VECTORS)("gives for %j with the seed %i what is published", (bytes, seed, hash) => {
    expect(murmur3(bytes, seed) >>> 0).toBe(hash);
  });

  test("has the verification value that SMHasher's table of hashes lists for it", () => {
    expect(verificationValue(murmur3)).toBe(0xb0f57ee3);
  });

  test("is a signed integer of 32 bits, by default of the seed 0", () => {
    for (const [bytes] of VECTORS) {
      expect(murmur3(bytes)).toBe(murmur3(bytes, 0));
      expect(murmur3(bytes)).toBe(murmur3(bytes) | 0);
    }
  });
});
