import { join } from "node:path";
import { reasonOf } from "../../errors.ts";
import type { FileSystem } from "../file-system.ts";
import { makeDirectory } from "../make-directory.ts";
import type { Log, PersistenceTools } from "../persistence-tools.ts";
import { removeGently } from "../remove-gently.ts";
import type { PersistenceSettings } from "../settings.ts";
import type { LoadedJournal } from "./journal-loader.ts";
import { Journal, type JournalEvents } from "./journal.ts";
import { Manifest, type ManifestFile, readManifest, writeManifest } from "./manifest.ts";

/** A base that is being written: with the increment that follows on it, it will be the journal. */
interface ComingBase {
  readonly manifest: Manifest;
  readonly base: ManifestFile;
  readonly increment: ManifestFile;
  /** Whether the increment is part of the present journal, too. */
  readonly isListed: boolean;
}

/**
 * The files of a journal: a base, which is a snapshot, and increments of commands on top of it, as
 * the manifest names them. Writing another base begins with an increment of its own; what happens
 * from then on goes there. When the base is complete, both become the journal, and what was before
 * is removed.
 */
export class JournalDirectory {
  readonly journal: Journal;
  readonly #fs: FileSystem;
  readonly #settings: PersistenceSettings;
  readonly #log: Log;
  #manifest: Manifest | undefined;
  #coming: ComingBase | undefined;
  /** Bytes of base and increments without the one that is written to. */
  #formerBytes = 0;
  /** Bytes of the journal when its base was written, or it was loaded. */
  #baseBytes = 0;
  /**
   * The numbers that were given last. None is given twice, whatever became of it: the manifest on the
   * disk may name it, if only the last step of writing it failed.
   */
  #bases = 0;
  #increments = 0;
  /** Files that are no part of the journal, but may be named by what is on the disk. */
  #unneeded: string[] = [];

  constructor(
    settings: PersistenceSettings,
    { fs, log, timers }: Pick<PersistenceTools, "fs" | "log" | "timers">,
    events: JournalEvents,
  ) {
    this.#fs = fs;
    this.#settings = settings;
    this.#log = log;
    this.journal = new Journal(fs, timers, settings, events);
  }

  /** Bytes of base and increments. */
  get bytes(): number {
    return this.#formerBytes + this.journal.bytes;
  }

  /** What they were when the base was written. */
  get baseBytes(): number {
    return this.#baseBytes;
  }

  /** Where the coming base is to be written. */
  get comingBasePath(): string {
    return this.#path(this.#coming?.base.name ?? "");
  }

  /** Where it is written until it is complete. */
  get temporaryPath(): string {
    return this.#path(`temp-rewrite-${process.pid}-${this.#bases}.rdb`);
  }

