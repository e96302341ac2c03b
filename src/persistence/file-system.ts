import {
  close,
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  write,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";

/**
 * How a file is opened. `read`: it must be there; `write`: from nothing, whatever it held; `append`:
 * behind what it holds; `create`: it must not be there.
 */
export type OpenMode = "read" | "write" | "append" | "create";

/**
 * What the journal and the snapshot ask of the system's files: so little that a test can stand in
 * for it, fail at any call, and forget what was not synced. Every call throws, or rejects with, the
 * error of the system, whose `code` names it (`ENOSPC`, `EIO`, ...).
 */
export interface FileSystem {
  /**
   * Opens a regular file, which only its owner may read if it is new; refuses, and never waits for,
   * anything else of that name, such as a pipe. @returns its descriptor
   */
  open(path: string, mode: OpenMode): number;
  close(fd: number): void;
  /**
   * {@link close} off the main thread, for files without a name: who closes one last waits until the
   * system has freed what it holds. Never throws; nobody learns how it went.
   */
  closeLater(fd: number): void;
  /** Bytes that an open file has. */
  size(fd: number): number;
  /** When an open file was written last, in milliseconds, as the clock of its volume says. */
  modifiedAt(fd: number): number;
  /** Reads up to the length of `into` from a position on. @returns how many bytes; 0: the end */
  read(fd: number, into: Uint8Array, position: number): number;
  /** Writes at the end, perhaps less than all. @returns how many bytes */
  write(fd: number, bytes: Uint8Array): number;
  /** {@link write} off the main thread. The bytes must not change meanwhile. */
  writeLater(fd: number, bytes: Uint8Array): Promise<number>;
  /** Returns when what was written is on the disk. */
  sync(fd: number): void;
  /** {@link sync} off the main thread. */
  syncLater(fd: number): Promise<void>;
  /** Cuts an open file. */
  truncate(fd: number, length: number): void;
  rename(from: string, to: string): void;
  /** Gives a file another name, which must be no file's (`EEXIST`). */
  link(from: string, to: string): void;
  /** Removes a file, if it is there. */
  remove(path: string): void;
  /** Makes a directory that only its owner may enter, unless it is there; the one above it is. */
  makeDirectory(path: string): void;
  /** The names in a directory; none where there is no such directory. */
  list(path: string): string[];
  /** Returns when the names in a directory are on the disk. */
  syncDirectory(path: string): void;
  /** {@link syncDirectory} off the main thread. */
  syncDirectoryLater(path: string): Promise<void>;
  /**
   * What tells a file from every other one, whatever its name; `undefined`: there is no such file.
   */
  identity(path: string): string | undefined;
  /** {@link identity} of an open file. */
  identityOf(fd: number): string;
}

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY } = constants;
/** A pipe would be waited for until somebody opens its other end. Windows has no such files. */
const NEVER_WAITING = (constants.O_NONBLOCK as number | undefined) ?? 0;

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  write: O_WRONLY | O_CREAT | O_TRUNC,
  append: O_WRONLY | O_CREAT | O_APPEND,
  create: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
};
/** For the owner only: a cache may hold anything. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

const closedLater = promisify(close);
const openLater = promisify(open);
const syncLater = promisify(fdatasync);
const syncAllLater = promisify(fsync);
const writeLater = promisify(write);

/** The files of this machine. */
export const systemFiles: FileSystem = {
  open: openRegular,
  close: (fd) => closeSync(fd),
  closeLater: (fd) => close(fd, () => {}),
  size: (fd) => fstatSync(fd).size,
  modifiedAt: (fd) => fstatSync(fd).mtimeMs,
  read: (fd, into, position) => readSync(fd, into, 0, into.length, position),
  write: (fd, bytes) => writeSync(fd, bytes, 0, bytes.length),
  writeLater: async (fd, bytes) => {
    const { bytesWritten } = await writeLater(fd, bytes, 0, bytes.length, null);
    return bytesWritten;
  },
  sync: (fd) => fdatasyncSync(fd),
  syncLater: (fd) => syncLater(fd),
  truncate: (fd, length) => ftruncateSync(fd, length),
  rename: (from, to) => renameSync(from, to),
  link: (from, to) => linkSync(from, to),
  remove: (path) => rmSync(path, { force: true }),
  makeDirectory: (path) => {
    // Not `recursive`: below /proc Node.js would try for ever.
    try {
      mkdirSync(path, { mode: DIRECTORY_MODE });
    } catch (error) {
      if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
    }
  },
  list: (path) =>
    statSync(path, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(path),
  syncDirectory: (path) => {
    const fd = openSync(path, O_RDONLY | NEVER_WAITING);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
  syncDirectoryLater: async (path) => {
    const fd = await openLater(path, O_RDONLY | NEVER_WAITING);
    try {
      await syncAllLater(fd);
    } finally {
      await closedLater(fd);
    }
  },
  identity: (path) => {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true });
    return found === undefined ? undefined : `${found.dev}:${found.ino}`;
  },
  identityOf: (fd) => {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return `${dev}:${ino}`;
  },
};

function openRegular(path: string, mode: OpenMode): number {
  const fd = openWithoutWaiting(path, mode);
  try {
    if (fstatSync(fd).isFile()) return fd;
    throw notRegular(path);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openWithoutWaiting(path: string, mode: OpenMode): number {
  try {
    return openSync(path, FLAGS[mode] | NEVER_WAITING, FILE_MODE);
  } catch (error) {
    // So says the system of a pipe that nobody reads.
    throw (error as NodeJS.ErrnoException).code === "ENXIO" ? notRegular(path) : error;
  }
}

/** An error in the words of the system, which has none of its own for this. */
function notRegular(path: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`EINVAL: not a regular file, open '${path}'`);
  return Object.assign(error, { code: "EINVAL", syscall: "open", path });
}
