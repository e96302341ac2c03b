import { REDIS_VERSION } from "../../commands/connection/authentication.ts";
import type { Field, InfoSource } from "./info-source.ts";
import { humanBytes, percent, ratio } from "./figures.ts";

const MS_PER_SECOND = 1000;
const SECONDS_PER_DAY = 24 * 3600;

/** The server itself. */
export function serverSection(source: InfoSource): readonly Field[] {
  const { usage } = source;
  const nowMs = source.nowMs();
  const uptime = Math.floor((nowMs - source.startedAtMs) / MS_PER_SECOND);
  return [
    ["redis_version", REDIS_VERSION],
    ["redis_mode", "standalone"],
    ["laurel_version", source.version],
    ["node_version", usage.nodeVersion],
    ["os", usage.operatingSystem],
    ["arch_bits", 64],
    ["process_id", usage.processId],
    ["process_supervised", "no"],
    ["run_id", source.runId],
    ["tcp_port", source.tcpPort],
    ["server_time_usec", Math.floor(nowMs * 1000)],
    ["uptime_in_seconds", uptime],
    ["uptime_in_days", Math.floor(uptime / SECONDS_PER_DAY)],
    ["hz", source.config.get("hz")],
    ["configured_hz", source.config.get("hz")],
    ["executable", usage.executable],
    ["config_file", source.configFile],
    ["io_threads_active", 0],
  ];
}

/** Who is connected. */
export function clientsSection({ clients, config }: InfoSource): readonly Field[] {
  return [
    ["connected_clients", clients.size],
    ["cluster_connections", 0],
    ["maxclients", config.get("maxclients")],
    ["client_recent_max_input_buffer", 0],
    ["client_recent_max_output_buffer", 0],
    ["blocked_clients", clients.blocked],
    ["tracking_clients", 0],
    ["clients_in_timeout_table", 0],
  ];
}

/**
 * Memory. `used_memory` is what `maxmemory` is compared with: the cost of all keys and values. What
 * the process takes beside them stands in `used_memory_rss`, and its heap in `allocator_allocated`.
 */
export function memorySection(source: InfoSource): readonly Field[] {
  const { config, traffic, usage } = source;
  const used = source.databases.memoryBytes;
  const peak = source.peakBytes;
  const maxmemory = config.get("maxmemory");
  return [
    ["used_memory", used],
    ["used_memory_human", humanBytes(used)],
    ["used_memory_rss", usage.residentBytes],
    ["used_memory_rss_human", humanBytes(usage.residentBytes)],
    ["used_memory_peak", peak],
    ["used_memory_peak_human", humanBytes(peak)],
    ["used_memory_peak_perc", percent(used, peak)],
    ["used_memory_overhead", 0],
    ["used_memory_startup", 0],
    ["used_memory_dataset", used],
    ["used_memory_dataset_perc", percent(used, used)],
    ["allocator_allocated", usage.heapBytes],
    ["allocator_active", usage.heapBytes],
    ["allocator_resident", usage.residentBytes],
    ["total_system_memory", usage.systemBytes],
    ["total_system_memory_human", humanBytes(usage.systemBytes)],
    ["used_memory_lua", 0],
    ["used_memory_scripts", 0],
    ["number_of_cached_scripts", 0],
    ["number_of_functions", 0],
    ["number_of_libraries", 0],
    ["maxmemory", maxmemory],
    ["maxmemory_human", humanBytes(maxmemory)],
    ["maxmemory_policy", config.get("maxmemory-policy")],
    ["mem_fragmentation_ratio", ratio(usage.residentBytes, usage.heapBytes)],
    ["mem_fragmentation_bytes", Math.max(0, usage.residentBytes - usage.heapBytes)],
    ["mem_not_counted_for_evict", 0],
    ["mem_replication_backlog", 0],
    ["mem_clients_slaves", 0],
    ["mem_clients_normal", traffic.unreadBytes],
    ["mem_aof_buffer", source.persistence.state.bufferedBytes],
    ["mem_allocator", "v8 (without jemalloc)"],
    ["active_defrag_running", 0],
    ["lazyfree_pending_objects", 0],
    ["lazyfreed_objects", 0],
  ];
}

/** What was counted. */
export function statsSection(source: InfoSource): readonly Field[] {
  const { keys, stats, traffic } = source;
  return [
    ["total_connections_received", stats.connectionsReceived],
    ["total_commands_processed", stats.commands.totalCalls],
    ["instantaneous_ops_per_sec", source.callsPerSecond],
    ["total_net_input_bytes", traffic.bytesIn],
    ["total_net_output_bytes", traffic.bytesOut],
    ["rejected_connections", stats.connectionsRejected],
    ["sync_full", 0],
    ["sync_partial_ok", 0],
    ["sync_partial_err", 0],
    ["expired_keys", keys.since("expirations")],
    ["evicted_keys", keys.since("evictions")],
    ["evicted_clients", 0],
    ["keyspace_hits", keys.since("hits") + keys.since("leaderboardHits")],
    ["keyspace_misses", keys.since("misses") + keys.since("leaderboardMisses")],
    ["pubsub_channels", 0],
    ["pubsub_patterns", 0],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["migrate_cached_sockets", 0],
    ["unexpected_error_replies", 0],
    ["total_error_replies", stats.errors.total],
  ];
}

/** Whom it copies, and who copies it: nobody. */
export function replicationSection(source: InfoSource): readonly Field[] {
  const { config } = source;
  const asksForReplicas =
    config.get("min-replicas-to-write") > 0 && config.get("min-replicas-max-lag") > 0;
  return [
    ["role", "master"],
    ["connected_slaves", 0],
    ...(asksForReplicas ? [["min_slaves_good_slaves", 0] as const] : []),
    ["master_failover_state", "no-failover"],
    ["master_replid", source.replicationId],
    ["master_replid2", "0".repeat(40)],
    ["master_repl_offset", 0],
    ["second_repl_offset", -1],
    ["repl_backlog_active", 0],
    ["repl_backlog_size", config.get("repl-backlog-size")],
    ["repl_backlog_first_byte_offset", 0],
    ["repl_backlog_histlen", 0],
  ];
}

/** The time that the process had of the processor. */
export function cpuSection({ usage }: InfoSource): readonly Field[] {
  return [
    ["used_cpu_sys", usage.cpuSystemSeconds.toFixed(6)],
    ["used_cpu_user", usage.cpuUserSeconds.toFixed(6)],
    ["used_cpu_sys_children", "0.000000"],
    ["used_cpu_user_children", "0.000000"],
  ];
}
