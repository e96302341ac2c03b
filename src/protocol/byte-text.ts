/** The longest byte string: what one string of V8 holds on 64-bit machines. */
export const TEXT_BYTES_MAX = 2 ** 29 - 24;

const charsOf = String.fromCharCode;

/**
 * A method of Node.js' buffers that their types leave out: `toString` looks the encoding up first.
 */
interface Latin1Buffer extends Buffer {
  latin1Slice(start: number, end: number): string;
}

/** The byte string of `buffer[start, end)`, by a call into native code. O(length). */
export function latin1Of(buffer: Buffer, start: number, end: number): string {
  return (buffer as Latin1Buffer).latin1Slice(start, end);
}

/**
 * The byte string of `buffer[start, end)`. O(length). Texts of up to 16 bytes are made without a
 * call into native code, which takes longer than all their bytes do.
 */
export function textOf(buffer: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > 16) return latin1Of(buffer, start, end);
  if (length === 0) return "";
  const a = buffer[start] as number;
  if (length === 1) return charsOf(a);
  const b = buffer[start + 1] as number;
  if (length === 2) return charsOf(a, b);
  const c = buffer[start + 2] as number;
  if (length === 3) return charsOf(a, b, c);
  const d = buffer[start + 3] as number;
  if (length === 4) return charsOf(a, b, c, d);
  const e = buffer[start + 4] as number;
  if (length === 5) return charsOf(a, b, c, d, e);
  const f = buffer[start + 5] as number;
  if (length === 6) return charsOf(a, b, c, d, e, f);
  const g = buffer[start + 6] as number;
  if (length === 7) return charsOf(a, b, c, d, e, f, g);
  const h = buffer[start + 7] as number;
  if (length === 8) return charsOf(a, b, c, d, e, f, g, h);
  const i = buffer[start + 8] as number;
  if (length === 9) return charsOf(a, b, c, d, e, f, g, h, i);
  const j = buffer[start + 9] as number;
  if (length === 10) return charsOf(a, b, c, d, e, f, g, h, i, j);
  const k = buffer[start + 10] as number;
  if (length === 11) return charsOf(a, b, c, d, e, f, g, h, i, j, k);
  const l = buffer[start + 11] as number;
  if (length === 12) return charsOf(a, b, c, d, e, f, g, h, i, j, k, l);
  const m = buffer[start + 12] as number;
  if (length === 13) return charsOf(a, b, c, d, e, f, g, h, i, j, k, l, m);
  const n = buffer[start + 13] as number;
  if (length === 14) return charsOf(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  const o = buffer[start + 14] as number;
  if (length === 15) return charsOf(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  return charsOf(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, buffer[start + 15] as number);
}
