import { compileGlob } from "../../engine/glob.ts";
import { integerArgument } from "../arguments.ts";
import type { CommandHandler } from "../command.ts";
import { NOT_AN_INTEGER, ReplyError, wrongSubcommand } from "../reply-error.ts";
import {
  debugDigest,
  debugDigestValue,
  debugLoadAof,
  debugObject,
  debugPopulate,
  debugReload,
  debugSetActiveExpire,
} from "./debug-data.ts";
import { debugProtocol } from "./debug-protocol.ts";
import { ADMIN, serverCommand } from "./server-record.ts";

const MS_PER_SECOND = 1000;
/** The longest text that DEBUG STRINGMATCH-LEN makes. */
const MATCHED_CHARS_MAX = 16 * 1024 * 1024;

/** What DEBUG can do. */
interface DebugAction {
  /** How many arguments with DEBUG and the name: at least and at most. */
  readonly length: readonly [min: number, max: number];
  /** The line about it in DEBUG HELP. */
  readonly help: readonly [usage: string, what: string];
  readonly run: CommandHandler;
}

/** For what Redis needs to be told, and there is nothing here to be told it. */
const nothingToDo: CommandHandler = ({ reply }) => {
  reply.ok();
};

const sleep: CommandHandler = ({ reply, server }, argv) => {
  const seconds = Number.parseFloat(argv[2] ?? "");
  if (seconds > 0) server.sleep(seconds * MS_PER_SECOND);
  reply.ok();
};

const stringMatchLength: CommandHandler = ({ reply }, argv) => {
  const [, , length = "", pattern = ""] = argv;
  const matches = compileGlob(pattern);
  const chars = integerArgument(length);
  if (chars > MATCHED_CHARS_MAX) throw NOT_AN_INTEGER;
  reply.integer(matches("a".repeat(Math.max(0, chars))) ? 1 : 0);
};

const changeReplicationId: CommandHandler = ({ reply, server }) => {
  server.changeReplicationId();
  reply.ok();
};

const error: CommandHandler = ({ reply }, argv) => {
  reply.error(argv[2] as string);
};

const ACTIONS: ReadonlyMap<string, DebugAction> = new Map([
  ["change-repl-id", action(2, 2, "", "Draws another replication ID.", changeReplicationId)],
  ["digest", action(2, 2, "", "Tells a digest of all keys of all databases.", debugDigest)],
  [
    "digest-value",
    action(2, Infinity, "<key> ...", "Tells a digest of each value.", debugDigestValue),
  ],
  ["error", action(3, 3, "<text>", "Replies with this error.", error)],
  ["loadaof", action(2, 2, "", "Loads all keys from the journal.", debugLoadAof)],
  ["object", action(3, 3, "<key>", "Tells how a value is held.", debugObject)],
  ["pause-cron", action(3, 3, "<0|1>", "Does nothing.", nothingToDo)],
  ["populate", action(3, 5, "<count> [<prefix>] [<size>]", "Makes keys.", debugPopulate)],
  ["protocol", action(3, 3, "<type>", "Replies with a value of this type.", debugProtocol)],
  ["quicklist-packed-threshold", action(3, 3, "<size>", "Does nothing.", nothingToDo)],
  ["reload", action(2, Infinity, "[<option> ...]", "Saves and loads all keys.", debugReload)],
  ["replybuffer", action(4, 4, "<what> <value>", "Does nothing.", nothingToDo)],
  [
    "set-active-expire",
    action(3, 3, "<0|1>", "Whether expired keys are collected.", debugSetActiveExpire),
  ],
  ["sleep", action(3, 3, "<seconds>", "Stops the server for so long.", sleep)],
  [
    "stringmatch-len",
    action(4, 4, "<length> <pattern>", "Matches many letters.", stringMatchLength),
  ],
]);

function action(
  min: number,
  max: number,
  usage: string,
  what: string,
  run: CommandHandler,
): DebugAction {
  return { length: [min, max], help: [usage, what], run };
}

const writeHelp: CommandHandler = ({ reply }) => {
  const lines = ["DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"];
  for (const [name, { help }] of ACTIONS) {
    lines.push(`${name.toUpperCase()} ${help[0]}`.trimEnd(), `    ${help[1]}`);
  }
  lines.push("HELP", "    Prints this help.");
  reply.array(lines.length);
  for (const line of lines) reply.simple(line);
};

/** DEBUG subcommand [argument ...] */
export const DEBUG = serverCommand({
  name: "debug",
  arity: -2,
  flags: ADMIN,
  since: "1.0.0",
  summary: "Looks into the server, for the tests of clients.",
  complexity: "Depends on the subcommand.",
  run(context, argv) {
    const { client, server } = context;
    if (!server.allowsDebug(client.isLocal)) throw NOT_ALLOWED;
    const name = (argv[1] ?? "").toLowerCase();
    if (name === "help" && argv.length === 2) {
      writeHelp(context, argv);
      return;
    }
    const found = ACTIONS.get(name);
    const [min, max] = found?.length ?? [Infinity, 0];
    if (found === undefined || argv.length < min || argv.length > max) throw wrongSubcommand(argv);
    found.run(context, argv);
  },
});

const NOT_ALLOWED = new ReplyError(
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", ' +
    "you can run it from a local connection, otherwise you need to set this option " +
    "in the configuration file, and then restart the server.",
);
