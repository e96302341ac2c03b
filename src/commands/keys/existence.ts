import { exists, remove, touch } from "../../engine/keys.ts";
import type { Keyspace } from "../../engine/keyspace.ts";
import { typeOf } from "../../engine/value.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import { type Command, type CommandHandler, keysFrom, oneKey } from "../command.ts";

/** Replies for how many of the arguments, each counted as often as it is given, something holds. */
function countKeys(test: (keyspace: Keyspace, key: string) => boolean): CommandHandler {
  return ({ keyspace, reply }, argv) => {
    let count = 0;
    for (let i = 1; i < argv.length; i++) if (test(keyspace, argv[i] as string)) count++;
    reply.integer(count);
  };
}

/** DEL key [key ...] */
export const DEL: Command = {
  name: "del",
  arity: -2,
  group: "generic",
  flags: ["write"],
  categories: ["keyspace"],
  keys: [keysFrom(1, -1, 1, "RM", "delete")],
  since: "1.0.0",
  summary: "Removes keys and replies how many there were.",
  complexity: "O(N), N the number of keys",
  run: countKeys(remove),
};

/** UNLINK key [key ...] */
export const UNLINK: Command = {
  ...DEL,
  name: "unlink",
  flags: ["write", "fast"],
  since: "4.0.0",
  summary: "Removes keys as DEL does, which costs the same here whatever a key holds.",
};

/** EXISTS key [key ...] */
export const EXISTS: Command = {
  name: "exists",
  arity: -2,
  group: "generic",
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  keys: [keysFrom(1, -1, 1, "RO")],
  since: "1.0.0",
  summary: "Counts the keys that exist.",
  complexity: "O(N), N the number of keys",
  run: countKeys(exists),
};

/** TOUCH key [key ...] */
export const TOUCH: Command = {
  ...EXISTS,
  name: "touch",
  since: "3.2.1",
  summary: "Counts as a use of the keys and replies how many exist.",
  run: countKeys(touch),
};

/** TYPE key */
export const TYPE: Command = {
  name: "type",
  arity: 2,
  group: "generic",
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  keys: oneKey("RO"),
  since: "1.0.0",
  summary: "Names the type of the value that a key holds.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    const slot = keyspace.lookup(argv[1] as string);
    reply.simple(slot === NO_SLOT ? "none" : typeOf(keyspace.valueAt(slot)));
  },
};
