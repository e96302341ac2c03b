import { reasonOf } from "../../errors.ts";
import type { FileSystem } from "../../persistence/file-system.ts";
import { fromByteString } from "../../structures/byte-string.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { refused } from "../config/setting.ts";

const NAME = "dir";
/** What the system says of a path that is no place for files of this process. */
const UNUSABLE = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOENT",
  "ENOTDIR",
  "ENAMETOOLONG",
  "EINVAL",
]);

/**
 * Refuses a `dir` that was named and does not exist, unless something is to be kept in it, so that it is made:
 * a mistyped one would look like one where nothing was ever kept.
 * @throws {CacheError} `INVALID_CONFIG`
 */
export function checkDirectory(config: ServerConfig, fs: FileSystem): void {
  if (!config.isNamed(NAME)) return;
  const path = fromByteString(config.get(NAME));
  const isMade = config.get("appendonly") || config.get("save").length > 0;
  if (isDirectory(fs, path) || isMade) return;
  throw refused(
    NAME,
    `there is no such directory, and nothing is to be kept in it: received ${path}`,
  );
}

/**
 * Takes a directory for this process; where that fails since nothing can be kept in such a one, the
 * configuration is to blame.
 * @param take throws `PERSISTENCE_FAILED`, with the error of the system as its cause
 * @throws {CacheError} `INVALID_CONFIG`, or what `take` throws
 */
export function takeDirectory(path: string, take: () => void): void {
  try {
    take();
  } catch (error) {
    const { code = "" } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (!UNUSABLE.has(code)) throw error;
    throw refused(
      NAME,
      `nothing can be kept there (${reasonOf((error as Error).cause)}): make it a directory that ` +
        `this process may write to, or name another one: received ${path}`,
    );
  }
}

/**
 * @throws {CacheError} `INVALID_CONFIG` with the reason of the system, where something else is
 * there
 */
function isDirectory(fs: FileSystem, path: string): boolean {
  try {
    // Of what is no directory the system says so.
    return fs.identity(`${path}/.`) !== undefined;
  } catch (error) {
    throw refused(NAME, reasonOf(error));
  }
}
