import { restore } from "../../src/rdb/dump.ts";
import type { Argv } from "./connection.ts";
import { equalReplies, type Reply, showReply } from "./reply.ts";

/** Whether a reply is one that the other server might have given. */
type Rule = (ours: Reply, theirs: Reply, argv: Argv) => boolean;

/** The shape alone: what the reply says differs by nature. */
const sameShape: Rule = (ours, theirs) => shapeOf(ours) === shapeOf(theirs);

/** Two kinds of reply at most, and the texts of errors. */
const sameKind: Rule = (ours, theirs) =>
  ours.kind === "error" || theirs.kind === "error"
    ? equalReplies(ours, theirs)
    : ours.kind === theirs.kind;

/** Integers that may differ by a little: the servers read their clocks one after the other. */
const nearly =
  (slack: bigint): Rule =>
  (ours, theirs) => {
    if (ours.kind !== "integer" || theirs.kind !== "integer") return equalReplies(ours, theirs);
    const difference = ours.value - theirs.value;
    return difference <= slack && difference >= -slack;
  };

/** The same items in any order. */
const sameItems: Rule = (ours, theirs) => {
  if (!("items" in ours && "items" in theirs)) return equalReplies(ours, theirs);
  return sortedItems(ours) === sortedItems(theirs) && ours.kind === theirs.kind;
};

/** A cursor, and the same items in any order; pairs stay together. */
const sameScan =
  (step: 1 | 2): Rule =>
  (ours, theirs) => {
    if (!("items" in ours && "items" in theirs)) return equalReplies(ours, theirs);
    const [[ourCursor, ourItems], [theirCursor, theirItems]] = [ours.items, theirs.items];
    if (ourCursor === undefined || theirCursor === undefined) return false;
    if (!equalReplies(ourCursor, theirCursor)) return false;
    return groups(ourItems, step) === groups(theirItems, step);
  };

/** Payloads that stand for the same value; how it is compressed is the server's own choice. */
const samePayload: Rule = (ours, theirs) => {
  if (ours.kind !== "bulk" || theirs.kind !== "bulk") return equalReplies(ours, theirs);
  return showPayload(ours.text) === showPayload(theirs.text);
};

/** All of a map but these entries, which name the connection or the build. */
const sameBut =
  (...names: readonly string[]): Rule =>
  (ours, theirs) => {
    if (!("items" in ours && "items" in theirs)) return equalReplies(ours, theirs);
    return without(ours, names) === without(theirs, names) && ours.kind === theirs.kind;
  };

/** As many items. */
const sameLength: Rule = (ours, theirs) =>
  "items" in ours && "items" in theirs && ours.items.length === theirs.items.length;

/** SORT leaves open in which order elements come whose weights, as texts, are the same. */
const sameSort: Rule = (ours, theirs, argv) => {
  // A number that overflowed in an earlier command makes Redis' SORT refuse every score.
  if (theirs.kind === "error" && theirs.text.includes("converted into double")) return true;
  const words = new Set(argv.map((text) => text.toLowerCase()));
  if (!(words.has("by") && words.has("alpha"))) return false;
  return (words.has("limit") ? sameLength : sameItems)(ours, theirs, argv);
};

const RULES: Readonly<Record<string, Rule>> = {
  randomkey: sameKind,
  keys: sameItems,
  scan: sameScan(1),
  zscan: sameScan(2),
  sort: sameSort,
  sort_ro: sameSort,
  zrandmember: sameShape,
  time: sameShape,
  info: sameKind,
  slowlog: sameKind,
  latency: sameKind,
  lolwut: sameKind,
  ttl: nearly(1n),
  pttl: nearly(2000n),
  expiretime: nearly(1n),
  pexpiretime: nearly(2000n),
  dump: samePayload,
  hello: sameBut("id"),
  memory: sameKind,
  "client id": sameKind,
  "client info": sameKind,
  "client list": sameKind,
  command: sameKind,
  "command count": sameKind,
  "command docs": sameKind,
  "command help": sameKind,
  "client help": sameKind,
  "config help": sameKind,
  // Each says why it has no file to write.
  "config rewrite": (ours, theirs) => ours.kind === "error" && theirs.kind === "error",
  // The clients and their numbers are each server's own.
  "client kill": sameShape,
  "debug object": sameKind,
  // Without a name it tells all commands.
  "command info": (ours, theirs, argv) => argv.length === 2 && sameKind(ours, theirs, argv),
  "command list": sameItems,
  // Redis shares the objects of small integers, so that they are as old as the server.
  "object idletime": sameKind,
  // Redis counts what shares an object, a command in the queue too.
  "object refcount": sameKind,
  "object help": sameKind,
};

/** Whether our reply to a command stands for what the other server replied. */
export function isSameReply(ours: Reply, theirs: Reply, argv: Argv): boolean {
  if (equalReplies(ours, theirs)) return true;
  const name = (argv[0] ?? "").toLowerCase();
  const withSubcommand = `${name} ${(argv[1] ?? "").toLowerCase()}`;
  const rule = RULES[withSubcommand] ?? (isContainer(name, argv) ? undefined : RULES[name]);
  return rule?.(ours, theirs, argv) === true;
}

/** Whether it is one that replies by its subcommands, each with a rule of its own. */
function isContainer(name: string, argv: Argv): boolean {
  return name === "command" && argv.length > 1;
}

/** Whether the replies of a transaction are, one by one, those of the commands that it held. */
export function isSameTransaction(ours: Reply, theirs: Reply, queued: readonly Argv[]): boolean {
  if (!("items" in ours && "items" in theirs)) return equalReplies(ours, theirs);
  if (ours.items.length !== theirs.items.length) return false;
  return ours.items.every((item, i) =>
    isSameReply(item, theirs.items[i] as Reply, queued[i] ?? []),
  );
}

function shapeOf(reply: Reply): string {
  if (reply.kind === "error") return showReply(reply);
  return "items" in reply ? `${reply.kind}[${reply.items.map(shapeOf).join()}]` : reply.kind;
}

function sortedItems(reply: { readonly items: readonly Reply[] }): string {
  return reply.items
    .map(showReply)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join();
}

function groups(reply: Reply | undefined, step: number): string {
  if (reply === undefined || !("items" in reply)) return "nothing";
  const found: string[] = [];
  for (let i = 0; i < reply.items.length; i += step) {
    found.push(
      reply.items
        .slice(i, i + step)
        .map(showReply)
        .join(),
    );
  }
  return found.toSorted((a, b) => (a < b ? -1 : 1)).join("; ");
}

function without(reply: { readonly items: readonly Reply[] }, names: readonly string[]): string {
  const kept: string[] = [];
  for (let i = 0; i < reply.items.length; i += 2) {
    const name = reply.items[i] as Reply;
    if ("text" in name && names.includes(name.text)) continue;
    kept.push(showReply(name), showReply(reply.items[i + 1] as Reply));
  }
  return kept.join();
}

function showPayload(payload: string): string {
  const value = restore(payload);
  if (value.type === "string") return JSON.stringify(value.value);
  return JSON.stringify([...value.members].map(({ member, score }) => [member, String(score)]));
}
