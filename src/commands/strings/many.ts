import { getOrNothing, setMany, setManyIfAbsent } from "../../engine/strings.ts";
import { type Command, keysFrom } from "../command.ts";
import { wrongArity } from "../reply-error.ts";

const MGET: Command = {
  name: "mget",
  arity: -2,
  group: "string",
  flags: ["readonly", "fast"],
  categories: ["string"],
  keys: [keysFrom(1, -1, 1, "RO", "access")],
  since: "1.0.0",
  summary: "Returns the strings that keys hold, nothing for keys of another type.",
  complexity: "O(N) where N is the number of keys",
  run({ keyspace, reply }, argv) {
    reply.array(argv.length - 1);
    for (let at = 1; at < argv.length; at++) {
      reply.bulkOrNull(getOrNothing(keyspace, argv[at] as string));
    }
  },
};

const MSET: Command = {
  name: "mset",
  arity: -3,
  group: "string",
  flags: ["write", "denyoom"],
  categories: ["string"],
  keys: [keysFrom(1, -1, 2, "OW", "update")],
  since: "1.0.1",
  summary: "Gives each of several keys a string.",
  complexity: "O(N) where N is the number of keys",
  run({ keyspace, reply }, argv) {
    setMany(keyspace, pairsOf(argv, "mset"), keyspace.defaultExpiry());
    reply.ok();
  },
};

const MSETNX: Command = {
  name: "msetnx",
  arity: -3,
  group: "string",
  flags: ["write", "denyoom"],
  categories: ["string"],
  keys: [keysFrom(1, -1, 2, "OW", "insert")],
  since: "1.0.1",
  summary: "Gives each of several keys a string if none of the keys exists yet.",
  complexity: "O(N) where N is the number of keys",
  run({ keyspace, reply }, argv) {
    const pairs = pairsOf(argv, "msetnx");
    reply.integer(setManyIfAbsent(keyspace, pairs, keyspace.defaultExpiry()) ? 1 : 0);
  },
};

/** The commands that take several keys at once. */
export const MANY_COMMANDS: readonly Command[] = [MGET, MSET, MSETNX];

function pairsOf(argv: readonly string[], name: string): (readonly [string, string])[] {
  if (argv.length % 2 === 0) throw wrongArity(name);
  const pairs: (readonly [string, string])[] = [];
  for (let at = 1; at < argv.length; at += 2) {
    pairs.push([argv[at] as string, argv[at + 1] as string]);
  }
  return pairs;
}
