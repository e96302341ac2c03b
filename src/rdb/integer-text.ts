const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** The digits of a 64-bit integer with its sign. */
const CHARS_MAX = 20;
/** Up to here every integer is a safe one. */
const SAFE_CHARS_MAX = 15;

/**
 * The signed 64-bit integer that a text spells in the one canonical way (no plus sign, no leading
 * zero, no "-0"), else undefined: exactly such texts may be stored as integers, since they come
 * back as they were. A number where the text has at most 15 chars, else a bigint. O(length).
 */
export function integerOfText(text: string): number | bigint | undefined {
  const length = text.length;
  if (length === 0 || length > CHARS_MAX) return undefined;
  const digits = text.charCodeAt(0) === MINUS ? 1 : 0;
  if (digits === length) return undefined;
  if (text.charCodeAt(digits) === ZERO) return length === 1 ? 0 : undefined;
  for (let i = digits; i < length; i++) {
    const char = text.charCodeAt(i);
    if (char < ZERO || char > NINE) return undefined;
  }
  if (length <= SAFE_CHARS_MAX) return Number(text);
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** Whether a signed integer of so many bits holds the value. */
export function fitsBits(value: number, bits: number): boolean {
  const limit = 2 ** (bits - 1);
  return value >= -limit && value < limit;
}
