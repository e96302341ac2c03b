import type { PersistenceSettings } from "../../persistence/settings.ts";
import { fromByteString } from "../../structures/byte-string.ts";
import type { ParameterName } from "../config/parameters.ts";
import type { ServerConfig } from "../config/server-config.ts";

/** A server has nothing else to do than to wait for its disk, if that takes less than this. */
const SYNC_AT_ONCE_MS = 0.5;

/** What may change while the server runs. */
const FOLLOWED = [
  "save",
  "dbfilename",
  "rdbcompression",
  "stop-writes-on-bgsave-error",
  "appendfsync",
  "auto-aof-rewrite-percentage",
  "auto-aof-rewrite-min-size",
  "aof-load-truncated",
  "zset-max-listpack-entries",
  "zset-max-listpack-value",
] as const satisfies readonly ParameterName[];

/**
 * What a configuration says of the data on the disk, kept up to date but for `dir` and `appendonly`:
 * whoever changes these has more to do.
 */
export function followedSettings(config: ServerConfig): PersistenceSettings {
  const settings: PersistenceSettings = {
    dir: fromByteString(config.get("dir")),
    journal: config.get("appendonly"),
    ...settingsNow(config),
  };
  for (const name of FOLLOWED)
    config.watch(name, () => Object.assign(settings, settingsNow(config)));
  return settings;
}

/** What the configuration says at this moment of everything else. */
function settingsNow(config: ServerConfig): Omit<PersistenceSettings, "dir" | "journal"> {
  return {
    snapshotName: fromByteString(config.get("dbfilename")),
    journalDirectory: fromByteString(config.get("appenddirname")),
    journalName: fromByteString(config.get("appendfilename")),
    fsync: config.get("appendfsync"),
    syncAtOnceMs: SYNC_AT_ONCE_MS,
    savePoints: config.get("save"),
    rewritePercentage: config.get("auto-aof-rewrite-percentage"),
    rewriteMinBytes: config.get("auto-aof-rewrite-min-size"),
    loadTruncated: config.get("aof-load-truncated"),
    stopsWritesOnJournalError: true,
    stopsWritesOnSnapshotError: config.get("stop-writes-on-bgsave-error"),
    compress: config.get("rdbcompression"),
    checksum: config.get("rdbchecksum"),
    zsetListpackEntries: config.get("zset-max-listpack-entries"),
    zsetListpackValueBytes: config.get("zset-max-listpack-value"),
  };
}
