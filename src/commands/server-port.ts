import type { CommandTable } from "./command-table.ts";

/** The parameters of the server, as CONFIG shows and changes them. */
export interface ConfigPort {
  /** The parameters whose names match one of the globs, each once, by their current spellings. */
  match(patterns: readonly string[]): readonly (readonly [name: string, value: string])[];
  /**
   * Changes all of these parameters, or none.
   * @throws {ReplyError} with Redis' words for what was wrong
   */
  set(changes: readonly (readonly [name: string, value: string])[], isLocalClient: boolean): void;
}

/** A command that took longer than `slowlog-log-slower-than`. */
export interface SlowlogEntry {
  readonly id: number;
  /** When it ran, in seconds since the epoch. */
  readonly unixSeconds: number;
  readonly durationMicros: number;
  /** Its arguments, cut. */
  readonly argv: readonly string[];
  readonly clientAddress: string;
  readonly clientName: string;
}

/** The slow commands of the recent past. */
export interface SlowlogPort {
  readonly length: number;
  /** The newest entries, newest first. */
  newest(count: number): readonly SlowlogEntry[];
  clear(): void;
}

/** One spike of latency. */
export interface LatencySample {
  readonly unixSeconds: number;
  readonly latencyMs: number;
}

/** What spiked, and how. */
export interface LatencyEvent {
  readonly name: string;
  readonly maxMs: number;
  /** Oldest first, at least one. */
  readonly samples: readonly LatencySample[];
}

/** The spikes of latency that were noted, by the name of what was slow. */
export interface LatencyPort {
  /** In the order in which they came up first. */
  events(): readonly LatencyEvent[];
  event(name: string): LatencyEvent | undefined;
  /** Forgets these events, or all where none is named. @returns how many it forgot */
  reset(names: readonly string[]): number;
  /** Whether anything is noted at all (`latency-monitor-threshold` is not 0). */
  readonly isOn: boolean;
}

/** How often a command took so long: `counts[i]` calls in up to `limitsMicros[i]`, cumulated. */
export interface LatencyHistogram {
  /** With `|` before the name of a subcommand. */
  readonly command: string;
  readonly calls: number;
  readonly limitsMicros: readonly number[];
  readonly counts: readonly number[];
}

/** What memory is used for, in bytes. */
export interface MemoryReport {
  readonly totalBytes: number;
  readonly peakBytes: number;
  readonly startupBytes: number;
  readonly clientBytes: number;
  /** What keys and values cost, by the accounting that limits go by. */
  readonly dataBytes: number;
  readonly keys: number;
  readonly heapAllocatedBytes: number;
  readonly residentBytes: number;
}

/** What SHUTDOWN does about a snapshot: takes one where save points are set, always, or never. */
export type SaveAtEnd = "as-set" | "always" | "never";

/** What is asked of DEBUG RELOAD. */
export interface ReloadOptions {
  /** Whether a snapshot is taken before. */
  readonly save: boolean;
  /** Whether all keys are dropped before. */
  readonly flush: boolean;
}

/**
 * The data on the disk, as far as commands have to do with it. Every call throws an error for the
 * client where it cannot do it.
 */
export interface PersistencePort {
  /** When the last snapshot was taken, the data loaded or the server came up, since the epoch. */
  readonly lastSaveSeconds: number;
  /** Takes a snapshot before it returns. */
  save(): void;
  /** Begins to take a snapshot, with `isScheduled` also later on, when the journal is rewritten. */
  saveLater(isScheduled: boolean): "started" | "scheduled";
  /** Begins to rewrite the journal, at once or when the snapshot is taken. */
  rewriteLater(): "started" | "scheduled";
  /** Takes a snapshot and loads it. */
  reload(options: ReloadOptions): void;
  /** Loads the journal. */
  reloadJournal(): void;
}

/** What commands about the server ask of it, or make it do. */
export interface ServerPort {
  readonly commands: CommandTable;
  readonly config: ConfigPort;
  readonly slowlog: SlowlogPort;
  readonly latency: LatencyPort;
  readonly persistence: PersistencePort;
  /** The version of Laurel. */
  readonly version: string;
  /** The text of INFO: these sections, in any case; none: the default ones. */
  info(sections: readonly string[]): string;
  memory(): MemoryReport;
  /** Sets back what INFO counts (CONFIG RESETSTAT). */
  resetStats(): void;
  /** The latency histograms of these commands, or of all that were called. */
  histograms(commands: readonly string[]): readonly LatencyHistogram[];
  /** Microseconds since the epoch. */
  nowMicros(): number;
  /** Stops the whole process for so long. */
  sleep(ms: number): void;
  /** Whether a client may use DEBUG (`enable-debug-command`). */
  allowsDebug(isLocalClient: boolean): boolean;
  /** SHA-1 of a byte string, as 20 bytes. */
  sha1(bytes: string): Uint8Array;
  /** Collects garbage, where the process was started so that it can. */
  collectGarbage(): void;
  /** Draws another replication ID (DEBUG CHANGE-REPL-ID). */
  changeReplicationId(): void;
  /**
   * Ends the server, once the reply to this command could be sent. Where the snapshot fails it throws
   * an error for the client and goes on, unless it is forced.
   */
  shutdown(save: SaveAtEnd, isForced: boolean): void;
}
