import type { CommandSettings } from "../commands/context.ts";
import type { ServerPort } from "../commands/server-port.ts";
import type { Databases } from "../engine/databases.ts";
import type { NameCache } from "../protocol/name-cache.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Random } from "../structures/random.ts";
import type { BlockedClients } from "./blocked-clients.ts";
import type { ClientMemory } from "./client-memory.ts";
import type { Clients } from "./clients.ts";
import type { Executor } from "./executor.ts";
import type { ClientLimits } from "./limits.ts";
import type { Outbox } from "./outbox.ts";
import type { Passwords } from "./passwords.ts";
import type { Pause } from "./pause.ts";
import type { QueuedCommand } from "./transaction.ts";
import type { Session } from "./session.ts";

/** What all sessions and connections of a server share. */
export interface ServerState {
  readonly databases: Databases;
  readonly settings: CommandSettings;
  readonly random: Random;
  readonly port: ServerPort;
  readonly clients: Clients;
  readonly blocked: BlockedClients;
  readonly passwords: Passwords;
  readonly pause: Pause;
  readonly limits: ClientLimits;
  readonly clientMemory: ClientMemory;
  readonly executor: Executor;
  readonly names: NameCache;
  /** The replies to what is being read, of whichever client it is. */
  readonly outbox: Outbox;
  /** The reply to a client that is not the one being read. */
  readonly replyAside: ReplyWriter;
  readonly traffic: Traffic;
  readonly runTransaction: (session: Session, queue: readonly QueuedCommand[]) => void;
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

/** What went over the wire so far, and what waits to go. */
export interface Traffic {
  bytesIn: number;
  bytesOut: number;
  /** What clients have not read yet, all together. */
  unreadBytes: number;
}
