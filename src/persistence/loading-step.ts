/** Part of loading, carried out in short steps. */
export interface LoadingStep {
  readonly totalBytes: number;
  readonly loadedBytes: number;
  /** Keys that were loaded so far. */
  readonly keys: number;
  /**
   * About a millisecond of work.
   * @returns whether there is more
   * @throws {CacheError} `PERSISTENCE_FAILED`
   */
  step(): boolean;
  /** Closes what is open. Idempotent. */
  close(): void;
}
