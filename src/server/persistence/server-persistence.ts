import { systemTimers } from "../../cache/platform.ts";
import type { PersistencePort, ReloadOptions, SaveAtEnd } from "../../commands/server-port.ts";
import { ReplyError, STILL_LOADING } from "../../commands/reply-error.ts";
import type { Databases } from "../../engine/databases.ts";
import { reasonOf } from "../../errors.ts";
import { FilePersistence } from "../../persistence/file-persistence.ts";
import type { FileSystem } from "../../persistence/file-system.ts";
import type { LoadingState, PersistenceState } from "../../persistence/persistence-state.ts";
import type { Log } from "../../persistence/persistence-tools.ts";
import type { PersistenceSettings } from "../../persistence/settings.ts";
import { fromByteString } from "../../structures/byte-string.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { checkDirectory, takeDirectory } from "./data-directory.ts";
import { followedSettings } from "./followed-settings.ts";
import { followGiven } from "./given-cache.ts";

/** What the persistence of a server uses beside its data. */
export interface ServerPersistenceTools {
  readonly fs: FileSystem;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Whether a command of a transaction is being carried out. */
  readonly isInTransaction: () => boolean;
}

const NOT_KEPT = new ReplyError(
  "ERR Cannot keep data: the cache that is served was made without the option persistence",
);
const IN_TRANSACTION = new ReplyError(
  "ERR Cannot load the data anew: it would have one half of the transaction",
);
const SAVE_UNDER_WAY = new ReplyError("ERR Background save already in progress");
const REWRITE_UNDER_WAY = new ReplyError(
  "ERR Background append only file rewriting already in progress",
);
/** Redis' words, by which clients know it. */
const OTHER_UNDER_WAY = new ReplyError(
  "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in " +
    "order to schedule a BGSAVE whenever possible.",
);

/**
 * The data of a server on the disk: of its own cache, kept as the configuration says; of a cache
 * that was handed in, kept as that cache says, or not at all.
 */
export class ServerPersistence implements PersistencePort {
  /** Who keeps the data; `undefined`: nobody. */
  readonly kept: FilePersistence | undefined;
  /** What the configuration says; `undefined`: a cache that was handed in has its own. */
  readonly #settings: PersistenceSettings | undefined;
  readonly #tools: ServerPersistenceTools;
  readonly #startedAtSeconds: number;
  /** What was counted when CONFIG RESETSTAT was called. */
  #countedBefore = { saves: 0, rewrites: 0 };

  private constructor(
    kept: FilePersistence | undefined,
    settings: PersistenceSettings | undefined,
    tools: ServerPersistenceTools,
  ) {
    this.kept = kept;
    this.#settings = settings;
    this.#tools = tools;
    this.#startedAtSeconds = Math.floor(tools.nowMs() / 1000);
  }

  /**
   * Of databases of the server's own, as the configuration says.
   * @throws {CacheError} `INVALID_CONFIG` for a path at which there is no directory
   */
  static own(
    databases: Databases,
    config: ServerConfig,
    tools: ServerPersistenceTools,
  ): ServerPersistence {
    const { fs, log, nowMs } = tools;
    checkDirectory(config, fs);
    const settings = followedSettings(config);
    const kept = new FilePersistence(databases, settings, { fs, log, nowMs, timers: systemTimers });
    const persistence = new ServerPersistence(kept, settings, tools);
    config.watch("appendonly", (isWanted) => {
      if (settings.journal === isWanted) return;
      if (!kept.isReady) throw new Error("the data is being loaded");
      settings.journal = isWanted;
      if (tools.isInTransaction()) persistence.#followJournalLater(kept, settings, config);
      else followJournal(kept, settings);
    });
    config.watch("dir", (path) => {
      const dir = fromByteString(path);
      if (dir === settings.dir) return;
      // One may be there that is not wanted: BGREWRITEAOF writes it once.
      const isKept = settings.journal || kept.state.journal || settings.savePoints.length > 0;
      if (isKept) throw new Error(`the data is kept in ${settings.dir}`);
      settings.dir = dir;
    });
    return persistence;
  }

  /**
   * Of a cache that was handed in.
   * @throws {CacheError} `INVALID_CONFIG` where the configuration says how to keep the data
   */
  static ofCache(
    kept: FilePersistence | undefined,
    config: ServerConfig,
    tools: ServerPersistenceTools,
  ): ServerPersistence {
    followGiven(config, kept);
    return new ServerPersistence(kept, undefined, tools);
  }

