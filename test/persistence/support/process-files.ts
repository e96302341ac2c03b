import { basename, dirname } from "node:path";
import type { FileSystem, OpenMode } from "../../../src/persistence/file-system.ts";
import type { Dice } from "../../simulation/dice.ts";
import { type FallibleCall, FallibleCalls } from "./fallible-calls.ts";
import { SimulatedDirectory } from "./simulated-directory.ts";
import { type SimulatedDisk, systemError } from "./simulated-disk.ts";
import { SimulatedFile } from "./simulated-file.ts";
import { settlePromises } from "./virtual-turns.ts";

interface OpenFile {
  readonly path: string;
  readonly file: SimulatedFile;
  readonly mode: OpenMode;
}

/** A call off the main thread that has not ended. */
interface CallUnderWay {
  readonly finish: () => void;
}

/**
 * What one process sees of a simulated disk. Calls off the main thread end when the test says so.
 * When the process dies its calls end with it.
 */
export class ProcessFiles implements FileSystem {
  readonly disk: SimulatedDisk;
  readonly calls: FallibleCalls;
  readonly #dice: Dice;
  readonly #open = new Map<number, OpenFile>();
  readonly #underWay: CallUnderWay[] = [];
  /** Files of which a sync is under way that will fail. */
  readonly #failing = new Set<SimulatedFile>();
  #lastFd = 2;
  #isDead = false;

  constructor(disk: SimulatedDisk, dice: Dice, calls: FallibleCalls = new FallibleCalls()) {
    this.disk = disk;
    this.#dice = dice;
    this.calls = calls;
  }

