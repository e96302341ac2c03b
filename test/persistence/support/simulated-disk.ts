import { basename, dirname } from "node:path";
import type { Dice } from "../../simulation/dice.ts";
import { SimulatedDirectory, type SimulatedNode } from "./simulated-directory.ts";
import { SimulatedFile } from "./simulated-file.ts";

/**
 * A disk that knows what was written and what was synced, of files and of the names in directories.
 * A process that dies leaves it as it is; a power cut leaves what was synced, and of the rest
 * whatever the dice say.
 */
export class SimulatedDisk {
  #root = new SimulatedDirectory();
  #lastId = 0;

  /** The file or directory of an absolute path. */
  find(path: string): SimulatedNode | undefined {
    if (path === "/") return this.#root;
    const above = this.find(dirname(path));
    return above instanceof SimulatedDirectory ? above.names.get(basename(path)) : undefined;
  }

  /** The directory that a path is in. @throws ENOENT */
  directoryOf(path: string): SimulatedDirectory {
    const directory = this.find(dirname(path));
    if (directory instanceof SimulatedDirectory) return directory;
    throw systemError("ENOENT", path);
  }

  /** Makes an empty file, in place of another one. */
  create(path: string): SimulatedFile {
    const file = new SimulatedFile(++this.#lastId);
    this.directoryOf(path).add(basename(path), file);
    return file;
  }

  /** Makes a directory and those above it. */
  makeDirectory(path: string): SimulatedDirectory {
    const existing = this.find(path);
    if (existing instanceof SimulatedDirectory) return existing;
    if (existing !== undefined) throw systemError("EEXIST", path);
    const above = this.makeDirectory(dirname(path));
    const made = new SimulatedDirectory();
    above.add(basename(path), made);
    return made;
  }

  /** Puts a file there as if it had always been. */
  put(path: string, content: Uint8Array): void {
    const directory = this.makeDirectory(dirname(path));
    directory.add(basename(path), new SimulatedFile(++this.#lastId, Buffer.from(content)));
    this.syncAll();
  }

  /** What a file holds. @throws ENOENT */
  contentOf(path: string): Buffer {
    const node = this.find(path);
    if (node instanceof SimulatedFile) return Buffer.from(node.content);
    throw systemError("ENOENT", path);
  }

  /** The paths of all files. */
  files(path = "/", directory = this.#root): string[] {
    return [...directory.names].flatMap(([name, node]) => {
      const own = `${path === "/" ? "" : path}/${name}`;
      return node instanceof SimulatedFile ? [own] : this.files(own, node);
    });
  }

  /** Everything is on the disk from now on. */
  syncAll(directory = this.#root): void {
    directory.synced(directory.changes);
    for (const node of directory.names.values()) {
      if (node instanceof SimulatedFile) node.synced(node.changes);
      else this.syncAll(node);
    }
  }

  /**
   * Nobody knows any more of syncs that failed: who did has died, and who comes next cannot be told,
   * so that nothing is promised of a power cut after that.
   */
  forgetDoubts(directory = this.#root): void {
    for (const node of directory.names.values()) {
      if (node instanceof SimulatedFile) node.forgetDoubts();
      else this.forgetDoubts(node);
    }
  }

  /** The disk as it is found after a power cut. Leaves this one alone. */
  afterPowerCut(dice: Dice): SimulatedDisk {
    const disk = new SimulatedDisk();
    disk.#lastId = this.#lastId;
    const files = new Map<SimulatedFile, SimulatedFile>();
    const copy = (from: SimulatedDirectory, to: SimulatedDirectory): void => {
      for (const [name, node] of from.namesAfterPowerCut(dice)) {
        if (node instanceof SimulatedDirectory) {
          const directory = new SimulatedDirectory();
          to.add(name, directory);
          copy(node, directory);
          continue;
        }
        // Both names of a renaming may be there: they are one file.
        const file = files.get(node) ?? new SimulatedFile(node.id, node.afterPowerCut(dice));
        files.set(node, file);
        to.add(name, file);
      }
    };
    copy(this.#root, disk.#root);
    disk.syncAll();
    return disk;
  }

  /** A disk that holds the same, all of it safe. */
  copy(): SimulatedDisk {
    const disk = new SimulatedDisk();
    for (const path of this.files()) disk.put(path, this.contentOf(path));
    disk.#lastId = Math.max(disk.#lastId, this.#lastId);
    return disk;
  }
}

/** An error as the system throws it. */
export function systemError(code: string, what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated, ${what}`), {
    code,
    errno: -1,
    syscall: what,
  });
}
