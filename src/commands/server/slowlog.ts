import { parseInteger } from "../../protocol/number-text.ts";
import type { CommandFlag } from "../command.ts";
import { ReplyError, wrongSubcommand } from "../reply-error.ts";
import { container, help, LOADING, serverCommand } from "./server-record.ts";

const FLAGS: readonly CommandFlag[] = ["admin", ...LOADING];
const DEFAULT_COUNT = 10;
const FIELDS = 6;

const GET = serverCommand({
  name: "get",
  arity: -2,
  flags: FLAGS,
  since: "2.2.12",
  summary: "Tells the newest slow commands, with their times and clients.",
  complexity: "O(N) for N entries",
  run({ reply, server }, argv) {
    if (argv.length > 3) throw wrongSubcommand(argv);
    const entries = server.slowlog.newest(entryCount(argv[2]));
    reply.array(entries.length);
    for (const entry of entries) {
      reply.array(FIELDS);
      reply.integer(entry.id);
      reply.integer(entry.unixSeconds);
      reply.integer(entry.durationMicros);
      reply.array(entry.argv.length);
      for (const argument of entry.argv) reply.bulk(argument);
      reply.bulk(entry.clientAddress);
      reply.bulk(entry.clientName);
    }
  },
});

function entryCount(text: string | undefined): number {
  if (text === undefined) return DEFAULT_COUNT;
  const count = parseInteger(text);
  if (count === undefined || count < -1) {
    throw new ReplyError("ERR count should be greater than or equal to -1");
  }
  return count === -1 ? Infinity : count;
}

const LEN = serverCommand({
  name: "len",
  arity: 2,
  flags: FLAGS,
  since: "2.2.12",
  summary: "Tells how many slow commands are noted.",
  complexity: "O(1)",
  run({ reply, server }) {
    reply.integer(server.slowlog.length);
  },
});

const RESET = serverCommand({
  name: "reset",
  arity: 2,
  flags: FLAGS,
  since: "2.2.12",
  summary: "Forgets the slow commands.",
  complexity: "O(N) for N entries",
  run({ reply, server }) {
    server.slowlog.clear();
    reply.ok();
  },
});

/** SLOWLOG */
export const SLOWLOG = container("slowlog", "2.2.12", "Tells which commands were slow.", [
  GET,
  LEN,
  RESET,
  help(
    "SLOWLOG",
    "6.2.0",
    [
      "GET [<count>]",
      "    Tells the newest <count> entries (10, -1 for all): number, time, microseconds,",
      "    arguments, address and name of the client.",
      "LEN",
      "    Tells how many entries there are.",
      "RESET",
      "    Forgets them.",
    ],
    { flags: LOADING },
  ),
]);
