import type { CallOptions } from "../cache/contract.ts";
import type { KeyNames } from "./key-names.ts";
import type { Argument, Command, Connection, Reply } from "./port.ts";
import type { Script } from "./script-runner.ts";

/**
 * How the calls of one cache reach its servers: in the order of calling, each ended early by its signal
 * or by the time limit, and refused while the cache may not use the connection. What a call fails with
 * is a `CacheError`, or the signal's reason; all of them reject, none throws.
 */
export interface CallAccess {
  /** How keys are called on the server. */
  readonly names: KeyNames;
  /** The argument of a user's key. @throws {CacheError} `INVALID_KEY`, `KEY_TOO_LONG` */
  key(key: string): Argument;
  /** The reply to one command, sent to the server of the key (`undefined`: any master). */
  call(command: Command, key: Argument | undefined, options?: CallOptions): Promise<Reply>;
  /**
   * The replies to commands that take effect together. What one of them failed with is an Error (a
   * `CacheError`) among the replies.
   */
  together(
    commands: readonly Command[],
    key: Argument,
    options?: CallOptions,
  ): Promise<readonly Reply[]>;
  /**
   * What a script replies; where the server has none, what the work brings about on a connection of its
   * own, with WATCH and MULTI.
   */
  run(
    script: Script,
    keys: readonly [Argument, ...Argument[]],
    args: readonly Argument[],
    otherwise: (connection: Connection) => Promise<Reply>,
    options?: CallOptions,
  ): Promise<Reply>;
  /** Work on a connection of its own that takes its place in the order: it holds up all later calls. */
  alone<T>(
    key: Argument,
    work: (connection: Connection) => Promise<T>,
    options?: CallOptions,
  ): Promise<T>;
  /**
   * Work on a connection of its own beside all other calls, in no order with them, under no time limit
   * but its own.
   */
  apart<T>(key: Argument, work: (connection: Connection) => Promise<T>): Promise<T>;
}
