import { type Command, type CommandFlag, NO_KEYS } from "../command.ts";

type Facts = Pick<Command, "name" | "arity" | "since" | "summary" | "complexity"> &
  Partial<Pick<Command, "categories" | "flags" | "group" | "keys" | "run" | "subcommands">>;

/** The flags of most commands that administer a server. */
export const ADMIN: readonly CommandFlag[] = ["admin", "noscript", "loading", "stale"];
export const LOADING: readonly CommandFlag[] = ["loading", "stale"];

/** The record of a command about the server; it has no keys. */
export function serverCommand(facts: Facts): Command {
  return { group: "server", flags: [], categories: [], keys: NO_KEYS, ...facts };
}

/** The record of a command that is its subcommands. */
export function container(
  name: string,
  since: string,
  summary: string,
  subcommands: readonly Command[],
  facts: Partial<Facts> = {},
): Command {
  return serverCommand({
    name,
    arity: -2,
    since,
    summary,
    complexity: "Depends on the subcommand.",
    subcommands,
    ...facts,
  });
}

/** The subcommand HELP: each line a status, the first and the last two as in all of them. */
export function help(
  container: string,
  since: string,
  lines: readonly string[],
  facts: Partial<Facts> = {},
): Command {
  const all = [
    `${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    "HELP",
    "    Prints this help.",
  ];
  return serverCommand({
    name: "help",
    arity: 2,
    flags: LOADING,
    since,
    summary: "Lists the subcommands.",
    complexity: "O(1)",
    run({ reply }) {
      reply.array(all.length);
      for (const line of all) reply.simple(line);
    },
    ...facts,
  });
}
