import { type Command, NO_KEYS } from "../command.ts";
import { wrongArity } from "../reply-error.ts";

export const PING: Command = {
  name: "ping",
  arity: -1,
  group: "connection",
  flags: ["fast"],
  categories: ["connection"],
  keys: NO_KEYS,
  since: "1.0.0",
  summary: "Answers PONG, or what it was given.",
  complexity: "O(1)",
  run({ reply }, argv) {
    if (argv.length > 2) throw wrongArity("ping");
    if (argv.length === 1) reply.simple("PONG");
    else reply.bulk(argv[1] as string);
  },
};

export const ECHO: Command = {
  name: "echo",
  arity: 2,
  group: "connection",
  flags: ["loading", "stale", "fast"],
  categories: ["connection"],
  keys: NO_KEYS,
  since: "1.0.0",
  summary: "Answers what it was given.",
  complexity: "O(1)",
  run({ reply }, argv) {
    reply.bulk(argv[1] as string);
  },
};

export const QUIT: Command = {
  name: "quit",
  arity: -1,
  group: "connection",
  flags: ["allow_busy", "noscript", "loading", "stale", "fast", "no_auth"],
  categories: ["connection"],
  keys: NO_KEYS,
  since: "1.0.0",
  summary: "Ends the connection after this reply.",
  complexity: "O(1)",
  run({ client, reply }) {
    reply.ok();
    client.closeAfterReply();
  },
};

export const RESET: Command = {
  name: "reset",
  arity: 1,
  group: "connection",
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  categories: ["connection"],
  keys: NO_KEYS,
  since: "6.2.0",
  summary: "Makes the connection as it was when it was opened.",
  complexity: "O(1)",
  run({ client, reply }) {
    client.reset();
    reply.simple("RESET");
  },
};
