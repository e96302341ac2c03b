const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/**
 * MurmurHash3_x86_32 of a byte string, as a signed integer of 32 bits (A. Appleby, SMHasher,
 * public domain). O(length), allocation-free. `seed` is 0 on a ring.
 */
export function murmur3(bytes: string, seed = 0): number {
  const length = bytes.length;
  const blocksEnd = length & ~3;
  let hash = seed;
  let i = 0;
  for (; i < blocksEnd; i += 4) {
    const block =
      bytes.charCodeAt(i) |
      (bytes.charCodeAt(i + 1) << 8) |
      (bytes.charCodeAt(i + 2) << 16) |
      (bytes.charCodeAt(i + 3) << 24);
    hash ^= scramble(block);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (i < length) {
    let tail = 0;
    for (let shift = 0; i < length; i++, shift += 8) tail |= bytes.charCodeAt(i) << shift;
    hash ^= scramble(tail);
  }
  return fmix32(hash ^ length);
}

/** The finalizer of MurmurHash3: each bit that goes in reaches each bit that comes out. */
export function fmix32(bits: number): number {
  let hash = bits ^ (bits >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function scramble(block: number): number {
  const bits = Math.imul(block, C1);
  return Math.imul((bits << 15) | (bits >>> 17), C2);
}
