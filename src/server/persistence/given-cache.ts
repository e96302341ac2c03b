import { databasesOf, keptDataOf, type MemoryCache } from "../../cache/memory-cache.ts";
import type { Databases } from "../../engine/databases.ts";
import { FilePersistence } from "../../persistence/file-persistence.ts";
import type { PersistenceSettings } from "../../persistence/settings.ts";
import { toByteString } from "../../structures/byte-string.ts";
import type { ConfigValues, ParameterName } from "../config/parameters.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { refused } from "../config/setting.ts";

/** What a configuration may say of how the data of a server's own cache is kept. */
const PARAMETERS = [
  "dir",
  "save",
  "dbfilename",
  "rdbcompression",
  "rdbchecksum",
  "stop-writes-on-bgsave-error",
  "appendonly",
  "appenddirname",
  "appendfilename",
  "appendfsync",
  "auto-aof-rewrite-percentage",
  "auto-aof-rewrite-min-size",
  "aof-load-truncated",
] as const satisfies readonly ParameterName[];

type Parameter = (typeof PARAMETERS)[number];

/**
 * Sees to it that a configuration tells how the data of a cache is kept that was handed in, and says
 * nothing of it by itself: the cache keeps it, or nobody does.
 * @throws {CacheError} `INVALID_CONFIG` where it does
 */
export function followGiven(config: ServerConfig, kept: FilePersistence | undefined): void {
  const reason =
    kept === undefined
      ? "the cache that is served keeps no data: give it the option persistence"
      : "the cache that is served keeps its data by itself, by its option persistence";
  for (const name of PARAMETERS) {
    const isAsked = kept === undefined ? asksToKeep(config, name) : config.isNamed(name);
    if (isAsked) throw refused(name, reason);
  }
  if (kept !== undefined) startWithSettings(config, kept.settings);
  for (const name of PARAMETERS) {
    const initial = config.spelling(name);
    config.watch(name, () => {
      if (config.spelling(name) !== initial) throw new Error(reason);
    });
  }
}

/** Whether a parameter asks for data to be kept, not only for how. */
function asksToKeep(config: ServerConfig, name: Parameter): boolean {
  if (name === "appendonly") return config.get(name);
  if (name === "save") return config.get(name).length > 0;
  return name === "dir" && config.isNamed(name);
}

function startWithSettings(config: ServerConfig, settings: Readonly<PersistenceSettings>): void {
  const values: { readonly [Name in Parameter]: ConfigValues[Name] } = {
    dir: toByteString(settings.dir),
    save: settings.savePoints,
    dbfilename: toByteString(settings.snapshotName),
    rdbcompression: settings.compress,
    rdbchecksum: settings.checksum,
    "stop-writes-on-bgsave-error": settings.stopsWritesOnSnapshotError,
    appendonly: settings.journal,
    appenddirname: toByteString(settings.journalDirectory),
    appendfilename: toByteString(settings.journalName),
    appendfsync: settings.fsync,
    "auto-aof-rewrite-percentage": settings.rewritePercentage,
    "auto-aof-rewrite-min-size": settings.rewriteMinBytes,
    "aof-load-truncated": settings.loadTruncated,
  };
  for (const name of PARAMETERS) config.startWith(name, values[name]);
}

/** The data of a cache that was handed in, where it is kept. */
export interface GivenData {
  readonly databases: Databases;
  readonly kept: FilePersistence;
}

/**
 * The databases of a cache that was handed in with the option `persistence`; `undefined`: it keeps
 * nothing.
 * @throws {CacheError} `INVALID_CONFIG` where another number of databases is asked for, or the cache is
 * kept in a way of its own
 */
export function givenData(cache: MemoryCache, config: ServerConfig): GivenData | undefined {
  const [databases, kept] = [databasesOf(cache), keptDataOf(cache)];
  if (databases === undefined || kept === undefined) return undefined;
  if (!(kept instanceof FilePersistence)) {
    throw refused("cache", "its persistence must be that of laurel/persistence");
  }
  config.startWith("databases", databases.count);
  if (config.get("databases") === databases.count) return { databases, kept };
  throw refused("databases", `the cache that is served has ${databases.count}`);
}
