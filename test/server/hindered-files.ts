import { type FileSystem, systemFiles } from "../../src/persistence/file-system.ts";

/** The files of this machine, with a disk that a test can fill, hold up, and slow down. */
export class HinderedFiles {
  /** Whether nothing more can be written. */
  isFull = false;
  /** Whether nothing more can be brought to the disk off the main thread. */
  syncFails = false;
  /** How many bytes one read gives at most. */
  readBytesMax = Infinity;
  /** Is told of every step by which a file or a name changed. */
  onChange: (() => void) | undefined;
  readonly #held: (() => void)[] = [];
  #isHeld = false;
  /** How many calls to sync wait for the disk. */
  get heldSyncs(): number {
    return this.#held.length;
  }

  /** From now on what is synced waits for {@link release}. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Lets what waits be synced, and what comes. */
  release(): void {
    this.#isHeld = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }

  readonly files: FileSystem = {
    ...systemFiles,
    open: (path, mode) => {
      if (mode !== "read") this.#check();
      const fd = systemFiles.open(path, mode);
      if (mode !== "read") this.onChange?.();
      return fd;
    },
    read: (fd, into, position) =>
      systemFiles.read(fd, into.subarray(0, this.readBytesMax), position),
    write: (fd, bytes) => {
      this.#check();
      const length = systemFiles.write(fd, bytes);
      this.onChange?.();
      return length;
    },
    writeLater: async (fd, bytes) => {
      this.#check();
      const length = await systemFiles.writeLater(fd, bytes);
      this.onChange?.();
      return length;
    },
    rename: (from, to) => {
      systemFiles.rename(from, to);
      this.onChange?.();
    },
    remove: (path) => {
      systemFiles.remove(path);
      this.onChange?.();
    },
    syncLater: async (fd) => {
      if (this.#isHeld) await new Promise<void>((resolve) => this.#held.push(resolve));
      if (this.syncFails) throw new Error("EIO: i/o error");
      await systemFiles.syncLater(fd);
    },
  };

  #check(): void {
    if (!this.isFull) return;
    throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  }
}
