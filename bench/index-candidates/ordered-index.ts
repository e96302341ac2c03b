/** What every index candidate does: keep (score, member) pairs in order and know their ranks. */
export interface OrderedIndex {
  readonly length: number;
  /** Adds a pair, unless it is there. Returns whether it was added. */
  insert(score: number, member: string): boolean;
  /** Removes a pair. Returns whether it was there. */
  delete(score: number, member: string): boolean;
  /** Moves a member from one score to another. Returns whether it was there. */
  update(from: number, member: string, to: number): boolean;
  /** The 0-based rank of a pair, or `undefined` where it is not. */
  rank(score: number, member: string): number | undefined;
  /** The pair at a 0-based rank. */
  at(rank: number): Entry | undefined;
  /** The `count` pairs from a rank on; all in bounds. */
  read(start: number, count: number): Entry[];
}

/** A pair as a candidate returns it. */
export interface Entry {
  member: string;
  score: number;
}
