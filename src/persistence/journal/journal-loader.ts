import type { Databases } from "../../engine/databases.ts";
import { CacheError } from "../../errors.ts";
import { persistenceFailed } from "../failure.ts";
import type { FileSystem } from "../file-system.ts";
import type { LoadingStep } from "../loading-step.ts";
import type { Log } from "../persistence-tools.ts";
import { damageAdvice, type JournalPlace, tornAdvice } from "../repair-advice.ts";
import { JournalDamage } from "./journal-damage.ts";
import { JournalReader } from "./journal-reader.ts";
import { RefusedCommand, Replay } from "./replay.ts";

/** About a millisecond of work, in arguments of commands, and how many bytes make up for one. */
const STEP_ARGUMENTS = 2000;
const ARGUMENT_BYTES = 256;
const RESORT = "load it with a server that knows the command";

/** How a file of the journal is loaded. */
export interface JournalLoaderOptions {
  /** The files with changes that come after this one. Without any, it may end anywhere. */
  readonly followers: readonly string[];
  /**
   * What is moved away to begin without this file, where it is a base: then it is complete, or of no
   * use. Default: it is none.
   */
  readonly toMoveAway?: string | undefined;
  /** Whether a file that ends within a command is cut there; else it is not loaded. */
  readonly loadTruncated: boolean;
  /** Where the commands begin: what is before them is something else. Default: 0. */
  readonly startOffset?: number;
  readonly log: Log;
}

/** What a file is once it is loaded. */
export interface LoadedJournal {
  readonly bytes: number;
  /** The checksum of all of them, with which the file can be gone on with. */
  readonly crc: number;
  /** Bytes that were cut off at its end. */
  readonly cutBytes: number;
}

/**
 * Loads a file of the journal: carries its commands out again, in databases that are in loading
 * mode.
 */
export class JournalLoader implements LoadingStep {
  readonly totalBytes: number;
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #options: JournalLoaderOptions;
  readonly #startOffset: number;
  readonly #fd: number;
  readonly #reader: JournalReader;
  readonly #replay: Replay;
  readonly #databases: Databases;
  readonly #keysBefore: number;
  #result: LoadedJournal | undefined;
  #isClosed = false;

  /** @throws {CacheError} `PERSISTENCE_FAILED` where the file cannot be opened */
  constructor(fs: FileSystem, path: string, databases: Databases, options: JournalLoaderOptions) {
    this.#fs = fs;
    this.#path = path;
    this.#options = options;
    this.#databases = databases;
    this.#startOffset = options.startOffset ?? 0;
    this.#keysBefore = databases.size;
    this.#replay = new Replay(databases);
    try {
      this.#fd = fs.open(path, "read");
    } catch (error) {
      throw persistenceFailed(`load ${path}`, error);
    }
    try {
      this.#reader = new JournalReader(fs, this.#fd, this.#startOffset);
    } catch (error) {
      fs.close(this.#fd);
      throw persistenceFailed(`load ${path}`, error);
    }
    this.totalBytes = this.#reader.size - this.#startOffset;
  }

  get loadedBytes(): number {
    return this.#reader.offset - this.#startOffset;
  }

  /** Keys that came with this file; fewer than none where it removes others. */
  get keys(): number {
    return this.#databases.size - this.#keysBefore;
  }

  /** What the file is; to be asked for once there are no more steps. */
  get result(): LoadedJournal {
    if (this.#result === undefined) throw new Error(`${this.#path} is not loaded yet`);
    return this.#result;
  }

  step(): boolean {
    try {
      return this.#step();
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#fs.close(this.#fd);
  }

  #step(): boolean {
    const reader = this.#reader;
    const replay = this.#replay;
    for (let left = STEP_ARGUMENTS; left > 0;) {
      if (replay.hasUnit) left -= replay.carryOut();
      else {
        const argv = reader.next();
        if (argv === undefined) {
          this.#finish();
          return false;
        }
        replay.take(argv);
        left -= argv.length + (reader.offset - reader.commandOffset) / ARGUMENT_BYTES;
      }
      if (!replay.isInUnit && !replay.hasUnit) reader.markWhole();
    }
    return true;
  }

  #finish(): void {
    const reader = this.#reader;
    if (!reader.isTorn && this.#replay.isInUnit) reader.endWithinUnit();
    if (!reader.isTorn) reader.markWhole();
    const bytes = reader.wholeOffset;
    const cutBytes = reader.size - bytes;
    if (cutBytes > 0) this.#cut(bytes, cutBytes);
    this.#result = { bytes, crc: reader.wholeCrc(), cutBytes };
  }

  /** Cuts off what is incomplete at the end. */
  #cut(length: number, cutBytes: number): void {
    const { followers, loadTruncated, log, toMoveAway } = this.#options;
    const what = `it ends within a command: the last ${cutBytes} bytes, from offset ${length} on`;
    const advice = tornAdvice(this.#place, length);
    if (toMoveAway !== undefined) throw this.#refused(`${what}, as no base does; ${advice}`);
    if (followers.length > 0) {
      throw this.#refused(`${what}, though other files follow; ${advice}`);
    }
    if (!loadTruncated) {
      throw this.#refused(
        `${what}; allow it to be cut there (aof-load-truncated yes), or ${advice}`,
      );
    }
    const fd = this.#fs.open(this.#path, "append");
    try {
      this.#fs.truncate(fd, length);
      this.#fs.sync(fd);
    } finally {
      this.#fs.close(fd);
    }
    log("warning", `Cut ${this.#path} at offset ${length}: ${cutBytes} bytes were incomplete.`);
  }

  #refusal(error: unknown): CacheError {
    if (error instanceof CacheError) return error;
    const isDamage = error instanceof JournalDamage;
    if (!isDamage && !(error instanceof RefusedCommand)) {
      return persistenceFailed(`load ${this.#path}`, error);
    }
    const reason = isDamage
      ? `it is damaged at offset ${error.offset}: ${error.message}; ${this.#advice}`
      : `${error.message}, at offset ${this.#reader.commandOffset}; ${RESORT}, or ${this.#advice}`;
    return this.#refused(reason, error);
  }

  get #advice(): string {
    try {
      return damageAdvice(this.#place, this.#reader.soundPart());
    } catch {
      // What is sound cannot be read, either.
      return "restore a copy of the file";
    }
  }

  get #place(): JournalPlace {
    const { followers, toMoveAway } = this.#options;
    return { path: this.#path, followers, toMoveAway };
  }

  #refused(reason: string, cause?: unknown): CacheError {
    return new CacheError("PERSISTENCE_FAILED", `Cannot load ${this.#path}: ${reason}`, { cause });
  }
}
