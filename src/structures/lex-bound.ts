import { CacheError, show } from "../errors.ts";
import type { ZMember } from "./z-member.ts";

/**
 * One end of a range of members at equal scores: `"-"` and `"+"` are the ends of the set,
 * `"[x"` includes the member x, `"(x"` excludes it, as in Redis.
 */
export type LexBound = "-" | "+" | `[${string}` | `(${string}`;

/** Throws `INVALID_RANGE` for anything that is no {@link LexBound}. */
export function checkLexBound(bound: LexBound): void {
  if (bound === "-" || bound === "+") return;
  if (typeof bound === "string" && (bound.startsWith("[") || bound.startsWith("("))) return;
  throw new CacheError(
    "INVALID_RANGE",
    `Cannot use a range of members: a bound must be "-", "+", or a member behind "[" or "(": ` +
      `received ${show(bound)}`,
  );
}

/** Ranks from `start` up to `end`, which is not among them. */
export interface RankSpan {
  readonly start: number;
  readonly end: number;
}

const NO_RANKS: RankSpan = { start: 0, end: 0 };

/**
 * The ranks that a walk over entries in their order finds from `min` to `max`, upwards or with
 * `reverse` downwards: from the first member inside one bound on, `offset` members further, as long as
 * members are inside the other. Where scores differ, members are in no order, and this is what
 * Redis does. O(N).
 */
export function walkByLex(
  entries: readonly ZMember[],
  min: LexBound,
  max: LexBound,
  reverse: boolean,
  offset: number,
): RankSpan {
  const isFrom = (rank: number): boolean => reaches((entries[rank] as ZMember).member, min);
  const isTo = (rank: number): boolean => !exceeds((entries[rank] as ZMember).member, max);
  const last = entries.length - 1;
  if (last < 0 || !isFrom(last) || !isTo(0)) return NO_RANKS;
  if (reverse) {
    let top = last;
    while (!isTo(top)) top--;
    if (!isFrom(top)) return NO_RANKS;
    top -= offset;
    let start = top + 1;
    while (start > 0 && isFrom(start - 1)) start--;
    return start > top ? NO_RANKS : { start, end: top + 1 };
  }
  let start = 0;
  while (!isFrom(start)) start++;
  if (!isTo(start)) return NO_RANKS;
  start += offset;
  let end = start;
  while (end <= last && isTo(end)) end++;
  return { start, end };
}

/** Whether a member is not below the lower bound of a range. */
function reaches(member: string, min: LexBound): boolean {
  if (min === "-" || min === "+") return min === "-";
  return min.startsWith("(") ? member > min.slice(1) : member >= min.slice(1);
}

/** Whether a member is above the upper bound of a range. */
function exceeds(member: string, max: LexBound): boolean {
  if (max === "-" || max === "+") return max === "-";
  return max.startsWith("(") ? member >= max.slice(1) : member > max.slice(1);
}
