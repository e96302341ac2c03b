import { incrByInt64, type Int64, parseExactly } from "../../engine/counters.ts";
import { incrByFloat } from "../../engine/float-counters.ts";
import { CacheError } from "../../errors.ts";
import { type Command, oneKey } from "../command.ts";
import { NOT_A_FLOAT, NOT_AN_INTEGER, ReplyError } from "../reply-error.ts";

const INT64_MIN = -(2n ** 63n);

const DECREMENT_OVERFLOW = new ReplyError("ERR decrement would overflow");
const NOT_FINITE = new ReplyError("ERR increment would produce NaN or Infinity");

/** What all counting commands have in common. */
const COUNTER = {
  group: "string",
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  keys: oneKey("RW", "access", "update"),
  since: "1.0.0",
  complexity: "O(1)",
} as const satisfies Partial<Command>;

const INCR: Command = {
  ...COUNTER,
  name: "incr",
  arity: 2,
  summary: "Adds one to the integer that a key holds.",
  run({ keyspace, reply }, argv) {
    reply.integer(incrByInt64(keyspace, argv[1] as string, 1));
  },
};

const DECR: Command = {
  ...COUNTER,
  name: "decr",
  arity: 2,
  summary: "Takes one from the integer that a key holds.",
  run({ keyspace, reply }, argv) {
    reply.integer(incrByInt64(keyspace, argv[1] as string, -1));
  },
};

const INCRBY: Command = {
  ...COUNTER,
  name: "incrby",
  arity: 3,
  summary: "Adds to the integer that a key holds.",
  run({ keyspace, reply }, argv) {
    const increment = int64Argument(argv[2] as string);
    reply.integer(incrByInt64(keyspace, argv[1] as string, increment));
  },
};

const DECRBY: Command = {
  ...COUNTER,
  name: "decrby",
  arity: 3,
  summary: "Takes from the integer that a key holds.",
  run({ keyspace, reply }, argv) {
    const decrement = int64Argument(argv[2] as string);
    // Of all integers of 64 bits this one alone has no opposite.
    if (decrement === INT64_MIN) throw DECREMENT_OVERFLOW;
    reply.integer(incrByInt64(keyspace, argv[1] as string, -decrement));
  },
};

const INCRBYFLOAT: Command = {
  ...COUNTER,
  name: "incrbyfloat",
  arity: 3,
  since: "2.6.0",
  summary: "Adds to the number that a key holds, fractions included.",
  run({ keyspace, reply }, argv) {
    try {
      reply.bulk(incrByFloat(keyspace, argv[1] as string, argv[2] as string));
    } catch (error) {
      throw floatError(error);
    }
  },
};

/** The commands that count. */
export const COUNTER_COMMANDS: readonly Command[] = [INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT];

function int64Argument(text: string): Int64 {
  const value = parseExactly(text);
  if (value === undefined) throw NOT_AN_INTEGER;
  return value;
}

function floatError(error: unknown): unknown {
  if (!(error instanceof CacheError)) return error;
  if (error.code === "INVALID_VALUE") return NOT_A_FLOAT;
  return error.code === "OVERFLOW" ? NOT_FINITE : error;
}
