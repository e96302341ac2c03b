import type { CommandFlag } from "../command.ts";
import { ReplyError, wrongSubcommand } from "../reply-error.ts";
import { categoriesOf, CATEGORIES } from "./command-description.ts";
import { container, help, LOADING, serverCommand } from "./server-record.ts";

const FLAGS: readonly CommandFlag[] = ["noscript", ...LOADING];
/** The only user that there is. */
const USER = "default";

const CAT = serverCommand({
  name: "cat",
  arity: -2,
  flags: FLAGS,
  since: "6.0.0",
  summary: "Names the categories of commands, or the commands of one.",
  complexity: "O(N) for N commands",
  run({ reply, server }, argv) {
    if (argv.length > 3) throw wrongSubcommand(argv);
    const name = argv[2]?.toLowerCase();
    if (name !== undefined && !CATEGORIES.includes(name)) {
      throw new ReplyError(`ERR Unknown category '${argv[2]}'`);
    }
    const named =
      name === undefined
        ? CATEGORIES
        : server.commands.entries
            .filter(({ command }) => categoriesOf(command).includes(name))
            .map(({ fullName }) => fullName);
    reply.array(named.length);
    for (const each of named) reply.bulk(each);
  },
});

const USERS = serverCommand({
  name: "users",
  arity: 2,
  flags: ["admin", ...FLAGS],
  since: "6.0.0",
  summary: "Names the users: there is one.",
  complexity: "O(1)",
  run({ reply }) {
    reply.array(1);
    reply.bulk(USER);
  },
});

const WHOAMI = serverCommand({
  name: "whoami",
  arity: 2,
  flags: FLAGS,
  since: "6.0.0",
  summary: "Names the user of this connection.",
  complexity: "O(1)",
  run({ reply }) {
    reply.bulk(USER);
  },
});

/** ACL: as of a server with no user but the default one, who may do everything. */
export const ACL = container("acl", "6.0.0", "Tells about users, of which there is one.", [
  CAT,
  USERS,
  WHOAMI,
  help("ACL", "6.0.0", [
    "CAT [<category>]",
    "    Names the categories of commands, or the commands of one.",
    "USERS",
    "    Names the users.",
    "WHOAMI",
    "    Names the user of this connection.",
  ]),
]);
