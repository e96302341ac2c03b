import type { Databases } from "../engine/databases.ts";
import type { Keyspace } from "../engine/keyspace.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Random } from "../structures/random.ts";
import type { ClientPort } from "./client-port.ts";
import type { ServerPort } from "./server-port.ts";

/** What commands read of the configuration; CONFIG SET changes it in place. */
export interface CommandSettings {
  /** The longest string value, in bytes (`proto-max-bulk-len`). */
  maxBulkBytes: number;
  /** A sorted set is told as a listpack while it never had more members (`zset-max-listpack-entries`) ... */
  zsetListpackEntries: number;
  /** ... nor a longer one, in bytes (`zset-max-listpack-value`). */
  zsetListpackValueBytes: number;
}

/** What a client waits for that is blocked on keys. */
export interface KeyWait {
  readonly keys: readonly string[];
  /** How long at most, in milliseconds; 0: forever. */
  readonly timeoutMs: number;
  /** Tries again with a key that was filled: replies and returns true, or writes nothing. */
  attempt(context: CommandContext, key: string): boolean;
  /** Replies that the time is over. */
  expire(reply: ReplyWriter): void;
}

/** What a command acts on: one is there for each client, and stays. */
export interface CommandContext {
  readonly reply: ReplyWriter;
  /** The selected database. */
  readonly keyspace: Keyspace;
  readonly databaseIndex: number;
  readonly databases: Databases;
  readonly settings: CommandSettings;
  readonly random: Random;
  /** The client that sent the command. */
  readonly client: ClientPort;
  readonly server: ServerPort;
  /**
   * Lets the client wait, so that the reply comes later. Within a transaction nobody waits: it
   * replies at once that the time is over.
   */
  block(wait: KeyWait): void;
}
