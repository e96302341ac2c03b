import type { KeptData, PersistenceMetrics } from "../cache/persistence.ts";
import type { Databases, DatabasesListener } from "../engine/databases.ts";
import type { Effect } from "../engine/effects.ts";
import type { CacheError } from "../errors.ts";
import { DirectoryLock } from "./directory-lock.ts";
import { notKept, notNow, persistenceFailed, refusedWrite } from "./failure.ts";
import { JobSlot } from "./job-slot.ts";
import { JournalKeeper } from "./journal/journal-keeper.ts";
import type { Journal } from "./journal/journal.ts";
import type { KeeperParts } from "./keeper-parts.ts";
import type { Loading } from "./loading.ts";
import { metricsOf, type PersistenceState, stateOf } from "./persistence-state.ts";
import type { PersistenceTools } from "./persistence-tools.ts";
import { Recovery } from "./recovery.ts";
import type { PersistenceSettings } from "./settings.ts";
import { SnapshotKeeper } from "./snapshot/snapshot-keeper.ts";

/** How often is looked after what is due: snapshots, rewrites, and another try of what failed. */
const TICK_MS = 1000;

/** What `close` does about a snapshot: takes one where save points are set, always, or never. */
export type SaveAtEnd = "as-set" | "always" | "never";

/** What DEBUG RELOAD is told. */
export interface ReloadOptions {
  /** Whether a snapshot is taken before: else the last one is loaded. */
  readonly save: boolean;
  /** Whether all keys are dropped before. */
  readonly flush: boolean;
}

/**
 * Keeps databases in the files of a directory, as a journal, as snapshots, or both: loads what is
 * there, records what changes, and looks after what is due once a second.
 */
export class FilePersistence implements KeptData, DatabasesListener {
  /** As whoever owns them set them last. */
  readonly settings: PersistenceSettings;
  readonly #databases: Databases;
  readonly #tools: PersistenceTools;
  readonly #jobs: JobSlot;
  readonly #snapshots: SnapshotKeeper;
  readonly #journals: JournalKeeper;
  readonly #recovery: Recovery;
  readonly #lock: DirectoryLock;
  /** Where effects go: a field of its own, since each of them is led by it. */
  #journal: Journal | undefined;
  #phase: "new" | "loading" | "open" | "closed" = "new";
  #ready: Promise<void> = Promise.resolve();
  #isListening = false;
  #refusal: CacheError | undefined;
  /** Why nothing is kept at all: what was kept could not be opened or loaded. */
  #openFailure: CacheError | undefined;
  #timer: unknown;
  #closing: Promise<void> | undefined;

