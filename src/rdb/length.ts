import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { badFormat } from "./rdb-error.ts";

/** The two high bits of the first byte: which form follows. */
const FORM_MASK = 0xc0;
const FORM_6_BITS = 0x00;
const FORM_14_BITS = 0x40;
const FORM_SPECIAL = 0xc0;
/** Whole bytes, since the longer forms have no room of their own in the first one. */
const FORM_32_BITS = 0x80;
const FORM_64_BITS = 0x81;

/** Writes a length in the shortest of the forms of 1, 2, 5 and 9 bytes. */
export function writeLength(writer: ByteWriter, length: number): void {
  if (length < 2 ** 6) {
    writer.byte(FORM_6_BITS | length);
  } else if (length < 2 ** 14) {
    writer.byte(FORM_14_BITS | (length >>> 8));
    writer.byte(length & 0xff);
  } else if (length < 2 ** 32) {
    writer.byte(FORM_32_BITS);
    writer.uint32BigEndian(length);
  } else {
    writer.byte(FORM_64_BITS);
    writer.uint32BigEndian(Math.floor(length / 2 ** 32));
    writer.uint32BigEndian(length % 2 ** 32);
  }
}

/**
 * Reads a length in any form. Nothing vouches for it: compare it with the bytes that are left before
 * it decides on memory. Above 2^53 it is not exact, and longer than any input anyway.
 */
export function readLength(reader: ByteReader): number {
  const first = reader.byte();
  if ((first & FORM_MASK) === FORM_6_BITS) return first;
  if ((first & FORM_MASK) === FORM_14_BITS) return ((first & ~FORM_MASK) << 8) | reader.byte();
  if (first === FORM_32_BITS) return reader.uint32BigEndian();
  if (first === FORM_64_BITS) return reader.uint32BigEndian() * 2 ** 32 + reader.uint32BigEndian();
  throw badFormat("a length has an unknown form");
}

/** The byte that stands in the place of a length and names a special encoding, 0 to 63. */
export function specialEncoding(encoding: number): number {
  return FORM_SPECIAL | encoding;
}

/** Whether a byte in the place of a length names a special encoding. */
export function isSpecialEncoding(first: number): boolean {
  return (first & FORM_MASK) === FORM_SPECIAL;
}
