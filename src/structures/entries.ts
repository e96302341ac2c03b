import type { AFTER_ALL, ZMember } from "./z-member.ts";

/**
 * How a sorted set holds its entries: compact while it is small, indexed when it is large.
 *
 * Ranks are the common tongue: whatever range is asked for, by score or by member, is first turned
 * into ranks, then read or removed. A *handle* names an entry until the next change.
 */
export interface Entries extends Iterable<ZMember> {
  readonly size: number;
  /** The handle of a member, or -1. */
  find(member: string): number;
  scoreOf(handle: number): number;
  rankOf(handle: number): number;
  /** Adds a member that is not there. */
  insert(member: string, score: number): void;
  update(handle: number, score: number): void;
  remove(handle: number): void;
  /** How many entries are less than (score, member). */
  countBelow(score: number, member: string | typeof AFTER_ALL): number;
  /** How many members are less than this one, where all scores are equal. */
  countBelowMember(member: string): number;
  /** `count` entries from the rank `start` on, or downwards from it; all in bounds. */
  read(start: number, count: number, reverse: boolean): ZMember[];
  /** Removes `count` entries from the rank `start` on, all in bounds. */
  removeRange(start: number, count: number): ZMember[];
  /** Pushes about `count` entries from the cursor on; returns the next cursor, 0 at the end. */
  scan(cursor: number, count: number, into: ZMember[]): number;
  checkInvariants(): void;
}
