import { dirname } from "node:path";
import type { FileSystem } from "./file-system.ts";

/**
 * Makes a directory, and those above it, where they are not there; a power cut does not undo it.
 * @throws the error of the system
 */
export function makeDirectory(fs: FileSystem, path: string): void {
  const above = dirname(path);
  if (above === path || fs.identity(path) !== undefined) return;
  makeDirectory(fs, above);
  fs.makeDirectory(path);
  fs.syncDirectory(above);
}
