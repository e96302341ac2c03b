import { describe, expect, test } from "vitest";
import { fnv1a, fnv1aRaw } from "./fnv1a.ts";
import { fmix32 } from "./murmur3.ts";

/** From `fnv_test_str` and `fnv1a_32_vector` of the authors' own `test_fnv.c` 5.3 (L. C. Noll). */
const VECTORS: readonly [bytes: string, hash: number][] = [
  ["", 0x811c9dc5],
  ["a", 0xe40c292c],
  ["b", 0xe70c2de5],
  ["fo", 0x6222e842],
  ["foo", 0xa9f37ed7],
  ["foob", 0x3f5076ef],
  ["fooba", 0x39aaa18a],
  ["foobar", 0xbf9cf968],
  ["\0", 0x050c5d1f],
  ["foobar\0", 0x0c1c9eb8],
  ["chongo was here!\n", 0xd49930d5],
  ["\xff\x00\x00\x01", 0xc48fb86d],
  ["\x01\x00\x00\xff", 0x2269f369],
  ["127.0.0.1", 0x08a3d11e],
  ["http://www.isthe.com/chongo/tech/comp/fnv/index.html", 0xd0c71b71],
  ["\x54\xc5".repeat(10), 0x241e9075],
  ["\xfe\xdc\xba\x98\x76\x54\x32\x10".repeat(10), 0x0ae4ff65],
  ["\0".repeat(500), 0xfa823dd5],
  ["~".repeat(500), 0x83c5c6d5],
];

/** How many bits differ, on average, between the hashes of two points of a node. */
function bitsChanged(hash: (bytes: string) => number): number {
  let changed = 0;
  for (let i = 0; i < 1000; i++) {
    let difference = hash(`node-eu#${i * 2}`) ^ hash(`node-eu#${i * 2 + 1}`);
    for (; difference !== 0; difference &= difference - 1) changed++;
  }
  return changed / 1000;
}

describe("raw FNV-1a", () => {
  test.each(VECTORS)("gives for %j what its authors publish", (bytes, hash) => {
    expect(fnv1aRaw(bytes) >>> 0).toBe(hash);
  });
});

describe("FNV-1a with an avalanche", () => {
  test("is the raw hash, finished as MurmurHash3 finishes its own", () => {
    for (const [bytes, raw] of VECTORS) expect(fnv1a(bytes)).toBe(fmix32(raw));
  });

  test("is a signed integer of 32 bits", () => {
    for (const [bytes] of VECTORS) expect(fnv1a(bytes)).toBe(fnv1a(bytes) | 0);
  });

  test("changes about half of the bits where the last byte differs by one, the raw one does not", () => {
    expect(bitsChanged(fnv1a)).toBeGreaterThan(15);
    expect(bitsChanged(fnv1a)).toBeLessThan(17);
    expect(bitsChanged(fnv1aRaw)).toBeLessThan(12);
  });
});