  /** What INFO tells; the counts are those since the last call of `resetStats`. */
  get state(): PersistenceState {
    if (this.kept === undefined) return stateOfNothing(this.#startedAtSeconds);
    const { state } = this.kept;
    const { rewrites, saves } = this.#countedBefore;
    return { ...state, saves: state.saves - saves, rewrites: state.rewrites - rewrites };
  }

  /** How far loading is; `undefined`: it is over. */
  get loading(): LoadingState | undefined {
    return this.kept?.state.loading;
  }

  get lastSaveSeconds(): number {
    return this.state.lastSaveSeconds;
  }

  /** Sets back what is counted (CONFIG RESETSTAT). */
  resetStats(): void {
    if (this.kept === undefined) return;
    const { rewrites, saves } = this.kept.state;
    this.#countedBefore = { saves, rewrites };
  }

  /**
   * Loads what is there.
   * @throws {CacheError} `PERSISTENCE_FAILED` where that cannot be done, `INVALID_CONFIG` for a
   * directory in which nothing can be kept
   */
  async load(): Promise<void> {
    const { kept } = this;
    if (this.#settings !== undefined && kept !== undefined) {
      takeDirectory(this.#settings.dir, () => kept.takeDirectory());
      kept.open();
    }
    await kept?.ready;
  }

  save(): void {
    const kept = this.#loaded();
    if (kept.state.currentSaveSeconds >= 0) throw SAVE_UNDER_WAY;
    kept.save();
  }

  saveLater(isScheduled: boolean): "started" | "scheduled" {
    const kept = this.#loaded();
    const { currentRewriteSeconds, currentSaveSeconds } = kept.state;
    if (currentSaveSeconds >= 0) throw SAVE_UNDER_WAY;
    if (this.#tools.isInTransaction()) return this.#later(() => saveUnlessSaving(kept));
    if (currentRewriteSeconds >= 0 && !isScheduled) throw OTHER_UNDER_WAY;
    return kept.saveLater(isScheduled);
  }

  rewriteLater(): "started" | "scheduled" {
    const kept = this.#loaded();
    if (kept.state.currentRewriteSeconds >= 0) throw REWRITE_UNDER_WAY;
    if (this.#tools.isInTransaction()) return this.#later(() => rewriteUnlessRewriting(kept));
    return kept.rewriteLater();
  }

  reload(options: ReloadOptions): void {
    this.#loadedOutside().reload(options);
  }

  reloadJournal(): void {
    this.#loadedOutside().reloadJournal();
  }

  /**
   * Brings to the disk what SHUTDOWN is to leave: what the journal has in memory, and a snapshot. What
   * a cache keeps that was handed in goes on being kept: there the snapshot is taken only where it is
   * asked for.
   * @returns what is left for `close` to do
   * @throws {Error} with the reason, where it fails and is not forced
   */
  saveBeforeEnd(save: SaveAtEnd, isForced: boolean): SaveAtEnd {
    const { kept } = this;
    if (save === "always" && kept === undefined && !isForced) throw NOT_KEPT;
    if (save === "never" || kept?.isReady !== true) return "never";
    const attempt = isForced ? inVainPerhaps : atOnce;
    // What was acknowledged may be in memory only: the process must not go before it is kept.
    if (this.#settings?.journal === true) attempt(() => kept.flushNow());
    const hasSavePoints = (this.#settings?.savePoints.length ?? 0) > 0;
    if (save === "as-set" && !hasSavePoints) return "never";
    // The one under way is given up for it when all has ended.
    if (kept.state.currentSaveSeconds >= 0) return save;
    attempt(() => kept.save());
    return "never";
  }

  /**
   * Keeps nothing from now on.
   * @throws {CacheError} `PERSISTENCE_FAILED` where something is not kept
   */
  async close(save: SaveAtEnd): Promise<void> {
    if (this.#settings !== undefined) await this.kept?.close(save);
  }

  /** In a transaction: what comes of it is to be seen whole. */
  #later(begin: () => void): "scheduled" {
    setImmediate(() => {
      // Nothing is kept any more.
      if (this.kept?.isReady !== true) return;
      try {
        begin();
      } catch (error) {
        this.#tools.log("warning", `What a transaction asked for failed: ${reasonOf(error)}.`);
      }
    });
    return "scheduled";
  }

  /**
   * Begins or ends the journal after the transaction, of which it would have one half; where that
   * fails, the configuration says so.
   */
  #followJournalLater(
    kept: FilePersistence,
    settings: PersistenceSettings,
    config: ServerConfig,
  ): void {
    this.#later(() => {
      try {
        followJournal(kept, settings);
      } catch (error) {
        config.set([["appendonly", settings.journal ? "yes" : "no"]], true);
        throw error;
      }
    });
  }

  /** For what would put one half of a transaction into the journal. */
  #loadedOutside(): FilePersistence {
    const kept = this.#loaded();
    if (kept.state.journal && this.#tools.isInTransaction()) throw IN_TRANSACTION;
    return kept;
  }

  #loaded(): FilePersistence {
    if (this.kept === undefined) throw NOT_KEPT;
    if (!this.kept.isReady) throw STILL_LOADING;
    return this.kept;
  }
}

function atOnce(run: () => void): void {
  run();
}

/** For what is forced: whoever fails has told the log. */
function inVainPerhaps(run: () => void): void {
  try {
    run();
  } catch {
    // The server ends all the same.
  }
}

/** One that began after the transaction has all of it, if another command of it asked for it. */
function saveUnlessSaving(kept: FilePersistence): void {
  if (kept.state.currentSaveSeconds < 0) kept.saveLater(true);
}

/** See {@link saveUnlessSaving}. */
function rewriteUnlessRewriting(kept: FilePersistence): void {
  if (kept.state.currentRewriteSeconds < 0) kept.rewriteLater();
}

/**
 * Begins or ends the journal, as the settings want it.
 * @throws {CacheError} `PERSISTENCE_FAILED` where it cannot be begun: then it is no longer wanted
 */
function followJournal(kept: FilePersistence, settings: PersistenceSettings): void {
  const { journal } = settings;
  try {
    if (journal) kept.startJournal();
    else kept.stopJournal();
  } catch (error) {
    settings.journal = !journal;
    throw error;
  }
}

/** What there is to tell where nobody keeps anything. */
function stateOfNothing(startedAtSeconds: number): PersistenceState {
  return {
    loading: undefined,
    changesSinceSave: 0,
    lastSaveSeconds: startedAtSeconds,
    saveFailure: undefined,
    lastSaveTookSeconds: -1,
    currentSaveSeconds: -1,
    saves: 0,
    journal: false,
    journalFailure: undefined,
    rewriteFailure: undefined,
    isRewriteScheduled: false,
    lastRewriteTookSeconds: -1,
    currentRewriteSeconds: -1,
    rewrites: 0,
    journalBytes: 0,
    journalBaseBytes: 0,
    bufferedBytes: 0,
    unsyncedBytes: 0,
    syncs: 0,
    syncsUnderWay: 0,
  };
}
