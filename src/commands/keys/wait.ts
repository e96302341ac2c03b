import { integerArgument } from "../arguments.ts";
import { type Command, NO_KEYS } from "../command.ts";
import { ReplyError } from "../reply-error.ts";

const NOT_A_TIMEOUT = new ReplyError("ERR timeout is not an integer or out of range");
const NEGATIVE_TIMEOUT = new ReplyError("ERR timeout is negative");

/** WAIT numreplicas timeout */
export const WAIT: Command = {
  name: "wait",
  arity: 3,
  group: "generic",
  flags: ["noscript"],
  categories: ["connection"],
  keys: NO_KEYS,
  since: "3.0.0",
  summary: "Replies how many replicas have the writes of this connection: there are none.",
  complexity: "O(1)",
  run({ reply }, argv) {
    integerArgument(argv[1] as string);
    if (integerArgument(argv[2] as string, NOT_A_TIMEOUT) < 0) throw NEGATIVE_TIMEOUT;
    reply.integer(0);
  },
};
