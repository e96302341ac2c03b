import { compileGlob } from "../../engine/glob.ts";
import { isKeyword } from "../arguments.ts";
import type { CommandEntry, CommandTable } from "../command-table.ts";
import type { Command, CommandHandler, FoundKey } from "../command.ts";
import { findKeys, hasKeys } from "../key-extraction.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { categoriesOf } from "./command-description.ts";
import { writeCommandDocs } from "./command-docs.ts";
import { writeCommandInfo, writeStatuses } from "./command-info.ts";
import { container, help, LOADING, serverCommand } from "./server-record.ts";

const NAMES_AT = 2;
const FILTER_ARGUMENTS = 5;

/** Everything that the subcommands have in common. */
const FACTS = { flags: LOADING, categories: ["connection"] } as const;

const tellAll: CommandHandler = ({ reply, server }) => {
  const { all } = server.commands;
  reply.array(all.length);
  for (const command of all) writeCommandInfo(reply, command, command.name);
};

const COUNT = serverCommand({
  ...FACTS,
  name: "count",
  arity: 2,
  since: "2.8.13",
  summary: "Tells how many commands there are, subcommands left out.",
  complexity: "O(1)",
  run({ reply, server }) {
    reply.integer(server.commands.all.length);
  },
});

const INFO = serverCommand({
  ...FACTS,
  name: "info",
  arity: -2,
  since: "2.8.13",
  summary: "Describes some commands, or all.",
  complexity: "O(N) for N commands",
  run(context, argv) {
    const { reply, server } = context;
    if (argv.length === NAMES_AT) {
      tellAll(context, argv);
      return;
    }
    reply.array(argv.length - NAMES_AT);
    for (const name of argv.slice(NAMES_AT)) {
      const entry = entryOf(server.commands, name);
      if (entry === undefined) reply.null();
      else writeCommandInfo(reply, entry.command, entry.fullName);
    }
  },
});

const DOCS = serverCommand({
  ...FACTS,
  name: "docs",
  arity: -2,
  since: "7.0.0",
  summary: "Tells what some commands do, or all.",
  complexity: "O(N) for N commands",
  run({ reply, server }, argv) {
    const { commands } = server;
    const names =
      argv.length > NAMES_AT ? argv.slice(NAMES_AT) : commands.all.map(({ name }) => name);
    const found = names
      .map((name) => entryOf(commands, name))
      .filter((entry) => entry !== undefined);
    reply.map(found.length);
    for (const { command, fullName } of found) {
      reply.bulk(fullName);
      writeCommandDocs(reply, command, fullName);
    }
  },
});

const LIST = serverCommand({
  ...FACTS,
  name: "list",
  arity: -2,
  since: "7.0.0",
  summary: "Names the commands and subcommands, all or those that pass a filter.",
  complexity: "O(N) for N commands",
  run({ reply, server }, argv) {
    const passes = listFilter(argv);
    const passed = server.commands.entries.filter((entry) => passes(entry));
    reply.array(passed.length);
    for (const { fullName } of passed) reply.bulk(fullName);
  },
});

/** Which commands COMMAND LIST names. */
function listFilter(argv: readonly string[]): (entry: CommandEntry) => boolean {
  if (argv.length === NAMES_AT) return () => true;
  const [, , filterBy, kind, value = ""] = argv;
  if (argv.length !== FILTER_ARGUMENTS || !isKeyword(filterBy, "filterby")) throw SYNTAX_ERROR;
  if (isKeyword(kind, "module")) return () => false;
  if (isKeyword(kind, "aclcat")) {
    const category = value.toLowerCase();
    return ({ command }) => categoriesOf(command).includes(category);
  }
  if (!isKeyword(kind, "pattern")) throw SYNTAX_ERROR;
  const matches = compileGlob(value.toLowerCase());
  return ({ fullName }) => matches(fullName);
}

const GETKEYS = serverCommand({
  ...FACTS,
  name: "getkeys",
  arity: -4,
  since: "2.8.13",
  summary: "Tells which arguments of a call are keys.",
  complexity: "O(N) for N arguments",
  run({ reply, server }, argv) {
    const { call, found } = callWithKeys(server.commands, argv);
    reply.array(found.length);
    for (const { at } of found) reply.bulk(call[at] as string);
  },
});

const GETKEYSANDFLAGS = serverCommand({
  ...FACTS,
  name: "getkeysandflags",
  arity: -4,
  since: "7.0.0",
  summary: "Tells which arguments of a call are keys, and what becomes of them.",
  complexity: "O(N) for N arguments",
  run({ reply, server }, argv) {
    const { call, found } = callWithKeys(server.commands, argv);
    reply.array(found.length);
    for (const { at, flags } of found) {
      reply.array(2);
      reply.bulk(call[at] as string);
      writeStatuses(reply, flags);
    }
  },
});

/** The call that stands behind GETKEYS, and the keys in it: there is one at least. */
function callWithKeys(
  table: CommandTable,
  argv: readonly string[],
): { call: readonly string[]; found: readonly FoundKey[] } {
  const call = argv.slice(NAMES_AT);
  const found = findKeys(calledCommand(table, call), call);
  if (found.length === 0) throw new ReplyError("ERR Invalid arguments specified for command");
  return { call, found };
}

/** The command that a call calls, whose number of arguments is right and which has keys. */
function calledCommand(table: CommandTable, call: readonly string[]): Command {
  const [name = "", subcommand = ""] = call;
  const entry = table.entry(name);
  const called =
    entry?.subcommands === undefined ? entry : entry.subcommands.get(subcommand.toLowerCase());
  if (called === undefined) throw new ReplyError("ERR Invalid command specified");
  const { argumentsMax, argumentsMin, command } = called;
  if (!hasKeys(command)) throw new ReplyError("ERR The command has no key arguments");
  if (call.length >= argumentsMin && call.length <= argumentsMax) return command;
  throw new ReplyError("ERR Invalid number of arguments specified for command");
}

/** A command, or by its full name a subcommand. */
function entryOf(table: CommandTable, name: string): CommandEntry | undefined {
  const [first = "", second, ...rest] = name.split("|");
  const entry = table.entry(first);
  if (second === undefined) return entry;
  return rest.length > 0 ? undefined : entry?.subcommands?.get(second.toLowerCase());
}

/** COMMAND */
export const COMMAND = container(
  "command",
  "2.8.13",
  "Describes all commands.",
  [
    COUNT,
    DOCS,
    GETKEYS,
    GETKEYSANDFLAGS,
    INFO,
    LIST,
    help(
      "COMMAND",
      "5.0.0",
      [
        "(no subcommand)",
        "    Describes all commands.",
        "COUNT",
        "    Tells how many there are.",
        "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]",
        "    Names all commands, or those that pass the filter.",
        "INFO [<name> ...]",
        "    Describes these commands, or all.",
        "DOCS [<name> ...]",
        "    Tells what these commands do, or all.",
        "GETKEYS <command> [<arg> ...]",
        "    Tells which arguments of a call are keys.",
        "GETKEYSANDFLAGS <command> [<arg> ...]",
        "    Tells which arguments of a call are keys, and what becomes of them.",
      ],
      FACTS,
    ),
  ],
  { ...FACTS, arity: -1, complexity: "O(N) for N commands", run: tellAll },
);
