import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { compressLzf, decompressLzf } from "./lzf.ts";
import { RdbError } from "./rdb-error.ts";

function expectRefused(input: readonly number[], outputBytes: number): void {
  expect(() => decompressLzf(Uint8Array.from(input), outputBytes)).toThrow(RdbError);
}

/** Bytes with repetitions of every length and distance. */
const repetitive = fc
  .array(
    fc.record({
      part: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      times: fc.integer({ min: 1, max: 60 }),
    }),
    { maxLength: 30 },
  )
  .map((parts) =>
    Buffer.concat(parts.flatMap(({ part, times }) => new Array<Uint8Array>(times).fill(part))),
  );

describe("LZF", () => {
  test("gives back what it compressed, at least so much shorter as was asked", () => {
    fc.assert(
      fc.property(repetitive, fc.integer({ min: 1, max: 10 }), (input, savedBytesMin) => {
        const compressed = compressLzf(input, savedBytesMin);
        if (compressed === undefined) return;
        expect(compressed.length).toBeLessThanOrEqual(input.length - savedBytesMin);
        expect(decompressLzf(compressed, input.length).equals(input)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("compresses a long run to a hundredth", () => {
    const run = Buffer.alloc(100_000, "a");
    const compressed = compressLzf(run, 4);
    expect(compressed?.length).toBeLessThan(1200);
    expect(decompressLzf(compressed ?? Buffer.alloc(0), run.length).equals(run)).toBe(true);
  });

  test("leaves alone what does not repeat, and what is too short", () => {
    expect(
      compressLzf(
        Uint8Array.from({ length: 256 }, (_, i) => i),
        1,
      ),
    ).toBeUndefined();
    expect(compressLzf(new Uint8Array(0), 4)).toBeUndefined();
    expect(compressLzf(new Uint8Array(4), 4)).toBeUndefined();
  });

  test("does not reach back into an earlier input", () => {
    const text = Buffer.from("the quick brown fox jumps over");
    expect(compressLzf(text, 1)).toBeUndefined();
    expect(compressLzf(text, 1)).toBeUndefined();
  });

  test("copies literals, and copies from what it has just written", () => {
    expect(decompressLzf(Uint8Array.of(1, 97, 98, 0x20, 1), 5).toString()).toBe("ababa");
    expect(decompressLzf(Uint8Array.of(0, 97, 0xe0, 3, 0), 13).toString()).toBe("a".repeat(13));
    expect(decompressLzf(new Uint8Array(0), 0)).toHaveLength(0);
  });

  test("refuses another length than was announced", () => {
    expectRefused([1, 97, 98, 0x20, 1], 4);
    expectRefused([1, 97, 98, 0x20, 1], 6);
    expectRefused([1, 97, 98], 1);
    expectRefused([], 1);
  });

  test("refuses what reaches before its begin or beyond its end", () => {
    expectRefused([1, 97, 98, 0x20, 2], 5);
    expectRefused([0x20, 0], 3);
    expectRefused([2, 97, 98], 3);
    expectRefused([1, 97, 98, 0x20], 5);
    expectRefused([1, 97, 98, 0xe0, 0], 11);
    expectRefused([1, 97, 98, 0xe0], 11);
  });

  test("takes no memory for lengths that so few bytes cannot have", () => {
    const allocate = vi.spyOn(Buffer, "allocUnsafe");
    expectRefused([1, 97, 98], 3 * 88 + 1);
    expectRefused([1, 97, 98], 2 ** 53);
    expect(allocate).not.toHaveBeenCalled();
    allocate.mockRestore();
  });

  test("gives bytes or an RdbError, whatever it is given", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(400), (input, outputBytes) => {
        try {
          expect(decompressLzf(input, outputBytes)).toHaveLength(outputBytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RdbError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
