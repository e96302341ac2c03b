/** Laws of the distributed cache, by name. */
export type Invariant =
  | "no lost write"
  | "no stale read"
  | "no deleted key back"
  | "no expired key"
  | "no double count"
  | "no corrupt value"
  | "every call settles"
  | "available when calm"
  | "errors are typed"
  | "no unhandled error"
  | "healthy after quiet"
  | "on exactly its owners"
  | "equal on all owners"
  | "bounded queues"
  | "keys lists what is there";

/** A law that was broken, and how. */
export interface Violation {
  readonly invariant: Invariant;
  readonly message: string;
  /** Words by which to find in the trace what led to it, such as the key. */
  readonly words: readonly string[];
}
