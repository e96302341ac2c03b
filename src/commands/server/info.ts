import { LOADING, serverCommand } from "./server-record.ts";

const MS_PER_SECOND = 1000;
const MICROS_PER_MS = 1000;

/** INFO [section ...] */
export const INFO = serverCommand({
  name: "info",
  arity: -1,
  flags: LOADING,
  categories: ["dangerous"],
  since: "1.0.0",
  summary: "Tells how the server is, section by section.",
  complexity: "O(1), with the section keyspace O(N) for N keys",
  run({ reply, server }, argv) {
    reply.verbatim("txt", server.info(argv.slice(1)));
  },
});

/** TIME */
export const TIME = serverCommand({
  name: "time",
  arity: 1,
  flags: [...LOADING, "fast"],
  since: "2.6.0",
  summary: "Tells the server's time, in seconds since the epoch and microseconds.",
  complexity: "O(1)",
  run({ reply, keyspace }) {
    // The clock that deadlines are by, which may be one that the cache was given.
    const ms = keyspace.now();
    const micros = Math.floor((ms % MS_PER_SECOND) * MICROS_PER_MS);
    reply.array(2);
    reply.bulk(String(Math.floor(ms / MS_PER_SECOND)));
    reply.bulk(String(micros));
  },
});

/** ROLE */
export const ROLE = serverCommand({
  name: "role",
  arity: 1,
  flags: ["noscript", ...LOADING, "fast"],
  categories: ["admin", "dangerous"],
  since: "2.8.12",
  summary: "Tells that this server copies no other, and has no replicas.",
  complexity: "O(1)",
  run({ reply }) {
    reply.array(3);
    reply.bulk("master");
    reply.integer(0);
    reply.array(0);
  },
});
