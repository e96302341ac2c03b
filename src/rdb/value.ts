/** A member of a sorted set, as a byte string, with its score. */
export interface RdbEntry {
  readonly member: string;
  readonly score: number;
}

/** A string value. */
export interface RdbString {
  readonly type: "string";
  /** A byte string. */
  readonly value: string;
}

/** A sorted set. */
interface RdbSortedSet {
  readonly type: "sorted-set";
  /**
   * At least one, each member once, no score NaN; in the order of the payload, which may be any.
   */
  readonly members: readonly RdbEntry[];
}

/** A value that was read from RDB bytes. */
export type RdbValue = RdbString | RdbSortedSet;
