import { describe, expect, test } from "vitest";
import { xxhash32 } from "./xxhash32.ts";

const PRIME32 = 2654435761;
const PRIME64 = 11400714785074694797n;

/** `XSUM_XXH32_testdata` of the author's `cli/xsum_sanity_check.c` (Y. Collet, xxHash 0.8). */
const VECTORS: readonly [length: number, seed: number, hash: number][] = [
  [0, 0, 0x02cc5d05],
  [0, PRIME32, 0x36b78ae7],
  [1, 0, 0xcf65b03e],
  [1, PRIME32, 0xb4545aa4],
  [14, 0, 0x1208e7e2],
  [14, PRIME32, 0x6af1d1fe],
  [222, 0, 0x5bd11dbd],
  [222, PRIME32, 0x58803c5f],
];

/** The tests of `internal/xxh32` in pierrec/lz4: each length of the tail, without stripes and with. */
const TAIL_VECTORS: readonly [bytes: string, hash: number][] = [
  ["a", 0x550d7456],
  ["ab", 0x4999fc53],
  ["abc", 0x32d153ff],
  ["abcd", 0xa3643705],
  ["abcde", 0x9738f19b],
  ["abcdefghij", 0x8b988cfe],
  ["abcdefghijklmnop", 0x9d2d8b62],
  ["abcdefghijklmnopqrstuvwxyz0123456789", 0x42ae804d],
];

/** The first bytes of the buffer that `XSUM_fillTestBuffer` prepares for the vectors. */
function testBuffer(length: number): string {
  let generator = BigInt(PRIME32);
  let bytes = "";
  for (let i = 0; i < length; i++) {
    bytes += String.fromCharCode(Number(generator >> 56n));
    generator = BigInt.asUintN(64, generator * PRIME64);
  }
  return bytes;
}

describe("XXH32", () => {
  test.each(VECTORS)(
    "gives for %i test bytes with the seed %i what its author publishes",
    (...v) => {
      const [length, seed, hash] = v;
      expect(xxhash32(testBuffer(length), seed) >>> 0).toBe(hash);
    },
  );

  test.each(TAIL_VECTORS)("gives for %j what others publish", (bytes, hash) => {
    expect(xxhash32(bytes) >>> 0).toBe(hash);
  });

  test("is a signed integer of 32 bits", () => {
    for (const [bytes] of TAIL_VECTORS) expect(xxhash32(bytes)).toBe(xxhash32(bytes) | 0);
  });
});