  /** Descriptors that are open: none may be left in the end. */
  get openFiles(): string[] {
    return [...this.#open.values()].map(({ path }) => path);
  }

  /** Calls off the main thread that have not ended. */
  get underWay(): number {
    return this.#underWay.length;
  }

  /** Whether the process has ended. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** Lets the calls that are under way end, in order, or with a chance each of them. */
  async settle(chance = 1): Promise<void> {
    const waiting: CallUnderWay[] = [];
    for (const call of this.#underWay.splice(0)) {
      if (this.#isDead) return;
      if (chance < 1 && !this.#dice.chance(chance)) {
        waiting.push(call);
        continue;
      }
      call.finish();
      // Whoever waits for it is told before the next one ends.
      await settlePromises();
    }
    this.#underWay.unshift(...waiting);
  }

  /** The process ends at once: of what is under way nothing is heard any more, but part of it may be done. */
  die(): void {
    for (const { finish } of this.#underWay) if (this.#dice.chance(0.3)) finish();
    this.#isDead = true;
    this.#underWay.length = 0;
    this.#open.clear();
  }

  open(path: string, mode: OpenMode): number {
    const existing = this.disk.find(path);
    const isNew = existing === undefined && mode !== "read";
    this.#fallible(mode === "read" ? "open" : "create", path);
    if (existing instanceof SimulatedDirectory) throw systemError("EISDIR", path);
    if (existing === undefined && !isNew) throw systemError("ENOENT", path);
    if (existing !== undefined && mode === "create") throw systemError("EEXIST", path);
    const file = existing ?? this.disk.create(path);
    if (mode === "write" && file.length > 0) file.truncate(0);
    const fd = ++this.#lastFd;
    this.#open.set(fd, { path, file, mode });
    return fd;
  }

  close(fd: number): void {
    this.#at(fd);
    this.#open.delete(fd);
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
    const { file, path } = this.#at(fd);
    this.#fallible("size", path);
    return file.length;
  }

  read(fd: number, into: Uint8Array, position: number): number {
    const { file, path } = this.#at(fd);
    this.#fallible("read", path);
    const part = file.content.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  write(fd: number, bytes: Uint8Array): number {
    const { file, path } = this.#writable(fd);
    const written = this.#fallible("write", path) === "short" ? this.#part(bytes) : bytes.length;
    file.append(bytes.subarray(0, written));
    return written;
  }

  writeLater(fd: number, bytes: Uint8Array): Promise<number> {
    const { file, path } = this.#writable(fd);
    const before = Buffer.from(bytes);
    return this.#later("writeLater", path, (outcome) => {
      if (!before.equals(bytes))
        throw new Error(`The bytes changed while they were written: ${path}`);
      const written = outcome === "short" ? this.#part(bytes) : bytes.length;
      file.append(bytes.subarray(0, written));
      return written;
    });
  }

  sync(fd: number): void {
    const { file, path } = this.#at(fd);
    const { changes } = file;
    try {
      this.#fallible("sync", path);
      // Who syncs at the same time is told of the same trouble.
      if (this.#failing.has(file)) throw systemError("EIO", `sync ${path}`);
    } catch (error) {
      if (!this.#isDead) file.syncFailed(changes);
      throw error;
    }
    file.synced(changes);
  }

  syncLater(fd: number): Promise<void> {
    const { file, path } = this.#at(fd);
    const { changes } = file;
    const { failed } = this.calls;
    const outcome = this.#later(
      "syncLater",
      path,
      () => file.synced(changes),
      () => {
        this.#failing.delete(file);
        file.syncFailed(changes);
      },
    );
    if (this.calls.failed > failed) this.#failing.add(file);
    return outcome;
  }

  truncate(fd: number, length: number): void {
    const { file, path } = this.#writable(fd);
    this.#fallible("truncate", path);
    file.truncate(length);
  }

  rename(from: string, to: string): void {
    this.#fallible("rename", from);
    const node = this.disk.find(from);
    if (node === undefined) throw systemError("ENOENT", from);
    if (dirname(from) !== dirname(to)) throw systemError("EXDEV", to);
    this.disk.directoryOf(from).rename(basename(from), basename(to), node);
  }

  link(from: string, to: string): void {
    this.#fallible("link", from);
    const node = this.disk.find(from);
    if (node === undefined) throw systemError("ENOENT", from);
    if (this.disk.find(to) !== undefined) throw systemError("EEXIST", to);
    this.disk.directoryOf(to).add(basename(to), node);
  }

  remove(path: string): void {
    this.#fallible("remove", path);
    if (this.disk.find(path) !== undefined) this.disk.directoryOf(path).remove(basename(path));
  }

  makeDirectory(path: string): void {
    this.#fallible("makeDirectory", path);
    this.disk.makeDirectory(path);
  }

  list(path: string): string[] {
    this.#fallible("list", path);
    const node = this.disk.find(path);
    return node instanceof SimulatedDirectory ? [...node.names.keys()] : [];
  }

  syncDirectory(path: string): void {
    const directory = this.#directory(path);
    this.#fallible("syncDirectory", path);
    directory.synced(directory.changes);
  }

  syncDirectoryLater(path: string): Promise<void> {
    const directory = this.#directory(path);
    const { changes } = directory;
    return this.#later("syncDirectoryLater", path, () => directory.synced(changes));
  }

  identity(path: string): string | undefined {
    this.#checkAlive();
    const node = this.disk.find(path);
    if (node === undefined) return undefined;
    return node instanceof SimulatedFile ? `file ${node.id}` : `directory ${path}`;
  }

  identityOf(fd: number): string {
    return `file ${this.#at(fd).file.id}`;
  }

  #at(fd: number): OpenFile {
    this.#checkAlive();
    const open = this.#open.get(fd);
    if (open === undefined) throw systemError("EBADF", `descriptor ${fd}`);
    return open;
  }

  #writable(fd: number): OpenFile {
    const open = this.#at(fd);
    if (open.mode === "read") throw systemError("EBADF", `${open.path} is open for reading`);
    return open;
  }

  #directory(path: string): SimulatedDirectory {
    this.#checkAlive();
    const node = this.disk.find(path);
    if (node instanceof SimulatedDirectory) return node;
    throw systemError(node === undefined ? "ENOENT" : "ENOTDIR", path);
  }

  #fallible(call: FallibleCall, path: string): "short" | undefined {
    const outcome = this.#next(call, path);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  #next(call: FallibleCall, path: string): NodeJS.ErrnoException | "short" | undefined {
    this.#checkAlive();
    const outcome = this.calls.next(call, path);
    if (outcome !== "end") return outcome;
    this.die();
    throw systemError("ESRCH", `the process ends at ${call} ${path}`);
  }

  #later<T>(
    call: FallibleCall,
    path: string,
    run: (outcome: "short" | undefined) => T,
    failed?: () => void,
  ): Promise<T> {
    const outcome = this.#next(call, path);
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        if (outcome instanceof Error) {
          failed?.();
          reject(outcome);
          return;
        }
        try {
          resolve(run(outcome));
        } catch (error) {
          reject(error);
        }
      };
      this.#underWay.push({ finish });
    });
  }

  /** Some bytes from the beginning, but not all, and at least one where there are two. */
  #part(bytes: Uint8Array): number {
    return bytes.length < 2 ? 0 : this.#dice.int(1, bytes.length - 1);
  }

  #checkAlive(): void {
    if (this.#isDead) throw systemError("ESRCH", "the process is dead");
  }
}
