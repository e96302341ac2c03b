import { type Command, type CommandFlag, NO_KEYS } from "../command.ts";

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
