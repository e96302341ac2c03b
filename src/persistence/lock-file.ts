import { basename, dirname, join } from "node:path";
import { systemTimers, type Timers } from "../cache/platform.ts";
import { CacheError, reasonOf } from "../errors.ts";
import type { FileSystem } from "./file-system.ts";
import {
  fateOf,
  isApart,
  type LockOwner,
  parseOwner,
  type Processes,
  systemProcesses,
} from "./lock-owner.ts";

/** More than the text of any lock. */
const LOCK_BYTES_MAX = 4096;
/** How often others may come first before it is given up. */
const ATTEMPTS_MAX = 20;
/** How often a lock without an owner is looked at, as it may still be written, and the pauses. */
const WATCHES_MAX = 20;
const WATCH_MS = 100;
/** How often a process that holds a lock shows that it lives ... */
const BEAT_MS = 5000;
/**
 * ... and after how long without that it is taken for dead by those who cannot ask their system.
 */
const SILENCE_MS_MAX = 30_000;
const BLANK = Buffer.from(" ");
/**
 * What follows the name of a lock in that of a draft of it, or of a former one that was moved
 * aside.
 */
const DRAFT = /^\.[0-9a-f]{16}(\.former)?$/;

/** A lock, as it is found. */
interface FoundLock {
  readonly text: string;
  /** `undefined`: it names none. */
  readonly owner: LockOwner | undefined;
  /** When its owner showed last that it lives, as the clock of its volume says. */
  readonly seenAt: number;
}

/** A lock that is written, and kept open, and has its name or will have it. */
interface Draft {
  readonly fd: number;
  readonly path: string;
  readonly bytes: Buffer;
}

/**
 * The file that keeps other processes out of a directory. It is made in one step with its text, the
 * owner, so that nobody sees it without. The file of a process that is gone is moved aside, which
 * one of several does first: who then finds to have moved another one than that which was judged
 * gives it back.
 *
 * Of processes on other hosts, and in other containers, the system tells nothing: so whoever holds a
 * lock writes to it every few seconds, and one of those that has not been written to for half a
 * minute is nobody's. Its age is the difference to a file written just then beside it, since clocks
 * may differ.
 */
export class LockFile {
  readonly #fs: FileSystem;
  readonly path: string;
  readonly #timers: Timers;
  readonly #draft: Draft;
  #timer: unknown;
  #isHeld = true;

