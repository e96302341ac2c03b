/** A 64-bit checksum as two unsigned halves, since a double cannot hold it. */
export interface Crc64 {
  readonly high: number;
  readonly low: number;
}

/** The polynomial 0xad93d23594c935a9 with its bits in reverse, in halves. */
const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

const SLICE_BYTES = 8;
const TABLE_ENTRIES = 256;

/** What no byte has: where a checksum begins. */
const NOTHING: Crc64 = { high: 0, low: 0 };

/** For each distance of a byte to the end of its slice, and each byte: its part of the checksum. */
const { highs, lows } = buildTables();

/**
 * CRC-64 of the polynomial of D. T. Jones (reflected, starting from zero and without a final xor), as
 * Redis puts it at the end of a DUMP payload. "123456789" has 0xe9c6d914c4b8d9ca.
 *
 * Eight bytes at a time, each by a table of its own (M. E. Kounavis and F. L. Berry, "A Systematic
 * Approach to Building High Performance Software-Based CRC Generators", 2005). O(bytes). With the
 * checksum of what went before as `before`, bytes may come in parts.
 */
export function crc64(bytes: Uint8Array, before: Crc64 = NOTHING): Crc64 {
  let { high, low } = before;
  const sliced = bytes.length - (bytes.length % SLICE_BYTES);
  for (let i = 0; i < sliced; i += SLICE_BYTES) {
    low ^= word(bytes, i);
    high ^= word(bytes, i + 4);
    const a = 7 * TABLE_ENTRIES + (low & 0xff);
    const b = 6 * TABLE_ENTRIES + ((low >>> 8) & 0xff);
    const c = 5 * TABLE_ENTRIES + ((low >>> 16) & 0xff);
    const d = 4 * TABLE_ENTRIES + (low >>> 24);
    const e = 3 * TABLE_ENTRIES + (high & 0xff);
    const f = 2 * TABLE_ENTRIES + ((high >>> 8) & 0xff);
    const g = TABLE_ENTRIES + ((high >>> 16) & 0xff);
    const h = high >>> 24;
    low = xorOf(lows, a, b, c, d) ^ xorOf(lows, e, f, g, h);
    high = xorOf(highs, a, b, c, d) ^ xorOf(highs, e, f, g, h);
  }
  for (let i = sliced; i < bytes.length; i++) {
    const entry = (low ^ (bytes[i] as number)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (lows[entry] as number);
    high = (high >>> 8) ^ (highs[entry] as number);
  }
  return { high: high >>> 0, low: low >>> 0 };
}

/** Four bytes as an integer, the low byte first. */
function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function xorOf(table: Int32Array, a: number, b: number, c: number, d: number): number {
  return (table[a] as number) ^ (table[b] as number) ^ (table[c] as number) ^ (table[d] as number);
}

function buildTables(): { highs: Int32Array; lows: Int32Array } {
  const highs = new Int32Array(SLICE_BYTES * TABLE_ENTRIES);
  const lows = new Int32Array(SLICE_BYTES * TABLE_ENTRIES);
  for (let byte = 0; byte < TABLE_ENTRIES; byte++) {
    let high = 0;
    let low = byte;
    for (let bit = 0; bit < 8; bit++) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry === 1) {
        low ^= POLYNOMIAL_LOW;
        high ^= POLYNOMIAL_HIGH;
      }
    }
    highs[byte] = high;
    lows[byte] = low;
  }
  // One byte further from the end is one more zero byte through the first table.
  for (let i = TABLE_ENTRIES; i < highs.length; i++) {
    const high = highs[i - TABLE_ENTRIES] as number;
    const low = lows[i - TABLE_ENTRIES] as number;
    highs[i] = (high >>> 8) ^ (highs[low & 0xff] as number);
    lows[i] = ((low >>> 8) | (high << 24)) ^ (lows[low & 0xff] as number);
  }
  return { highs, lows };
}
