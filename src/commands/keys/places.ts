import { copy, move, rename } from "../../engine/key-places.ts";
import { isKeyword } from "../arguments.ts";
import { type Command, type CommandHandler, keysFrom, oneKey } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { NO_SUCH_KEY, ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { databaseArgument } from "./database-argument.ts";

const SAME_OBJECT = new ReplyError("ERR source and destination objects are the same");

function renameHandler(onlyIfFree: boolean): CommandHandler {
  return ({ keyspace, reply }, argv) => {
    const outcome = rename(keyspace, argv[1] as string, argv[2] as string, onlyIfFree);
    if (outcome === "no-such-key") throw NO_SUCH_KEY;
    if (onlyIfFree) reply.integer(outcome === "renamed" ? 1 : 0);
    else reply.ok();
  };
}

/** RENAME key newkey */
export const RENAME: Command = {
  name: "rename",
  arity: 3,
  group: "generic",
  flags: ["write"],
  categories: ["keyspace"],
  keys: [keysFrom(1, 0, 1, "RW", "access", "delete"), keysFrom(2, 0, 1, "OW", "update")],
  since: "1.0.0",
  summary: "Gives a key another name, which takes the place of a key that has it.",
  complexity: "O(1)",
  run: renameHandler(false),
};

/** RENAMENX key newkey */
export const RENAMENX: Command = {
  ...RENAME,
  name: "renamenx",
  flags: ["write", "fast"],
  keys: [keysFrom(1, 0, 1, "RW", "access", "delete"), keysFrom(2, 0, 1, "OW", "insert")],
  summary: "Gives a key another name where no key has it.",
  run: renameHandler(true),
};

/** MOVE key db */
export const MOVE: Command = {
  name: "move",
  arity: 3,
  group: "generic",
  flags: ["write", "fast"],
  categories: ["keyspace"],
  keys: oneKey("RW", "access", "update"),
  since: "1.0.0",
  summary: "Moves a key to another database that has no key of that name.",
  complexity: "O(1)",
  run(context, argv) {
    const index = databaseArgument(context, argv[2] as string);
    if (index === context.databaseIndex) throw SAME_OBJECT;
    const isMoved = move(context.keyspace, argv[1] as string, context.databases.at(index));
    context.reply.integer(isMoved ? 1 : 0);
  },
};

interface CopyOptions {
  databaseIndex: number;
  replace: boolean;
}

function copyOptions(context: CommandContext, argv: readonly string[]): CopyOptions {
  const options: CopyOptions = { databaseIndex: context.databaseIndex, replace: false };
  for (let i = 3; i < argv.length; i++) {
    const value = argv[i + 1];
    if (isKeyword(argv[i], "replace")) options.replace = true;
    else if (isKeyword(argv[i], "db") && value !== undefined) {
      options.databaseIndex = databaseArgument(context, value);
      i++;
    } else throw SYNTAX_ERROR;
  }
  return options;
}

/** COPY source destination [DB destination-db] [REPLACE] */
export const COPY: Command = {
  name: "copy",
  arity: -3,
  group: "generic",
  flags: ["write", "denyoom"],
  categories: ["keyspace"],
  keys: [keysFrom(1, 0, 1, "RO", "access"), keysFrom(2, 0, 1, "OW", "update")],
  since: "6.2.0",
  summary: "Gives another key the same value and the same deadline.",
  complexity: "O(N log N), N the size of a sorted set; O(1) for a string",
  run(context, argv) {
    const { databaseIndex, replace } = copyOptions(context, argv);
    const [, source, key] = argv as [string, string, string];
    if (databaseIndex === context.databaseIndex && source === key) throw SAME_OBJECT;
    const isCopied = copy(context.keyspace, source, {
      destination: context.databases.at(databaseIndex),
      key,
      replace,
      limits: context.settings,
    });
    context.reply.integer(isCopied ? 1 : 0);
  },
};
