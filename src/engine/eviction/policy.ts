/**
 * Chooses the key that has to go. It is told of every key that comes, is used and goes, by slot,
 * and looks at all of them: nothing is sampled.
 */
export interface EvictionPolicy {
  /** Bytes that it spends on a key. */
  readonly entryBytes: number;
  added(slot: number, hash: number): void;
  touched(slot: number): void;
  removed(slot: number): void;
  /** The slot to evict next, never `kept`; -1 where there is no other. The caller removes it. */
  victim(kept: number): number;
  /** Called before `removed` when the key was evicted, not deleted. */
  evicted(slot: number, hash: number): void;
}
