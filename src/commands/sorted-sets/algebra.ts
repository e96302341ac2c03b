import { combined, type Combination, zInterCard } from "../../engine/sorted-set-algebra.ts";
import { useSet, storeSet } from "../../engine/sorted-sets.ts";
import type { Aggregate, AlgebraOptions } from "../../structures/set-algebra.ts";
import { atLeast, doubleArgument, integerArgument, isKeyword } from "../arguments.ts";
import { type Command, countedKeys, keysFrom } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { storeZerosIn } from "./negative-zero.ts";
import { membersHead, writeMembers } from "./scored-members.ts";

const NO_WEIGHT = new ReplyError("ERR weight value is not a float");
const NEGATIVE_LIMIT = new ReplyError("ERR LIMIT can't be negative");

/** What a command of this family may be told behind its keys. */
interface Allowed {
  readonly weights: boolean;
  readonly scores: boolean;
  readonly limit: boolean;
}

interface Options extends AlgebraOptions {
  weights?: readonly number[];
  aggregate?: Aggregate;
  withScores: boolean;
  /** 0: none. */
  limit: number;
}

interface Request {
  readonly keys: readonly string[];
  readonly options: Options;
}

/** Reads `numkeys key [key ...]` and the options from an index on. */
function readRequest(
  { keyspace }: CommandContext,
  argv: readonly string[],
  start: number,
  allowed: Allowed,
): Request {
  const count = integerArgument(argv[start] as string);
  if (count < 1) {
    const name = (argv[0] as string).toLowerCase();
    throw new ReplyError(`ERR at least 1 input key is needed for '${name}' command`);
  }
  if (count > argv.length - start - 1) throw SYNTAX_ERROR;
  const keys = argv.slice(start + 1, start + 1 + count);
  // Redis looks the keys up before it reads on, so a wrong type comes before a wrong option.
  for (const key of keys) useSet(keyspace, key);
  return { keys, options: readOptions(argv, start + 1 + count, count, allowed) };
}

function readOptions(
  argv: readonly string[],
  start: number,
  keyCount: number,
  allowed: Allowed,
): Options {
  const options: Options = { withScores: false, limit: 0 };
  let at = start;
  while (at < argv.length) {
    const argument = argv[at];
    const left = argv.length - at;
    if (allowed.weights && left > keyCount && isKeyword(argument, "weights")) {
      options.weights = argv
        .slice(at + 1, at + 1 + keyCount)
        .map((text) => doubleArgument(text, NO_WEIGHT));
      at += 1 + keyCount;
    } else if (allowed.weights && left >= 2 && isKeyword(argument, "aggregate")) {
      options.aggregate = aggregateArgument(argv[at + 1] as string);
      at += 2;
    } else if (allowed.scores && isKeyword(argument, "withscores")) {
      options.withScores = true;
      at++;
    } else if (allowed.limit && left >= 2 && isKeyword(argument, "limit")) {
      options.limit = atLeast(0, argv[at + 1] as string, NEGATIVE_LIMIT);
      at += 2;
    } else throw SYNTAX_ERROR;
  }
  return options;
}

function aggregateArgument(text: string): Aggregate {
  const name = text.toLowerCase();
  if (name === "sum" || name === "min" || name === "max") return name;
  throw SYNTAX_ERROR;
}

/** A combination, and how the commands that make it differ from each other. */
interface Form {
  readonly combination: Combination;
  /** How the summary calls the result. */
  readonly result: string;
  readonly since: string;
  readonly storeSince: string;
  readonly complexity: string;
}

const UNION: Form = {
  combination: "union",
  result: "the members of all sorted sets, their scores combined",
  since: "6.2.0",
  storeSince: "2.0.0",
  complexity: "O(N) + O(M log M) with N members in all sorted sets and M in the result",
};
const INTERSECTION: Form = {
  combination: "intersection",
  result: "the members that all sorted sets have, their scores combined",
  since: "6.2.0",
  storeSince: "2.0.0",
  complexity:
    "O(N K) + O(M log M) with K sorted sets, N members in the smallest and M in the result",
};
const DIFFERENCE: Form = {
  combination: "difference",
  result: "the members of the first sorted set that no other one has",
  since: "6.2.0",
  storeSince: "6.2.0",
  complexity: "O(N K) + O(M log M) with K sorted sets, N members in the first and M in the result",
};

function reading(name: string, form: Form): Command {
  const { combination, result, since, complexity } = form;
  const allowed = { weights: combination !== "difference", scores: true, limit: false };
  return {
    name,
    arity: -3,
    group: "sorted-set",
    flags: ["readonly", "movablekeys"],
    categories: ["sortedset"],
    keys: [countedKeys(1, "RO", "access")],
    since,
    summary: `Returns ${result}.`,
    complexity,
    run(context, argv) {
      const { keys, options } = readRequest(context, argv, 1, allowed);
      const set = combined(context.keyspace, combination, keys, options);
      membersHead(context.reply, set.size, options.withScores);
      writeMembers(context.reply, [...set], options.withScores);
    },
  };
}

function storing(name: string, form: Form): Command {
  const { combination, result, storeSince, complexity } = form;
  const allowed = { weights: combination !== "difference", scores: false, limit: false };
  return {
    name,
    arity: -4,
    group: "sorted-set",
    flags: ["write", "denyoom", "movablekeys"],
    categories: ["sortedset"],
    keys: [keysFrom(1, 0, 1, "OW", "update"), countedKeys(2, "RO", "access")],
    since: storeSince,
    summary: `Stores ${result} under a key.`,
    complexity,
    run(context, argv) {
      const { keyspace, reply, settings } = context;
      const { keys, options } = readRequest(context, argv, 2, allowed);
      const set = combined(keyspace, combination, keys, options);
      storeZerosIn(set, settings);
      reply.integer(storeSet(keyspace, argv[1] as string, set));
    },
  };
}

const COUNTING: Allowed = { weights: false, scores: false, limit: true };

const ZINTERCARD: Command = {
  name: "zintercard",
  arity: -3,
  group: "sorted-set",
  flags: ["readonly", "movablekeys"],
  categories: ["sortedset"],
  keys: [countedKeys(1, "RO", "access")],
  since: "7.0.0",
  summary: "Counts the members that all sorted sets have.",
  complexity: "O(N K) with K sorted sets and N members in the smallest",
  run(context, argv) {
    const { keys, options } = readRequest(context, argv, 1, COUNTING);
    const limit = options.limit === 0 ? Infinity : options.limit;
    context.reply.integer(zInterCard(context.keyspace, keys, limit));
  },
};

/** Commands that combine sorted sets. */
export const ALGEBRA_COMMANDS: readonly Command[] = [
  reading("zunion", UNION),
  reading("zinter", INTERSECTION),
  reading("zdiff", DIFFERENCE),
  storing("zunionstore", UNION),
  storing("zinterstore", INTERSECTION),
  storing("zdiffstore", DIFFERENCE),
  ZINTERCARD,
];
