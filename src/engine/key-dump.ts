import { formatDouble } from "../protocol/number-text.ts";
import { dump, type DumpSource } from "../rdb/dump.ts";
import type { RdbValue } from "../rdb/value.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import type { Keyspace } from "./keyspace.ts";
import { type ListpackLimits, sortedSetEncoding } from "./sorted-set-encoding.ts";
import { storeSet } from "./sorted-sets.ts";
import { isOver, vacate, writeString } from "./state.ts";
import { applyByType, type CasesByType } from "./value.ts";

/**
 * The value of a key in the serialised form that Redis' DUMP gives, as a byte string; `undefined`
 * where there is no such key. Counts as use. O(bytes).
 */
export function dumpKey(
  keyspace: Keyspace,
  key: string,
  limits: ListpackLimits,
): string | undefined {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return undefined;
  keyspace.touch(slot);
  const source = applyByType(keyspace.valueAt(slot), SOURCES, keyspace, slot, limits);
  return dump(source, { formatScore: formatDouble });
}

/** What is serialised of the value at a slot. */
const SOURCES: CasesByType<[keyspace: Keyspace, slot: number, limits: ListpackLimits], DumpSource> =
  {
    string: (value) => ({ type: "string", value }),
    zset(set, keyspace, slot, limits) {
      const listpack = sortedSetEncoding(keyspace, slot, limits) === "listpack";
      return { type: "sorted-set", size: set.size, entries: set, listpack };
    },
  };

/**
 * Gives a key a value that was serialised, and a deadline, whatever it held. One that is not after
 * now removes the key. O(1) for a string, O(N log N) for a sorted set.
 * @throws {CacheError} `LEADERBOARD_FULL`, `CACHE_FULL`; nothing changes then
 */
export function restoreKey(
  keyspace: Keyspace,
  key: string,
  value: RdbValue,
  expiresAt: number,
): void {
  if (isOver(keyspace, expiresAt)) {
    vacate(keyspace, key);
    return;
  }
  switch (value.type) {
    case "string":
      writeString(keyspace, key, value.value, expiresAt);
      return;
    case "sorted-set": {
      const set = keyspace.newSortedSet();
      for (const { member, score } of value.members) set.set(member, score);
      storeSet(keyspace, key, set, expiresAt);
    }
  }
}
