import type { ClientsPort } from "../../commands/client-port.ts";
import type { CommandTable } from "../../commands/command-table.ts";
import type { Databases } from "../../engine/databases.ts";
import type { PersistenceState } from "../../persistence/persistence-state.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { ProcessUsage } from "../host-process.ts";
import type { Traffic } from "../server-state.ts";
import type { KeyCounts } from "../statistics/key-counts.ts";
import type { ServerStats } from "../statistics/server-stats.ts";

/** What the sections of INFO are made of. */
export interface InfoSource {
  readonly config: ServerConfig;
  readonly commands: CommandTable;
  readonly databases: Databases;
  readonly clients: Pick<ClientsPort, "size" | "blocked">;
  readonly traffic: Traffic;
  readonly persistence: { readonly state: PersistenceState };
  readonly stats: ServerStats;
  readonly keys: KeyCounts;
  readonly usage: ProcessUsage;
  /** 40 hex digits, others at each start. */
  readonly runId: string;
  readonly replicationId: string;
  /** Of Laurel. */
  readonly version: string;
  /** The most that keys and values cost so far, as far as somebody looked. */
  readonly peakBytes: number;
  /** Where the configuration was read, empty: no file. */
  readonly configFile: string;
  readonly startedAtMs: number;
  /** The port that is open; 0: none. */
  readonly tcpPort: number;
  /** Commands carried out in a second, lately. */
  readonly callsPerSecond: number;
  nowMs(): number;
}

/** A line of INFO. */
export type Field = readonly [name: string, value: string | number];
