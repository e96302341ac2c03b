import {
  boolean,
  choice,
  choices,
  INT64_MAX,
  INT_MAX,
  integer,
  memory,
  memoryOrPercent,
  text,
  UINT64_MAX,
  UINT_MAX,
  words,
} from "./parameter-types.ts";
import {
  parameter as anyParameter,
  type Parameter,
  type ParameterTraits,
  type ParameterType,
} from "./parameter.ts";

const MIB = 1024 ** 2;
const PORT_MAX = 65_535;
const OOM_SCORES = 3;

const isImmutable = true;
const isHidden = true;
const isSensitive = true;

function parameter<Value>(
  type: ParameterType<Value>,
  initial: NoInfer<Value>,
  traits: ParameterTraits<NoInfer<Value>> = {},
): Parameter<Value> {
  return anyParameter(type, initial, { ...traits, isWithoutEffect: true });
}

/** What is missing for a parameter that is not as it is at first. */
function onlyOff<Value>(isOff: (value: Value) => boolean, missing: string) {
  return { lacks: (value: Value): string | undefined => (isOff(value) ? undefined : missing) };
}

const isNo = (value: boolean): boolean => !value;
const isEmpty = (value: { readonly length: number }): boolean => value.length === 0;
const PERSISTENCE = {
  "no-appendfsync-on-rewrite": parameter(boolean, false),
  "aof-use-rdb-preamble": parameter(boolean, true, {
    ...onlyOff((value: boolean) => value, "the base of a journal is always a snapshot"),
    isToleratedLive: true,
  }),
  "aof-timestamp-enabled": parameter(boolean, false),
  "aof-rewrite-incremental-fsync": parameter(boolean, true),
  "aof-disable-auto-gc": parameter(boolean, false),
  "rdb-del-sync-files": parameter(boolean, false),
  "rdb-save-incremental-fsync": parameter(boolean, true),
  "rdb-key-save-delay": parameter(integer(-INT_MAX - 1, INT_MAX), 0, { isHidden }),
  "key-load-delay": parameter(integer(-INT_MAX - 1, INT_MAX), 0, { isHidden }),
  "loading-process-events-interval-bytes": parameter(integer(1024, INT_MAX), 2 * MIB, { isHidden }),
  "sanitize-dump-payload": parameter(choice("no", "yes", "clients"), "no"),
};

const REPLICATION = {
  replicaof: parameter(words(2, "wrong number of arguments"), [], {
    ...onlyOff(isEmpty, "this server replicates from no other"),
    aliases: ["slaveof"],
    isImmutable,
  }),
  masterauth: parameter(text, "", { isSensitive }),
  masteruser: parameter(text, "", { isSensitive }),
  "replica-announce-ip": parameter(text, "", { aliases: ["slave-announce-ip"] }),
  "replica-announce-port": parameter(integer(0, PORT_MAX), 0, { aliases: ["slave-announce-port"] }),
  "replica-announced": parameter(boolean, true),
  "replica-ignore-disk-write-errors": parameter(boolean, false),
  "replica-ignore-maxmemory": parameter(boolean, true, { aliases: ["slave-ignore-maxmemory"] }),
  "replica-lazy-flush": parameter(boolean, false, { aliases: ["slave-lazy-flush"] }),
  "replica-priority": parameter(integer(0, INT_MAX), 100, { aliases: ["slave-priority"] }),
  "replica-read-only": parameter(boolean, true, { aliases: ["slave-read-only"] }),
  "replica-serve-stale-data": parameter(boolean, true, { aliases: ["slave-serve-stale-data"] }),
  "repl-backlog-size": parameter(memory(1, INT64_MAX), MIB),
  "repl-backlog-ttl": parameter(integer(0, INT64_MAX), 3600),
  "repl-disable-tcp-nodelay": parameter(boolean, false),
  "repl-diskless-load": parameter(choice("disabled", "on-empty-db", "swapdb"), "disabled"),
  "repl-diskless-sync": parameter(boolean, true),
  "repl-diskless-sync-delay": parameter(integer(0, INT_MAX), 5),
  "repl-diskless-sync-max-replicas": parameter(integer(0, INT_MAX), 0),
  "repl-ping-replica-period": parameter(integer(1, INT_MAX), 10, {
    aliases: ["repl-ping-slave-period"],
  }),
  "repl-timeout": parameter(integer(1, INT_MAX), 60),
  "propagation-error-behavior": parameter(choice("ignore", "panic", "panic-on-replicas"), "ignore"),
};

