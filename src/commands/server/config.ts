import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { ADMIN, container, help, serverCommand } from "./server-record.ts";

const PAIRS_AT = 2;

const GET = serverCommand({
  name: "get",
  arity: -3,
  flags: ADMIN,
  since: "2.0.0",
  summary: "Tells the parameters whose names match one of the globs.",
  complexity: "O(N) for N parameters",
  run({ reply, server }, argv) {
    const matched = server.config.match(argv.slice(2));
    reply.map(matched.length);
    for (const [name, value] of matched) {
      reply.bulk(name);
      reply.bulk(value);
    }
  },
});

const SET = serverCommand({
  name: "set",
  arity: -4,
  flags: ADMIN,
  since: "2.0.0",
  summary: "Changes parameters while the server runs: all of them, or none.",
  complexity: "O(N) for N parameters",
  run({ client, reply, server }, argv) {
    if (argv.length % 2 !== 0) throw SYNTAX_ERROR;
    const changes: [string, string][] = [];
    for (let at = PAIRS_AT; at < argv.length; at += 2) {
      changes.push([argv[at] as string, argv[at + 1] as string]);
    }
    server.config.set(changes, client.isLocal);
    reply.ok();
  },
});

const RESETSTAT = serverCommand({
  name: "resetstat",
  arity: 2,
  flags: ADMIN,
  since: "2.0.0",
  summary: "Sets back what INFO counts.",
  complexity: "O(1)",
  run({ reply, server }) {
    server.resetStats();
    reply.ok();
  },
});

const REWRITE = serverCommand({
  name: "rewrite",
  arity: 2,
  flags: ADMIN,
  since: "2.8.0",
  summary: "Would write the parameters into the configuration file; this server writes no files.",
  complexity: "O(1)",
  run() {
    throw new ReplyError(
      "ERR Rewriting config file: not supported, this server writes no configuration",
    );
  },
});

/** CONFIG */
export const CONFIG = container("config", "2.0.0", "Tells and changes the server's parameters.", [
  GET,
  SET,
  RESETSTAT,
  REWRITE,
  help("CONFIG", "5.0.0", [
    "GET <pattern> [<pattern> ...]",
    "    Tells the parameters that match a pattern, with their values.",
    "SET <name> <value> [<name> <value> ...]",
    "    Gives parameters other values.",
    "RESETSTAT",
    "    Sets back what INFO counts.",
    "REWRITE",
    "    Would write the configuration file.",
  ]),
]);
