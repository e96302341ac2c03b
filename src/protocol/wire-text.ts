/** Shorter texts are copied char by char, longer ones by a call into native code. */
const LOOP_CHARS_MAX = 24;
const LINE_END_BYTES = 2;

const CR = 0x0d;
const LF = 0x0a;
const DIGIT_0 = 0x30;

/** A method of Node.js' buffers that their types leave out: `write` looks the encoding up first. */
interface Latin1Buffer extends Buffer {
  latin1Write(text: string, start: number, length: number): number;
}

/** Writes a byte string into a buffer; returns where it ends. O(length). */
export function putText(buffer: Buffer, start: number, text: string): number {
  const { length } = text;
  if (length > LOOP_CHARS_MAX) {
    (buffer as Latin1Buffer).latin1Write(text, start, length);
  } else {
    for (let i = 0; i < length; i++) buffer[start + i] = text.charCodeAt(i);
  }
  return start + length;
}

/** Writes a type char, a count of at most 31 bits and a line end; returns where they end. */
export function putHead(buffer: Buffer, start: number, type: number, count: number): number {
  buffer[start] = type;
  if (count < 10) {
    buffer[start + 1] = DIGIT_0 + count;
    return putLineEnd(buffer, start + 2);
  }
  const end = start + 1 + digitsOf(count);
  putDigits(buffer, start + 1, end, count);
  return putLineEnd(buffer, end);
}

export function putLineEnd(buffer: Buffer, at: number): number {
  buffer[at] = CR;
  buffer[at + 1] = LF;
  return at + LINE_END_BYTES;
}

/** How many digits an integer of 31 bits has. */
export function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

/** Writes the digits of an integer of 31 bits to `[start, end)`, with zeros in front. */
export function putDigits(buffer: Buffer, start: number, end: number, value: number): void {
  let rest = value;
  for (let at = end - 1; at >= start; at--) {
    const quotient = (rest / 10) | 0;
    buffer[at] = DIGIT_0 + rest - quotient * 10;
    rest = quotient;
  }
}
