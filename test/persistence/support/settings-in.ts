import { resolveFilesOptions } from "../../../src/persistence/files-options.ts";
import type { PersistenceSettings } from "../../../src/persistence/settings.ts";

/** The settings of a cache that is kept in a directory, as they are unless others are given. */
export function settingsIn(
  dir: string,
  others: Partial<PersistenceSettings> = {},
): PersistenceSettings {
  return { ...resolveFilesOptions({ dir }).settings, ...others };
}
