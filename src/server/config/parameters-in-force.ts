import { bufferLimits, INITIAL_BUFFER_LIMITS } from "./buffer-limits.ts";
import {
  boolean,
  choice,
  INT64_MAX,
  INT_MAX,
  integer,
  memory,
  octal,
  percentiles,
  text,
  UINT64_MAX,
  UINT_MAX,
  words,
} from "./parameter-types.ts";
import { parameter } from "./parameter.ts";
import { directory, nameIn } from "./path-types.ts";
import { savePoints } from "./save-points.ts";

const MIB = 1024 ** 2;
const PORT_MAX = 65_535;
const BIND_ADDRESSES_MAX = 16;
/**
 * The policies that Laurel has; Redis' others draw keys at random, or spare those without a ttl.
 */
export const MAXMEMORY_POLICIES = [
  "noeviction",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-s3-fifo",
] as const;
const WHO_MAY = ["no", "yes", "local"] as const;

export type MaxmemoryPolicy = (typeof MAXMEMORY_POLICIES)[number];

const permission = choice(...WHO_MAY);
const isImmutable = true;
const isSensitive = true;
const isProtected = true;

/** The parameters that do something here, with what they are at first. */
export const PARAMETERS_IN_FORCE = {
  // Where it listens.
  port: parameter(integer(0, PORT_MAX), 7379, { isImmutable }),
  bind: parameter(
    words(BIND_ADDRESSES_MAX, "Too many bind addresses specified."),
    ["127.0.0.1", "-::1"],
    { isImmutable },
  ),
  "protected-mode": parameter(boolean, true),
  "tcp-backlog": parameter(integer(0, INT_MAX), 511, { isImmutable }),
  "tcp-keepalive": parameter(integer(0, INT_MAX), 300),
  unixsocket: parameter(text, "", { isImmutable }),
  unixsocketperm: parameter(octal(0o777), 0, { isImmutable }),

  // TLS.
  "tls-port": parameter(integer(0, PORT_MAX), 0, { isImmutable }),
  "tls-cert-file": parameter(text, ""),
  "tls-key-file": parameter(text, ""),
  "tls-key-file-pass": parameter(text, "", { isSensitive }),
  "tls-ca-cert-file": parameter(text, ""),
  "tls-auth-clients": parameter(choice("no", "yes", "optional"), "yes", { isImmutable }),
  "tls-protocols": parameter(text, "", { isImmutable }),
  "tls-ciphers": parameter(text, "", { isImmutable }),
  "tls-prefer-server-ciphers": parameter(boolean, false, { isImmutable }),

  // Who may do what.
  requirepass: parameter(text, "", { isSensitive }),
  "enable-debug-command": parameter(permission, "local", { isImmutable }),
  "enable-protected-configs": parameter(permission, "no", { isImmutable }),

  // Clients.
  maxclients: parameter(integer(1, UINT_MAX), 10_000),
  timeout: parameter(integer(0, INT_MAX), 0),
  "client-query-buffer-limit": parameter(memory(MIB, INT64_MAX), 1024 * MIB),
  "client-output-buffer-limit": parameter(bufferLimits, INITIAL_BUFFER_LIMITS),
  "proto-max-bulk-len": parameter(memory(MIB, INT64_MAX), 512 * MIB),

  // Data.
  databases: parameter(integer(1, INT_MAX), 16, { isImmutable }),
  maxmemory: parameter(memory(0, UINT64_MAX), 0),
  "maxmemory-policy": parameter(choice(...MAXMEMORY_POLICIES), "noeviction"),
  "zset-max-listpack-entries": parameter(integer(0, INT64_MAX), 128, {
    aliases: ["zset-max-ziplist-entries"],
  }),
  "zset-max-listpack-value": parameter(memory(0, INT64_MAX), 64, {
    aliases: ["zset-max-ziplist-value"],
  }),
  "min-replicas-to-write": parameter(integer(0, INT_MAX), 0, { aliases: ["min-slaves-to-write"] }),
  "min-replicas-max-lag": parameter(integer(0, INT_MAX), 10, { aliases: ["min-slaves-max-lag"] }),

  // What is kept on the disk.
  dir: parameter(directory, ".", { isProtected }),
  save: parameter(savePoints, []),
  dbfilename: parameter(nameIn("dbfilename", "filename"), "dump.rdb", { isProtected }),
  rdbcompression: parameter(boolean, true),
  rdbchecksum: parameter(boolean, true, { isImmutable }),
  "stop-writes-on-bgsave-error": parameter(boolean, true),
  appendonly: parameter(boolean, false),
  appendfilename: parameter(nameIn("appendfilename", "filename"), "appendonly.aof", {
    isImmutable,
  }),
  appenddirname: parameter(nameIn("appenddirname", "dirname"), "appendonlydir", {
    isImmutable,
  }),
  appendfsync: parameter(choice("everysec", "always", "no"), "everysec"),
  "auto-aof-rewrite-percentage": parameter(integer(0, INT_MAX), 100),
  "auto-aof-rewrite-min-size": parameter(memory(0, INT64_MAX), 64 * MIB),
  "aof-load-truncated": parameter(boolean, true),

  // What is noted.
  "slowlog-log-slower-than": parameter(integer(-1, INT64_MAX), 10_000),
  "slowlog-max-len": parameter(integer(0, INT64_MAX), 128),
  "latency-monitor-threshold": parameter(integer(0, INT64_MAX), 0),
  "latency-tracking": parameter(boolean, true),
  "latency-tracking-info-percentiles": parameter(percentiles, [50, 99, 99.9]),
  loglevel: parameter(choice("debug", "verbose", "notice", "warning"), "notice"),
  logfile: parameter(text, "", { isImmutable }),
  pidfile: parameter(text, "", { isImmutable }),
};
