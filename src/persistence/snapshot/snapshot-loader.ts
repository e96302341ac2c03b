import type { Databases } from "../../engine/databases.ts";
import type { Keyspace } from "../../engine/keyspace.ts";
import { storeSet } from "../../engine/sorted-sets.ts";
import { writeString } from "../../engine/state.ts";
import { CacheError, show } from "../../errors.ts";
import { badFormat, RdbError } from "../../rdb/rdb-error.ts";
import { type RdbFileEvent, RdbFileReader } from "../../rdb/rdb-file-reader.ts";
import type { RdbEntry } from "../../rdb/value.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import type { SortedSet } from "../../structures/sorted-set.ts";
import { persistenceFailed } from "../failure.ts";
import type { FileSystem } from "../file-system.ts";
import type { LoadingStep } from "../loading-step.ts";
import { restoreOrMove } from "../repair-advice.ts";

const STEP_MS = 1;
/** How far it reads until it looks at the clock. */
const STRIDE_BYTES = 2048;

export interface SnapshotLoaderOptions {
  /** Whether something else may follow in the file: commands, in the base of a journal. */
  readonly mayGoOn: boolean;
  /** What is moved away to begin without its keys. Default: the file. */
  readonly toMoveAway?: string | undefined;
}

/** A sorted set whose members are still to come. No key holds it before it is whole. */
interface ComingSet {
  readonly key: string;
  readonly set: SortedSet;
  readonly size: number;
  readonly expiresAt: number;
}

/**
 * Loads a snapshot, one of Redis' or Valkey's too, into databases that are in loading mode. What was
 * loaded is to be dropped where it throws: only at the end it is known to be right.
 */
export class SnapshotLoader implements LoadingStep {
  readonly totalBytes: number;
  readonly #path: string;
  readonly #fs: FileSystem;
  readonly #databases: Databases;
  readonly #options: SnapshotLoaderOptions;
  readonly #reader: RdbFileReader;
  #fd: number | undefined;
  #keyspace: Keyspace;
  #coming: ComingSet | undefined;
  #keys = 0;

  /** @throws {CacheError} `PERSISTENCE_FAILED` */
  constructor(
    fs: FileSystem,
    path: string,
    databases: Databases,
    options: SnapshotLoaderOptions = { mayGoOn: false },
  ) {
    this.#fs = fs;
    this.#path = path;
    this.#databases = databases;
    this.#options = options;
    this.#keyspace = databases.first;
    try {
      const fd = fs.open(path, "read");
      this.#fd = fd;
      this.totalBytes = fs.size(fd);
      this.#reader = new RdbFileReader(new FileSource(fs, fd, this.totalBytes));
    } catch (cause) {
      this.close();
      throw persistenceFailed(`load ${path}`, cause);
    }
  }

  get loadedBytes(): number {
    return this.#reader.offset;
  }

  /** Where the snapshot ends in the file: what follows are commands. Known at the end. */
  get endOffset(): number {
    return this.#reader.offset;
  }

  get keys(): number {
    return this.#keys;
  }

  step(): boolean {
    const deadline = performance.now() + STEP_MS;
    try {
      do {
        const end = this.#reader.offset + STRIDE_BYTES;
        while (this.#reader.offset < end) if (!this.#loadNext()) return false;
      } while (performance.now() < deadline);
      return true;
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) this.#fs.close(fd);
  }

  /** @returns whether there is more */
  #loadNext(): boolean {
    const event = this.#reader.next();
    if (event !== undefined) {
      this.#load(event);
      return true;
    }
    const left = this.totalBytes - this.endOffset;
    if (left > 0 && !this.#options.mayGoOn) throw badFormat(`${left} bytes follow after its end`);
    return false;
  }

  #load(event: RdbFileEvent): void {
    if ("key" in event) this.#expectNew(event.key);
    switch (event.type) {
      case "string":
        writeString(this.#keyspace, event.key, event.value, event.expiresAt);
        this.#keys++;
        break;
      case "sorted-set":
        this.#begin(event.key, event.members.length, event.expiresAt);
        this.#add(event.members);
        break;
      case "set-begin":
        this.#begin(event.key, event.size, event.expiresAt);
        break;
      case "members":
        this.#add(event.members);
        break;
      case "database":
        this.#select(event.index);
        break;
      case "aux":
      case "resize":
        break;
    }
  }

  #select(index: number): void {
    const { count } = this.#databases;
    if (index >= count) throw new DatabaseOutOfRange(index, count);
    this.#keyspace = this.#databases.at(index);
  }

  #expectNew(key: string): void {
    if (this.#keyspace.lookup(key) !== NO_SLOT) throw badFormat(`the key ${show(key)} comes twice`);
  }

  #begin(key: string, size: number, expiresAt: number): void {
    this.#coming = { key, set: this.#keyspace.newSortedSet(), size, expiresAt };
  }

  #add(members: readonly RdbEntry[]): void {
    if (this.#coming === undefined) return;
    const { key, set, size, expiresAt } = this.#coming;
    for (const { member, score } of members) {
      if (!set.set(member, score)) throw badFormat("a member comes twice");
    }
    if (set.size < size) return;
    storeSet(this.#keyspace, key, set, expiresAt);
    this.#coming = undefined;
    this.#keys++;
  }

  #failed(cause: unknown): CacheError {
    const offset = this.#reader.offset;
    const failed = (reason: string, remedy: string) =>
      new CacheError(
        "PERSISTENCE_FAILED",
        `Cannot load a snapshot: ${reason}, at byte ${offset} of ${this.#path}: ${remedy}`,
        { cause },
      );
    if (cause instanceof DatabaseOutOfRange) {
      return failed(cause.message, `the setting \`databases\` is ${cause.count}`);
    }
    if (!(cause instanceof RdbError)) return persistenceFailed(`load ${this.#path}`, cause);
    const remedy = REMEDIES[cause.code] ?? restoreOrMove(this.#options.toMoveAway);
    return failed(cause.reason, remedy);
  }
}

/** What is said to whoever has a file that is sound and cannot be loaded. */
const REMEDIES: Readonly<Partial<Record<RdbError["code"], string>>> = {
  UNSUPPORTED_TYPE: "Laurel keeps strings and sorted sets",
  UNSUPPORTED_VERSION: "Redis up to 7.2 and Valkey 8 write versions that are",
};

class DatabaseOutOfRange extends Error {
  readonly count: number;

  constructor(index: number, count: number) {
    super(`its database ${index} is one that there may not be`);
    this.count = count;
  }
}

/** The bytes of an open file, one after the other. */
class FileSource {
  readonly #fs: FileSystem;
  readonly #fd: number;
  readonly #size: number;
  #position = 0;

  constructor(fs: FileSystem, fd: number, size: number) {
    this.#fs = fs;
    this.#fd = fd;
    this.#size = size;
  }

  get remaining(): number {
    return this.#size - this.#position;
  }

  read(into: Uint8Array): number {
    const count = this.#fs.read(this.#fd, into, this.#position);
    this.#position += count;
    return count;
  }
}
