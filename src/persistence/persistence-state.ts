import type { PersistenceMetrics } from "../cache/persistence.ts";
import type { JournalKeeper } from "./journal/journal-keeper.ts";
import type { SnapshotKeeper } from "./snapshot/snapshot-keeper.ts";

const MS_PER_SECOND = 1000;

/** What there is to tell of the data on the disk: INFO and `metrics()` are made of it. */
export interface PersistenceState {
  /** Set while what was kept is being loaded. */
  loading: LoadingState | undefined;
  /** Changes since the last snapshot. */
  changesSinceSave: number;
  /** When the last snapshot was taken, or the data loaded, in seconds since the epoch. */
  lastSaveSeconds: number;
  /** Why the last snapshot failed; `undefined`: it did not. */
  saveFailure: string | undefined;
  /**
   * How long the last background snapshot took, and the one under way does so far, in seconds; -1:
   * none.
   */
  lastSaveTookSeconds: number;
  currentSaveSeconds: number;
  /** Snapshots that were taken. */
  saves: number;
  /** Whether there is a journal. */
  journal: boolean;
  /** Why the journal cannot be written now; `undefined`: it can. */
  journalFailure: string | undefined;
  /** Why the last rewrite failed; `undefined`: it did not. */
  rewriteFailure: string | undefined;
  isRewriteScheduled: boolean;
  lastRewriteTookSeconds: number;
  currentRewriteSeconds: number;
  rewrites: number;
  /** Bytes of base and increments, and what they were after the last rewrite. */
  journalBytes: number;
  journalBaseBytes: number;
  /** Bytes that were recorded and not written, and those that were written and not synced. */
  bufferedBytes: number;
  unsyncedBytes: number;
  syncs: number;
  syncsUnderWay: number;
}

/** How far loading is. */
export interface LoadingState {
  readonly startedAtMs: number;
  readonly totalBytes: number;
  readonly loadedBytes: number;
  /** Keys that were loaded so far. */
  readonly keys: number;
}

/** What there is to tell now. */
export function stateOf(
  loading: LoadingState | undefined,
  { record: saves, changes, lastSaveMs }: SnapshotKeeper,
  journals: JournalKeeper,
): PersistenceState {
  const { record: rewrites, journal } = journals;
  return {
    loading,
    changesSinceSave: changes,
    lastSaveSeconds: Math.floor(lastSaveMs / MS_PER_SECOND),
    saveFailure: saves.failure?.message,
    lastSaveTookSeconds: saves.lastSeconds,
    currentSaveSeconds: saves.currentSeconds,
    saves: saves.count,
    journal: journal !== undefined,
    journalFailure: journals.failure?.message,
    rewriteFailure: rewrites.failure?.message,
    isRewriteScheduled: journals.isScheduled,
    lastRewriteTookSeconds: rewrites.lastSeconds,
    currentRewriteSeconds: rewrites.currentSeconds,
    rewrites: rewrites.count,
    journalBytes: journals.bytes,
    journalBaseBytes: journals.baseBytes,
    bufferedBytes: journal?.bufferedBytes ?? 0,
    unsyncedBytes: journal?.unsyncedBytes ?? 0,
    syncs: journal?.syncs ?? 0,
    syncsUnderWay: journal?.syncsUnderWay ?? 0,
  };
}

/** The part of it that `metrics()` tells. */
export function metricsOf(state: PersistenceState, isLoading: boolean): PersistenceMetrics {
  return {
    loading: isLoading,
    failure: state.journalFailure ?? state.saveFailure,
    journalBytes: state.journalBytes,
    journalBaseBytes: state.journalBaseBytes,
    unsyncedBytes: state.bufferedBytes + state.unsyncedBytes,
    syncs: state.syncs,
    rewrites: state.rewrites,
    snapshots: state.saves,
    changesSinceSnapshot: state.changesSinceSave,
  };
}