const CLUSTER = {
  "cluster-enabled": parameter(boolean, false, {
    ...onlyOff(isNo, "this server is no node of a cluster"),
    isImmutable,
  }),
  "cluster-config-file": parameter(text, "nodes.conf", { isImmutable }),
  "cluster-port": parameter(integer(0, PORT_MAX), 0, { isImmutable }),
  "cluster-announce-ip": parameter(text, ""),
  "cluster-announce-hostname": parameter(text, ""),
  "cluster-announce-port": parameter(integer(0, PORT_MAX), 0),
  "cluster-announce-bus-port": parameter(integer(0, PORT_MAX), 0),
  "cluster-announce-tls-port": parameter(integer(0, PORT_MAX), 0),
  "cluster-allow-pubsubshard-when-down": parameter(boolean, true),
  "cluster-allow-reads-when-down": parameter(boolean, false),
  "cluster-allow-replica-migration": parameter(boolean, true),
  "cluster-link-sendbuf-limit": parameter(memory(0, UINT64_MAX), 0),
  "cluster-migration-barrier": parameter(integer(0, INT_MAX), 1),
  "cluster-node-timeout": parameter(integer(0, INT64_MAX), 15_000),
  "cluster-preferred-endpoint-type": parameter(choice("ip", "hostname", "unknown-endpoint"), "ip"),
  "cluster-replica-no-failover": parameter(boolean, false, {
    aliases: ["cluster-slave-no-failover"],
  }),
  "cluster-replica-validity-factor": parameter(integer(0, INT_MAX), 10, {
    aliases: ["cluster-slave-validity-factor"],
  }),
  "cluster-require-full-coverage": parameter(boolean, true),
};

/** How Redis holds values, and what it does about memory. */
const ENCODINGS_AND_MEMORY = {
  "hash-max-listpack-entries": parameter(integer(0, INT64_MAX), 512, {
    aliases: ["hash-max-ziplist-entries"],
  }),
  "hash-max-listpack-value": parameter(memory(0, INT64_MAX), 64, {
    aliases: ["hash-max-ziplist-value"],
  }),
  "list-max-listpack-size": parameter(integer(-INT_MAX - 1, INT_MAX), -2, {
    aliases: ["list-max-ziplist-size"],
  }),
  "list-compress-depth": parameter(integer(0, INT_MAX), 0),
  "set-max-intset-entries": parameter(integer(0, INT64_MAX), 512),
  "hll-sparse-max-bytes": parameter(memory(0, INT64_MAX), 3000),
  "stream-node-max-bytes": parameter(memory(0, INT64_MAX), 4096),
  "stream-node-max-entries": parameter(integer(0, INT64_MAX), 100),
  "maxmemory-clients": parameter(memoryOrPercent, 0),
  "maxmemory-eviction-tenacity": parameter(integer(0, 100), 10),
  "maxmemory-samples": parameter(integer(1, INT_MAX), 5),
  "lfu-decay-time": parameter(integer(0, INT_MAX), 1),
  "lfu-log-factor": parameter(integer(0, INT_MAX), 10),
  "lazyfree-lazy-eviction": parameter(boolean, false),
  "lazyfree-lazy-expire": parameter(boolean, false),
  "lazyfree-lazy-server-del": parameter(boolean, false),
  "lazyfree-lazy-user-del": parameter(boolean, false),
  "lazyfree-lazy-user-flush": parameter(boolean, false),
  "active-defrag-cycle-max": parameter(integer(1, 99), 25),
  "active-defrag-cycle-min": parameter(integer(1, 99), 1),
  "active-defrag-ignore-bytes": parameter(memory(1, INT64_MAX), 100 * MIB),
  "active-defrag-max-scan-fields": parameter(integer(1, INT64_MAX), 1000),
  "active-defrag-threshold-lower": parameter(integer(0, 1000), 10),
  "active-defrag-threshold-upper": parameter(integer(0, 1000), 100),
  activedefrag: parameter(boolean, false, onlyOff(isNo, "memory is the business of Node.js")),
  activerehashing: parameter(boolean, true),
  "active-expire-effort": parameter(integer(1, 10), 1),
  "jemalloc-bg-thread": parameter(boolean, true),
};

