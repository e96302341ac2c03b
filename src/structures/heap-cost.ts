/**
 * What V8 spends on things, in bytes (64-bit, no pointer compression, as Node.js is built). The
 * structures account for their memory with these; `bench/memory.ts` holds the sums against the heap.
 */

/** A reference in an array or a field. */
export const REFERENCE_BYTES = 8;
/** A string with one byte a char: two words of header, then the chars, in whole words. */
export function stringBytes(length: number): number {
  return 16 + ((length + 7) & ~7);
}
