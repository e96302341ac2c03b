import type { ClientPort } from "../../../src/commands/client-port.ts";
import { CommandTable } from "../../../src/commands/command-table.ts";
import type { CommandContext } from "../../../src/commands/context.ts";
import { ReplyError } from "../../../src/commands/reply-error.ts";
import { COMMANDS } from "../../../src/commands/table.ts";
import type { Databases } from "../../../src/engine/databases.ts";
import type { Keyspace } from "../../../src/engine/keyspace.ts";
import { CacheError } from "../../../src/errors.ts";
import { ReplyWriter } from "../../../src/protocol/reply-writer.ts";
import { type Random, seededRandom } from "../../../src/structures/random.ts";
import type { Argv } from "./random-commands.ts";

const TABLE = new CommandTable(COMMANDS);

/** Carries out commands on databases as a client of a server has them carried out. */
export class Caller implements CommandContext {
  readonly reply = new ReplyWriter();
  readonly databases: Databases;
  readonly settings = {
    maxBulkBytes: 1 << 20,
    zsetListpackEntries: 128,
    zsetListpackValueBytes: 64,
  };
  readonly random: Random = seededRandom(1);
  databaseIndex = 0;
  /** What commands that write ask of a client: which database it has selected. */
  readonly client = { select: (index: number) => this.#select(index) } as unknown as ClientPort;
  readonly server = {} as CommandContext["server"];

  constructor(databases: Databases) {
    this.databases = databases;
  }

  get keyspace(): Keyspace {
    return this.databases.at(this.databaseIndex);
  }

  /** @returns whether it was carried out; else it changed nothing */
  call(argv: Argv): boolean {
    this.reply.reset();
    const entry = TABLE.entry(argv[0] as string);
    if (entry?.run === undefined)
      throw new Error(`Cannot call ${argv[0]}: there is no such command`);
    try {
      entry.run(this, argv);
      return true;
    } catch (error) {
      if (error instanceof ReplyError || error instanceof CacheError) return false;
      throw error;
    }
  }

  block(): void {
    throw new Error("Cannot block: nobody waits here");
  }

  #select(index: number): void {
    this.databaseIndex = index;
  }
}
