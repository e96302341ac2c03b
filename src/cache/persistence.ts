import type { CacheError } from "../errors.ts";
import type { Databases } from "../engine/databases.ts";
import type { Timers } from "./platform.ts";

/** What a cache hands to whoever keeps its data. */
export interface PersistenceHost {
  /** What is to be kept: empty at first. Database 0 is the cache's own. */
  readonly databases: Databases;
  readonly timers: Timers;
}

/** How a cache keeps its data beyond its process: `files` of `laurel/persistence` makes one. */
export interface Persistence {
  /** Begins to load what was kept, and to keep what changes from then on. For one cache, once. */
  open(host: PersistenceHost): KeptData;
}

/** What is known of the data on the disk. Part of `metrics()`. */
export interface PersistenceMetrics {
  /** Whether what was kept is still being loaded. */
  loading: boolean;
  /** Why writes are refused now, or would be if that were asked for; `undefined`: all is well. */
  failure: string | undefined;
  /** Bytes of the journal, base and increments; 0: there is none. */
  journalBytes: number;
  /** Bytes that the journal had when it was rewritten last. */
  journalBaseBytes: number;
  /** Bytes that were recorded and are not on the disk for certain. */
  unsyncedBytes: number;
  /** Calls that forced bytes to the disk. */
  syncs: number;
  /** Times the journal was rewritten. */
  rewrites: number;
  /** Snapshots that were taken. */
  snapshots: number;
  /** Changes since the last snapshot. */
  changesSinceSnapshot: number;
}

/** The data of one cache on its way to the disk. */
export interface KeptData {
  /** Resolves when what was kept is loaded; rejects with `PERSISTENCE_FAILED` where it cannot be. */
  readonly ready: Promise<void>;
  /** Whether `ready` has resolved. */
  readonly isReady: boolean;
  /** Why writes must be refused now; `undefined`: they need not be. */
  readonly refusal: CacheError | undefined;
  /**
   * How often something could not be kept that was to be waited for: who compares it with what it was
   * before sees by it that what was done in between may be lost.
   */
  readonly failures: number;
  /** Tells that a call ended: its effects are kept together, or none of them. */
  endUnit(): void;
  /**
   * Resolves when everything so far is as safe as was asked for, rejects with `PERSISTENCE_FAILED`
   * when it cannot be made so; `undefined`: it is already.
   */
  settled(): Promise<void> | undefined;
  /** Resolves when everything so far is on the disk. */
  flush(): Promise<void>;
  /**
   * {@link flush}es and ends; rejects with `PERSISTENCE_FAILED` where it cannot, and has ended all
   * the same. Nothing is recorded from the call on. While data is being loaded it ends that, and
   * `ready` settles. Idempotent.
   */
  close(): Promise<void>;
  /** Also after `close`. */
  metrics(): PersistenceMetrics;
}
