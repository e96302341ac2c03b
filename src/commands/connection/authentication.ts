import { parseInteger } from "../../protocol/number-text.ts";
import { isKeyword } from "../arguments.ts";
import type { ClientPort } from "../client-port.ts";
import { type Command, type CommandFlag, NO_KEYS } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { setName } from "./client-name.ts";

/** The version of Redis whose commands these are: clients choose by it what to send. */
export const REDIS_VERSION = "7.0.15";
const DEFAULT_USER = "default";

const FLAGS: readonly CommandFlag[] = [
  "noscript",
  "loading",
  "stale",
  "fast",
  "no_auth",
  "allow_busy",
];
const WRONG_PASS = new ReplyError("WRONGPASS invalid username-password pair or user is disabled.");
const NO_PASSWORD = new ReplyError(
  "ERR AUTH <password> called without any password configured for the default user. " +
    "Are you sure your configuration is correct?",
);
const NOT_A_PROTOCOL = new ReplyError("ERR Protocol version is not an integer or out of range");
const UNKNOWN_PROTOCOL = new ReplyError("NOPROTO unsupported protocol version");
const HELLO_NO_AUTH = new ReplyError(
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH " +
    "<user> <pass> option can be used to authenticate the client and select the RESP protocol " +
    "version at the same time",
);

export const AUTH: Command = {
  name: "auth",
  arity: -2,
  group: "connection",
  flags: FLAGS,
  categories: ["connection"],
  keys: NO_KEYS,
  since: "1.0.0",
  summary: "Logs in with a password.",
  complexity: "O(N) where N is the number of passwords defined for the user",
  run({ client, reply }, argv) {
    if (argv.length > 3) throw SYNTAX_ERROR;
    if (argv.length === 2 && !client.needsPassword) throw NO_PASSWORD;
    const user = argv.length === 2 ? DEFAULT_USER : (argv[1] as string);
    logIn(client, user, argv.at(-1) as string);
    reply.ok();
  },
};

export const HELLO: Command = {
  name: "hello",
  arity: -1,
  group: "connection",
  flags: FLAGS,
  categories: ["connection"],
  keys: NO_KEYS,
  since: "6.0.0",
  summary: "Chooses the version of the protocol, and tells about the server.",
  complexity: "O(1)",
  run(context, argv) {
    const { client } = context;
    const version = argv.length > 1 ? protocolArgument(argv[1] as string) : client.protocol;
    takeOptions(client, argv);
    if (!client.isAuthenticated) throw HELLO_NO_AUTH;
    client.useProtocol(version);
    introduce(context);
  },
};

function protocolArgument(text: string): 2 | 3 {
  const version = parseInteger(text);
  if (version === undefined) throw NOT_A_PROTOCOL;
  if (version !== 2 && version !== 3) throw UNKNOWN_PROTOCOL;
  return version;
}

/** In their order, so that what stands before a wrong one has been done, as in Redis. */
function takeOptions(client: ClientPort, argv: readonly string[]): void {
  for (let at = 2; at < argv.length; at++) {
    const option = argv[at] as string;
    const left = argv.length - 1 - at;
    if (isKeyword(option, "auth") && left >= 2) {
      logIn(client, argv[at + 1] as string, argv[at + 2] as string);
      at += 2;
    } else if (isKeyword(option, "setname") && left >= 1) {
      setName(client, argv[at + 1] as string);
      at++;
    } else throw new ReplyError(`ERR Syntax error in HELLO option '${option}'`);
  }
}

function logIn(client: ClientPort, user: string, password: string): void {
  if (!client.authenticate(user, password)) throw WRONG_PASS;
}

function introduce({ client, reply }: CommandContext): void {
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(REDIS_VERSION);
  reply.bulk("proto");
  reply.integer(client.protocol);
  reply.bulk("id");
  reply.integer(client.id);
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
}
