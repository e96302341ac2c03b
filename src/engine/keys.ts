import { NO_SLOT } from "../structures/slot-table.ts";
import type { Keyspace } from "./keyspace.ts";

/** Whether the key exists. Does not count as use. O(1). */
export function exists(keyspace: Keyspace, key: string): boolean {
  return keyspace.lookup(key) !== NO_SLOT;
}

/** Removes a key of any type. O(1). @returns whether it was there */
export function remove(keyspace: Keyspace, key: string): boolean {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return false;
  keyspace.remove(slot);
  keyspace.stats.deletes++;
  keyspace.onEffect?.({ type: "delete", key, reason: "deleted" });
  return true;
}

/** When the key goes, in absolute milliseconds, Infinity for never; `undefined`: no such key. O(1). */
export function expiresAt(keyspace: Keyspace, key: string): number | undefined {
  const slot = keyspace.lookup(key);
  return slot === NO_SLOT ? undefined : keyspace.expiresAt(slot);
}

/**
 * Gives a key another deadline, Infinity for none. O(log n). The few bytes that a deadline costs
 * never refuse it, since it is what makes room in the end: the next write accounts for them.
 * @returns whether the key exists
 */
export function expireAt(keyspace: Keyspace, key: string, deadline: number): boolean {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return false;
  keyspace.setExpiry(slot, deadline);
  keyspace.touch(slot);
  keyspace.onEffect?.({ type: "expire", key, expiresAt: deadline });
  return true;
}

/** Counts a use of a key. O(1). @returns whether it exists */
export function touch(keyspace: Keyspace, key: string): boolean {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return false;
  keyspace.touch(slot);
  return true;
}
