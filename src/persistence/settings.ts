/** When what was written is forced to the disk. */
export type Fsync =
  /** Before it is acknowledged. */
  | "always"
  /** Once a second. */
  | "everysec"
  /** When the system likes. */
  | "no";

/**
 * A snapshot is due when so many changes happened and so many seconds passed since the last one.
 */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/**
 * What is kept, where and how; whoever owns the object may change all but the paths at any time.
 */
export interface PersistenceSettings {
  /** The directory of everything else. */
  dir: string;
  /** The name of the snapshot in it (`dbfilename`). */
  snapshotName: string;
  /** The name of the journal's own directory in it (`appenddirname`). */
  journalDirectory: string;
  /** How the names of the journal's files begin (`appendfilename`). */
  journalName: string;
  /** Whether there is a journal (`appendonly`). */
  journal: boolean;
  fsync: Fsync;
  /**
   * With `always`, the journal is synced on the main thread while that takes less, in milliseconds:
   * nobody else is served meanwhile, and whoever waits has the answer sooner. 0: never.
   */
  syncAtOnceMs: number;
  /** When snapshots are taken (`save`). */
  savePoints: readonly SavePoint[];
  /**
   * The journal is rewritten when it has grown by so many percent since the last time; 0: never.
   */
  rewritePercentage: number;
  /** ... and has at least so many bytes. */
  rewriteMinBytes: number;
  /** Whether a journal whose last command is incomplete is cut there; else it is not loaded. */
  loadTruncated: boolean;
  /** Whether writes are refused while the journal cannot be written. */
  stopsWritesOnJournalError: boolean;
  /** Whether writes are refused while the last snapshot that was due could not be taken. */
  stopsWritesOnSnapshotError: boolean;
  /** Whether strings are compressed in snapshots. */
  compress: boolean;
  /** Whether snapshots end with a checksum. */
  checksum: boolean;
  /**
   * Sets are written as listpacks while they never had more members (`zset-max-listpack-entries`)
   * ...
   */
  zsetListpackEntries: number;
  /** ... nor a longer one, in bytes (`zset-max-listpack-value`). */
  zsetListpackValueBytes: number;
}
