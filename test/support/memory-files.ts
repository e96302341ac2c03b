import { basename, dirname } from "node:path";
import type { FileSystem, OpenMode } from "../../src/persistence/file-system.ts";

/** What can be made to fail. */
export type FileOperation = Exclude<keyof FileSystem, "identityOf" | "closeLater" | "modifiedAt">;

/** A file, whatever names it has. */
interface MemoryFile {
  readonly number: number;
  bytes: Buffer;
  length: number;
}

/** An error as the system throws it. */
export function systemError(code: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${code}: made to fail`);
  error.code = code;
  return error;
}

/** Files in memory, which fail when they are told to, and count what is asked of them. */
export class MemoryFiles implements FileSystem {
  /** How often each operation was asked for. */
  readonly calls = new Map<FileOperation, number>();
  /** Syncs that are under way wait while this is set, for `releaseSyncs`. */
  holdsSyncs = false;
  readonly #files = new Map<string, MemoryFile>();
  readonly #open = new Map<number, MemoryFile>();
  readonly #failures = new Map<FileOperation, (Error | undefined)[]>();
  readonly #always = new Map<FileOperation, Error>();
  readonly #shortWrites: number[] = [];
  #heldSyncs: (() => void)[] = [];
  #lastFd = 2;
  #lastFile = 0;

  /** The next calls of an operation throw or reject with these errors, in turn; `undefined`: do not. */
  failNext(operation: FileOperation, ...errors: readonly (Error | undefined)[]): void {
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), ...errors]);
  }

  /** Every call of an operation fails, until it is told otherwise. */
  failAlways(operation: FileOperation, error: Error | undefined): void {
    if (error === undefined) this.#always.delete(operation);
    else this.#always.set(operation, error);
  }

  /** The next writes take so many bytes only, each in turn. */
  writeShort(...bytes: readonly number[]): void {
    this.#shortWrites.push(...bytes);
  }

  /** Lets the syncs that are under way end. */
  releaseSyncs(): void {
    const held = this.#heldSyncs;
    this.#heldSyncs = [];
    for (const release of held) release();
  }

  /** How many syncs are under way. */
  get heldSyncs(): number {
    return this.#heldSyncs.length;
  }

  /** How many descriptors are open. */
  get openFiles(): number {
    return this.#open.size;
  }

  countOf(operation: FileOperation): number {
    return this.calls.get(operation) ?? 0;
  }

  /** What a file holds. */
  contentOf(path: string): Buffer {
    const file = this.#named(path);
    return Buffer.from(file.bytes.subarray(0, file.length));
  }

  /** Makes a file of this content, whatever was there. */
  put(path: string, content: Uint8Array | string): void {
    const bytes = Buffer.from(content as string, "latin1");
    this.#files.set(path, { number: ++this.#lastFile, bytes, length: bytes.length });
  }

  open(path: string, mode: OpenMode): number {
    this.#called("open");
    let file = this.#files.get(path);
    if (mode === "read" && file === undefined) throw systemError("ENOENT");
    if (mode === "create" && file !== undefined) throw systemError("EEXIST");
    if (file === undefined) {
      this.put(path, "");
      file = this.#named(path);
    } else if (mode === "write") file.length = 0;
    this.#open.set(++this.#lastFd, file);
    return this.#lastFd;
  }

  close(fd: number): void {
    this.#called("close");
    if (!this.#open.delete(fd)) throw systemError("EBADF");
  }

  closeLater(fd: number): void {
    this.#open.delete(fd);
  }

  /** Time stands still. */
  modifiedAt(fd: number): number {
    this.#at(fd);
    return 0;
  }

  size(fd: number): number {
    this.#called("size");
    return this.#at(fd).length;
  }

  read(fd: number, into: Uint8Array, position: number): number {
    this.#called("read");
    const file = this.#at(fd);
    const end = Math.min(file.length, position + into.length);
    if (position >= end) return 0;
    into.set(file.bytes.subarray(position, end));
    return end - position;
  }

  write(fd: number, bytes: Uint8Array): number {
    const file = this.#at(fd);
    this.#called("write");
    const count = Math.min(bytes.length, this.#shortWrites.shift() ?? Infinity);
    const length = file.length + count;
    if (length > file.bytes.length) {
      const grown = Buffer.alloc(length * 2);
      file.bytes.copy(grown, 0, 0, file.length);
      file.bytes = grown;
    }
    file.bytes.set(bytes.subarray(0, count), file.length);
    file.length = length;
    return count;
  }

  async writeLater(fd: number, bytes: Uint8Array): Promise<number> {
    this.#called("writeLater");
    return this.write(fd, bytes);
  }

  sync(fd: number): void {
    this.#at(fd);
    this.#called("sync");
  }

  async syncLater(fd: number): Promise<void> {
    this.#at(fd);
    if (this.holdsSyncs) {
      await new Promise<void>((resolve) => {
        this.#heldSyncs.push(resolve);
      });
    }
    this.#at(fd);
    this.#called("syncLater");
  }

  truncate(fd: number, length: number): void {
    this.#called("truncate");
    const file = this.#at(fd);
    if (length > file.length) throw systemError("EINVAL");
    file.length = length;
  }

  rename(from: string, to: string): void {
    this.#called("rename");
    this.#files.set(to, this.#named(from));
    this.#files.delete(from);
  }

  link(from: string, to: string): void {
    this.#called("link");
    if (this.#files.has(to)) throw systemError("EEXIST");
    this.#files.set(to, this.#named(from));
  }

  remove(path: string): void {
    this.#called("remove");
    this.#files.delete(path);
  }

  makeDirectory(_path: string): void {
    this.#called("makeDirectory");
  }

  list(path: string): string[] {
    this.#called("list");
    return [...this.#files.keys()].filter((file) => dirname(file) === path).map((p) => basename(p));
  }

  syncDirectory(_path: string): void {
    this.#called("syncDirectory");
  }

  async syncDirectoryLater(_path: string): Promise<void> {
    this.#called("syncDirectoryLater");
  }

  identity(path: string): string | undefined {
    this.#called("identity");
    const file = this.#files.get(path);
    return file === undefined ? undefined : String(file.number);
  }

  identityOf(fd: number): string {
    return String(this.#at(fd).number);
  }

  #called(operation: FileOperation): void {
    this.calls.set(operation, this.countOf(operation) + 1);
    const error = this.#failures.get(operation)?.shift() ?? this.#always.get(operation);
    if (error !== undefined) throw error;
  }

  #at(fd: number): MemoryFile {
    const file = this.#open.get(fd);
    if (file === undefined) throw systemError("EBADF");
    return file;
  }

  #named(path: string): MemoryFile {
    const file = this.#files.get(path);
    if (file === undefined) throw systemError("ENOENT");
    return file;
  }
}
