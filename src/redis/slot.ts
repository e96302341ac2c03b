import { CacheError, show } from "../errors.ts";
import { fromByteString } from "../structures/byte-string.ts";
import { hashTag } from "../structures/hash-tag.ts";

/** How many slots a Cluster spreads its keys over. */
export const SLOTS = 16_384;

/** x^16 + x^12 + x^5 + 1: the CRC that is called XMODEM, with 0 to begin with. */
const POLYNOMIAL = 0x1021;

const CRC_OF_BYTE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? POLYNOMIAL : 0);
  return crc;
});

/**
 * The slot of a key in a Cluster, given as a byte string: the CRC16 of its hash tag, or of all of it
 * where it has none, modulo {@link SLOTS} (Redis Cluster's specification, "Key distribution model"). O(n).
 */
export function slotOf(key: string): number {
  return crc16(hashTag(key)) % SLOTS;
}

/** @throws {CacheError} `CROSS_NODE` unless the keys, byte strings, are all of one slot */
export function checkSameSlot(keys: readonly string[]): void {
  const [first = "", ...others] = keys;
  const slot = slotOf(first);
  const stranger = others.find((key) => slotOf(key) !== slot);
  if (stranger === undefined) return;
  throw new CacheError(
    "CROSS_NODE",
    "Cannot use several keys: a Cluster must have them in one slot, as keys with the same {tag} are: " +
      `received ${show(fromByteString(first))} and ${show(fromByteString(stranger))}`,
  );
}

const tags: (string | undefined)[] = [];
let tried = 0;

/** A short text whose slot is this one. They are found as they are needed, and kept: 16,384 at most. */
export function tagOf(slot: number): string {
  for (; tags[slot] === undefined; tried++) tags[crc16(String(tried)) % SLOTS] ??= String(tried);
  return tags[slot];
}

/** CRC-16/XMODEM of a byte string. O(n). */
function crc16(bytes: string): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) {
    const index = ((crc >> 8) ^ bytes.charCodeAt(i)) & 0xff;
    crc = ((crc << 8) & 0xffff) ^ (CRC_OF_BYTE[index] as number);
  }
  return crc;
}
