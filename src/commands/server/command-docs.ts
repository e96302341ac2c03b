import type { ReplyWriter } from "../../protocol/reply-writer.ts";
import type { Command } from "../command.ts";

/** Writes what COMMAND DOCS tells of a command: a map, with that of each subcommand in it. */
export function writeCommandDocs(reply: ReplyWriter, command: Command, fullName: string): void {
  const { complexity, group, since, subcommands, summary } = command;
  const facts = { summary, since, group, complexity };
  reply.map(Object.keys(facts).length + (subcommands === undefined ? 0 : 1));
  for (const [name, value] of Object.entries(facts)) {
    reply.bulk(name);
    reply.bulk(value);
  }
  if (subcommands === undefined) return;
  reply.bulk("subcommands");
  reply.map(subcommands.length);
  for (const subcommand of subcommands) {
    const name = `${fullName}|${subcommand.name}`;
    reply.bulk(name);
    writeCommandDocs(reply, subcommand, name);
  }
}
