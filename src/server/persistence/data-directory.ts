import { reasonOf } from "../../errors.ts";
import type { FileSystem } from "../../persistence/file-system.ts";
import { fromByteString } from "../../structures/byte-string.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { refused } from "../config/setting.ts";

const NAME = "dir";

/**
 * Refuses a directory that was named and is none. Where something is to be kept in it one is made;
 * else a mistyped path would look like one where nothing was ever kept.
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
