import { isKeyword } from "../arguments.ts";
import { type Command, NO_KEYS } from "../command.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { checkDatabase, databaseArgument, intArgument } from "./database-argument.ts";

const INVALID_FIRST_INDEX = new ReplyError("ERR invalid first DB index");
const INVALID_SECOND_INDEX = new ReplyError("ERR invalid second DB index");

/** SELECT index */
export const SELECT: Command = {
  name: "select",
  arity: 2,
  group: "connection",
  flags: ["loading", "stale", "fast"],
  categories: ["connection"],
  keys: NO_KEYS,
  since: "1.0.0",
  summary: "Chooses the database that the connection acts on from now on.",
  complexity: "O(1)",
  run(context, argv) {
    context.client.select(databaseArgument(context, argv[1] as string));
    context.reply.ok();
  },
};

/** SWAPDB index1 index2 */
export const SWAPDB: Command = {
  name: "swapdb",
  arity: 3,
  group: "server",
  flags: ["write", "fast"],
  categories: ["keyspace", "dangerous"],
  keys: NO_KEYS,
  since: "4.0.0",
  summary: "Exchanges the keys of two databases.",
  complexity: "O(N), N the number of clients that watch keys of either, or wait for them",
  run(context, argv) {
    const first = intArgument(argv[1] as string, INVALID_FIRST_INDEX);
    const second = intArgument(argv[2] as string, INVALID_SECOND_INDEX);
    checkDatabase(context, first);
    checkDatabase(context, second);
    context.databases.swap(first, second);
    context.reply.ok();
  },
};

/** ASYNC and SYNC are taken and mean the same: keys go in constant time either way. */
function checkFlushMode(argv: readonly string[]): void {
  if (argv.length === 1) return;
  if (argv.length === 2 && (isKeyword(argv[1], "sync") || isKeyword(argv[1], "async"))) return;
  throw SYNTAX_ERROR;
}

/** FLUSHDB [ASYNC | SYNC] */
export const FLUSHDB: Command = {
  name: "flushdb",
  arity: -1,
  group: "server",
  flags: ["write"],
  categories: ["keyspace", "dangerous"],
  keys: NO_KEYS,
  since: "1.0.0",
  summary: "Removes all keys of the database.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    checkFlushMode(argv);
    keyspace.clear();
    reply.ok();
  },
};

/** FLUSHALL [ASYNC | SYNC] */
export const FLUSHALL: Command = {
  ...FLUSHDB,
  name: "flushall",
  summary: "Removes all keys of all databases.",
  complexity: "O(D), D the number of databases in use",
  run({ databases, reply }, argv) {
    checkFlushMode(argv);
    databases.clear();
    reply.ok();
  },
};
