import { type ExpireConditions, expireAtWhere, persist } from "../../engine/key-expiry.ts";
import { expireAtOrVacate } from "../../engine/state.ts";
import { isKeyword } from "../arguments.ts";
import { type Command, oneKey } from "../command.ts";
import {
  AT_MILLISECONDS,
  AT_SECONDS,
  deadlineArgument,
  type DeadlineForm,
  IN_MILLISECONDS,
  IN_SECONDS,
} from "../deadline-argument.ts";
import { ReplyError } from "../reply-error.ts";

const NX_CONFLICT = new ReplyError(
  "ERR NX and XX, GT or LT options at the same time are not compatible",
);
const GT_LT_CONFLICT = new ReplyError("ERR GT and LT options at the same time are not compatible");

const CONDITIONS_AT = 3;

/** The conditions from the fourth argument on; `undefined` where there are none. */
function conditionsOf(argv: readonly string[]): ExpireConditions | undefined {
  if (argv.length === CONDITIONS_AT) return undefined;
  const conditions = { nx: false, xx: false, gt: false, lt: false };
  for (let i = CONDITIONS_AT; i < argv.length; i++) {
    if (isKeyword(argv[i], "nx")) conditions.nx = true;
    else if (isKeyword(argv[i], "xx")) conditions.xx = true;
    else if (isKeyword(argv[i], "gt")) conditions.gt = true;
    else if (isKeyword(argv[i], "lt")) conditions.lt = true;
    else throw new ReplyError(`ERR Unsupported option ${argv[i]}`);
  }
  const { nx, xx, gt, lt } = conditions;
  if (nx && (xx || gt || lt)) throw NX_CONFLICT;
  if (gt && lt) throw GT_LT_CONFLICT;
  return conditions;
}

/** The four commands differ in how they give the deadline. */
function expireCommand(name: string, since: string, summary: string, form: DeadlineForm): Command {
  return {
    name,
    arity: -3,
    group: "generic",
    flags: ["write", "fast"],
    categories: ["keyspace"],
    keys: oneKey("RW", "update"),
    since,
    summary,
    complexity: "O(log N), N the number of keys with a deadline",
    run({ keyspace, reply }, argv) {
      const conditions = conditionsOf(argv);
      const deadline = deadlineArgument(argv[2] as string, form, keyspace.now(), name);
      const key = argv[1] as string;
      const isGiven =
        conditions === undefined
          ? expireAtOrVacate(keyspace, key, deadline)
          : expireAtWhere(keyspace, key, deadline, conditions);
      reply.integer(isGiven ? 1 : 0);
    },
  };
}

/** EXPIRE key seconds [NX | XX | GT | LT] */
export const EXPIRE = expireCommand(
  "expire",
  "1.0.0",
  "Lets a key live for so many seconds from now on.",
  IN_SECONDS,
);

/** PEXPIRE key milliseconds [NX | XX | GT | LT] */
export const PEXPIRE = expireCommand(
  "pexpire",
  "2.6.0",
  "Lets a key live for so many milliseconds from now on.",
  IN_MILLISECONDS,
);

/** EXPIREAT key unix-time-seconds [NX | XX | GT | LT] */
export const EXPIREAT = expireCommand(
  "expireat",
  "1.2.0",
  "Lets a key live until a Unix time in seconds.",
  AT_SECONDS,
);

/** PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] */
export const PEXPIREAT = expireCommand(
  "pexpireat",
  "2.6.0",
  "Lets a key live until a Unix time in milliseconds.",
  AT_MILLISECONDS,
);

/** PERSIST key */
export const PERSIST: Command = {
  name: "persist",
  arity: 2,
  group: "generic",
  flags: ["write", "fast"],
  categories: ["keyspace"],
  keys: oneKey("RW", "update"),
  since: "2.2.0",
  summary: "Takes the deadline of a key away, so that it stays.",
  complexity: "O(log N), N the number of keys with a deadline",
  run({ keyspace, reply }, argv) {
    reply.integer(persist(keyspace, argv[1] as string) ? 1 : 0);
  },
};
