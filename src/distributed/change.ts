/**
 * What a replica has to be told of a key: the state that a write left behind, never the write
 * itself, so that telling it twice is telling it once. Deadlines are absolute, by the coordinator's clock.
 */
export type Change = StringChange | AbsentChange | ExpiryChange | ScoresChange | OtherChange;

/** The key holds this string. */
interface StringChange {
  readonly type: "string";
  readonly value: string | Uint8Array;
  readonly expiresAt: number;
}

/** The key is gone. */
export interface AbsentChange {
  readonly type: "absent";
}

/** The key has another deadline, and holds what it held. */
interface ExpiryChange {
  readonly type: "expiry";
  readonly expiresAt: number;
}

/** These members of a sorted set have these scores, or are none (`undefined`). */
export interface ScoresChange {
  readonly type: "scores";
  readonly scores: Map<string, number | undefined>;
  /** How many members the whole set has then: what does not add up was not the same set. */
  readonly size: number;
  readonly expiresAt: number;
}

/** The key holds something else, too large to be told: it is to be copied. */
export interface OtherChange {
  readonly type: "other";
}

export const OTHER: OtherChange = Object.freeze({ type: "other" });
export const ABSENT: AbsentChange = Object.freeze({ type: "absent" });

/** Whether the change says all there is to say about the key, so that it may follow on anything. */
export function isWhole(change: Change): boolean {
  if (change.type === "expiry" || change.type === "other") return false;
  if (change.type !== "scores") return true;
  if (change.scores.size < change.size) return false;
  let present = 0;
  for (const score of change.scores.values()) if (score !== undefined) present++;
  return present === change.size;
}

/**
 * One change that says what two in a row do; `undefined` where that cannot be told from them. Scores are
 * taken over by the first change, whose map is its own.
 */
export function merge(first: Change, second: Change): Change | undefined {
  if (second.type === "other") return undefined;
  if (second.type === "expiry") return withExpiry(first, second.expiresAt);
  if (second.type !== "scores" || isWhole(second)) return second;
  if (first.type !== "scores") return undefined;
  const { scores } = first;
  for (const [member, score] of second.scores) scores.set(member, score);
  return { type: "scores", scores, size: second.size, expiresAt: second.expiresAt };
}

function withExpiry(change: Change, expiresAt: number): Change {
  return change.type === "absent" || change.type === "other" ? change : { ...change, expiresAt };
}

/** How much more than the first change the one costs that {@link merge} makes of it and the second. */
export function growthOf(first: Change, second: Change): number {
  if (second.type === "expiry") return 0;
  if (first.type !== "scores" || second.type !== "scores" || isWhole(second)) {
    return costOf(second) - costOf(first);
  }
  let bytes = 0;
  for (const member of second.scores.keys()) {
    if (!first.scores.has(member)) bytes += costOfMember(member);
  }
  return bytes;
}

const ENTRY_BYTES = 64;

function costOfMember(member: string): number {
  return ENTRY_BYTES + member.length;
}

/** About what the change holds in memory, in bytes. */
export function costOf(change: Change): number {
  if (change.type === "string") return ENTRY_BYTES + change.value.length;
  if (change.type !== "scores") return ENTRY_BYTES;
  let bytes = ENTRY_BYTES;
  for (const member of change.scores.keys()) bytes += costOfMember(member);
  return bytes;
}
