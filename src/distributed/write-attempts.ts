import type { Change } from "./change.ts";
import { notUsable } from "./failure.ts";
import type { Member } from "./member.ts";

/** Owners that failed at a write so far. */
export class Attempts {
  readonly members: Member[] = [];
  readonly causes: unknown[] = [];
  /** Those of them that may have the write all the same. */
  readonly uncertain = new Set<Member>();

  add(member: Member, cause: unknown, mayHaveIt: boolean): void {
    this.members.push(member);
    this.causes.push(cause);
    if (mayHaveIt) this.uncertain.add(member);
  }

  /**
   * Notes that those which may have the write lack at most that: they had all of its keys before. (One that
   * has restarted meanwhile lacks more, which counts besides.)
   */
  noteBegun(keys: readonly string[]): void {
    for (const key of keys) for (const member of this.uncertain) member.missedLast(key);
  }
}

/** The owner that has done a write failed to say what the write left behind. */
export class ReadBackFailure extends Error {
  constructor(cause: unknown) {
    super("what a write left behind could not be read", { cause });
  }
}

/** What a write of a key left behind, as told by the incarnation that carried it out. */
export async function readBack(
  key: string,
  change: Change | undefined | Promise<Change | undefined>,
  acting: Member,
  restarts: number,
): Promise<Change | undefined> {
  try {
    const known = await change;
    if (acting.restarts === restarts) {
      // As a replica of other keys it may have missed too much while it was asked.
      acting.acted(key, restarts);
      return known;
    }
  } catch (error) {
    throw new ReadBackFailure(error);
  }
  throw new ReadBackFailure(notUsable(acting.id, "restarted"));
}
