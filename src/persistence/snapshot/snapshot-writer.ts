import { dirname } from "node:path";
import { REDIS_VERSION } from "../../commands/connection/authentication.ts";
import type { Databases } from "../../engine/databases.ts";
import { FrozenDatabases } from "../../engine/frozen-databases.ts";
import { formatDouble } from "../../protocol/number-text.ts";
import { RdbFileWriter } from "../../rdb/rdb-file-writer.ts";
import type { FileSystem } from "../file-system.ts";
import { removeGently, renameGently } from "../remove-gently.ts";
import type { PersistenceSettings } from "../settings.ts";

/** What is written at once. */
const CHUNK_BYTES = 64 * 1024;
/** So much is forced to the disk at once, lest all of it is at the end. */
const SYNC_BYTES = 4 * 1024 * 1024;
/** How long a step takes ... */
const STEP_MS = 1;
/** ... and how many slots and members are visited until it looks at the clock: any may be large. */
const STRIDE = 8;

/** What a snapshot tells of itself. */
export interface SnapshotOptions {
  /** Whether it is the base of a journal. */
  readonly isBase: boolean;
}

/**
 * Writes a snapshot of databases as they are when it is made, step by step while they go on
 * changing: into a temporary file, which takes its place when it is whole and on the disk. To be run
 * once, or aborted.
 */
export class SnapshotWriter {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #temporaryPath: string;
  readonly #frozen: FrozenDatabases;
  readonly #writer: RdbFileWriter;
  /** The temporary file, while it is open. */
  #fd: number | undefined;
  #isTemporaryThere = false;
  #isAborted = false;
  #bytes = 0;

  /** Freezes the databases. O(databases), plus one bit a key. */
  constructor(
    fs: FileSystem,
    path: string,
    temporaryPath: string,
    databases: Databases,
    settings: PersistenceSettings,
    options: SnapshotOptions = { isBase: false },
  ) {
    this.#fs = fs;
    this.#path = path;
    this.#temporaryPath = temporaryPath;
    this.#frozen = new FrozenDatabases(databases, settings);
    this.#writer = new RdbFileWriter({
      compress: settings.compress,
      checksum: settings.checksum,
      formatScore: formatDouble,
      aux: [
        ["redis-ver", REDIS_VERSION],
        ["redis-bits", "64"],
        ["ctime", String(Math.floor(databases.first.now() / 1000))],
        ["used-mem", String(Math.round(databases.memoryBytes))],
        ["aof-base", options.isBase ? "1" : "0"],
      ],
    });
  }

  /**
   * Writes the snapshot in steps of about a millisecond, giving way to others in between. It rejects
   * with the error of the system, or when it is aborted; no temporary file stays then.
   * @returns its bytes
   */
  async run(): Promise<number> {
    try {
      const fd = this.#open();
      await this.#writeInSteps(fd);
      await this.#fs.syncLater(fd);
      this.#expectNotAborted();
      this.#putInPlace(fd, renameGently);
      await this.#fs.syncDirectoryLater(dirname(this.#path));
      return this.#bytes;
    } finally {
      this.#cleanUp();
    }
  }

  /** Writes the snapshot before it returns; else as {@link run}. */
  runNow(): number {
    try {
      const fd = this.#open();
      while (this.#step()) if (this.#writer.length >= CHUNK_BYTES) this.#write(fd);
      this.#writer.end();
      this.#write(fd);
      this.#fs.sync(fd);
      this.#putInPlace(fd, (fs, from, to) => fs.rename(from, to));
      this.#fs.syncDirectory(dirname(this.#path));
      return this.#bytes;
    } finally {
      this.#cleanUp();
    }
  }

  /** Gives up: nothing is preserved any more, the temporary file is gone, and `run` rejects. */
  abort(): void {
    this.#isAborted = true;
    this.#frozen.release();
    this.#removeTemporary();
  }

  #open(): number {
    this.#expectNotAborted();
    this.#isTemporaryThere = true;
    const fd = this.#fs.open(this.#temporaryPath, "write");
    this.#fd = fd;
    return fd;
  }

  async #writeInSteps(fd: number): Promise<void> {
    let unsynced = 0;
    for (let isMore = true; isMore;) {
      isMore = this.#step();
      this.#expectNotAborted();
      if (!isMore) this.#writer.end();
      if (!isMore || this.#writer.length >= CHUNK_BYTES) {
        // oxlint-disable-next-line no-await-in-loop -- what was made waits nowhere but here
        unsynced += await this.#writeLater(fd);
      } else {
        // oxlint-disable-next-line no-await-in-loop -- it gives way
        await new Promise(setImmediate);
      }
      if (unsynced >= SYNC_BYTES) {
        // oxlint-disable-next-line no-await-in-loop -- the disk sets the pace
        await this.#fs.syncLater(fd);
        unsynced = 0;
      }
      this.#expectNotAborted();
    }
  }

  /**
   * Makes bytes for about a millisecond, or enough to be written.
   * @returns whether there is more
   */
  #step(): boolean {
    const deadline = performance.now() + STEP_MS;
    while (this.#frozen.read(this.#writer, STRIDE)) {
      if (this.#writer.length >= CHUNK_BYTES || performance.now() >= deadline) return true;
    }
    return false;
  }

  async #writeLater(fd: number): Promise<number> {
    const bytes = this.#writer.take();
    for (let written = 0; written < bytes.length;) {
      // oxlint-disable-next-line no-await-in-loop -- what the system did not take comes after it
      written += progress(await this.#fs.writeLater(fd, bytes.subarray(written)));
      this.#expectNotAborted();
    }
    this.#bytes += bytes.length;
    return bytes.length;
  }

  #write(fd: number): void {
    const bytes = this.#writer.take();
    for (let written = 0; written < bytes.length;) {
      written += progress(this.#fs.write(fd, bytes.subarray(written)));
    }
    this.#bytes += bytes.length;
  }

  #putInPlace(fd: number, rename: typeof renameGently): void {
    this.#fd = undefined;
    this.#fs.close(fd);
    rename(this.#fs, this.#temporaryPath, this.#path);
    this.#isTemporaryThere = false;
  }

  #cleanUp(): void {
    this.#frozen.release();
    this.#removeTemporary();
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) this.#fs.closeLater(fd);
  }

  #removeTemporary(): void {
    if (!this.#isTemporaryThere) return;
    this.#isTemporaryThere = false;
    ignoringErrors(() => removeGently(this.#fs, this.#temporaryPath));
  }

  #expectNotAborted(): void {
    if (this.#isAborted) throw new Error("it was aborted");
  }
}

/** What the system took of some bytes: nothing would be for ever. */
function progress(written: number): number {
  if (written > 0) return written;
  throw new Error("the system takes no more bytes");
}

/** For what can only be tried once something else has failed, which is what is told. */
function ignoringErrors(attempt: () => void): void {
  try {
    attempt();
  } catch {
    // The first failure says more.
  }
}
