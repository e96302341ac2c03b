import { join } from "node:path";
import { LockFile } from "./lock-file.ts";
import { makeDirectory } from "./make-directory.ts";
import type { PersistenceTools } from "./persistence-tools.ts";
import type { PersistenceSettings } from "./settings.ts";

const LOCK_NAME = "laurel.lock";

/** The lock of the directory that settings name: one at a time, of this process. */
export class DirectoryLock {
  readonly #settings: PersistenceSettings;
  readonly #tools: PersistenceTools;
  #file: LockFile | undefined;

  constructor(settings: PersistenceSettings, tools: PersistenceTools) {
    this.#settings = settings;
    this.#tools = tools;
  }

  get isHeld(): boolean {
    return this.#file !== undefined;
  }

  /**
   * Takes it, unless it is held already; the directory is made where it is not there. That of another
   * directory, where nothing is kept any more, is released.
   * @returns whether it was taken now
   * @throws {CacheError} `PERSISTENCE_FAILED` naming the process that holds it
   */
  take(): boolean {
    const { dir } = this.#settings;
    const { fs, timers, log } = this.#tools;
    const path = join(dir, LOCK_NAME);
    if (this.#file?.path === path) return false;
    const isNew = fs.identity(dir) === undefined;
    makeDirectory(fs, dir);
    // A mistyped name would look like a place where nothing was ever kept.
    if (isNew) log("notice", `Made the directory ${dir}, as it was not there.`);
    const file = LockFile.take(fs, path, timers);
    this.release();
    this.#file = file;
    return true;
  }

  /**
   * Takes it again where it has vanished with its directory.
   * @returns as {@link take}
   * @throws {CacheError}
   */
  keep(): boolean {
    if (this.#file === undefined) return false;
    if (this.#tools.fs.identity(this.#file.path) !== undefined) return false;
    this.release();
    return this.take();
  }

  /** Lets others in. Idempotent, and never throws. */
  release(): void {
    this.#file?.release();
    this.#file = undefined;
  }
}
