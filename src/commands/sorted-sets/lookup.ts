import { readSet } from "../../engine/sorted-sets.ts";
import { type Command, oneKey } from "../command.ts";
import type { CommandContext } from "../context.ts";

function rank(
  { keyspace, reply }: CommandContext,
  argv: readonly string[],
  reverse: boolean,
): void {
  const found = readSet(keyspace, argv[1] as string)?.rank(argv[2] as string, reverse);
  if (found === undefined) reply.null();
  else reply.integer(found);
}

const ZCARD: Command = {
  name: "zcard",
  arity: 2,
  group: "sorted-set",
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RO"),
  since: "1.2.0",
  summary: "Tells how many members a sorted set has.",
  complexity: "O(1)",
  run: ({ keyspace, reply }, argv) =>
    reply.integer(readSet(keyspace, argv[1] as string)?.size ?? 0),
};

const ZSCORE: Command = {
  name: "zscore",
  arity: 3,
  group: "sorted-set",
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RO", "access"),
  since: "1.2.0",
  summary: "Tells the score of a member.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    const score = readSet(keyspace, argv[1] as string)?.score(argv[2] as string);
    if (score === undefined) reply.null();
    else reply.double(score);
  },
};

const ZMSCORE: Command = {
  name: "zmscore",
  arity: -3,
  group: "sorted-set",
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RO", "access"),
  since: "6.2.0",
  summary: "Tells the scores of several members.",
  complexity: "O(N) with N members asked for",
  run({ keyspace, reply }, argv) {
    const set = readSet(keyspace, argv[1] as string);
    reply.array(argv.length - 2);
    for (let at = 2; at < argv.length; at++) {
      const score = set?.score(argv[at] as string);
      if (score === undefined) reply.null();
      else reply.double(score);
    }
  },
};

const ZRANK: Command = {
  name: "zrank",
  arity: 3,
  group: "sorted-set",
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RO", "access"),
  since: "2.0.0",
  summary: "Tells the rank of a member, the lowest score being rank 0.",
  complexity: "O(log N)",
  run: (context, argv) => rank(context, argv, false),
};

const ZREVRANK: Command = {
  name: "zrevrank",
  arity: 3,
  group: "sorted-set",
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RO", "access"),
  since: "2.0.0",
  summary: "Tells the rank of a member, the highest score being rank 0.",
  complexity: "O(log N)",
  run: (context, argv) => rank(context, argv, true),
};

/** Commands that look members up. */
export const LOOKUP_COMMANDS: readonly Command[] = [ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK];
