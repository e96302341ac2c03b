import type { FileSystem } from "../file-system.ts";

/**
 * A file that grows by whole pieces: what could be written of a piece in part only is cut off again.
 * It knows its length and the checksum of all that it holds.
 */
export class JournalFile {
  readonly path: string;
  readonly #fs: FileSystem;
  readonly #fd: number;
  readonly #identity: string;
  #bytes: number;
  #crc: number;
  #isSpoilt = false;
  #isSyncing = false;
  #isClosed = false;
  #isFollowed = false;

  /**
   * Opens a file that is not there yet, or goes on with one whose checksum is `crc`.
   * @throws the error of the system
   */
  constructor(fs: FileSystem, path: string, mode: "create" | "append", crc: number) {
    this.#fs = fs;
    this.path = path;
    this.#fd = fs.open(path, mode);
    this.#crc = crc;
    try {
      this.#bytes = fs.size(this.#fd);
      this.#identity = fs.identityOf(this.#fd);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Bytes that were written completely. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The CRC-32 of all of them. */
  get crc(): number {
    return this.#crc;
  }

  /** Whether it holds half a piece that could not be cut off. */
  get isSpoilt(): boolean {
    return this.#isSpoilt;
  }

  /** Whether it was closed because another file goes on where it ends. */
  get isFollowed(): boolean {
    return this.#isFollowed;
  }

  /**
   * Appends all of these bytes or, as far as that can be helped, none; `crc` is the checksum of the
   * whole file then.
   * @throws the error of the system
   */
  append(bytes: Buffer, crc: number): void {
    try {
      this.#write(bytes);
    } catch (error) {
      this.#tryToCut();
      throw error;
    }
    this.#bytes += bytes.length;
    this.#crc = crc;
  }

  /** Cuts off what is left of a piece. @throws the error of the system */
  repair(): void {
    if (this.#fs.size(this.#fd) < this.#bytes) {
      this.#isSpoilt = true;
      throw new Error(`somebody cut ${this.path}`);
    }
    this.#fs.truncate(this.#fd, this.#bytes);
    this.#isSpoilt = false;
  }

  /** Returns when everything is on the disk. @throws the error of the system */
  sync(): void {
    this.#fs.sync(this.#fd);
  }

  /**
   * Resolves when everything so far is on the disk, even if the file is closed meanwhile. One at a
   * time.
   */
  async syncLater(): Promise<void> {
    this.#isSyncing = true;
    try {
      await this.#fs.syncLater(this.#fd);
    } finally {
      this.#isSyncing = false;
      if (this.#isClosed) this.#closeNow();
    }
  }

  /** Whether it is still found where it was put. */
  get isInPlace(): boolean {
    try {
      return this.#fs.identity(this.path) === this.#identity;
    } catch {
      return false;
    }
  }

  /** Closes the file, once nobody syncs it any more. */
  close(isFollowed = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isFollowed = isFollowed;
    this.#closeNow();
  }

  #closeNow(): void {
    if (this.#isSyncing) return;
    try {
      this.#fs.close(this.#fd);
    } catch {
      // What matters was synced before, and said so or not.
    }
  }

  #write(bytes: Buffer): void {
    let written = 0;
    while (written < bytes.length) {
      // After a short write the next one tells the reason.
      const count = this.#fs.write(this.#fd, written === 0 ? bytes : bytes.subarray(written));
      if (count <= 0) throw new Error("the system writes nothing");
      written += count;
    }
  }

  #tryToCut(): void {
    try {
      this.#fs.truncate(this.#fd, this.#bytes);
    } catch {
      this.#isSpoilt = true;
    }
  }
}
