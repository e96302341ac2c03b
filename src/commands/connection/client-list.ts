import { parseInteger } from "../../protocol/number-text.ts";
import { integerArgument, isKeyword } from "../arguments.ts";
import type { ClientFilter, ClientPort, ClientType } from "../client-port.ts";
import type { Command } from "../command.ts";
import { ReplyError, SYNTAX_ERROR, wrongSubcommand } from "../reply-error.ts";
import { clientSubcommand } from "./client-subcommand.ts";

const BAD_ID = new ReplyError("ERR Invalid client ID");
const ID_NOT_POSITIVE = new ReplyError("ERR client-id should be greater than 0");
const NO_SUCH_CLIENT = new ReplyError("ERR No such client");
const NOT_AN_UNBLOCK_MODE = new ReplyError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");

const TYPES: ReadonlyMap<string, ClientType> = new Map<string, ClientType>([
  ["normal", "normal"],
  ["slave", "replica"],
  ["replica", "replica"],
  ["pubsub", "pubsub"],
  ["master", "master"],
]);

export const INFO: Command = clientSubcommand({
  name: "info",
  arity: 2,
  since: "6.2.0",
  summary: "Describes the connection.",
  complexity: "O(1)",
  run({ client, reply }) {
    reply.verbatim("txt", lines([client]));
  },
});

export const LIST: Command = clientSubcommand({
  name: "list",
  arity: -2,
  since: "2.4.0",
  summary: "Describes all connections, or those of a type or with these numbers.",
  complexity: "O(N) where N is the number of client connections",
  isAdmin: true,
  run({ client, reply }, argv) {
    reply.verbatim("txt", lines(client.clients.list(listFilter(argv))));
  },
});

export const KILL: Command = clientSubcommand({
  name: "kill",
  arity: -3,
  since: "2.4.0",
  summary: "Ends connections.",
  complexity: "O(N) where N is the number of client connections",
  isAdmin: true,
  run({ client, reply }, argv) {
    if (argv.length === 3) {
      if (client.clients.kill({ address: argv[2] as string }, client) === 0) throw NO_SUCH_CLIENT;
      reply.ok();
    } else reply.integer(client.clients.kill(killFilter(client, argv), client));
  },
});

export const UNBLOCK: Command = clientSubcommand({
  name: "unblock",
  arity: -3,
  since: "5.0.0",
  summary: "Ends the wait of a client.",
  complexity: "O(log N) where N is the number of client connections",
  isAdmin: true,
  run({ client, reply }, argv) {
    if (argv.length > 4) throw wrongSubcommand(argv);
    const isError = argv.length === 4 && isKeyword(argv[3], "error");
    if (argv.length === 4 && !isError && !isKeyword(argv[3], "timeout")) throw NOT_AN_UNBLOCK_MODE;
    const id = integerArgument(argv[2] as string);
    reply.integer(client.clients.unblock(id, isError ? "error" : "timeout") ? 1 : 0);
  },
});

function lines(clients: readonly ClientPort[]): string {
  return clients.map((client) => `${client.describe()}\n`).join("");
}

function listFilter(argv: readonly string[]): ClientFilter {
  if (argv.length === 2) return {};
  if (argv.length === 4 && isKeyword(argv[2], "type")) return { type: typeOf(argv[3] as string) };
  if (argv.length > 3 && isKeyword(argv[2], "id")) {
    return { ids: argv.slice(3).map((text) => integerArgument(text, BAD_ID)) };
  }
  throw SYNTAX_ERROR;
}

function killFilter(caller: ClientPort, argv: readonly string[]): ClientFilter {
  let filter: ClientFilter = { except: caller };
  for (let at = 2; at < argv.length; at += 2) {
    const option = (argv[at] as string).toLowerCase();
    const value = argv[at + 1];
    if (value === undefined) throw SYNTAX_ERROR;
    if (option === "skipme") {
      const { except: _, ...others } = filter;
      if (isKeyword(value, "yes")) filter = { ...others, except: caller };
      else if (isKeyword(value, "no")) filter = others;
      else throw SYNTAX_ERROR;
    } else filter = { ...filter, ...killOption(option, value) };
  }
  return filter;
}

function killOption(option: string, value: string): ClientFilter {
  switch (option) {
    case "id": {
      const id = parseInteger(value);
      if (id === undefined || id < 1) throw ID_NOT_POSITIVE;
      return { ids: [id] };
    }
    case "type":
      return { type: typeOf(value) };
    case "addr":
      return { address: value };
    case "laddr":
      return { localAddress: value };
    case "user":
      if (value !== "default") throw new ReplyError(`ERR No such user '${value}'`);
      return { user: value };
    default:
      throw SYNTAX_ERROR;
  }
}

function typeOf(name: string): ClientType {
  const type = TYPES.get(name.toLowerCase());
  if (type === undefined) throw new ReplyError(`ERR Unknown client type '${name}'`);
  return type;
}
