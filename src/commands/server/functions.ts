import { isKeyword } from "../arguments.ts";
import { ReplyError } from "../reply-error.ts";
import { container, help, serverCommand } from "./server-record.ts";

const FACTS = { group: "scripting", categories: ["scripting"] } as const;

const FLUSH = serverCommand({
  ...FACTS,
  name: "flush",
  arity: -2,
  flags: ["noscript", "write"],
  since: "7.0.0",
  summary: "Deletes all functions, of which there are none.",
  complexity: "O(1)",
  run({ reply }, argv) {
    const mode = argv[2];
    const isMode = mode === undefined || isKeyword(mode, "sync") || isKeyword(mode, "async");
    if (argv.length > 3 || !isMode) {
      throw new ReplyError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    reply.ok();
  },
});

const LIST = serverCommand({
  ...FACTS,
  name: "list",
  arity: -2,
  flags: ["noscript"],
  since: "7.0.0",
  summary: "Tells the functions, of which there are none.",
  complexity: "O(1)",
  run({ reply }, argv) {
    for (let at = 2; at < argv.length; at++) {
      if (isKeyword(argv[at], "withcode")) continue;
      if (!isKeyword(argv[at], "libraryname")) {
        throw new ReplyError(`ERR Unknown argument ${argv[at]}`);
      }
      at++;
      if (argv[at] === undefined) throw new ReplyError("ERR library name argument was not given");
    }
    reply.array(0);
  },
});

const STATS = serverCommand({
  ...FACTS,
  name: "stats",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  since: "7.0.0",
  summary: "Tells that no function runs, and that there is no engine.",
  complexity: "O(1)",
  run({ reply }) {
    reply.map(2);
    reply.bulk("running_script");
    reply.null();
    reply.bulk("engines");
    reply.map(0);
  },
});

const KILL = serverCommand({
  ...FACTS,
  name: "kill",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  since: "7.0.0",
  summary: "Refuses: no function runs.",
  complexity: "O(1)",
  run() {
    throw new ReplyError("NOTBUSY No scripts in execution right now.");
  },
});

/** FUNCTION: as of a server into which no function was ever loaded, and none can be. */
export const FUNCTION = container(
  "function",
  "7.0.0",
  "Tells about functions, of which there are none.",
  [
    FLUSH,
    KILL,
    LIST,
    STATS,
    help(
      "FUNCTION",
      "7.0.0",
      [
        "FLUSH [ASYNC|SYNC]",
        "    Deletes all functions.",
        "KILL",
        "    Ends the function that runs.",
        "LIST [LIBRARYNAME <pattern>] [WITHCODE]",
        "    Tells the functions.",
        "STATS",
        "    Tells which function runs.",
      ],
      FACTS,
    ),
  ],
  { group: "scripting" },
);
