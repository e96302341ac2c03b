import type { ReplyWriter } from "../../protocol/reply-writer.ts";
import type { Command, KeySpec } from "../command.ts";
import { categoriesOf, flagsOf, keyRange } from "./command-description.ts";

const FIELDS = 10;

/** Writes what COMMAND tells of a command: ten fields, the last its subcommands likewise. */
export function writeCommandInfo(reply: ReplyWriter, command: Command, fullName: string): void {
  const range = keyRange(command);
  reply.array(FIELDS);
  reply.bulk(fullName);
  reply.integer(command.arity);
  writeStatuses(reply, flagsOf(command));
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  writeStatuses(
    reply,
    categoriesOf(command).map((category) => `@${category}`),
  );
  reply.set(0);
  reply.set(command.keys.length);
  for (const spec of command.keys) writeKeySpec(reply, spec);
  writeSubcommands(reply, command, fullName);
}

/** Names, each a status, as a set. */
export function writeStatuses(reply: ReplyWriter, names: readonly string[]): void {
  reply.set(names.length);
  for (const name of names) reply.simple(name);
}

function writeSubcommands(reply: ReplyWriter, { subcommands }: Command, fullName: string): void {
  if (subcommands === undefined) {
    reply.set(0);
    return;
  }
  reply.array(subcommands.length);
  for (const subcommand of subcommands) {
    writeCommandInfo(reply, subcommand, `${fullName}|${subcommand.name}`);
  }
}

function writeKeySpec(reply: ReplyWriter, { begin, find, flags }: KeySpec): void {
  reply.map(3);
  reply.bulk("flags");
  writeStatuses(reply, flags);
  reply.bulk("begin_search");
  if ("index" in begin) writeSearch(reply, "index", [["index", begin.index]]);
  else {
    const { keyword, startFrom } = begin;
    writeSearch(reply, "keyword", [
      ["keyword", keyword],
      ["startfrom", startFrom],
    ]);
  }
  reply.bulk("find_keys");
  if ("isUnknown" in find) writeSearch(reply, "unknown", []);
  else if ("lastKey" in find) {
    writeSearch(reply, "range", [
      ["lastkey", find.lastKey],
      ["keystep", find.keyStep],
      ["limit", find.limit],
    ]);
  } else {
    writeSearch(reply, "keynum", [
      ["keynumidx", find.keyNumIndex],
      ["firstkey", find.firstKey],
      ["keystep", find.keyStep],
    ]);
  }
}

function writeSearch(
  reply: ReplyWriter,
  type: string,
  spec: readonly (readonly [name: string, value: string | number])[],
): void {
  reply.map(2);
  reply.bulk("type");
  reply.bulk(type);
  reply.bulk("spec");
  reply.map(spec.length);
  for (const [name, value] of spec) {
    reply.bulk(name);
    if (typeof value === "string") reply.bulk(value);
    else reply.integer(value);
  }
}
