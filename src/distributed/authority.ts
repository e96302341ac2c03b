import { type Member, NOTHING } from "./member.ts";
import type { Owners } from "./topology.ts";

/**
 * Who is right about a key. An owner that is fresh is; where none is, the one that is likeliest to
 * have what was acknowledged, so that nothing is lost that anybody still has.
 */

/** Has everything that was acknowledged. */
const FRESH = 0;
/** Came back as another incarnation, with what it had kept. */
const CAME_BACK = 1;
/** Was there all the time, but missed a write of this key, or may have. */
const MISSED = 2;
/** Missed a write of this key, and may have lost more. */
const LOST_AND_MISSED = 3;
/** Came back with nothing. */
const EMPTY = 4;
/** Has nothing of what was. */
const NOTHING_AT_ALL = 5;

/** How little a node can be trusted to have the last of a key (undefined: of a whole list). */
function lackOf(member: Member, owners: Owners, key: string | undefined): number {
  const isTold = key !== undefined && (member.knows(key) || member.knew(key));
  const isStale = member.isStaleFor(owners) && !isTold;
  const since = key === undefined ? undefined : member.lacksSince(key, isStale);
  if (since === NOTHING || member.owesClear) return NOTHING_AT_ALL * PLACES;
  // The longer it has been back, the more it was told of since.
  const { cameBackAt } = member.stale;
  if (since === cameBackAt) return earlierIsBetter(CAME_BACK, cameBackAt);
  if (!isStale) return since === undefined ? FRESH : laterIsBetter(MISSED, since);
  if (member.stale.cameBackEmpty) return earlierIsBetter(EMPTY, cameBackAt);
  if (member.stale.overflowedSince !== undefined) {
    return laterIsBetter(MISSED, since ?? member.stale.overflowedSince);
  }
  return since === undefined
    ? earlierIsBetter(CAME_BACK, cameBackAt)
    : laterIsBetter(LOST_AND_MISSED, since);
}

/** More than there are ever places in the order of misses; so often, and the ranks, are exact numbers. */
const PLACES = 2 ** 48;

/** Of two of a rank, the one has more that missed something later. */
function laterIsBetter(rank: number, since: number): number {
  return rank * PLACES + (PLACES - 1 - since);
}

/** Of two of a rank, the one has more that has been there since earlier. */
function earlierIsBetter(rank: number, since: number): number {
  return rank * PLACES + since;
}

/** Whether a node can be asked what it has, even if it serves nobody yet. */
export function canBeRead(member: Member, key?: string): boolean {
  if (!member.takesWrites || !member.isTrusted || member.owesClear) return false;
  // A write that was given up may land after the reading.
  return key === undefined || member.late.when(key) === undefined;
}

/**
 * The owner to compare a node with, or the node itself where it is right; `undefined`: whoever is
 * right cannot be asked now. @param key undefined: for a whole list of owners
 */
export function authorityOver(
  member: Member,
  owners: Owners,
  key: string | undefined,
): Member | undefined {
  const lacks = owners.members.map((owner) => lackOf(owner, owners, key));
  const least = Math.min(...lacks);
  const best = owners.members.filter((_, i) => lacks[i] === least);
  if (least === FRESH) return best.find((owner) => owner !== member && canBeRead(owner, key));
  const elected = best[0] as Member;
  return elected === member || canBeRead(elected, key) ? elected : undefined;
}

/** The owner to go by where the one that had everything is gone for good. */
export function bestOf(
  candidates: readonly Member[],
  owners: Owners,
  key: string,
): Member | undefined {
  const usable = candidates.filter((member) => canBeRead(member, key));
  usable.sort((a, b) => lackOf(a, owners, key) - lackOf(b, owners, key));
  return usable[0];
}
