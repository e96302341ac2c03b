import { isKeyword } from "../arguments.ts";
import type { Command } from "../command.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { clientSubcommand } from "./client-subcommand.ts";

/** The number that tells that invalidations go nowhere. */
const NO_REDIRECTION = -1;
const NO_TRACKING = new ReplyError(
  "ERR Client side caching is not available: this server sends no invalidations",
);
const NOT_TRACKING = new ReplyError(
  "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT " +
    "mode enabled",
);

export const TRACKING: Command = clientSubcommand({
  name: "tracking",
  arity: -3,
  since: "6.0.0",
  summary: "Turns invalidations for client side caching off; there are none to turn on.",
  complexity: "O(1). Some options may introduce additional complexity.",
  run({ reply }, argv) {
    if (isKeyword(argv[2], "on")) throw NO_TRACKING;
    if (!isKeyword(argv[2], "off") || argv.length > 3) throw SYNTAX_ERROR;
    reply.ok();
  },
});

export const CACHING: Command = clientSubcommand({
  name: "caching",
  arity: 3,
  since: "6.0.0",
  summary: "Would choose whether the next command is tracked.",
  complexity: "O(1)",
  run() {
    throw NOT_TRACKING;
  },
});

export const GETREDIR: Command = clientSubcommand({
  name: "getredir",
  arity: 2,
  since: "6.0.0",
  summary: "Tells to which connection invalidations go.",
  complexity: "O(1)",
  run({ reply }) {
    reply.integer(NO_REDIRECTION);
  },
});

export const TRACKINGINFO: Command = clientSubcommand({
  name: "trackinginfo",
  arity: 2,
  since: "6.2.0",
  summary: "Tells how the connection is tracked.",
  complexity: "O(1)",
  run({ reply }) {
    reply.map(3);
    reply.bulk("flags");
    reply.set(1);
    reply.bulk("off");
    reply.bulk("redirect");
    reply.integer(NO_REDIRECTION);
    reply.bulk("prefixes");
    reply.array(0);
  },
});
