/**
 * Writes docs/commands.md from the table of commands: `npm run commands`.
 */
import { writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import type { Command, CommandGroup } from "../src/commands/command.ts";
import { COMMANDS } from "../src/commands/table.ts";

/** Where the page stands. */
export const COMMAND_PAGE = new URL("../docs/commands.md", import.meta.url);

const TITLES: Record<CommandGroup, string> = {
  "sorted-set": "Sorted sets",
  string: "Strings and counters",
  generic: "Keys",
  transactions: "Transactions",
  connection: "Connection",
  server: "Server",
  scripting: "Functions",
};

/** The page: a table of commands for each group. */
export function commandPage(): string {
  const groups = Object.entries(TITLES).map(([group, title]) => {
    const commands = COMMANDS.filter((command) => command.group === group);
    const rows = commands.toSorted((a, b) => (a.name < b.name ? -1 : 1)).flatMap(rowsOf);
    return `## ${title}\n\n${table(rows)}\n`;
  });
  return `${INTRODUCTION}\n${groups.join("\n")}`;
}

const INTRODUCTION = `# Commands

The commands that Laurel's server answers, with the semantics, replies and error texts of Redis 7.0. This page is made from the table of commands (\`npm run commands\`), from which \`COMMAND\`, dispatch, arity and the finding of keys come as well. What differs from Redis stands in [compatibility.md](compatibility.md).

*Arguments*: how many with the name of the command (and of the subcommand), or at least so many (+). *Since*: the version of Redis that brought it.
`;

type Row = readonly [name: string, count: string, since: string, summary: string, cost: string];

const HEAD: Row = ["command", "arguments", "since", "what it does", "time"];

function rowsOf(command: Command): readonly Row[] {
  if (command.subcommands === undefined || isOfOneKind(command.subcommands)) {
    return [row(command, command.name)];
  }
  const subcommands = command.subcommands
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((subcommand) => row(subcommand, `${command.name} ${subcommand.name}`));
  return command.run === undefined ? subcommands : [row(command, command.name), ...subcommands];
}

/** Whether the subcommands differ in nothing but their names, so that one line tells of all. */
function isOfOneKind(subcommands: readonly Command[]): boolean {
  return new Set(subcommands.map(({ summary }) => summary)).size === 1;
}

function row({ arity, complexity, since, summary }: Command, name: string): Row {
  const count = arity < 0 ? `${-arity}+` : String(arity);
  return [`\`${name.toUpperCase()}\``, count, since, summary, complexity];
}

function table(rows: readonly Row[]): string {
  const lines = [HEAD, HEAD.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(COMMAND_PAGE, commandPage());
