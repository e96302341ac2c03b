import type { Command, CommandFlag } from "./command.ts";

/** A command in the table, with what the dispatcher asks of it for every call, worked out. */
export interface CommandEntry {
  readonly command: Command;
  /** With the container's name and `|` before that of a subcommand. */
  readonly fullName: string;
  /** Consecutive from 0 over all commands and subcommands: an index into what is counted of them. */
  readonly number: number;
  readonly argumentsMin: number;
  readonly argumentsMax: number;
  readonly run: Command["run"];
  /** May be called before the password was given. */
  readonly isOpenToAll: boolean;
  readonly isRefusedInTransaction: boolean;
  readonly isRefusedWhenFull: boolean;
  readonly isWrite: boolean;
  /** May be called while the data is being loaded. */
  readonly isOpenWhileLoading: boolean;
  readonly isSlowlogged: boolean;
  readonly isFast: boolean;
  /** Carried out within a transaction, and not queued. */
  readonly isNeverQueued: boolean;
  readonly subcommands: ReadonlyMap<string, CommandEntry> | undefined;
}

const NEVER_QUEUED = new Set(["exec", "discard", "multi", "watch", "quit", "reset"]);
/** Spellings of names that are kept, beside the lower-case ones: clients mostly send one or two. */
const SPELLINGS_MAX = 4096;

/** The commands by their names, in any case. */
export class CommandTable {
  /** Those with a name of their own; subcommands stand within their containers. */
  readonly all: readonly Command[];
  /** All entries, each at the index of its number. */
  readonly entries: readonly CommandEntry[];
  readonly #entries: CommandEntry[] = [];
  readonly #byName = new Map<string, CommandEntry>();
  /** Also spellings in upper or mixed case that were asked for. */
  readonly #bySpelling = new Map<string, CommandEntry>();

  constructor(commands: readonly Command[]) {
    this.all = commands;
    this.entries = this.#entries;
    for (const command of commands) {
      const entry = this.#add(command, command.name);
      this.#byName.set(command.name, entry);
      this.#bySpelling.set(command.name, entry);
      this.#bySpelling.set(command.name.toUpperCase(), entry);
    }
  }

  /** A command by its name in any case. O(1). */
  find(name: string): Command | undefined {
    return this.entry(name)?.command;
  }

  /** A command by its name in any case, or by the full name of a subcommand. O(1). */
  entry(name: string): CommandEntry | undefined {
    return this.#bySpelling.get(name) ?? this.#find(name);
  }

  #find(name: string): CommandEntry | undefined {
    const entry = this.#byName.get(name.toLowerCase());
    if (entry !== undefined && this.#bySpelling.size < SPELLINGS_MAX) {
      this.#bySpelling.set(name, entry);
    }
    return entry;
  }

  #add(command: Command, fullName: string): CommandEntry {
    const number = this.#entries.length;
    this.#entries.length++;
    const subcommands = command.subcommands?.map(
      (subcommand) =>
        [subcommand.name, this.#add(subcommand, `${fullName}|${subcommand.name}`)] as const,
    );
    const has = (flag: CommandFlag): boolean => command.flags.includes(flag);
    const entry: CommandEntry = {
      command,
      fullName,
      number,
      argumentsMin: Math.abs(command.arity),
      argumentsMax: command.arity < 0 ? Infinity : command.arity,
      run: command.run,
      isOpenToAll: has("no_auth"),
      isRefusedInTransaction: has("no_multi"),
      isRefusedWhenFull: has("denyoom"),
      isWrite: has("write"),
      isOpenWhileLoading: has("loading"),
      isSlowlogged: !has("skip_slowlog"),
      isFast: has("fast"),
      isNeverQueued: NEVER_QUEUED.has(fullName),
      subcommands: subcommands === undefined ? undefined : new Map(subcommands),
    };
    this.#entries[number] = entry;
    return entry;
  }
}
