import type { CommandSettings } from "../commands/context.ts";
import type { Eviction } from "../engine/eviction/create-policy.ts";
import type { KeyspaceLimits } from "../engine/keyspace-config.ts";
import type { MaxmemoryPolicy } from "./config/parameters-in-force.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { UNREAD_BYTES_HARD_MAX } from "./limits.ts";
import type { ServerState } from "./server-state.ts";

const EVICTIONS: Readonly<Record<MaxmemoryPolicy, Eviction>> = {
  noeviction: "none",
  "allkeys-lru": "lru",
  "allkeys-lfu": "lfu",
  "allkeys-s3-fifo": "s3-fifo",
};

const POLICIES: Readonly<Record<Eviction, MaxmemoryPolicy>> = {
  none: "noeviction",
  lru: "allkeys-lru",
  lfu: "allkeys-lfu",
  "s3-fifo": "allkeys-s3-fifo",
};

/** What commands read of a configuration, kept up to date. */
export function followSettings(config: ServerConfig): CommandSettings {
  const settings = { maxBulkBytes: 0, zsetListpackEntries: 0, zsetListpackValueBytes: 0 };
  config.watch("proto-max-bulk-len", (bytes) => {
    settings.maxBulkBytes = bytes;
  });
  config.watch("zset-max-listpack-entries", (entries) => {
    settings.zsetListpackEntries = entries;
  });
  config.watch("zset-max-listpack-value", (bytes) => {
    settings.zsetListpackValueBytes = bytes;
  });
  return settings;
}

/** Puts the limits of a configuration in force, now and whenever one changes. */
export function followLimits(config: ServerConfig, state: ServerState): void {
  const { limits, passwords } = state;
  config.watch("maxclients", (count) => {
    limits.clients = count;
  });
  config.watch("timeout", (seconds) => {
    limits.idleSeconds = seconds;
  });
  config.watch("tcp-keepalive", (seconds) => {
    limits.keepAliveSeconds = seconds;
  });
  config.watch("proto-max-bulk-len", (bytes) => {
    limits.bulkBytes = bytes;
  });
  config.watch("client-query-buffer-limit", (bytes) => {
    limits.queryBufferBytes = bytes;
  });
  config.watch("client-output-buffer-limit", ({ normal }) => {
    limits.outputHardBytes = normal.hardBytes || UNREAD_BYTES_HARD_MAX;
    limits.outputSoftBytes = normal.softBytes;
    limits.outputSoftSeconds = normal.softSeconds;
  });
  config.watch("requirepass", (password) => {
    passwords.set(password);
    for (const session of state.clients.all()) session.updateGuard();
  });
  followMemory(config, state);
  followReplicas(config, state);
}

/** There are no replicas: whoever asks for one, and says how far it may lag, allows no writes. */
function followReplicas(config: ServerConfig, { executor }: ServerState): void {
  const apply = (): void => {
    executor.lacksReplicas =
      config.get("min-replicas-to-write") > 0 && config.get("min-replicas-max-lag") > 0;
  };
  config.watch("min-replicas-to-write", apply);
  config.watch("min-replicas-max-lag", apply);
}

/** The limits that a cache was made with are those of a configuration that names no others. */
export function startWithLimits(config: ServerConfig, limits: KeyspaceLimits): void {
  const { eviction, maxMemoryBytes } = limits;
  config.startWith("maxmemory", maxMemoryBytes === Infinity ? 0 : maxMemoryBytes);
  config.startWith("maxmemory-policy", POLICIES[eviction]);
}

function followMemory(config: ServerConfig, { databases }: ServerState): void {
  config.watch("maxmemory", (bytes) => {
    databases.configure({ maxMemoryBytes: bytes === 0 ? Infinity : bytes });
  });
  config.watch("maxmemory-policy", (policy) => {
    databases.configure({ eviction: EVICTIONS[policy] });
  });
}
