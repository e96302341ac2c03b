import { crc32 } from "node:zlib";
import type { Timers } from "../../cache/platform.ts";
import type { DatabasesListener } from "../../engine/databases.ts";
import type { Effect } from "../../engine/effects.ts";
import type { FileSystem } from "../file-system.ts";
import type { Fsync } from "../settings.ts";
import { EffectEncoder } from "./effect-encoder.ts";
import { JournalFile } from "./journal-file.ts";
import { SyncPace } from "./sync-pace.ts";
import { WaitingLine } from "./waiting-line.ts";

/** More than this is written without waiting for the end of the turn. */
const COMMIT_BYTES = 1024 * 1024;
/** More than this is not kept while it cannot be written. */
const PENDING_BYTES_MAX = 64 * 1024 * 1024;
/** How long with `everysec` something stays unsynced. */
const SYNC_INTERVAL_MS = 1000;

/** How what is written gets to the disk; whoever owns the object may change it at any time. */
export interface JournalSettings {
  readonly fsync: Fsync;
  /** With `always`, syncs are made on the main thread while they take less. Default 0: never. */
  readonly syncAtOnceMs?: number;
}

/** Is told when the journal cannot be written any more, and when it can again. */
export interface JournalEvents {
  failed(error: Error): void;
  recovered(): void;
}

/**
 * The write-ahead log of databases: what happened to them, appended to a file as the commands that
 * do it again.
 *
 * - *Recording* encodes an effect at once into one buffer.
 * - *Units.* What a command, a transaction or a call did is in the file whole or not at all.
 * - *Commits.* What was recorded in a turn of the event loop is written at its end by one call, and
 *   with it a line with the CRC-32 of everything before it, which tells damage from what a crash
 *   cut off. Redis passes over such lines.
 * - *Syncing* goes on outside the main thread, one at a time: with `always` at once, for everybody
 *   who wrote before it began (on the main thread where that is allowed and quicker); with
 *   `everysec` a second after something was written.
 * - *Failure.* Where a write fails, the file is cut where it was right, and what is recorded waits
 *   for another try. Where a sync fails, nobody knows what the file holds, and only another file
 *   helps, on top of a base that is written anew.
 */
