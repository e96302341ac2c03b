import type { CacheError } from "../../errors.ts";
import { notNow, persistenceFailed, REWRITE_JOURNAL } from "../failure.ts";
import { JobRecord } from "../job-record.ts";
import { type KeeperParts, noteFailure } from "../keeper-parts.ts";
import type { Loading } from "../loading.ts";
import { makeDirectory } from "../make-directory.ts";
import { SnapshotWriter } from "../snapshot/snapshot-writer.ts";
import { JournalDirectory } from "./journal-directory.ts";
import type { Journal } from "./journal.ts";

/** How long a rewrite that failed is not tried again by itself, if nothing depends on it ... */
const RETRY_MS = 5000;
/** ... and at most, since each time it is twice as long. */
const RETRY_MS_MAX = 600_000;

/** Keeps the journal: begins and ends it, rewrites it when it has grown, and mends it. */
export class JournalKeeper {
  readonly record: JobRecord;
  /** It is to be rewritten when the snapshot is taken. */
  isScheduled = false;
  /** How often the journal could not be written though somebody waited for it, or was to. */
  failures = 0;
  readonly #parts: KeeperParts;
  #directory: JournalDirectory | undefined;
  /** What is recorded goes where nobody would look for it, until another base is complete. */
  #isBaseless = false;
  /** Why another base is needed; `undefined`: it is the first one. */
  #trouble: Error | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.record = new JobRecord(parts.tools.nowMs);
  }

  /** What effects are recorded in; `undefined`: there is none. */
  get journal(): Journal | undefined {
    return this.#directory?.journal;
  }

  /** Bytes of base and increments. */
  get bytes(): number {
    return this.#directory?.bytes ?? 0;
  }

  /** What they were when the base was written. */
  get baseBytes(): number {
    return this.#directory?.baseBytes ?? 0;
  }

  /** Why what is recorded may not be found again; `undefined`: it will be. */
  get failure(): Error | undefined {
    const failure = this.journal?.failure;
    if (failure !== undefined || !this.#isBaseless) return failure;
    return this.#trouble ?? this.record.failure;
  }

  /** Whether it is to be rewritten now. */
  get isDue(): boolean {
    if (this.#directory === undefined) return false;
    if (this.isScheduled) return true;
    const { rewriteMinBytes, rewritePercentage } = this.#parts.settings;
    const { baseBytes, bytes } = this;
    if (rewritePercentage === 0 || bytes < rewriteMinBytes) return false;
    const { failures, triedAtMs } = this.record;
    const pauseMs = Math.min(RETRY_MS * 2 ** (failures - 1), RETRY_MS_MAX);
    if (failures > 0 && this.#parts.tools.nowMs() - triedAtMs < pauseMs) return false;
    return (bytes - baseBytes) * 100 >= rewritePercentage * Math.max(1, baseBytes);
  }

  /** Goes on with the journal that was loaded. @throws the error of the system */
  resume({ lastIncrement, manifest, totalBytes }: Loading): void {
    if (manifest === undefined) return;
    this.#directory = this.#newDirectory();
    this.#directory.resume(manifest, lastIncrement, totalBytes);
  }

  /** Begins a journal, whose base is written in the background. @throws {CacheError} */
  start(): void {
    this.#directory = this.#newDirectory();
    this.#isBaseless = true;
    try {
      this.rewriteLater();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** There is none, though one was asked for. @returns the error that says so */
  notBegun(cause: unknown): CacheError {
    this.isScheduled = false;
    return noteFailure(this.#parts, this.record, persistenceFailed("begin a journal", cause));
  }

  /** Ends it. Nothing may be under way. What there is on the disk stays as it is. */
  stop(): void {
    const directory = this.#directory;
    this.#directory = undefined;
    this.isScheduled = false;
    directory?.abandon();
    if (this.#isBaseless) directory?.journal.discard();
    else directory?.journal.close();
    this.#isBaseless = false;
    this.#trouble = undefined;
    this.#parts.healthChanged();
  }

  /**
   * Begins to write another base; while something else is written, afterwards.
   * @throws {CacheError}
   */
  rewriteLater(): "started" | "scheduled" {
    const directory = this.#existing();
    if (this.#parts.jobs.kind === "rewrite") throw notNow("the journal is being rewritten");
    if (this.#parts.jobs.kind !== undefined) return this.schedule();
    this.isScheduled = false;
    this.record.started();
    try {
      this.#parts.jobs.run("rewrite", this.#newBase(directory), {
        done: (bytes) => this.#baseWritten(directory, bytes),
        failed: (error) => this.#failed(directory, error),
      });
    } catch (error) {
      throw this.#failed(directory, error);
    }
    return "started";
  }

  /** A base is to be written when the snapshot is taken that is under way. */
  schedule(): "scheduled" {
    this.isScheduled = true;
    return "scheduled";
  }

  /** Writes another base before it returns. Nothing may be under way. @throws {CacheError} */
  rewriteNow(): void {
    const directory = this.#existing();
    this.isScheduled = false;
    this.record.started();
    try {
      this.#complete(directory, this.#newBase(directory).runNow());
    } catch (error) {
      throw this.#failed(directory, error);
    }
  }

  /** Sees to it before it returns that what is recorded can be found again. @throws {CacheError} */
  mendNow(): void {
    this.#recover();
    if (this.#isBaseless) this.rewriteNow();
  }

  /** The data is no longer what the journal tells: it needs another base. */
  invalidate(): void {
    if (this.#directory !== undefined) this.#isBaseless = true;
  }

  /** The rewrite under way was given up: it is begun anew later. */
  dropped(): void {
    this.record.dropped();
    this.#directory?.abandon();
    this.isScheduled = true;
  }

  /** Tries again what failed. @throws {CacheError} where it fails again */
  heal(): void {
    const { journal } = this;
    if (journal === undefined) return;
    if (journal.failure === undefined && !this.#isBaseless && !journal.isInPlace()) {
      this.#trouble = new Error("its file is gone");
      this.#parts.tools.log("warning", "The file of the journal is gone: another one is written.");
      this.#isBaseless = true;
    }
    this.#recover();
    if (!this.#isBaseless || this.#parts.jobs.kind !== undefined) return;
    makeDirectory(this.#parts.tools.fs, this.#parts.settings.dir);
    this.rewriteLater();
  }

  /** Writes what could not be written, or finds that it cannot be written to this file any more. */
  #recover(): void {
    const { journal } = this;
    if (journal?.failure === undefined) return;
    if (!journal.needsNewFile) journal.recover();
    if (!journal.needsNewFile) return;
    this.#trouble = journal.failure;
    this.#isBaseless = true;
  }

  #existing(): JournalDirectory {
    if (this.#directory === undefined) throw notNow("there is no journal");
    return this.#directory;
  }

  #newDirectory(): JournalDirectory {
    const { healthChanged, settings, tools } = this.#parts;
    const events = {
      failed: (error: Error): void => {
        if (settings.fsync === "always") this.failures++;
        tools.log("warning", `Cannot write the journal: ${error.message}.`);
        healthChanged();
      },
      recovered: (): void => {
        tools.log("notice", "The journal can be written again.");
        healthChanged();
      },
    };
    return new JournalDirectory(settings, tools, events);
  }

  /**
   * From here on what is recorded belongs on top of what this writes: the state of this instant.
   */
  #newBase(directory: JournalDirectory): SnapshotWriter {
    directory.begin(!this.#isBaseless);
    const { comingBasePath: path, temporaryPath: temporary } = directory;
    const { databases, settings, tools } = this.#parts;
    const options = { isBase: true };
    return new SnapshotWriter(tools.fs, path, temporary, databases, settings, options);
  }

  #baseWritten(directory: JournalDirectory, bytes: number): void {
    try {
      this.#complete(directory, bytes);
    } catch (error) {
      this.#failed(directory, error);
    }
  }

  #complete(directory: JournalDirectory, bytes: number): void {
    directory.complete(bytes);
    this.#isBaseless = false;
    const isMended = this.#trouble !== undefined;
    this.#parts.tools.log(
      "notice",
      isMended ? "The journal is whole again." : "Rewrote the journal.",
    );
    this.#trouble = undefined;
    this.record.succeeded();
    this.#parts.healthChanged();
  }

  #failed(directory: JournalDirectory, cause: unknown): CacheError {
    directory.abandon();
    return noteFailure(this.#parts, this.record, persistenceFailed(REWRITE_JOURNAL, cause));
  }
}
