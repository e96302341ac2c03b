import type { Keyspace } from "../../engine/keyspace.ts";
import { sortedSetEncoding } from "../../engine/sorted-set-encoding.ts";
import { sortedSetAt } from "../../engine/sorted-sets.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import type { SortedSet } from "../../structures/sorted-set.ts";
import type { ZMember } from "../../structures/z-member.ts";
import type { CommandSettings } from "../context.ts";

// A listpack holds scores that are integers as integers, and so it has no -0. Clients see it: a score of
// -0 is told as 0 if Redis would hold the set so when it is added.

/** Whether a score is -0. */
export function isNegativeZero(score: number): boolean {
  return score === 0 && Object.is(score, -0);
}

/** Makes -0 a 0 in a set that no key holds yet, where it would be stored as a listpack. */
export function storeZerosIn(set: SortedSet, settings: CommandSettings): void {
  if (set.size > settings.zsetListpackEntries) return;
  if (set.memberLengthPeak > settings.zsetListpackValueBytes) return;
  const zeros = set.rangeByScore(0, 0).filter(({ score }) => isNegativeZero(score));
  for (const { member } of zeros) {
    set.delete(member);
    set.set(member, 0);
  }
}

/**
 * Makes -0 a 0 among members that are about to be added to a key in this order, up to where the set
 * outgrows a listpack. Without `addsNew` those that the set does not have stay away.
 */
export function addZerosTo(
  keyspace: Keyspace,
  key: string,
  members: readonly ZMember[],
  settings: CommandSettings,
  addsNew: boolean,
): void {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) addZeros(undefined, members, settings, addsNew);
  else if (sortedSetEncoding(keyspace, slot, settings) === "listpack") {
    addZeros(sortedSetAt(keyspace, slot), members, settings, addsNew);
  }
}

/** The same for members that are added to an empty set. */
export function addZerosToNone(members: readonly ZMember[], settings: CommandSettings): void {
  addZeros(undefined, members, settings, true);
}

function addZeros(
  set: SortedSet | undefined,
  members: readonly ZMember[],
  settings: CommandSettings,
  addsNew: boolean,
): void {
  const fresh = new Set<string>();
  const size = set?.size ?? 0;
  for (const entry of members) {
    if (addsNew && set?.has(entry.member) !== true) {
      fresh.add(entry.member);
      if (size + fresh.size > settings.zsetListpackEntries) return;
      if (entry.member.length > settings.zsetListpackValueBytes) return;
    }
    if (isNegativeZero(entry.score)) entry.score = 0;
  }
}
