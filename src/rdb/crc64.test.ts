import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc64 } from "./crc64.ts";

function hexOf({ high, low }: { high: number; low: number }): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

/** Bit by bit, as the definition says. */
function plainCrc64(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ ((crc & 1n) * 0x95ac9329ac4bc9b5n);
  }
  return crc;
}

describe("the checksum", () => {
  test("is the one that Redis' own test expects", () => {
    expect(hexOf(crc64(Buffer.from("123456789")))).toBe("e9c6d914c4b8d9ca");
    expect(hexOf(crc64(Buffer.alloc(0)))).toBe("0000000000000000");
  });

  test("is that of the definition for bytes of any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        expect(BigInt(`0x${hexOf(crc64(bytes))}`)).toBe(plainCrc64(bytes));
      }),
    );
  });

  test("is the same for bytes that come in parts", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(50), (bytes, cut) => {
        const before = crc64(bytes.subarray(0, cut));
        expect(crc64(bytes.subarray(cut), before)).toEqual(crc64(bytes));
      }),
    );
  });
});
