import { isKeyword } from "../arguments.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { LOADING, serverCommand } from "./server-record.ts";

const NO_PERSISTENCE = new ReplyError("ERR Cannot save: this server keeps its data in memory only");

/** SAVE */
export const SAVE = serverCommand({
  name: "save",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading", "no_multi"],
  since: "1.0.0",
  summary: "Refuses: there is nothing yet to save to.",
  complexity: "O(1)",
  run() {
    throw NO_PERSISTENCE;
  },
});

/** BGSAVE [SCHEDULE] */
export const BGSAVE = serverCommand({
  name: "bgsave",
  arity: -1,
  flags: ["admin", "noscript", "no_async_loading"],
  since: "1.0.0",
  summary: "Refuses: there is nothing yet to save to.",
  complexity: "O(1)",
  run(_context, argv) {
    if (argv.length > 2 || (argv.length === 2 && !isKeyword(argv[1], "schedule"))) {
      throw SYNTAX_ERROR;
    }
    throw NO_PERSISTENCE;
  },
});

/** BGREWRITEAOF */
export const BGREWRITEAOF = serverCommand({
  name: "bgrewriteaof",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading"],
  since: "1.0.0",
  summary: "Refuses: there is no log yet to rewrite.",
  complexity: "O(1)",
  run() {
    throw NO_PERSISTENCE;
  },
});

/** LASTSAVE */
export const LASTSAVE = serverCommand({
  name: "lastsave",
  arity: 1,
  flags: [...LOADING, "fast"],
  categories: ["admin", "dangerous"],
  since: "1.0.0",
  summary: "Tells when the server started, in seconds since the epoch: it never saved since.",
  complexity: "O(1)",
  run({ reply, server }) {
    reply.integer(server.lastSaveSeconds);
  },
});
