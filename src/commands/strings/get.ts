import { expireAt, expiresAt } from "../../engine/keys.ts";
import { expireAtOrVacate } from "../../engine/state.ts";
import { getRange } from "../../engine/string-ranges.ts";
import { get, getAndDelete } from "../../engine/strings.ts";
import { integerArgument } from "../arguments.ts";
import { type Command, oneKey } from "../command.ts";
import { positiveDeadlineArgument } from "../deadline-argument.ts";
import { getExOptions } from "./string-options.ts";

const GET: Command = {
  name: "get",
  arity: 2,
  group: "string",
  flags: ["readonly", "fast"],
  categories: ["string"],
  keys: oneKey("RO", "access"),
  since: "1.0.0",
  summary: "Returns the string that a key holds.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    reply.bulkOrNull(get(keyspace, argv[1] as string));
  },
};

const GETDEL: Command = {
  name: "getdel",
  arity: 2,
  group: "string",
  flags: ["write", "fast"],
  categories: ["string"],
  keys: oneKey("RW", "access", "delete"),
  since: "6.2.0",
  summary: "Returns the string that a key holds, and removes the key.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    reply.bulkOrNull(getAndDelete(keyspace, argv[1] as string));
  },
};

const GETEX: Command = {
  name: "getex",
  arity: -2,
  group: "string",
  flags: ["write", "fast"],
  categories: ["string"],
  keys: oneKey("RW", "access", "update"),
  since: "6.2.0",
  summary: "Returns the string that a key holds, and changes how long the key lives.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    const key = argv[1] as string;
    const { expiry, persists } = getExOptions(argv, 2);
    const value = get(keyspace, key);
    if (value === undefined) {
      reply.null();
      return;
    }
    if (expiry !== undefined) {
      // A time that is wrong is told only where there is a key, as Redis does.
      const deadline = positiveDeadlineArgument(expiry.text, expiry.form, keyspace.now(), "getex");
      expireAtOrVacate(keyspace, key, deadline);
    } else if (persists && expiresAt(keyspace, key) !== Infinity) {
      expireAt(keyspace, key, Infinity);
    }
    reply.bulk(value);
  },
};

const STRLEN: Command = {
  name: "strlen",
  arity: 2,
  group: "string",
  flags: ["readonly", "fast"],
  categories: ["string"],
  keys: oneKey("RO"),
  since: "2.2.0",
  summary: "Returns the length of the string that a key holds, in bytes.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    reply.integer(get(keyspace, argv[1] as string)?.length ?? 0);
  },
};

const GETRANGE: Command = {
  name: "getrange",
  arity: 4,
  group: "string",
  flags: ["readonly"],
  categories: ["string"],
  keys: oneKey("RO", "access"),
  since: "2.4.0",
  summary: "Returns the bytes between two indexes of the string that a key holds.",
  complexity: "O(N) where N is the length of the returned string",
  run({ keyspace, reply }, argv) {
    const start = integerArgument(argv[2] as string);
    const end = integerArgument(argv[3] as string);
    reply.bulk(getRange(keyspace, argv[1] as string, start, end));
  },
};

const SUBSTR: Command = {
  ...GETRANGE,
  name: "substr",
  since: "1.0.0",
  summary: "The former name of GETRANGE.",
};

/** The commands that read one key. */
export const GET_COMMANDS: readonly Command[] = [GET, GETDEL, GETEX, STRLEN, GETRANGE, SUBSTR];
