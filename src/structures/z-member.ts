/** A member of a sorted set and the score that ranks it. */
export interface ZMember {
  /** What is ranked: one set has it once. */
  member: string;
  /** Any number but NaN, both infinities included. */
  score: number;
}

/** Stands for a member that is greater than each member there can be. */
export const AFTER_ALL = undefined;

/** The order of sorted sets: by score, then by the members' bytes. */
export function isLess(
  score: number,
  member: string,
  thanScore: number,
  thanMember: string,
): boolean {
  return score < thanScore || (score === thanScore && member < thanMember);
}
