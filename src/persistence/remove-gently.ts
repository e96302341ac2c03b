import type { FileSystem } from "./file-system.ts";

/**
 * Removes a file, if it is there, without waiting until the system has freed what it holds, which
 * takes half a second for some gigabytes: it is kept open past its last name and closed off the main
 * thread. @throws the error of the system; the file is still there then
 */
export function removeGently(fs: FileSystem, path: string): void {
  whileOpen(fs, path, () => fs.remove(path));
}

/** Renames a file; one that had the new name goes as with {@link removeGently}. */
export function renameGently(fs: FileSystem, from: string, to: string): void {
  whileOpen(fs, to, () => fs.rename(from, to));
}

function whileOpen(fs: FileSystem, path: string, run: () => void): void {
  const fd = openIfPossible(fs, path);
  try {
    run();
  } finally {
    if (fd !== undefined) fs.closeLater(fd);
  }
}

function openIfPossible(fs: FileSystem, path: string): number | undefined {
  try {
    return fs.open(path, "read");
  } catch {
    // It is not there, or not to be read: then it goes as it does.
    return undefined;
  }
}
