import type { CommandContext } from "./context.ts";

/** What a command does, as COMMAND INFO says it. */
export type CommandFlag =
  | "write"
  | "readonly"
  | "denyoom"
  | "module"
  | "admin"
  | "pubsub"
  | "noscript"
  | "blocking"
  | "loading"
  | "stale"
  | "skip_monitor"
  | "skip_slowlog"
  | "asking"
  | "fast"
  | "no_auth"
  | "may_replicate"
  | "no_async_loading"
  | "no_multi"
  | "movablekeys"
  | "allow_busy";

/** Under which heading of the documentation a command stands; Redis' names. */
export type CommandGroup =
  | "connection"
  | "generic"
  | "scripting"
  | "server"
  | "sorted-set"
  | "string"
  | "transactions";

/** What becomes of a key that a key spec finds; Redis' names. */
export type KeyFlag =
  | "RO"
  | "RW"
  | "OW"
  | "RM"
  | "access"
  | "update"
  | "insert"
  | "delete"
  | "not_key"
  | "incomplete"
  | "variable_flags";

/** Where keys begin in the arguments: at an index, or behind a keyword. */
export type KeyBegin =
  | { readonly index: number }
  | { readonly keyword: string; readonly startFrom: number };

/** How many keys there are from there on. */
export type KeyFind =
  /** Up to `lastKey`, counted from the beginning; -1: the last argument, -2: the one before it. */
  | { readonly lastKey: number; readonly keyStep: number; readonly limit: number }
  /** As many as the argument at `keyNumIndex` says, from `firstKey` on. */
  | { readonly keyNumIndex: number; readonly firstKey: number; readonly keyStep: number }
  | { readonly isUnknown: true };

/** Which arguments of a command are keys. */
export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly begin: KeyBegin;
  readonly find: KeyFind;
}

/** A key among the arguments, by its index, with what becomes of it. */
export interface FoundKey {
  readonly at: number;
  readonly flags: readonly KeyFlag[];
}

/** Carries a command out: reads the arguments, applies an operation, writes one reply. */
export type CommandHandler = (context: CommandContext, argv: readonly string[]) => void;

/**
 * The record of a command: all that is known of it stands here, and dispatch, arity, key
 * extraction, COMMAND and the documentation are driven by it.
 */
export interface Command {
  /** In lower case; of a subcommand its own name only. */
  readonly name: string;
  /** How many arguments with the name: exactly so many, or with a minus at least. */
  readonly arity: number;
  readonly group: CommandGroup;
  readonly flags: readonly CommandFlag[];
  /** ACL categories beside those that follow from the flags, without `@`. */
  readonly categories: readonly string[];
  readonly keys: readonly KeySpec[];
  /** Finds the keys where key specs cannot. */
  readonly findKeys?: (argv: readonly string[]) => readonly FoundKey[] | undefined;
  /** The version of Redis that brought it. */
  readonly since: string;
  /** In one sentence, what it does. */
  readonly summary: string;
  readonly complexity: string;
  /** Tells a container of subcommands; `run` answers then where it is called alone. */
  readonly subcommands?: readonly Command[];
  readonly run?: CommandHandler;
}

/** The spec of the usual command with one key, its first argument. */
export function oneKey(...flags: readonly KeyFlag[]): readonly KeySpec[] {
  return [keysFrom(1, 0, 1, ...flags)];
}

/** Keys from an index on, up to `lastKey`, which counts from there (-1: the last argument). */
export function keysFrom(
  index: number,
  lastKey: number,
  keyStep: number,
  ...flags: readonly KeyFlag[]
): KeySpec {
  return { flags, begin: { index }, find: { lastKey, keyStep, limit: 0 } };
}

/** As many keys as the argument at an index says, right behind it. */
export function countedKeys(index: number, ...flags: readonly KeyFlag[]): KeySpec {
  return { flags, begin: { index }, find: { keyNumIndex: 0, firstKey: 1, keyStep: 1 } };
}

/** No keys. */
export const NO_KEYS: readonly KeySpec[] = [];