  /**
   * @param path where the file is to be; its directory is there
   * @throws {CacheError} `PERSISTENCE_FAILED` naming the process that holds it
   */
  static take(
    fs: FileSystem,
    path: string,
    timers: Timers = systemTimers,
    processes: Processes = systemProcesses,
  ): LockFile {
    const owner = processes.self();
    let draft: Draft | undefined;
    try {
      draft = write(fs, `${path}.${owner.token}`, `${JSON.stringify(owner)}\n`);
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        if (makeOf(fs, draft, path)) {
          const lock = new LockFile(fs, path, draft, timers);
          removeDrafts(fs, path, draft, processes);
          removeIfPossible(fs, draft.path);
          return lock;
        }
        makeWay(fs, path, draft, processes);
      }
      throw notOpened(path, "other processes were faster again and again");
    } catch (cause) {
      if (draft !== undefined) discard(fs, draft);
      if (cause instanceof CacheError) throw cause;
      throw notOpened(path, `the lock ${path} cannot be taken: ${reasonOf(cause)}`, cause);
    }
  }

  private constructor(fs: FileSystem, path: string, draft: Draft, timers: Timers) {
    this.#fs = fs;
    this.path = path;
    this.#draft = draft;
    this.#timers = timers;
    this.#beatLater();
  }

  /** Lets others in: removes the file, if it is still this one. Idempotent, and never throws. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#timers.clearTimeout(this.#timer as never);
    try {
      this.#fs.close(this.#draft.fd);
      const text = this.#draft.bytes.toString().trimEnd();
      if (read(this.#fs, this.path)?.text === text) this.#fs.remove(this.path);
    } catch {
      // It stays, and is known to be nobody's as soon as this process has ended.
    }
  }

  #beat(): void {
    try {
      touch(this.#fs, this.#draft);
    } catch {
      // One that fails is too few to be taken for dead.
    }
    this.#beatLater();
  }

  #beatLater(): void {
    this.#timer = this.#timers.setTimeout(() => this.#beat(), BEAT_MS);
    // Timers that a user hands in may be those of the platform, which keep a process alive.
    (this.#timer as { unref?: () => void } | null | undefined)?.unref?.();
  }
}

/** Gives a lock its name. @returns false where there is one */
function makeOf(fs: FileSystem, draft: Draft, path: string): boolean {
  try {
    fs.link(draft.path, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    // Not every file system lets a file have two names.
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(codeOf(error))) throw error;
  }
  try {
    fs.close(fs.open(path, "create"));
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
  fs.rename(draft.path, path);
  return true;
}

/** Removes a lock that nobody holds. @throws {CacheError} for one that somebody does */
function makeWay(fs: FileSystem, path: string, draft: Draft, processes: Processes): void {
  const found = readPatiently(fs, path, processes);
  if (found === undefined) return;
  const { owner, seenAt } = found;
  if (owner !== undefined && mayLive(owner, timeOf(fs, draft) - seenAt, processes)) {
    throw inUse(path, owner, processes);
  }
  const aside = `${draft.path}.former`;
  try {
    fs.rename(path, aside);
  } catch (error) {
    // Somebody else has moved it.
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const moved = read(fs, aside);
  // Whoever has the lock now has removed this one.
  if (moved === undefined) return;
  if (moved.text === found.text && moved.seenAt === seenAt) fs.remove(aside);
  else fs.rename(aside, path);
}

/** Whether an owner may hold its lock that was silent for so long. */
function mayLive(owner: LockOwner, silenceMs: number, processes: Processes): boolean {
  const fate = fateOf(owner, processes);
  return fate === "unknown" ? silenceMs <= SILENCE_MS_MAX : fate === "alive";
}

/**
 * Reads a lock, for a while again and again as long as it names no owner: it may be being written.
 */
function readPatiently(fs: FileSystem, path: string, processes: Processes): FoundLock | undefined {
  for (let watch = 0; ; watch++) {
    const found = read(fs, path);
    if (found?.owner !== undefined || found === undefined || watch === WATCHES_MAX) return found;
    processes.pause(WATCH_MS);
  }
}

/** `undefined`: there is no such file. */
function read(fs: FileSystem, path: string): FoundLock | undefined {
  let fd: number;
  try {
    fd = fs.open(path, "read");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(LOCK_BYTES_MAX);
    // Blanks at the end are signs of life.
    const text = bytes.toString("utf8", 0, fs.read(fd, bytes, 0)).trimEnd();
    return { text, owner: parseOwner(text), seenAt: fs.modifiedAt(fd) };
  } finally {
    fs.close(fd);
  }
}

function write(fs: FileSystem, path: string, text: string): Draft {
  const bytes = Buffer.from(text);
  const draft: Draft = { fd: fs.open(path, "create"), path, bytes };
  try {
    for (let at = 0; at < bytes.length;) at += fs.write(draft.fd, bytes.subarray(at));
    // After a power cut the file would be there, and its text would not.
    fs.sync(draft.fd);
    return draft;
  } catch (error) {
    discard(fs, draft);
    throw error;
  }
}

/** Has the system note the time, by its own clock, and leaves the text as it is. */
function touch(fs: FileSystem, { fd, bytes }: Draft): void {
  try {
    fs.write(fd, BLANK);
  } finally {
    fs.truncate(fd, bytes.length);
  }
}

/** What the clock of the volume says. */
function timeOf(fs: FileSystem, draft: Draft): number {
  touch(fs, draft);
  return fs.modifiedAt(draft.fd);
}

/** Removes what processes left behind that ended while they took the lock. */
function removeDrafts(fs: FileSystem, path: string, draft: Draft, processes: Processes): void {
  const name = basename(path);
  try {
    const now = timeOf(fs, draft);
    for (const other of fs.list(dirname(path))) {
      if (!other.startsWith(name) || !DRAFT.test(other.slice(name.length))) continue;
      const found = read(fs, join(dirname(path), other));
      if (found === undefined) continue;
      const { owner, seenAt } = found;
      // One that is being written names nobody yet.
      const isYoung = now - seenAt <= SILENCE_MS_MAX;
      const isNeeded = owner === undefined ? isYoung : mayLive(owner, now - seenAt, processes);
      if (!isNeeded) fs.remove(join(dirname(path), other));
    }
  } catch {
    // They are in nobody's way.
  }
}

function discard(fs: FileSystem, draft: Draft): void {
  fs.closeLater(draft.fd);
  removeIfPossible(fs, draft.path);
}

/** What is left behind is in nobody's way. */
function removeIfPossible(fs: FileSystem, path: string): void {
  try {
    fs.remove(path);
  } catch {
    // Whatever is wrong has been told of by what went before, or will be by what follows.
  }
}

function inUse(path: string, owner: LockOwner, processes: Processes): CacheError {
  const self = processes.self();
  const { host, pid, since } = owner;
  const place = host === self.host && isApart(owner, self) ? " in another container" : "";
  const holder = `process ${pid}${place} on ${host} since ${since}`;
  if (fateOf(owner, processes) === "alive") return notOpened(path, `it is in use by ${holder}`);
  const silence = `${SILENCE_MS_MAX / 1000} s`;
  return notOpened(
    path,
    `it is in use by ${holder}, or was until less than ${silence} ago; ` +
      `if that process is gone, try again after ${silence}, or remove ${path}`,
  );
}

function notOpened(path: string, reason: string, cause?: unknown): CacheError {
  const options = cause === undefined ? undefined : { cause };
  return new CacheError("PERSISTENCE_FAILED", `Cannot open ${dirname(path)}: ${reason}`, options);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "";
}
