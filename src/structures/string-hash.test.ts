import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "./random.ts";
import { defaultStringHash, randomStringHash, type StringHash } from "./string-hash.ts";

const KEYS = 16_384;
const BUCKETS = 1024;

const byteString = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString("latin1"));

function keys(nameOf: (i: number) => string): string[] {
  return Array.from({ length: KEYS }, (_, i) => nameOf(i));
}

/** How far the buckets by the low bits are from even: about 1 a bucket for a random choice. */
function unevenness(hash: StringHash, keys: readonly string[]): number {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const key of keys) {
    const bucket = hash(key) & (BUCKETS - 1);
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  const expected = keys.length / BUCKETS;
  const squares = counts.map((count) => (count - expected) ** 2 / expected);
  return squares.reduce((a, b) => a + b) / BUCKETS;
}

describe("a string hash", () => {
  test("is a signed integer of 32 bits, the same at each call", () => {
    fc.assert(
      fc.property(byteString, fc.integer(), (key, seed) => {
        const hash = randomStringHash(seededRandom(seed));
        expect(hash(key)).toBe(hash(key) | 0);
        expect(randomStringHash(seededRandom(seed))(key)).toBe(hash(key));
      }),
    );
  });

  const families: readonly [kind: string, nameOf: (i: number) => string][] = [
    ["sequential keys", (i) => `user:${i}`],
    ["padded sequential keys", (i) => `session:${String(i).padStart(12, "0")}`],
    ["two bytes", (i) => String.fromCharCode(i & 0xff, i >> 8)],
    ["keys that differ in front", (i) => `${i}:profile:name`],
    ["keys that differ beyond a block", (i) => `${"x".repeat(130)}${i}`],
    ["keys that differ before a block's end", (i) => `${i}${"x".repeat(140)}`],
    ["keys of NULs, each longer than the last", (i) => "\0".repeat(i & 0xff) + String(i >> 8)],
  ];
  test.each(families)("spreads %s evenly over buckets, by any draw", (_kind, nameOf) => {
    const names = keys(nameOf);
    for (const hash of [1, 2, 3].map((seed) => randomStringHash(seededRandom(seed)))) {
      // 1024 random buckets are within 1 ± 0.05; ±0.27 is six standard deviations away.
      expect(unevenness(hash, names)).toBeLessThan(1.27);
    }
    expect(unevenness(defaultStringHash, names)).toBeLessThan(1.27);
  });

  test("of another draw collides elsewhere", () => {
    const names = keys((i) => `user:${i}`);
    const a = randomStringHash(seededRandom(1));
    const b = randomStringHash(seededRandom(2));
    const same = names.filter((name) => (a(name) & 0xff) === (b(name) & 0xff)).length;
    // By chance one of 256 agrees: 64 of them.
    expect(same).toBeGreaterThan(20);
    expect(same).toBeLessThan(130);
  });

  test("tells strings apart that differ in one char, wherever it stands", () => {
    for (const length of [1, 2, 3, 127, 128, 129, 255, 256, 257, 511]) {
      const base = "a".repeat(length);
      const hashes = new Set([defaultStringHash(base)]);
      for (let at = 0; at < length; at++) {
        hashes.add(defaultStringHash(`${base.slice(0, at)}b${base.slice(at + 1)}`));
      }
      expect(hashes.size).toBe(length + 1);
    }
  });

  test("tells apart what only a trailing NUL, the order, or the place of a block divides", () => {
    const a = "a".repeat(128);
    const b = "b".repeat(128);
    const all = ["", "\0", "\0\0", "x", "x\0", "xy", "yx", a, `${a}\0`, a + b, b + a, a + a, b];
    expect(new Set(all.map(defaultStringHash)).size).toBe(all.length);
  });
});
