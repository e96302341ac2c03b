import type { ClientsPort } from "../commands/client-port.ts";
import type { CommandTable } from "../commands/command-table.ts";
import type {
  LatencyHistogram,
  MemoryReport,
  SaveAtEnd,
  ServerPort,
} from "../commands/server-port.ts";
import type { Databases } from "../engine/databases.ts";
import { isPermitted, type ServerConfig } from "./config/server-config.ts";
import { newRunId, type ProcessUsage, processUsage, sha1, sleep } from "./host-process.ts";
import type { InfoSource } from "./info/info-source.ts";
import { infoText } from "./info/info.ts";
import type { ServerPersistence } from "./persistence/server-persistence.ts";
import type { Traffic } from "./server-state.ts";
import { KeyCounts } from "./statistics/key-counts.ts";
import type { LatencyMonitor } from "./statistics/latency-monitor.ts";
import type { ServerStats } from "./statistics/server-stats.ts";
import type { Slowlog } from "./statistics/slowlog.ts";
import { LAUREL_VERSION } from "./version.ts";

const MS_PER_SECOND = 1000;
const MICROS_PER_MS = 1000;
/** Below this, calls in a second would be told from a handful of calls. */
const RATE_SPAN_MS_MIN = 100;

/** What the administration of a server works on. */
export type AdministrationParts = Pick<
  Administration,
  | "clients"
  | "commands"
  | "config"
  | "configFile"
  | "databases"
  | "latency"
  | "persistence"
  | "slowlog"
  | "stats"
  | "traffic"
> & {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** The TCP port that is open; 0: none. */
  readonly tcpPort: () => number;
  /**
   * Ends the server once replies are sent.
   * @throws {ReplyError} where the snapshot fails, unless forced
   */
  readonly shutdown: (save: SaveAtEnd, isForced: boolean) => void;
};

/** Everything that commands about the server ask and do: INFO, CONFIG, SLOWLOG, LATENCY, DEBUG. */
export class Administration implements ServerPort, InfoSource {
  readonly config: ServerConfig;
  readonly commands: CommandTable;
  readonly databases: Databases;
  readonly stats: ServerStats;
  readonly slowlog: Slowlog;
  readonly latency: LatencyMonitor;
  readonly clients: Pick<ClientsPort, "size" | "blocked">;
  readonly traffic: Traffic;
  readonly persistence: ServerPersistence;
  readonly keys: KeyCounts;
  readonly configFile: string;
  readonly version = LAUREL_VERSION;
  readonly runId = newRunId();
  readonly startedAtMs: number;
  replicationId = newRunId();
  readonly #parts: AdministrationParts;
  #peakBytes = 0;
  #startupBytes: number;
  #rate = { atMs: 0, calls: 0, perSecond: 0 };

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
    this.config = parts.config;
    this.commands = parts.commands;
    this.databases = parts.databases;
    this.stats = parts.stats;
    this.slowlog = parts.slowlog;
    this.latency = parts.latency;
    this.clients = parts.clients;
    this.traffic = parts.traffic;
    this.persistence = parts.persistence;
    this.configFile = parts.configFile;
    this.keys = new KeyCounts(parts.databases);
    this.startedAtMs = parts.nowMs();
    this.#startupBytes = this.usage.heapBytes;
    this.#rate.atMs = this.startedAtMs;
  }

  get usage(): ProcessUsage {
    return processUsage();
  }

  get tcpPort(): number {
    return this.#parts.tcpPort();
  }

  /** The most that keys and values cost whenever somebody asked. */
  get peakBytes(): number {
    this.#peakBytes = Math.max(this.#peakBytes, this.databases.memoryBytes);
    return this.#peakBytes;
  }

  /** Commands carried out in a second, since somebody asked before. */
  get callsPerSecond(): number {
    const [now, calls] = [this.nowMs(), this.stats.commands.totalCalls];
    const spanMs = now - this.#rate.atMs;
    if (spanMs >= RATE_SPAN_MS_MIN) {
      const perSecond = Math.max(0, ((calls - this.#rate.calls) * MS_PER_SECOND) / spanMs);
      this.#rate = { atMs: now, calls, perSecond: Math.round(perSecond) };
    }
    return this.#rate.perSecond;
  }

  nowMs(): number {
    return this.#parts.nowMs();
  }

  nowMicros(): number {
    return Math.floor(this.nowMs() * MICROS_PER_MS);
  }

  info(sections: readonly string[]): string {
    return infoText(this, sections);
  }

  memory(): MemoryReport {
    const { heapBytes, residentBytes } = this.usage;
    return {
      totalBytes: this.databases.memoryBytes,
      peakBytes: this.peakBytes,
      startupBytes: this.#startupBytes,
      clientBytes: this.traffic.unreadBytes,
      dataBytes: this.databases.memoryBytes,
      keys: this.databases.size,
      heapAllocatedBytes: heapBytes,
      residentBytes,
    };
  }

  resetStats(): void {
    this.stats.reset();
    this.keys.reset();
    this.persistence.resetStats();
    this.traffic.bytesIn = 0;
    this.traffic.bytesOut = 0;
    this.#rate = { atMs: this.nowMs(), calls: 0, perSecond: 0 };
  }

  histograms(commands: readonly string[]): readonly LatencyHistogram[] {
    const named = new Set(commands.map((name) => name.toLowerCase()));
    return this.commands.entries.flatMap(({ fullName, number }) => {
      const container = fullName.split("|")[0] ?? fullName;
      const isMeant = named.size === 0 || named.has(fullName) || named.has(container);
      const histogram = isMeant ? this.stats.commands.histogram(number) : undefined;
      return histogram === undefined ? [] : [histogram.report(fullName)];
    });
  }

  sleep(ms: number): void {
    sleep(ms);
  }

  sha1(bytes: string): Uint8Array {
    return sha1(bytes);
  }

  allowsDebug(isLocalClient: boolean): boolean {
    return isPermitted(this.config.get("enable-debug-command"), isLocalClient);
  }

  collectGarbage(): void {
    globalThis.gc?.();
  }

  changeReplicationId(): void {
    this.replicationId = newRunId();
  }

  shutdown(save: SaveAtEnd, isForced: boolean): void {
    this.#parts.shutdown(save, isForced);
  }
}
