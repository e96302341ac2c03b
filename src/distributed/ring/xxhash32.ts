const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

const STRIPE_BYTES = 16;

/**
 * XXH32 of a byte string, as a signed integer of 32 bits (Y. Collet, xxHash fast digest algorithm,
 * `doc/xxhash_spec.md`). O(length), allocation-free. `seed` is 0 on a ring.
 */
export function xxhash32(bytes: string, seed = 0): number {
  const length = bytes.length;
  let hash: number;
  let i = 0;
  if (length < STRIPE_BYTES) {
    hash = seed + PRIME_5;
  } else {
    let lane1 = (seed + PRIME_1 + PRIME_2) | 0;
    let lane2 = (seed + PRIME_2) | 0;
    let lane3 = seed | 0;
    let lane4 = (seed - PRIME_1) | 0;
    for (; i + STRIPE_BYTES <= length; i += STRIPE_BYTES) {
      lane1 = round(lane1, wordAt(bytes, i));
      lane2 = round(lane2, wordAt(bytes, i + 4));
      lane3 = round(lane3, wordAt(bytes, i + 8));
      lane4 = round(lane4, wordAt(bytes, i + 12));
    }
    hash = rotate(lane1, 1) + rotate(lane2, 7) + rotate(lane3, 12) + rotate(lane4, 18);
  }

  hash = (hash + length) | 0;
  for (; i + 4 <= length; i += 4) {
    hash = (hash + Math.imul(wordAt(bytes, i), PRIME_3)) | 0;
    hash = Math.imul(rotate(hash, 17), PRIME_4);
  }
  for (; i < length; i++) {
    hash = (hash + Math.imul(bytes.charCodeAt(i), PRIME_5)) | 0;
    hash = Math.imul(rotate(hash, 11), PRIME_1);
  }

  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return hash ^ (hash >>> 16);
}

function round(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);
}

function rotate(bits: number, left: number): number {
  return (bits << left) | (bits >>> (32 - left));
}

/** Four bytes, the least significant first. */
function wordAt(bytes: string, i: number): number {
  return (
    bytes.charCodeAt(i) |
    (bytes.charCodeAt(i + 1) << 8) |
    (bytes.charCodeAt(i + 2) << 16) |
    (bytes.charCodeAt(i + 3) << 24)
  );
}
