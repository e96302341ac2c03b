import { type End, holdsSet, useSet, zPop } from "../../engine/sorted-sets.ts";
import { atLeast, isKeyword } from "../arguments.ts";
import { type Command, countedKeys, keysFrom, oneKey } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { membersHead, writeFlat, writeMembers, writePairs } from "./scored-members.ts";
import { timeoutArgument } from "./timeout.ts";

const NO_COUNT = new ReplyError("ERR value is out of range, must be positive");
const NO_KEYS_GIVEN = new ReplyError("ERR numkeys should be greater than 0");
const NOTHING_TO_POP = new ReplyError("ERR count should be greater than 0");

/** ZPOPMIN and ZPOPMAX. */
function pop(context: CommandContext, argv: readonly string[], end: End): void {
  const { keyspace, reply } = context;
  if (argv.length > 3) throw SYNTAX_ERROR;
  const hasCount = argv.length === 3;
  const count = hasCount ? atLeast(0, argv[2] as string, NO_COUNT) : 1;
  const members = zPop(keyspace, argv[1] as string, end, count);
  if (hasCount) {
    membersHead(reply, members.length, true);
    writeMembers(reply, members, true);
  } else {
    reply.array(members.length * 2);
    writeFlat(reply, members);
  }
}

/** How the commands that look into several keys pop from the first that is there, and reply it. */
interface PopRequest {
  readonly end: End;
  readonly keys: readonly string[];
  readonly count: number;
  /** Whether the members stand in an array of their own, each with its score. */
  readonly isNested: boolean;
}

/** Pops from the first key that holds members. @returns whether there was one */
function popFirst(context: CommandContext, request: PopRequest): boolean {
  for (const key of request.keys) {
    if (useSet(context.keyspace, key) === undefined) continue;
    popFrom(context, request, key);
    return true;
  }
  return false;
}

function popFrom({ keyspace, reply }: CommandContext, request: PopRequest, key: string): void {
  const members = zPop(keyspace, key, request.end, request.count);
  if (request.isNested) {
    reply.array(2);
    reply.bulk(key);
    reply.array(members.length);
    writePairs(reply, members);
  } else {
    reply.array(1 + members.length * 2);
    reply.bulk(key);
    writeFlat(reply, members);
  }
}

/** Pops now, or as soon as one of the keys holds members. */
function popOrWait(context: CommandContext, request: PopRequest, timeoutMs: number): void {
  if (popFirst(context, request)) return;
  context.block({
    keys: request.keys,
    timeoutMs,
    attempt(served, key) {
      if (!holdsSet(served.keyspace, key)) return false;
      popFrom(served, request, key);
      return true;
    },
    expire: (reply) => reply.nullArray(),
  });
}

function blockingPop(context: CommandContext, argv: readonly string[], end: End): void {
  const timeoutMs = timeoutArgument(argv[argv.length - 1] as string);
  popOrWait(context, { end, keys: argv.slice(1, -1), count: 1, isNested: false }, timeoutMs);
}

/** Reads `numkeys key [key ...] MIN | MAX [COUNT count]` from an index on. */
function manyRequest(argv: readonly string[], start: number): PopRequest {
  const keyCount = atLeast(1, argv[start] as string, NO_KEYS_GIVEN);
  const endAt = start + 1 + keyCount;
  if (endAt >= argv.length) throw SYNTAX_ERROR;
  const isMin = isKeyword(argv[endAt], "min");
  if (!isMin && !isKeyword(argv[endAt], "max")) throw SYNTAX_ERROR;
  let count: number | undefined;
  for (let at = endAt + 1; at < argv.length; at += 2) {
    const isCount = isKeyword(argv[at], "count") && at + 1 < argv.length;
    if (count !== undefined || !isCount) throw SYNTAX_ERROR;
    count = atLeast(1, argv[at + 1] as string, NOTHING_TO_POP);
  }
  const keys = argv.slice(start + 1, endAt);
  return { end: isMin ? "min" : "max", keys, count: count ?? 1, isNested: true };
}

function popCommand(name: string, end: End, summary: string): Command {
  return {
    name,
    arity: -2,
    group: "sorted-set",
    flags: ["write", "fast"],
    categories: ["sortedset"],
    keys: oneKey("RW", "access", "delete"),
    since: "5.0.0",
    summary,
    complexity: "O(M log N) with M members popped",
    run: (context, argv) => pop(context, argv, end),
  };
}

function blockingPopCommand(name: string, end: End, summary: string): Command {
  return {
    name,
    arity: -3,
    group: "sorted-set",
    flags: ["write", "noscript", "blocking", "fast"],
    categories: ["sortedset"],
    keys: [keysFrom(1, -2, 1, "RW", "access", "delete")],
    since: "5.0.0",
    summary,
    complexity: "O(log N)",
    run: (context, argv) => blockingPop(context, argv, end),
  };
}

const ZMPOP: Command = {
  name: "zmpop",
  arity: -4,
  group: "sorted-set",
  flags: ["write", "movablekeys"],
  categories: ["sortedset"],
  keys: [countedKeys(1, "RW", "access", "delete")],
  since: "7.0.0",
  summary: "Removes and returns members from one end of the first sorted set that has any.",
  complexity: "O(K) + O(M log N) with K keys and M members popped",
  run(context, argv) {
    if (!popFirst(context, manyRequest(argv, 1))) context.reply.nullArray();
  },
};

const BZMPOP: Command = {
  name: "bzmpop",
  arity: -5,
  group: "sorted-set",
  flags: ["write", "blocking", "movablekeys"],
  categories: ["sortedset"],
  keys: [countedKeys(2, "RW", "access", "delete")],
  since: "7.0.0",
  summary: "As ZMPOP, and waits for members where there are none.",
  complexity: "O(K) + O(M log N) with K keys and M members popped",
  run(context, argv) {
    const request = manyRequest(argv, 2);
    popOrWait(context, request, timeoutArgument(argv[1] as string));
  },
};

/** Commands that pop members. */
export const POP_COMMANDS: readonly Command[] = [
  popCommand("zpopmin", "min", "Removes and returns the members with the lowest scores."),
  popCommand("zpopmax", "max", "Removes and returns the members with the highest scores."),
  blockingPopCommand(
    "bzpopmin",
    "min",
    "Removes and returns the member with the lowest score, and waits for one where there is none.",
  ),
  blockingPopCommand(
    "bzpopmax",
    "max",
    "Removes and returns the member with the highest score, and waits for one where there is none.",
  ),
  ZMPOP,
  BZMPOP,
];