const PROCESS = {
  daemonize: parameter(boolean, false, {
    ...onlyOff(isNo, "this server stays in the foreground"),
    isImmutable,
  }),
  supervised: parameter(choice("upstart", "systemd", "auto", "no"), "no", { isImmutable }),
  hz: parameter(integer(0, INT_MAX), 10),
  "dynamic-hz": parameter(boolean, true),
  "io-threads": parameter(integer(1, 128), 1, { isImmutable }),
  "io-threads-do-reads": parameter(boolean, false, { isImmutable }),
  "always-show-logo": parameter(boolean, false, { isImmutable }),
  "set-proc-title": parameter(boolean, true, { isImmutable }),
  "proc-title-template": parameter(text, "{title} {listen-addr} {server-mode}"),
  "crash-log-enabled": parameter(boolean, true),
  "crash-memcheck-enabled": parameter(boolean, true),
  "use-exit-on-panic": parameter(boolean, false, { isHidden }),
  "watchdog-period": parameter(integer(0, INT_MAX), 0, { isHidden }),
  "disable-thp": parameter(boolean, true, { isImmutable }),
  "ignore-warnings": parameter(text, ""),
  "oom-score-adj": parameter(choice("no", "yes", "relative", "absolute"), "no"),
  "oom-score-adj-values": parameter(words(OOM_SCORES, "wrong number of arguments"), [
    "0",
    "200",
    "800",
  ]),
  "shutdown-on-sigint": parameter(choices("default", "save", "nosave", "now", "force"), [
    "default",
  ]),
  "shutdown-on-sigterm": parameter(choices("default", "save", "nosave", "now", "force"), [
    "default",
  ]),
  "shutdown-timeout": parameter(integer(0, INT_MAX), 10),
  "syslog-enabled": parameter(boolean, false, {
    ...onlyOff(isNo, "this server writes no syslog"),
    isImmutable,
  }),
  "syslog-facility": parameter(
    choice("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
    "local0",
    { isImmutable },
  ),
  "syslog-ident": parameter(text, "laurel", { isImmutable }),
  server_cpulist: parameter(text, "", { isImmutable }),
  bio_cpulist: parameter(text, "", { isImmutable }),
  aof_rewrite_cpulist: parameter(text, "", { isImmutable }),
  bgsave_cpulist: parameter(text, "", { isImmutable }),
};

/** ACL, scripts, Pub/Sub, client-side caching, and TLS of what is not there. */
const FEATURES = {
  aclfile: parameter(text, "", {
    ...onlyOff(isEmpty, "this server has no users but the default one"),
    isImmutable,
  }),
  "acl-pubsub-default": parameter(choice("allchannels", "resetchannels"), "resetchannels"),
  "acllog-max-len": parameter(integer(0, INT64_MAX), 128),
  "busy-reply-threshold": parameter(integer(0, INT64_MAX), 5000, { aliases: ["lua-time-limit"] }),
  "enable-module-command": parameter(choice("no", "yes", "local"), "no", { isImmutable }),
  "notify-keyspace-events": parameter(
    text,
    "",
    onlyOff(isEmpty, "this server has no Pub/Sub, by which events would be sent"),
  ),
  "tracking-table-max-keys": parameter(integer(0, INT64_MAX), 1_000_000),
  "bind-source-addr": parameter(text, ""),
  "socket-mark-id": parameter(integer(0, UINT_MAX), 0, { isImmutable }),
  "tls-cluster": parameter(boolean, false),
  "tls-replication": parameter(boolean, false),
  "tls-client-cert-file": parameter(text, ""),
  "tls-client-key-file": parameter(text, ""),
  "tls-client-key-file-pass": parameter(text, "", { isSensitive }),
  "tls-ca-cert-dir": parameter(text, "", onlyOff(isEmpty, "certificates are read from one file")),
  "tls-dh-params-file": parameter(text, ""),
  "tls-ciphersuites": parameter(text, ""),
  "tls-session-caching": parameter(boolean, true),
  "tls-session-cache-size": parameter(integer(0, INT_MAX), 20 * 1024),
  "tls-session-cache-timeout": parameter(integer(0, INT_MAX), 300),
  "list-max-ziplist-entries": parameter(text, "", { isHidden }),
  "list-max-ziplist-value": parameter(text, "", { isHidden }),
  "lua-replicate-commands": parameter(text, "", { isHidden }),
};

/**
 * The parameters of Redis 7.0 that are understood and change nothing here: what they would steer is
 * not there, or needs no steering. A value that would promise something missing is refused.
 */
export const PARAMETERS_WITHOUT_EFFECT = {
  ...PERSISTENCE,
  ...REPLICATION,
  ...CLUSTER,
  ...ENCODINGS_AND_MEMORY,
  ...PROCESS,
  ...FEATURES,
};
