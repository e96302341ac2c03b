import { expiresAt } from "../../engine/keys.ts";
import { type Command, oneKey } from "../command.ts";

const NO_SUCH_KEY = -2;
const NO_DEADLINE = -1;
/** A deadline of more bits than 53 is held as the nearest double, which may be one too many. */
const INT64_MAX = 2n ** 63n - 1n;

/** The four commands differ in the unit and in where they count from. */
function deadlineCommand(
  name: string,
  since: string,
  summary: string,
  toReply: (deadline: number, nowMs: number) => number,
): Command {
  return {
    name,
    arity: 2,
    group: "generic",
    flags: ["readonly", "fast"],
    categories: ["keyspace"],
    keys: oneKey("RO", "access"),
    since,
    summary,
    complexity: "O(1)",
    run({ keyspace, reply }, argv) {
      const deadline = expiresAt(keyspace, argv[1] as string);
      if (deadline === undefined) reply.integer(NO_SUCH_KEY);
      else if (deadline === Infinity) reply.integer(NO_DEADLINE);
      else {
        const value = toReply(Math.ceil(deadline), Math.floor(keyspace.now()));
        reply.integer(value < 2 ** 63 ? value : INT64_MAX);
      }
    },
  };
}

function roundToSeconds(ms: number): number {
  return Math.floor((ms + 500) / 1000);
}

/** TTL key */
export const TTL = deadlineCommand(
  "ttl",
  "1.0.0",
  "Replies how many seconds a key has left.",
  (deadline, now) => roundToSeconds(Math.max(0, deadline - now)),
);

/** PTTL key */
export const PTTL = deadlineCommand(
  "pttl",
  "2.6.0",
  "Replies how many milliseconds a key has left.",
  (deadline, now) => Math.max(0, deadline - now),
);

/** EXPIRETIME key */
export const EXPIRETIME = deadlineCommand(
  "expiretime",
  "7.0.0",
  "Replies the deadline of a key as a Unix time in seconds.",
  (deadline) => roundToSeconds(deadline),
);

/** PEXPIRETIME key */
export const PEXPIRETIME = deadlineCommand(
  "pexpiretime",
  "7.0.0",
  "Replies the deadline of a key as a Unix time in milliseconds.",
  (deadline) => deadline,
);
