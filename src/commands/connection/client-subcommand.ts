import { type Command, type CommandFlag, NO_KEYS } from "../command.ts";
import { ReplyError } from "../reply-error.ts";

/** What the subcommands of CLIENT have in common. */
export function clientSubcommand(
  record: Pick<Command, "name" | "arity" | "since" | "summary" | "complexity"> &
    Required<Pick<Command, "run">> & { readonly isAdmin?: boolean },
): Command {
  const { isAdmin, ...rest } = record;
  const flags: CommandFlag[] = ["noscript", "loading", "stale"];
  return {
    ...rest,
    group: "connection",
    flags: isAdmin === true ? ["admin", ...flags] : flags,
    categories: ["connection"],
    keys: NO_KEYS,
  };
}

/** What Redis says to a subcommand with more arguments than it takes, but not more than its arity allows. */
export function wrongSubcommand(argv: readonly string[]): ReplyError {
  const [container = "", subcommand = ""] = argv;
  return new ReplyError(
    `ERR unknown subcommand or wrong number of arguments for '${subcommand.slice(0, 128)}'. ` +
      `Try ${container.toUpperCase()} HELP.`,
  );
}
