import { fmix32 } from "./murmur3.ts";

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * FNV-1a of a byte string, as a signed integer of 32 bits (G. Fowler, L. C. Noll, K.-P. Vo; RFC
 * 9923). O(length), allocation-free.
 *
 * The last bytes hardly reach the high bits, by which a ring orders: the points `id#0`, `id#1`, ...
 * of a node lie in clumps. A ring is better served by {@link fnv1a}.
 */
export function fnv1aRaw(bytes: string): number {
  let hash = OFFSET_BASIS;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes.charCodeAt(i), PRIME);
  return hash | 0;
}

/** {@link fnv1aRaw} with the finalizer of MurmurHash3, which spreads it over all 32 bits. */
export function fnv1a(bytes: string): number {
  return fmix32(fnv1aRaw(bytes));
}