  /**
   * Goes on with a journal that was loaded, where its last increment ends.
   * @throws the error of the system
   */
  resume(manifest: Manifest, loaded: LoadedJournal | undefined, bytes: number): void {
    const last = manifest.increments.at(-1);
    this.#adopt(manifest);
    if (last === undefined || loaded === undefined) {
      this.#formerBytes = bytes;
      this.#appendIncrement(manifest, manifest.newIncrement(++this.#increments));
    } else {
      this.#formerBytes = bytes - loaded.bytes - loaded.cutBytes;
      this.#syncFound(manifest);
      this.journal.switchTo(this.#path(last.name), "append", loaded.crc);
    }
    this.#baseBytes = this.bytes;
    this.#removeHistory();
    this.#removeLeftovers();
  }

  /**
   * Begins with another base: from here on what is recorded belongs on top of it. With `isListed`
   * the present journal stays whole meanwhile; without, there is none, or it cannot be relied on.
   * @throws the error of the system; the present journal goes on then
   */
  begin(isListed: boolean): void {
    makeDirectory(this.#fs, this.#directory);
    const former = this.#manifest ?? this.#adopt(this.#existing());
    const formerBytes = this.bytes;
    const base = former.newBase(++this.#bases);
    const unused = isListed ? this.#unusedIncrement(former) : undefined;
    const increment = unused ?? former.newIncrement(++this.#increments);
    if (isListed && unused === undefined) this.#appendIncrement(former, increment);
    else if (!isListed) {
      // Files that no manifest names would be taken for those of a journal that has lost it.
      const found = this.#existing();
      if (found.isEmpty) writeManifest(this.#fs, this.#directory, found);
      const path = this.#path(increment.name);
      this.#fs.remove(path);
      this.journal.switchTo(path, "create");
    }
    this.#formerBytes = formerBytes;
    this.#coming = { manifest: this.#manifest ?? former, base, increment, isListed };
  }

  /** The base is complete: it becomes the journal. @throws the error of the system */
  complete(baseBytes: number): void {
    const coming = this.#coming;
    if (coming === undefined) throw new Error("there is no coming base");
    const manifest = coming.manifest.rebased(coming.base, coming.increment);
    writeManifest(this.#fs, this.#directory, manifest);
    this.#manifest = manifest;
    this.#coming = undefined;
    this.#formerBytes = baseBytes;
    this.#baseBytes = baseBytes;
    this.#removeHistory();
  }

  /**
   * The base will not be complete. What was recorded meanwhile is kept if it is part of the
   * journal.
   */
  abandon(): void {
    const coming = this.#coming;
    if (coming === undefined) return;
    this.#coming = undefined;
    // The manifest may name the base already, if only the last step failed: it is removed once
    // another is there.
    this.#unneeded.push(coming.base.name);
    if (!coming.isListed) this.#unneeded.push(coming.increment.name);
  }

  /** The increment that is written to, if nothing was written yet: after a rewrite that failed. */
  #unusedIncrement({ increments }: Manifest): ManifestFile | undefined {
    const last = increments.at(-1);
    const isCurrent = last !== undefined && this.journal.path === this.#path(last.name);
    return isCurrent && this.journal.bytes === 0 && this.journal.failure === undefined
      ? last
      : undefined;
  }

  /** Writes the manifest with one more increment, which what follows goes to. */
  #appendIncrement(former: Manifest, increment: ManifestFile): void {
    const path = this.#path(increment.name);
    // Only the last increment may be incomplete after a power cut, which this one is from here on.
    this.journal.settleNow();
    if (this.journal.failure !== undefined) throw this.journal.failure;
    // It must be there, by its name, too, before the manifest names it.
    this.#fs.remove(path);
    this.#fs.close(this.#fs.open(path, "create"));
    this.#fs.syncDirectory(this.#directory);
    const manifest = former.withIncrement(increment);
    writeManifest(this.#fs, this.#directory, manifest);
    this.#manifest = manifest;
    this.journal.switchTo(path, "append", 0);
  }

  /**
   * Brings to the disk what a process that was killed left to the system: it was loaded, and may not
   * be lost any more. @throws the error of the system
   */
  #syncFound({ increments }: Manifest): void {
    for (const { name } of increments) {
      const fd = this.#fs.open(this.#path(name), "append");
      try {
        this.#fs.sync(fd);
      } finally {
        this.#fs.close(fd);
      }
    }
    this.#fs.syncDirectory(this.#directory);
  }

  /**
   * The manifest on the disk. A damaged one is not overwritten: whoever wants that moves it away.
   */
  #existing(): Manifest {
    const { journalName } = this.#settings;
    const found = readManifest(this.#fs, this.#directory, journalName);
    return found ?? Manifest.empty(journalName);
  }

  #adopt(manifest: Manifest): Manifest {
    this.#manifest = manifest;
    this.#bases = Math.max(this.#bases, manifest.lastBaseSequence);
    this.#increments = Math.max(this.#increments, manifest.lastIncrementSequence);
    return manifest;
  }

  /** Removes files that the journal consisted of before, and then their names. */
  #removeHistory(): void {
    const manifest = this.#manifest;
    if (manifest === undefined) return;
    this.#tryTo("remove what the journal was before", () => {
      for (const name of this.#unneeded) removeGently(this.#fs, this.#path(name));
      this.#unneeded = [];
      if (manifest.history.length === 0) return;
      for (const { name } of manifest.history) removeGently(this.#fs, this.#path(name));
      const without = manifest.withoutHistory();
      writeManifest(this.#fs, this.#directory, without);
      this.#manifest = without;
    });
  }

  /** Removes what was being written when a process ended. */
  #removeLeftovers(): void {
    this.#tryTo("remove what was left unfinished", () => {
      for (const name of this.#fs.list(this.#directory)) {
        if (/^temp-rewrite-\d+-\d+\.rdb$/.test(name)) removeGently(this.#fs, this.#path(name));
      }
    });
  }

  /** For what is not worth more than a warning where it fails. */
  #tryTo(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#log("warning", `Cannot ${what}: ${reasonOf(error)}.`);
    }
  }

  get #directory(): string {
    return join(this.#settings.dir, this.#settings.journalDirectory);
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}
