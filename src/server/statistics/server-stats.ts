import type { CommandTable } from "../../commands/command-table.ts";
import { CommandStats } from "./command-stats.ts";
import { ErrorStats } from "./error-stats.ts";

/** What the server counts from its start, or since CONFIG RESETSTAT. */
export class ServerStats {
  readonly commands: CommandStats;
  readonly errors = new ErrorStats();
  connectionsReceived = 0;
  /** Turned away because of `maxclients` or protected mode. */
  connectionsRejected = 0;

  constructor(table: CommandTable) {
    this.commands = new CommandStats(table.entries.length);
  }

  reset(): void {
    this.commands.reset();
    this.errors.reset();
    this.connectionsReceived = 0;
    this.connectionsRejected = 0;
  }
}
