import { isKeyword } from "../arguments.ts";
import { SYNTAX_ERROR } from "../reply-error.ts";
import { LOADING, serverCommand } from "./server-record.ts";

/** SAVE */
export const SAVE = serverCommand({
  name: "save",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading", "no_multi"],
  since: "1.0.0",
  summary: "Takes a snapshot of all databases; nothing else is done meanwhile.",
  complexity: "O(N) where N is the total number of keys in all databases",
  run({ reply, server }) {
    server.persistence.save();
    reply.ok();
  },
});

/** BGSAVE [SCHEDULE] */
export const BGSAVE = serverCommand({
  name: "bgsave",
  arity: -1,
  flags: ["admin", "noscript", "no_async_loading"],
  since: "1.0.0",
  summary: "Takes a snapshot of all databases as they are now, in the background.",
  complexity: "O(1)",
  run({ reply, server }, argv) {
    const isScheduled = isKeyword(argv[1], "schedule");
    if (argv.length > 2 || (argv.length === 2 && !isScheduled)) throw SYNTAX_ERROR;
    reply.simple(`Background saving ${server.persistence.saveLater(isScheduled)}`);
  },
});

/** BGREWRITEAOF */
export const BGREWRITEAOF = serverCommand({
  name: "bgrewriteaof",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading"],
  since: "1.0.0",
  summary: "Writes the journal anew, as short as it can be, in the background.",
  complexity: "O(1)",
  run({ reply, server }) {
    reply.simple(`Background append only file rewriting ${server.persistence.rewriteLater()}`);
  },
});

/** LASTSAVE */
export const LASTSAVE = serverCommand({
  name: "lastsave",
  arity: 1,
  flags: [...LOADING, "fast"],
  categories: ["admin", "dangerous"],
  since: "1.0.0",
  summary: "Tells when the last snapshot was taken, in seconds since the epoch.",
  complexity: "O(1)",
  run({ reply, server }) {
    reply.integer(server.persistence.lastSaveSeconds);
  },
});
