import { NO_SLOT } from "../structures/slot-table.ts";
import type { Keyspace } from "./keyspace.ts";
import { expireAtOrVacate } from "./state.ts";

/** Which deadline a key must have now, so that it is given another one. */
export interface ExpireConditions {
  /** None. */
  nx: boolean;
  /** Any. */
  xx: boolean;
  /** An earlier one than the new one; none counts as the latest of all. */
  gt: boolean;
  /** A later one than the new one, or none. */
  lt: boolean;
}

/**
 * Gives a key another deadline where the conditions hold; one that is not after now removes the
 * key. O(log n). @returns whether it was given
 */
export function expireAtWhere(
  keyspace: Keyspace,
  key: string,
  deadline: number,
  conditions: ExpireConditions,
): boolean {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return false;
  if (!allows(conditions, keyspace.expiresAt(slot), deadline)) {
    keyspace.touch(slot);
    return false;
  }
  return expireAtOrVacate(keyspace, key, deadline);
}

/** Takes a key's deadline away. O(log n). @returns whether it had one */
export function persist(keyspace: Keyspace, key: string): boolean {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return false;
  if (keyspace.expiresAt(slot) !== Infinity) return expireAtOrVacate(keyspace, key, Infinity);
  keyspace.touch(slot);
  return false;
}

function allows({ nx, xx, gt, lt }: ExpireConditions, before: number, deadline: number): boolean {
  if (nx && before !== Infinity) return false;
  if (xx && before === Infinity) return false;
  if (gt && deadline <= before) return false;
  return !(lt && deadline >= before);
}
