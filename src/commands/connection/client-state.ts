import { parseInteger } from "../../protocol/number-text.ts";
import { isKeyword } from "../arguments.ts";
import type { PauseMode } from "../client-port.ts";
import type { Command } from "../command.ts";
import { ReplyError, SYNTAX_ERROR, wrongSubcommand } from "../reply-error.ts";
import { isPrintable, setName } from "./client-name.ts";
import { clientSubcommand } from "./client-subcommand.ts";

const NOT_A_PAUSE_MODE = new ReplyError("ERR CLIENT PAUSE mode must be WRITE or ALL");
const NOT_A_TIMEOUT = new ReplyError("ERR timeout is not an integer or out of range");
const NEGATIVE_TIMEOUT = new ReplyError("ERR timeout is negative");

export const ID: Command = clientSubcommand({
  name: "id",
  arity: 2,
  since: "5.0.0",
  summary: "Tells the connection's number.",
  complexity: "O(1)",
  run({ client, reply }) {
    reply.integer(client.id);
  },
});

export const GETNAME: Command = clientSubcommand({
  name: "getname",
  arity: 2,
  since: "2.6.9",
  summary: "Tells the connection's name.",
  complexity: "O(1)",
  run({ client, reply }) {
    reply.bulkOrNull(client.name === "" ? undefined : client.name);
  },
});

export const SETNAME: Command = clientSubcommand({
  name: "setname",
  arity: 3,
  since: "2.6.9",
  summary: "Names the connection.",
  complexity: "O(1)",
  run({ client, reply }, argv) {
    setName(client, argv[2] as string);
    reply.ok();
  },
});

/** Newer than the other commands here: the clients of today send it, whatever the server. */
export const SETINFO: Command = clientSubcommand({
  name: "setinfo",
  arity: 4,
  since: "7.2.0",
  summary: "Notes the name or the version of the client's library.",
  complexity: "O(1)",
  run({ client, reply }, argv) {
    const [, , attribute, value] = argv as [string, string, string, string];
    const isName = isKeyword(attribute, "lib-name");
    if (!isName && !isKeyword(attribute, "lib-ver")) {
      throw new ReplyError(`ERR Unrecognized option '${attribute}'`);
    }
    if (!isPrintable(value)) {
      throw new ReplyError(
        `ERR ${attribute.toLowerCase()} cannot contain spaces, newlines or special characters.`,
      );
    }
    if (isName) client.libraryName = value;
    else client.libraryVersion = value;
    reply.ok();
  },
});

export const REPLY: Command = clientSubcommand({
  name: "reply",
  arity: 3,
  since: "3.2.0",
  summary: "Turns the replies to the connection on or off, or leaves the next one out.",
  complexity: "O(1)",
  run({ client, reply }, argv) {
    const mode = argv[2] as string;
    if (isKeyword(mode, "on")) {
      client.setReplyMode("on");
      reply.ok();
    } else if (isKeyword(mode, "off")) client.setReplyMode("off");
    else if (isKeyword(mode, "skip")) client.setReplyMode("skip");
    else throw SYNTAX_ERROR;
  },
});

export const NO_EVICT: Command = clientSubcommand({
  name: "no-evict",
  arity: 3,
  since: "7.0.0",
  summary: "Keeps the connection when others are closed to save memory.",
  complexity: "O(1)",
  isAdmin: true,
  run({ client, reply }, argv) {
    const isOn = isKeyword(argv[2], "on");
    if (!isOn && !isKeyword(argv[2], "off")) throw SYNTAX_ERROR;
    client.isKeptFromEviction = isOn;
    reply.ok();
  },
});

export const PAUSE: Command = clientSubcommand({
  name: "pause",
  arity: -3,
  since: "2.9.50",
  summary: "Holds back the commands of all clients, or those that write, for some time.",
  complexity: "O(1)",
  isAdmin: true,
  run({ client, reply }, argv) {
    if (argv.length > 4) throw wrongSubcommand(argv);
    const mode = argv.length === 4 ? pauseMode(argv[3] as string) : "all";
    const durationMs = parseInteger(argv[2] as string);
    if (durationMs === undefined) throw NOT_A_TIMEOUT;
    if (durationMs < 0) throw NEGATIVE_TIMEOUT;
    client.clients.pause(mode, durationMs);
    reply.ok();
  },
});

export const UNPAUSE: Command = clientSubcommand({
  name: "unpause",
  arity: 2,
  since: "6.2.0",
  summary: "Ends a pause.",
  complexity: "O(N) Where N is the number of paused clients",
  isAdmin: true,
  run({ client, reply }) {
    client.clients.unpause();
    reply.ok();
  },
});

function pauseMode(text: string): PauseMode {
  if (isKeyword(text, "write")) return "write";
  if (isKeyword(text, "all")) return "all";
  throw NOT_A_PAUSE_MODE;
}