  constructor(databases: Databases, settings: PersistenceSettings, tools: PersistenceTools) {
    this.#databases = databases;
    this.settings = settings;
    this.#tools = tools;
    this.#jobs = new JobSlot(() => this.#startScheduled());
    const healthChanged = (): void => this.#updateRefusal();
    const parts: KeeperParts = { databases, settings, tools, jobs: this.#jobs, healthChanged };
    this.#snapshots = new SnapshotKeeper(parts);
    this.#journals = new JournalKeeper(parts);
    this.#recovery = new Recovery(databases, settings, tools);
    this.#lock = new DirectoryLock(settings, tools);
  }

  /**
   * Takes the directory for this process, where something is to be kept in it, before it is opened.
   * @throws {CacheError} `PERSISTENCE_FAILED`; then nothing is kept
   */
  takeDirectory(): void {
    if (!this.settings.journal && this.settings.savePoints.length === 0) return;
    try {
      this.#takeLock();
    } catch (error) {
      throw this.#giveUp(error);
    }
  }

  /**
   * Takes the directory for this process and loads what is there, giving way to others meanwhile;
   * from then on what changes is kept. To be called once; `ready` tells how it went.
   */
  open(): void {
    this.#phase = "loading";
    this.#ready = this.#open();
    // Whoever needs it asks for it, and is told then.
    this.#ready.catch(() => {});
  }

  get ready(): Promise<void> {
    return this.#ready;
  }

  get isReady(): boolean {
    return this.#phase === "open";
  }

  get refusal(): CacheError | undefined {
    return this.#refusal;
  }

  /**
   * How often something could not be kept that was to be waited for: who compares it with what it was
   * before sees by it that what was done in between may be lost.
   */
  get failures(): number {
    return this.#journals.failures;
  }

  /** What INFO tells, as of now. */
  get state(): PersistenceState {
    const loading = this.#phase === "loading" ? this.#recovery.state : undefined;
    return stateOf(loading, this.#snapshots, this.#journals);
  }

  metrics(): PersistenceMetrics {
    const metrics = metricsOf(this.state, this.#phase === "loading");
    const { failure = this.#openFailure?.message } = metrics;
    return { ...metrics, failure };
  }

  // ---- recording

  effect(database: number, effect: Effect): void {
    this.#snapshots.changes++;
    this.#journal?.effect(database, effect);
  }

  swapped(a: number, b: number): void {
    this.#snapshots.changes++;
    this.#journal?.swapped(a, b);
  }

  endUnit(): void {
    this.#journal?.endUnit();
  }

  /** Hands what was recorded so far to the system. Never throws: see {@link refusal}. */
  commit(): void {
    this.#journal?.commit();
  }

  settled(): Promise<void> | undefined {
    // Asked after every call of an embedded cache: where nobody ever waits it costs nothing.
    if (this.settings.fsync !== "always") return undefined;
    // Nothing is unsettled most of the time: then there is no promise.
    let settle: ((error?: CacheError) => void) | undefined;
    if (!this.whenSettled((error) => settle?.(error))) return undefined;
    return new Promise((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  /**
   * Calls back, later, when everything so far is as safe as `fsync` asks, with an error where it
   * cannot be made so.
   * @returns false where it is already: nobody is called then
   */
  whenSettled(callback: (error?: CacheError) => void): boolean {
    const journal = this.#awaitedJournal;
    if (journal === undefined) return false;
    return journal.whenSettled((error) => callback(error && notKept(error)));
  }

  /** Forces everything so far to the disk before it returns, where `fsync` is `always`. */
  settleNow(): void {
    this.#awaitedJournal?.settleNow();
  }

  /** The journal, where somebody is to wait for it; while it cannot be written nobody waits. */
  get #awaitedJournal(): Journal | undefined {
    if (this.settings.fsync !== "always") return undefined;
    return this.#journal?.failure === undefined ? this.#journal : undefined;
  }

  // ---- what is asked for

  /** Takes a snapshot before it returns. @throws {CacheError} `PERSISTENCE_FAILED` */
  save(): void {
    if (this.#jobs.kind === "save") throw notNow("a snapshot is being taken");
    this.#stopJob();
    this.#snapshots.saveNow();
    this.#startScheduled();
  }

  /**
   * Begins to take a snapshot in the background; while the journal is rewritten, with `isScheduled`,
   * afterwards.
   * @throws {CacheError} `PERSISTENCE_FAILED` where one is under way
   */
  saveLater(isScheduled = false): "started" | "scheduled" {
    return this.#snapshots.saveLater(isScheduled);
  }

  /**
   * Begins to rewrite the journal in the background, while a snapshot is taken afterwards. Where
   * there is no journal it writes one of what there is then, and ends it.
   * @throws {CacheError} `PERSISTENCE_FAILED` where that is under way
   */
  rewriteLater(): "started" | "scheduled" {
    if (this.#journal !== undefined) return this.#journals.rewriteLater();
    if (this.#jobs.kind !== undefined) return this.#journals.schedule();
    this.startJournal();
    return "started";
  }

  /**
   * Begins to keep a journal (CONFIG SET appendonly yes).
   * @throws {CacheError} `PERSISTENCE_FAILED`
   */
  startJournal(): void {
    if (this.#journal !== undefined) return;
    try {
      this.#takeLock();
      this.#stopJob();
      this.#journals.start();
    } catch (error) {
      throw this.#journals.notBegun(error);
    } finally {
      this.#followJournal();
    }
  }

  /** Keeps no journal any more (CONFIG SET appendonly no): what there is stays as it is. */
  stopJournal(): void {
    if (this.#journal === undefined) return;
    if (this.#jobs.kind === "rewrite") this.#stopJob();
    this.#journals.stop();
    this.#followJournal();
    this.#startScheduled();
  }

  /** Takes a snapshot and loads it, before it returns (DEBUG RELOAD). @throws {CacheError} */
  reload({ flush, save }: ReloadOptions): void {
    this.#stopJob();
    this.#journals.mendNow();
    this.#journal?.settleNow();
    if (save) this.#snapshots.saveNow();
    try {
      this.#loadNow("snapshot", flush);
    } catch (error) {
      // The journal still tells what there was.
      if (this.#journal !== undefined) this.#loadNow("journal", true);
      throw error;
    }
    // What the journal tells is another state than that of an older snapshot; than that of a new one,
    // too, where keys were past their deadline and not collected yet.
    if (this.#journal !== undefined) {
      this.#journals.invalidate();
      this.#journals.rewriteNow();
    }
    this.#startScheduled();
  }

  /**
   * Loads the journal, or what is left of a former one, before it returns (DEBUG LOADAOF).
   * @throws {CacheError}
   */
  reloadJournal(): void {
    const journal = this.#journal;
    this.#stopJob();
    this.#journals.mendNow();
    journal?.settleNow();
    if (journal?.failure !== undefined) throw notKept(journal.failure);
    this.#loadNow("journal", true);
    this.#startScheduled();
  }

  /** Gives up what is being written: it is begun anew later. */
  #stopJob(): void {
    const kind = this.#jobs.stop();
    if (kind === "save") this.#snapshots.dropped();
    else if (kind === "rewrite") this.#journals.dropped();
  }

  #startScheduled(): void {
    if (this.#isJournalSpent) this.stopJournal();
    if (this.#phase !== "open" || this.#jobs.kind !== undefined) return;
    if (this.#snapshots.isScheduled) this.#attempt(() => this.#snapshots.saveLater(true));
    else if (this.#journals.isScheduled) this.#attempt(() => this.rewriteLater());
  }

  /**
   * Whether there is one that was written for BGREWRITEAOF alone, and goes no further than its
   * base.
   */
  get #isJournalSpent(): boolean {
    if (this.settings.journal || this.#journal === undefined) return false;
    return this.#jobs.kind !== "rewrite" && !this.#journals.isScheduled;
  }

  // ---- once a second

  #tick(): void {
    this.#timer = undefined;
    if (this.#phase !== "open") return;
    this.#followJournal();
    this.#attempt(() => this.#keepLock());
    this.#attempt(() => this.#journals.heal());
    if (this.#jobs.kind === undefined) {
      if (this.#snapshots.isScheduled || this.#snapshots.isDue) {
        this.#attempt(() => this.#snapshots.saveLater(true));
      } else if (this.#journals.isDue) void this.#rewriteSoon();
    }
    this.#updateRefusal();
    this.#startTicking();
  }

  /**
   * What another file follows on must be on the disk: most of it is brought there in the
   * background.
   */
  async #rewriteSoon(): Promise<void> {
    await this.#journal?.flush().catch(() => {});
    if (this.#phase !== "open" || !this.#journals.isDue) return;
    this.#attempt(() => this.#journals.rewriteLater());
  }

  #startTicking(): void {
    this.#timer ??= this.#tools.timers.setTimeout(() => this.#tick(), TICK_MS);
    // Timers that a user hands in may be those of the platform, which keep a process alive.
    (this.#timer as { unref?: () => void } | null | undefined)?.unref?.();
  }

  /** For what is told of where it fails, and tried again later. */
  #attempt(run: () => void): void {
    try {
      run();
    } catch {
      // Whoever failed has said so, and says so in its state until it works.
    }
  }

  #updateRefusal(): void {
    const { savePoints, stopsWritesOnJournalError, stopsWritesOnSnapshotError } = this.settings;
    const isAwaited = this.settings.journal && stopsWritesOnJournalError;
    const journal = isAwaited ? this.#journals.failure : undefined;
    const stopsWrites = stopsWritesOnSnapshotError && savePoints.length > 0;
    const snapshot = stopsWrites ? this.#snapshots.record.failure : undefined;
    const cause = journal ?? snapshot;
    if (this.#refusal?.cause === cause) return;
    this.#refusal = cause && refusedWrite(cause, journal === undefined ? "snapshot" : "journal");
    this.#tools.refusalChanged?.(this.#refusal);
  }

  /** Effects are told where there is a journal, or somebody counts them. */
  #followJournal(): void {
    this.#journal = this.#journals.journal;
    const isNeeded = this.#journal !== undefined || this.settings.savePoints.length > 0;
    if (isNeeded === this.#isListening) return;
    this.#isListening = isNeeded;
    this.#databases.listen(isNeeded ? this : undefined);
  }

  // ---- loading

  async #open(): Promise<void> {
    try {
      this.takeDirectory();
      const goesOn = (): boolean => this.#phase === "loading";
      await this.#recovery.run(goesOn, (loading) => this.#loaded(loading));
      if (this.#phase !== "loading") return;
      if (this.settings.journal && this.#journal === undefined) await this.#beginFirstJournal();
      if (this.#phase !== "loading") return;
      this.#phase = "open";
      this.#startTicking();
    } catch (error) {
      throw this.#giveUp(error);
    }
  }

  /** Keeps nothing. @returns the error that says so */
  #giveUp(error: unknown): CacheError {
    this.#openFailure = persistenceFailed(`open ${this.settings.dir}`, error);
    this.#phase = "closed";
    this.#isListening = false;
    this.#databases.listen(undefined);
    this.#journals.journal?.discard();
    this.#leave();
    return this.#openFailure;
  }

  #takeLock(): void {
    if (this.#lock.take()) this.#snapshots.removeLeftovers();
  }

  #keepLock(): void {
    if (this.#lock.keep()) this.#snapshots.removeLeftovers();
  }

  #loaded(loading: Loading): void {
    // What is evicted at the end, since there is no room for it, is told to the journal.
    this.#journals.resume(loading);
    this.#followJournal();
    // Who was killed may have given the snapshot its name, and not brought that to the disk.
    if (loading.source === "snapshot" && this.#lock.isHeld) {
      this.#attempt(() => this.#tools.fs.syncDirectory(this.settings.dir));
    }
    this.#snapshots.loaded();
  }

  /** There was no journal: what was loaded from a snapshot, or nothing, is its base. */
  async #beginFirstJournal(): Promise<void> {
    this.#journals.start();
    this.#followJournal();
    await this.#jobs.idle();
    const { failure } = this.#journals;
    if (failure !== undefined) throw failure;
  }

  #loadNow(source: "journal" | "snapshot", flush: boolean): void {
    this.#recovery.runNow(source, () => {
      // What goes now, and what comes, is no change of the data.
      this.#databases.listen(undefined);
      if (flush) this.#databases.clear();
      if (this.#isListening) this.#databases.listen(this);
    });
    this.#snapshots.loaded();
  }

  // ---- the end

  async flush(): Promise<void> {
    await this.#ready;
    if (this.#phase !== "open") return;
    if (this.#journal === undefined) {
      await this.#saveChanges();
      return;
    }
    try {
      await this.#journal.flush();
    } catch (error) {
      throw notKept(error);
    }
    const { failure } = this.#journals;
    if (failure !== undefined) throw notKept(failure);
  }

  /**
   * Brings everything so far to the disk before it returns, where there is a journal; what failed
   * before is tried again.
   * @throws {CacheError} `PERSISTENCE_FAILED`; what is kept goes on as before
   */
  flushNow(): void {
    if (this.#phase !== "open" || this.#journal === undefined) return;
    this.#stopJob();
    this.#journals.mendNow();
    this.#journal.settleNow();
    const { failure } = this.#journals;
    if (failure !== undefined) throw notKept(failure);
  }

  /** Takes a snapshot of everything so far, unless there is one. */
  async #saveChanges(): Promise<void> {
    await this.#jobs.idle();
    const { changes, record } = this.#snapshots;
    if (changes === 0 && record.failure === undefined) return;
    this.saveLater();
    await this.#jobs.idle();
    if (record.failure !== undefined) throw record.failure;
  }

  /** Everything is on the disk when it resolves; else it rejects, and is closed all the same. */
  close(save: SaveAtEnd = "as-set"): Promise<void> {
    this.#closing ??= this.#close(save);
    return this.#closing;
  }

  async #close(save: SaveAtEnd): Promise<void> {
    const wasOpen = this.#phase === "open";
    this.#phase = "closed";
    if (this.#timer !== undefined) this.#tools.timers.clearTimeout(this.#timer as never);
    this.#isListening = false;
    this.#databases.listen(undefined);
    try {
      if (wasOpen) this.#finish(save);
      await this.#journal?.flush();
    } catch (error) {
      throw persistenceFailed("keep everything at the end", error);
    } finally {
      await this.#ready.catch(() => {});
      this.#journal?.close();
      this.#leave();
    }
  }

  /** Nothing is kept any more: the directory is for others. */
  #leave(): void {
    this.#lock.release();
    this.#tools.ended?.();
  }

  #finish(save: SaveAtEnd): void {
    this.#stopJob();
    this.#journals.mendNow();
    const isWanted = save === "as-set" && this.settings.savePoints.length > 0;
    const hasNews = this.#snapshots.changes > 0 || this.#snapshots.record.failure !== undefined;
    if (save === "always" || (isWanted && hasNews)) this.#snapshots.saveNow();
  }
}
