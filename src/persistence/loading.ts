import { join } from "node:path";
import type { Databases } from "../engine/databases.ts";
import { CacheError } from "../errors.ts";
import { persistenceFailed } from "./failure.ts";
import type { FileSystem } from "./file-system.ts";
import { JournalLoader, type LoadedJournal } from "./journal/journal-loader.ts";
import { type Manifest, readManifest } from "./journal/manifest.ts";
import type { LoadingStep } from "./loading-step.ts";
import type { Log } from "./persistence-tools.ts";
import type { PersistenceSettings } from "./settings.ts";
import { SnapshotLoader } from "./snapshot/snapshot-loader.ts";

/** What files in the format of a snapshot begin with. */
const SNAPSHOT_MAGIC = "REDIS";
/** How a base is named that was written as a whole; one of Redis 6 grew, and is named as it was. */
const WRITTEN_BASE = /\.base\.\w+$/;

/** Which files are to be loaded. */
export type LoadingSource = "journal" | "snapshot" | "nothing";

/** What loading is told beside where it is from and where to. */
export interface LoadingOptions {
  /** Whether the journal is loaded; where there is none, or with `false`, the snapshot is. */
  readonly journal: boolean;
  readonly log: Log;
}

/**
 * Loads what a directory holds into databases that are in loading mode, step by step: the journal
 * that its manifest names, base and increments; or the one file that was a journal before Redis 7;
 * or where there is none the snapshot.
 */
export class Loading {
  readonly source: LoadingSource;
  /** What the journal is made of, where it is loaded. */
  readonly manifest: Manifest | undefined;
  readonly totalBytes: number;
  readonly #fs: FileSystem;
  readonly #databases: Databases;
  readonly #settings: PersistenceSettings;
  readonly #options: LoadingOptions;
  /** The files that are still to come, in order. */
  readonly #files: FileToLoad[];
  #current: { readonly step: LoadingStep; readonly file: FileToLoad } | undefined;
  #doneBytes = 0;
  #doneKeys = 0;
  #lastIncrement: LoadedJournal | undefined;

  /**
   * @throws {CacheError} `PERSISTENCE_FAILED` for a manifest that cannot be read, or names what is
   * not there
   */
  constructor(
    fs: FileSystem,
    settings: PersistenceSettings,
    databases: Databases,
    options: LoadingOptions,
  ) {
    this.#fs = fs;
    this.#settings = settings;
    this.#databases = databases;
    this.#options = options;
    this.manifest = options.journal ? this.#findManifest() : undefined;
    const single = join(settings.dir, settings.journalName);
    const snapshot = join(settings.dir, settings.snapshotName);
    if (this.manifest !== undefined) {
      this.source = "journal";
      this.#files = this.#filesOf(this.manifest);
    } else if (options.journal && fs.identity(single) !== undefined) {
      this.source = "journal";
      this.#files = [this.#fileOf(single, "journal")];
    } else {
      const isThere = fs.identity(snapshot) !== undefined;
      this.source = isThere ? "snapshot" : "nothing";
      this.#files = isThere ? [this.#fileOf(snapshot, "snapshot")] : [];
    }
    this.totalBytes = this.#files.reduce((bytes, { size }) => bytes + size, 0);
  }

  get loadedBytes(): number {
    return this.#doneBytes + (this.#current?.step.loadedBytes ?? 0);
  }

  /** Keys that were loaded so far. */
  get keys(): number {
    return this.#doneKeys + (this.#current?.step.keys ?? 0);
  }

  /** The last increment, with which the journal can be gone on; `undefined`: none was loaded. */
  get lastIncrement(): LoadedJournal | undefined {
    return this.#lastIncrement;
  }

