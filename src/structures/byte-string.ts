/**
 * Byte strings: JavaScript strings in which each char is one byte (U+0000 to U+00FF).
 *
 * V8 stores such a string with one byte a char and compares two of them with memcmp, so `<` orders
 * them exactly as Redis orders members, and no byte sequence is lost. Text travels as its UTF-8.
 */

const ASCII_MAX = 0x7f;
/** How many bytes become chars in one call: well below any engine's limit of arguments. */
const CHUNK_BYTES = 8192;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whether every char is ASCII, in which case text and its byte string are the same. O(n). */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > ASCII_MAX) return false;
  }
  return true;
}

/**
 * The UTF-8 encoding of `text` as a byte string; ASCII comes back as it is. O(n).
 * Lone surrogates become U+FFFD, as everywhere on the web: who must not lose them checks
 * `text.isWellFormed()` first.
 *
 * @example
 * ```ts
 * import { SortedSet, toByteString } from "laurel/structures";
 *
 * console.log(toByteString("é").length); // 2
 * const names = new SortedSet(); // ranks by bytes, as Redis does, only what is a byte string
 * names.set(toByteString("é"), 0);
 * ```
 */
export function toByteString(text: string): string {
  return isAscii(text) ? text : fromBytes(encoder.encode(text));
}

/**
 * The text whose UTF-8 encoding `byteString` is; bytes that are no UTF-8 become U+FFFD. O(n).
 * The inverse of {@link toByteString} for every well-formed text.
 *
 * @example
 * ```ts
 * import { fromByteString, toByteString } from "laurel/structures";
 *
 * console.log(fromByteString(toByteString("é"))); // é
 * ```
 */
export function fromByteString(byteString: string): string {
  return isAscii(byteString) ? byteString : decoder.decode(toBytes(byteString));
}

/** The byte string of these bytes, copied. O(n). */
export function fromBytes(bytes: Uint8Array): string {
  let byteString = "";
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    byteString += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES));
  }
  return byteString;
}

/** The bytes of a byte string, in a new array. O(n). */
export function toBytes(byteString: string): Uint8Array {
  const bytes = new Uint8Array(byteString.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteString.charCodeAt(i);
  return bytes;
}
