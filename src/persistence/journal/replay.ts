import type { ClientPort } from "../../commands/client-port.ts";
import { CommandTable, type CommandEntry } from "../../commands/command-table.ts";
import type { CommandContext, CommandSettings } from "../../commands/context.ts";
import { databaseArgument } from "../../commands/keys/database-argument.ts";
import { ReplyError } from "../../commands/reply-error.ts";
import type { ServerPort } from "../../commands/server-port.ts";
import { COMMANDS } from "../../commands/table.ts";
import type { Databases } from "../../engine/databases.ts";
import type { Keyspace } from "../../engine/keyspace.ts";
import { CacheError, show } from "../../errors.ts";
import { ReplyWriter } from "../../protocol/reply-writer.ts";

/** A command that cannot be carried out again: which, and why. */
export class RefusedCommand extends Error {
  override readonly name = "RefusedCommand";

  constructor(command: string, reason: string, options?: { cause?: unknown }) {
    super(`${show(command)} ${reason}`, options);
  }
}

const TABLE = new CommandTable(COMMANDS);

/** What was checked already, when it was written. */
const SETTINGS: CommandSettings = {
  maxBulkBytes: Infinity,
  // Scores are taken as they stand, the negative zero, too, which listpacks do not have.
  zsetListpackEntries: 0,
  zsetListpackValueBytes: 0,
};

const NO_CLIENT = new ReplyError("ERR there is no client");

/** Takes replies for nothing; an error is thrown. */
class Unheard extends ReplyWriter {
  override error(text: string): never {
    throw new ReplyError(text);
  }
}

/** What the commands of a journal act on: databases, and no client. */
class ReplayContext implements CommandContext {
  readonly reply = new Unheard();
  readonly databases: Databases;
  readonly settings = SETTINGS;
  keyspace: Keyspace;
  databaseIndex = 0;

  constructor(databases: Databases) {
    this.databases = databases;
    this.keyspace = databases.first;
  }

  get client(): ClientPort {
    throw NO_CLIENT;
  }

  get server(): ServerPort {
    throw NO_CLIENT;
  }

  readonly random = (): number => {
    throw new ReplyError("ERR what is drawn at random is not the same again");
  };

  block(): void {
    throw new ReplyError("ERR nobody waits here");
  }
}

/** A command of a unit that is not complete. */
interface CollectedCommand {
  readonly entry: CommandEntry;
  readonly argv: readonly string[];
}

/**
 * Carries the commands of a journal out again: those that write, in the databases that SELECT names.
 * What stands between MULTI and EXEC is collected, and carried out when EXEC came.
 */
export class Replay {
  readonly #context: ReplayContext;
  /** What came since MULTI; `undefined`: no unit is open. */
  #collected: CollectedCommand[] | undefined;
  /** A complete unit, and how much of it is carried out. */
  #unit: readonly CollectedCommand[] = [];
  #carriedOut = 0;

  constructor(databases: Databases) {
    this.#context = new ReplayContext(databases);
  }

  /** Whether MULTI came and EXEC did not. */
  get isInUnit(): boolean {
    return this.#collected !== undefined;
  }

  /** Whether a complete unit is still to be carried out: `carryOut` goes on with it. */
  get hasUnit(): boolean {
    return this.#carriedOut < this.#unit.length;
  }

  /** Takes the next command. @throws {RefusedCommand} */
  take(argv: readonly string[]): void {
    const entry = this.#entryOf(argv);
    if (entry.isWrite || entry.fullName === "select") {
      if (this.#collected === undefined) this.#run(entry, argv);
      else this.#collected.push({ entry, argv });
    } else if (entry.fullName === "multi") {
      if (this.isInUnit) throw new RefusedCommand("MULTI", "stands within another one");
      this.#collected = [];
    } else if (entry.fullName === "exec") {
      if (this.#collected === undefined) throw new RefusedCommand("EXEC", "has no MULTI");
      this.#unit = this.#collected;
      this.#carriedOut = 0;
      this.#collected = undefined;
    } else throw new RefusedCommand(entry.fullName.toUpperCase(), "is no command that writes");
  }

  /**
   * Carries out one command of the complete unit.
   * @returns its arguments.
   * @throws {RefusedCommand}
   */
  carryOut(): number {
    const { argv, entry } = this.#unit[this.#carriedOut] as CollectedCommand;
    this.#run(entry, argv);
    this.#carriedOut++;
    if (!this.hasUnit) this.#unit = [];
    return argv.length;
  }

  #entryOf(argv: readonly string[]): CommandEntry {
    const name = argv[0] as string;
    const found = TABLE.entry(name);
    if (found === undefined) throw new RefusedCommand(name.toUpperCase(), "is not known here");
    const subcommand = argv[1]?.toLowerCase() ?? "";
    const entry = found.subcommands?.get(subcommand) ?? found;
    if (argv.length < entry.argumentsMin || argv.length > entry.argumentsMax) {
      throw new RefusedCommand(name.toUpperCase(), `has ${argv.length - 1} arguments`);
    }
    return entry;
  }

  #run(entry: CommandEntry, argv: readonly string[]): void {
    const context = this.#context;
    try {
      if (entry.isWrite) entry.run?.(context, argv);
      else this.#select(argv[1] as string);
    } catch (cause) {
      const isAnswer = cause instanceof ReplyError || cause instanceof CacheError;
      const reason = isAnswer ? cause.message : String(cause);
      throw new RefusedCommand(entry.fullName.toUpperCase(), `fails: ${reason}`, { cause });
    }
    context.reply.reset();
  }

  #select(argument: string): void {
    const context = this.#context;
    context.databaseIndex = databaseArgument(context, argument);
    context.keyspace = context.databases.at(context.databaseIndex);
  }
}
