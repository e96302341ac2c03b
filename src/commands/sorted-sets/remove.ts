import { type SetRange, zRemoveRange } from "../../engine/sorted-set-ranges.ts";
import { zRem } from "../../engine/sorted-sets.ts";
import { type Command, oneKey } from "../command.ts";
import { lexRange, scoreRange } from "./bounds.ts";
import { rankRange } from "./range-arguments.ts";

const ZREM: Command = {
  name: "zrem",
  arity: -3,
  group: "sorted-set",
  flags: ["write", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RW", "delete"),
  since: "1.2.0",
  summary: "Removes members; the key goes with the last one.",
  complexity: "O(M log N) with M members to remove",
  run: ({ keyspace, reply }, argv) =>
    reply.integer(zRem(keyspace, argv[1] as string, argv.slice(2))),
};

/** The record of a command that removes a range, which `parse` reads from two arguments. */
function removeRange(
  name: string,
  since: string,
  parse: (min: string, max: string) => SetRange,
  summary: string,
): Command {
  return {
    name,
    arity: 4,
    group: "sorted-set",
    flags: ["write"],
    categories: ["sortedset"],
    keys: oneKey("RW", "delete"),
    since,
    summary,
    complexity: "O(log N + M) with M members removed",
    run({ keyspace, reply }, argv) {
      const range = parse(argv[2] as string, argv[3] as string);
      reply.integer(zRemoveRange(keyspace, argv[1] as string, range));
    },
  };
}

/** Commands that remove members. */
export const REMOVE_COMMANDS: readonly Command[] = [
  ZREM,
  removeRange("zremrangebyrank", "2.0.0", rankRange, "Removes a range of ranks."),
  removeRange(
    "zremrangebyscore",
    "1.2.0",
    scoreRange,
    "Removes the members with a score in a range.",
  ),
  removeRange("zremrangebylex", "2.8.9", lexRange, "Removes a range of members, at equal scores."),
];
