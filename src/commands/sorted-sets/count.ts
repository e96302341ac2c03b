import { zCountRange } from "../../engine/sorted-set-ranges.ts";
import { type Command, oneKey } from "../command.ts";
import { lexRange, scoreRange } from "./bounds.ts";

const ZCOUNT: Command = {
  name: "zcount",
  arity: 4,
  group: "sorted-set",
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RO", "access"),
  since: "2.0.0",
  summary: "Counts the members with a score in a range.",
  complexity: "O(log N)",
  run({ keyspace, reply }, argv) {
    const range = scoreRange(argv[2] as string, argv[3] as string);
    reply.integer(zCountRange(keyspace, argv[1] as string, range));
  },
};

const ZLEXCOUNT: Command = {
  name: "zlexcount",
  arity: 4,
  group: "sorted-set",
  flags: ["readonly", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RO", "access"),
  since: "2.8.9",
  summary: "Counts the members in a range of members, at equal scores.",
  complexity: "O(log N)",
  run({ keyspace, reply }, argv) {
    const range = lexRange(argv[2] as string, argv[3] as string);
    reply.integer(zCountRange(keyspace, argv[1] as string, range));
  },
};

/** Commands that count the members of a range. */
export const COUNT_COMMANDS: readonly Command[] = [ZCOUNT, ZLEXCOUNT];
