import { keysMatching, randomKey, scanKeys } from "../../engine/key-scan.ts";
import { type Command, NO_KEYS } from "../command.ts";
import { matcherOf, scanCursor, scanOptions } from "../scan-arguments.ts";

/** KEYS pattern */
export const KEYS: Command = {
  name: "keys",
  arity: 2,
  group: "generic",
  flags: ["readonly"],
  categories: ["keyspace", "dangerous"],
  keys: NO_KEYS,
  since: "1.0.0",
  summary: "Lists all keys that match a pattern.",
  complexity: "O(N), N the number of keys in the database",
  run({ keyspace, reply }, argv) {
    const keys = keysMatching(keyspace, matcherOf(argv[1] as string));
    reply.array(keys.length);
    for (const key of keys) reply.bulk(key);
  },
};

/** SCAN cursor [MATCH pattern] [COUNT count] [TYPE type] */
export const SCAN: Command = {
  name: "scan",
  arity: -2,
  group: "generic",
  flags: ["readonly"],
  categories: ["keyspace"],
  keys: NO_KEYS,
  since: "2.8.0",
  summary: "Goes on through the keys of the database from a cursor, some at a time.",
  complexity: "O(1) for each call, O(N) for all keys",
  run({ keyspace, reply }, argv) {
    const from = scanCursor(argv[1] as string);
    const { count, matches, type } = scanOptions(argv, 2, true);
    const { cursor, keys } = scanKeys(keyspace, from, count, { matches, type });
    reply.array(2);
    reply.bulk(String(cursor));
    reply.array(keys.length);
    for (const key of keys) reply.bulk(key);
  },
};

/** RANDOMKEY */
export const RANDOMKEY: Command = {
  name: "randomkey",
  arity: 1,
  group: "generic",
  flags: ["readonly"],
  categories: ["keyspace"],
  keys: NO_KEYS,
  since: "1.0.0",
  summary: "Replies some key, drawn at random.",
  complexity: "O(1)",
  run({ keyspace, random, reply }) {
    reply.bulkOrNull(randomKey(keyspace, random));
  },
};

/** DBSIZE */
export const DBSIZE: Command = {
  name: "dbsize",
  arity: 1,
  group: "server",
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  keys: NO_KEYS,
  since: "1.0.0",
  summary: "Counts the keys of the database.",
  complexity: "O(1)",
  run({ keyspace, reply }) {
    reply.integer(keyspace.size);
  },
};
