import type { SortedSet } from "../structures/sorted-set.ts";
import type { Keyspace } from "./keyspace.ts";
import { sortedSetAt } from "./sorted-sets.ts";

/** Up to where Redis keeps a sorted set in its compact encoding. */
export interface ListpackLimits {
  /** Members (`zset-max-listpack-entries`). */
  readonly zsetListpackEntries: number;
  /** Bytes of each member (`zset-max-listpack-value`). */
  readonly zsetListpackValueBytes: number;
}

/** The mark of a sorted set that was converted, whatever its size. */
const CONVERTED = 1;

/** How Redis would hold a sorted set, as OBJECT ENCODING names it. */
export type SortedSetEncoding = "listpack" | "skiplist";

/** Whether Redis would hold a sorted set with that mark as a listpack. O(1). */
export function isListpack(set: SortedSet, mark: number, limits: ListpackLimits): boolean {
  return (
    mark === 0 &&
    set.sizePeak <= limits.zsetListpackEntries &&
    set.memberLengthPeak <= limits.zsetListpackValueBytes
  );
}

/**
 * How Redis would hold the sorted set at a slot: one that outgrew the limits once, or was marked as
 * converted, never becomes a listpack again. What is held here has forms of its own. O(1).
 */
export function sortedSetEncoding(
  keyspace: Keyspace,
  slot: number,
  limits: ListpackLimits,
): SortedSetEncoding {
  const set = sortedSetAt(keyspace, slot);
  return isListpack(set, keyspace.markAt(slot), limits) ? "listpack" : "skiplist";
}

/** Notes that Redis would have converted the sorted set at a slot for good. */
export function markConverted(keyspace: Keyspace, slot: number): void {
  keyspace.mark(slot, CONVERTED);
}

/** The mark that a copy of the sorted set at a slot needs to be told as the original is. */
export function markOfSet(keyspace: Keyspace, slot: number, limits: ListpackLimits): number {
  return sortedSetEncoding(keyspace, slot, limits) === "skiplist" ? CONVERTED : 0;
}