  /**
   * Loads on for about a millisecond.
   * @returns whether there is more
   * @throws {CacheError} `PERSISTENCE_FAILED`
   */
  step(): boolean {
    this.#current ??= this.#openNext();
    if (this.#current === undefined) return false;
    if (!this.#current.step.step()) this.#finishFile(this.#current);
    return true;
  }

  /** Closes what is open. */
  close(): void {
    this.#current?.step.close();
    this.#current = undefined;
  }

  /** The manifest, unless it names nothing yet. */
  #findManifest(): Manifest | undefined {
    const { dir, journalDirectory, journalName } = this.#settings;
    const directory = join(dir, journalDirectory);
    const manifest = readManifest(this.#fs, directory, journalName);
    if (manifest === undefined) this.#expectNoFiles(directory);
    return manifest?.isEmpty === true ? undefined : manifest;
  }

  /**
   * Whoever has the files of a journal, and not what names them, would lose them.
   * @throws {CacheError}
   */
  #expectNoFiles(directory: string): void {
    const { journalName } = this.#settings;
    for (const name of this.#fs.list(directory)) {
      if (!name.startsWith(`${journalName}.`) || !/\.\d+\.(?:base|incr)\./.test(name)) continue;
      throw new CacheError(
        "PERSISTENCE_FAILED",
        `Cannot load the journal: there is ${join(directory, name)}, and no manifest that names ` +
          "it: restore the manifest, or move the directory away to begin without its keys",
      );
    }
  }

  #filesOf({ base, increments }: Manifest): FileToLoad[] {
    const { dir, journalDirectory } = this.#settings;
    const directory = join(dir, journalDirectory);
    const files = base === undefined ? increments : [base, ...increments];
    return files.map(({ name }) => this.#fileOf(join(directory, name), "journal", directory));
  }

  #fileOf(path: string, kind: FileToLoad["kind"], directory?: string): FileToLoad {
    try {
      const fd = this.#fs.open(path, "read");
      try {
        const head = Buffer.alloc(SNAPSHOT_MAGIC.length);
        const length = this.#fs.read(fd, head, 0);
        const isSnapshot = isSnapshotBy(path, head.toString("latin1", 0, length));
        return { path, kind, isSnapshot, size: this.#fs.size(fd), from: 0, directory };
      } finally {
        this.#fs.close(fd);
      }
    } catch (cause) {
      throw persistenceFailed(`load ${path}`, cause);
    }
  }

  #openNext(): { step: LoadingStep; file: FileToLoad } | undefined {
    const file = this.#files.shift();
    if (file === undefined) return undefined;
    try {
      return { step: this.#open(file), file };
    } catch (cause) {
      throw persistenceFailed(`load ${file.path}`, cause);
    }
  }

  #open(file: FileToLoad): LoadingStep {
    const { directory, kind, path, isSnapshot, from } = file;
    if (kind === "snapshot" || (isSnapshot && from === 0)) {
      return new SnapshotLoader(this.#fs, path, this.#databases, {
        mayGoOn: kind === "journal",
        toMoveAway: directory,
      });
    }
    const followers = this.#files.filter(({ size }) => size > 0);
    return new JournalLoader(this.#fs, path, this.#databases, {
      followers: followers.map((follower) => follower.path),
      toMoveAway: WRITTEN_BASE.test(path) ? directory : undefined,
      loadTruncated: this.#settings.loadTruncated,
      startOffset: from,
      log: this.#options.log,
    });
  }

  #finishFile({ step, file }: { step: LoadingStep; file: FileToLoad }): void {
    this.#doneBytes += step.loadedBytes;
    this.#doneKeys += step.keys;
    this.close();
    if (step instanceof JournalLoader) this.#lastIncrement = step.result;
    else if (step instanceof SnapshotLoader && file.kind === "journal") {
      // What may follow in a base are commands.
      if (step.endOffset < file.size) this.#files.unshift({ ...file, from: step.endOffset });
    }
  }
}

interface FileToLoad {
  readonly path: string;
  readonly kind: "journal" | "snapshot";
  /** Whether it begins as a snapshot does, or is one by its name. */
  readonly isSnapshot: boolean;
  readonly size: number;
  /** Where its commands begin. */
  readonly from: number;
  /** That of the journal, where a manifest names the file. */
  readonly directory: string | undefined;
}

/**
 * Whether a file is read as a snapshot. The name decides where the beginning is damaged, or missing;
 * commands under such a name are what Redis leaves that is told of another form during a rewrite.
 */
function isSnapshotBy(path: string, head: string): boolean {
  return head === SNAPSHOT_MAGIC || (path.endsWith(".base.rdb") && !/^\*\d/.test(head));
}