export class Journal implements DatabasesListener {
  readonly #fs: FileSystem;
  readonly #timers: Timers;
  readonly #settings: JournalSettings;
  readonly #events: JournalEvents;
  readonly #encoder = new EffectEncoder();
  readonly #waiting = new WaitingLine();
  readonly #pace = new SyncPace();
  #file: JournalFile | undefined;
  #failure: Error | undefined;
  #needsNewFile = false;
  /** Commits so far, and how many of them are on the disk; of all files. */
  #commits = 0;
  #syncedCommits = 0;
  /** How many the sync that is under way brings there, or the last one brought. */
  #coveredCommits = 0;
  #writtenBytes = 0;
  #syncedBytes = 0;
  #syncs = 0;
  /** The file that is being synced off the main thread. */
  #syncing: JournalFile | undefined;
  /** Something was written a second ago, and the sync that is under way came too early for it. */
  #isSyncOverdue = false;
  #turn: NodeJS.Immediate | undefined;
  #timer: unknown;
  readonly #turnEnds = (): void => {
    this.#turn = undefined;
    this.commit();
  };

  constructor(fs: FileSystem, timers: Timers, settings: JournalSettings, events: JournalEvents) {
    this.#fs = fs;
    this.#timers = timers;
    this.#settings = settings;
    this.#events = events;
  }

  /** Why nothing is written now. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether only `switchTo` another file helps. What is recorded until then is not kept. */
  get needsNewFile(): boolean {
    return this.#needsNewFile;
  }

  /** Where the file is; `undefined`: there is none. */
  get path(): string | undefined {
    return this.#file?.path;
  }

  /** Bytes of the file, with those that are to be written to it. */
  get bytes(): number {
    return (this.#file?.bytes ?? 0) + this.#encoder.length;
  }

  /** Bytes that are to be written. */
  get bufferedBytes(): number {
    return this.#encoder.length;
  }

  /** Bytes that were written and may not be on the disk. */
  get unsyncedBytes(): number {
    return this.#writtenBytes - this.#syncedBytes;
  }

  /** How often was synced. */
  get syncs(): number {
    return this.#syncs;
  }

  get syncsUnderWay(): number {
    return this.#syncing === undefined ? 0 : 1;
  }

  // ---- files

  /**
   * Begins a file (`create`), or goes on with one (`append`) whose content has the checksum `crc`,
   * and is on the disk then. With `append` it follows on the former file, which is completed; with
   * `create` the former one no longer matters, and what could not be written to it is dropped.
   * @throws the error of the system; the former file goes on then
   */
  switchTo(path: string, mode: "create" | "append", crc = 0): void {
    this.#writePending();
    if (mode === "append") this.#complete();
    const file = this.#open(path, mode, crc);
    if (mode === "create") this.#leaveFile();
    this.#file?.close(mode === "append");
    this.#file = file;
    this.#encoder.reset();
    this.#allSynced();
    this.#healed();
  }

  #open(path: string, mode: "create" | "append", crc: number): JournalFile {
    const file = new JournalFile(this.#fs, path, mode, crc);
    try {
      // It was read, and is told to whoever asks: from now on no power cut may take it back.
      if (file.bytes > 0) file.sync();
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  }

  /**
   * Writes and syncs everything, so that another file can follow on this one.
   * @throws the error of the system
   */
  #complete(): void {
    if (this.#file === undefined) return;
    if (!this.recover()) throw this.#failure as Error;
    this.settleNow();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Whether the file is still found where it was put; so is none. */
  isInPlace(): boolean {
    return this.#file?.isInPlace ?? true;
  }

  /** Everything is on the disk where `fsync` is not `no`, and nothing is recorded any more. */
  close(): void {
    this.#writePending();
    if (this.#settings.fsync !== "no" || this.#waiting.size > 0) this.settleNow();
    this.#leave();
  }

  /** What was not written is forgotten, and nothing is recorded any more. */
  discard(): void {
    this.#leave();
    this.#failure = undefined;
    this.#needsNewFile = false;
  }

  /** Syncs the file if that is possible, for those who wait; it will not be asked for any more. */
  #leaveFile(): void {
    if (this.#file === undefined || this.#waiting.size === 0) return;
    try {
      this.#file.sync();
    } catch (error) {
      this.#waiting.fail(asError(error));
    }
  }

  #leave(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#stopTimer();
    this.#file?.close();
    this.#file = undefined;
    this.#encoder.reset();
    this.#waiting.fail(new Error("the journal was closed"));
    this.#allSynced();
  }

  // ---- recording

  effect(database: number, effect: Effect): void {
    if (this.#file === undefined || this.#needsNewFile) return;
    try {
      this.#encoder.encode(database, effect);
    } catch (error) {
      this.#failForGood(asError(error));
    }
    if (this.#turn === undefined) this.#recordedFirst();
  }

  swapped(a: number, b: number): void {
    if (this.#file === undefined || this.#needsNewFile) return;
    this.#encoder.swap(a, b);
    if (this.#turn === undefined) this.#recordedFirst();
  }

  /** What was recorded since the last call is to be there whole, or not at all. */
  endUnit(): void {
    this.#encoder.endUnit();
    if (this.#encoder.length > COMMIT_BYTES) this.commit();
  }

  /** Something was recorded, perhaps for the first time in this turn. */
  #recordedFirst(): void {
    if (this.#failure === undefined) {
      this.#turn = setImmediate(this.#turnEnds);
    } else if (this.#encoder.length > PENDING_BYTES_MAX) this.#failForGood(this.#failure);
  }

  /** Hands everything that was recorded to the system, by one write. Never throws. */
  commit(): void {
    this.#writePending();
    this.#syncAsSet();
  }

  #writePending(): void {
    if (this.#file === undefined || this.#failure !== undefined) return;
    this.#encoder.endUnit();
    if (this.#encoder.length === 0) return;
    try {
      this.#write(this.#file);
    } catch (error) {
      this.#failed(asError(error));
    }
  }

  #write(file: JournalFile): void {
    const encoder = this.#encoder;
    const { length } = encoder;
    const crc = crc32(encoder.view(), file.crc);
    encoder.checksum(crc);
    const bytes = encoder.view();
    try {
      file.append(bytes, crc32(bytes.subarray(length), crc));
    } catch (error) {
      // The line was about a file that went on right here.
      encoder.truncate(length);
      throw error;
    }
    this.#writtenBytes += bytes.length;
    this.#commits++;
    encoder.clear();
  }

  // ---- syncing

  /**
   * Calls back, later, when everything that was recorded so far is on the disk, where `fsync` is
   * `always`, or with an error where it cannot be brought there.
   * @returns false where nothing is to be waited for: nobody is called then
   */
  whenSettled(callback: (error?: Error) => void): boolean {
    if (this.#settings.fsync !== "always" || this.#file === undefined) return false;
    const commit = this.#encoder.length > 0 ? this.#commits + 1 : this.#commits;
    const { failure } = this;
    if (failure !== undefined) {
      if (!this.#needsNewFile && commit <= this.#syncedCommits) return false;
      queueMicrotask(() => callback(failure));
      return true;
    }
    if (commit <= this.#syncedCommits) return false;
    this.#waiting.add(commit, callback);
    if (commit <= this.#commits) this.#startSync();
    return true;
  }

  /** Brings everything that was recorded to the disk before it returns. Never throws. */
  settleNow(): void {
    this.#writePending();
    if (this.#file === undefined || this.#failure !== undefined) return;
    if (this.#commits === this.#syncedCommits) return;
    const startedAt = performance.now();
    try {
      this.#file.sync();
    } catch (error) {
      this.#failForGood(asError(error));
      return;
    }
    this.#pace.took(performance.now() - startedAt);
    this.#syncs++;
    this.#allSynced();
  }

  /**
   * Brings everything that was recorded to the disk, whatever `fsync` is. Rejects with the error of
   * the system.
   */
  async flush(): Promise<void> {
    this.#writePending();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#file === undefined || this.#commits === this.#syncedCommits) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add(this.#commits, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
      this.#startSync();
    });
  }

  /** Syncs what was written, now or soon, where somebody waits for it or `fsync` wants it. */
  #syncAsSet(): void {
    if (this.#commits === this.#coveredCommits || this.#failure !== undefined) return;
    const { fsync, syncAtOnceMs = 0 } = this.#settings;
    const isFree = this.#syncing === undefined;
    if (fsync === "always" && isFree && this.#pace.isBelow(syncAtOnceMs)) this.settleNow();
    else if (fsync === "always" || this.#waiting.size > 0 || this.#isSyncOverdue) this.#startSync();
    else if (fsync === "everysec") {
      this.#timer ??= this.#timers.setTimeout(() => this.#secondPassed(), SYNC_INTERVAL_MS);
    }
  }

  #secondPassed(): void {
    this.#timer = undefined;
    if (this.#commits === this.#coveredCommits || this.#failure !== undefined) return;
    this.#isSyncOverdue = this.#syncing !== undefined;
    this.#startSync();
  }

  /** Syncs everything that was written, unless a sync is under way: another one follows then. */
  #startSync(): void {
    if (this.#file === undefined || this.#syncing !== undefined) return;
    this.#isSyncOverdue = false;
    this.#coveredCommits = this.#commits;
    // It tells of its failure itself.
    void this.#sync(this.#file, this.#commits, this.#writtenBytes);
  }

  async #sync(file: JournalFile, commits: number, bytes: number): Promise<void> {
    this.#syncing = file;
    const startedAt = performance.now();
    let failure: Error | undefined;
    try {
      await file.syncLater();
      this.#pace.took(performance.now() - startedAt);
    } catch (error) {
      failure = asError(error);
    }
    this.#syncing = undefined;
    if (failure === undefined) {
      this.#syncs++;
      this.#synced(commits, bytes);
    } else if (this.#file === file || file.isFollowed) {
      // The system tells it once: whoever synced the same file meanwhile was perhaps not told.
      this.#failForGood(failure);
    }
    this.#syncAsSet();
  }

  #synced(commits: number, bytes: number): void {
    if (commits <= this.#syncedCommits) return;
    this.#syncedCommits = commits;
    this.#syncedBytes = bytes;
    this.#waiting.release(commits);
  }

  /** Everything that was written is on the disk, or does not matter any more. */
  #allSynced(): void {
    this.#stopTimer();
    this.#coveredCommits = this.#commits;
    this.#synced(this.#commits, this.#writtenBytes);
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#timers.clearTimeout(this.#timer as never);
    this.#timer = undefined;
  }

  // ---- failure

  /**
   * Tries again what failed: cuts the file where it was right, and writes what is pending. In vain
   * after a failed sync.
   * @returns whether the journal can be written
   */
  recover(): boolean {
    if (this.#failure === undefined) return true;
    const file = this.#file;
    if (file === undefined || this.#needsNewFile) return false;
    try {
      file.repair();
      this.#encoder.endUnit();
      if (this.#encoder.length > 0) this.#write(file);
    } catch (error) {
      this.#failed(asError(error));
      return false;
    }
    this.#healed();
    this.#syncAsSet();
    return true;
  }

  /** A write failed. */
  #failed(error: Error): void {
    if (this.#file?.isSpoilt === true) this.#needNewFile();
    this.#waiting.fail(error, this.#commits);
    this.#tellFailure(error);
  }

  /** What was written may be lost, or what is pending cannot be kept. */
  #failForGood(error: Error): void {
    this.#needNewFile();
    this.#waiting.fail(error);
    this.#tellFailure(error);
  }

  #needNewFile(): void {
    this.#needsNewFile = true;
    this.#stopTimer();
    // The base that is written before another file holds it all.
    this.#encoder.reset();
  }

  #tellFailure(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#events.failed(error);
  }

  #healed(): void {
    this.#needsNewFile = false;
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#events.recovered();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
