import { type Command, keysFrom, NO_KEYS } from "../command.ts";
import { ReplyError } from "../reply-error.ts";

const NESTED = new ReplyError("ERR MULTI calls can not be nested");
const WATCH_INSIDE = new ReplyError("ERR WATCH inside MULTI is not allowed");
const EXEC_WITHOUT_MULTI = new ReplyError("ERR EXEC without MULTI");
const DISCARD_WITHOUT_MULTI = new ReplyError("ERR DISCARD without MULTI");

const MULTI: Command = {
  name: "multi",
  arity: 1,
  group: "transactions",
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  categories: ["transaction"],
  keys: NO_KEYS,
  since: "1.2.0",
  summary: "Begins a transaction: the commands that follow are queued.",
  complexity: "O(1)",
  run({ client: { transaction }, reply }) {
    if (transaction.isOpen) throw NESTED;
    transaction.begin();
    reply.ok();
  },
};

const EXEC: Command = {
  name: "exec",
  arity: 1,
  group: "transactions",
  flags: ["noscript", "loading", "stale", "skip_slowlog"],
  categories: ["transaction"],
  keys: NO_KEYS,
  since: "1.2.0",
  summary: "Carries out the queued commands, unless a watched key changed.",
  complexity: "Depends on commands in the transaction",
  run({ client: { transaction } }) {
    if (!transaction.isOpen) throw EXEC_WITHOUT_MULTI;
    transaction.exec();
  },
};

const DISCARD: Command = {
  name: "discard",
  arity: 1,
  group: "transactions",
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  categories: ["transaction"],
  keys: NO_KEYS,
  since: "2.0.0",
  summary: "Ends a transaction without carrying anything out.",
  complexity: "O(N), when N is the number of queued commands",
  run({ client: { transaction }, reply }) {
    if (!transaction.isOpen) throw DISCARD_WITHOUT_MULTI;
    transaction.discard();
    reply.ok();
  },
};

const WATCH: Command = {
  name: "watch",
  arity: -2,
  group: "transactions",
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  categories: ["transaction"],
  keys: [keysFrom(1, -1, 1, "RO")],
  since: "2.2.0",
  summary: "Makes the next EXEC fail if one of these keys changes before.",
  complexity: "O(1) for every key.",
  run({ client: { transaction }, reply }, argv) {
    if (transaction.isOpen) throw WATCH_INSIDE;
    transaction.watch(argv.slice(1));
    reply.ok();
  },
};

const UNWATCH: Command = {
  name: "unwatch",
  arity: 1,
  group: "transactions",
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  categories: ["transaction"],
  keys: NO_KEYS,
  since: "2.2.0",
  summary: "Forgets all watched keys.",
  complexity: "O(1)",
  run({ client: { transaction }, reply }) {
    transaction.unwatch();
    reply.ok();
  },
};

export const TRANSACTION_COMMANDS: readonly Command[] = [MULTI, EXEC, DISCARD, WATCH, UNWATCH];
