import type { LoadingState, PersistenceState } from "../../persistence/persistence-state.ts";
import type { Field, InfoSource } from "./info-source.ts";

const MS_PER_SECOND = 1000;

/** What is on the disk, and on its way there. */
export function persistenceSection(source: InfoSource): readonly Field[] {
  const { state } = source.persistence;
  const { loading } = state;
  return [
    ["loading", loading === undefined ? 0 : 1],
    ["async_loading", 0],
    ...(loading === undefined ? [] : loadingFields(loading, source.nowMs())),
    ...snapshotFields(state),
    ...journalFields(state),
    ["module_fork_in_progress", 0],
    // Of Laurel: why what is written is not on the disk, in words.
    ["persistence_failure", state.journalFailure ?? state.saveFailure ?? ""],
  ];
}

function loadingFields(loading: LoadingState, nowMs: number): readonly Field[] {
  const { keys, loadedBytes, startedAtMs, totalBytes } = loading;
  const tookSeconds = Math.max(0, nowMs - startedAtMs) / MS_PER_SECOND;
  const share = totalBytes === 0 ? 1 : loadedBytes / totalBytes;
  const eta = share === 0 ? 1 : Math.ceil(tookSeconds / share - tookSeconds);
  return [
    ["loading_start_time", Math.floor(startedAtMs / MS_PER_SECOND)],
    ["loading_total_bytes", totalBytes],
    ["loading_loaded_bytes", loadedBytes],
    ["loading_loaded_perc", (share * 100).toFixed(2)],
    ["loading_eta_seconds", eta],
    ["loading_loaded_keys", keys],
  ];
}

function snapshotFields(state: PersistenceState): readonly Field[] {
  const isUnderWay = state.currentSaveSeconds >= 0;
  return [
    ["rdb_changes_since_last_save", state.changesSinceSave],
    ["rdb_bgsave_in_progress", isUnderWay ? 1 : 0],
    ["rdb_last_save_time", state.lastSaveSeconds],
    ["rdb_last_bgsave_status", statusOf(state.saveFailure)],
    ["rdb_last_bgsave_time_sec", wholeSeconds(state.lastSaveTookSeconds)],
    ["rdb_current_bgsave_time_sec", wholeSeconds(state.currentSaveSeconds)],
    ["rdb_saves", state.saves],
  ];
}

function journalFields(state: PersistenceState): readonly Field[] {
  return [
    ["aof_enabled", state.journal ? 1 : 0],
    ["aof_rewrite_in_progress", state.currentRewriteSeconds >= 0 ? 1 : 0],
    ["aof_rewrite_scheduled", state.isRewriteScheduled ? 1 : 0],
    ["aof_last_rewrite_time_sec", wholeSeconds(state.lastRewriteTookSeconds)],
    ["aof_current_rewrite_time_sec", wholeSeconds(state.currentRewriteSeconds)],
    ["aof_last_bgrewrite_status", statusOf(state.rewriteFailure)],
    ["aof_rewrites", state.rewrites],
    ["aof_last_write_status", statusOf(state.journalFailure)],
    ...(state.journal ? openJournalFields(state) : []),
  ];
}

function openJournalFields(state: PersistenceState): readonly Field[] {
  return [
    ["aof_current_size", state.journalBytes],
    ["aof_base_size", state.journalBaseBytes],
    ["aof_pending_rewrite", 0],
    ["aof_buffer_length", state.bufferedBytes],
    ["aof_pending_bio_fsync", state.syncsUnderWay],
    ["aof_delayed_fsync", 0],
    // Of Laurel.
    ["aof_unsynced_bytes", state.unsyncedBytes],
    ["aof_fsyncs", state.syncs],
  ];
}

function statusOf(failure: string | undefined): "ok" | "err" {
  return failure === undefined ? "ok" : "err";
}

/** Seconds as Redis tells them: whole ones; -1: none. */
function wholeSeconds(seconds: number): number {
  return Math.floor(seconds);
}
