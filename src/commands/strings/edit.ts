import { setRange } from "../../engine/string-ranges.ts";
import { append } from "../../engine/strings.ts";
import { CacheError } from "../../errors.ts";
import { integerArgument } from "../arguments.ts";
import { type Command, oneKey } from "../command.ts";
import { ReplyError } from "../reply-error.ts";

const TOO_LONG = new ReplyError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
const BAD_OFFSET = new ReplyError("ERR offset is out of range");

const APPEND: Command = {
  name: "append",
  arity: 3,
  group: "string",
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  keys: oneKey("RW", "insert"),
  since: "2.0.0",
  summary: "Appends to the string that a key holds, and returns its new length.",
  complexity: "O(1), amortised, for a short string that is appended",
  run({ keyspace, reply, settings }, argv) {
    try {
      const data = argv[2] as string;
      reply.integer(append(keyspace, argv[1] as string, data, settings.maxBulkBytes));
    } catch (error) {
      throw lengthError(error);
    }
  },
};

const SETRANGE: Command = {
  name: "setrange",
  arity: 4,
  group: "string",
  flags: ["write", "denyoom"],
  categories: ["string"],
  keys: oneKey("RW", "update"),
  since: "2.2.0",
  summary: "Overwrites a part of the string that a key holds, and returns its new length.",
  complexity: "O(N) where N is the new length",
  run({ keyspace, reply, settings }, argv) {
    const offset = integerArgument(argv[2] as string);
    if (offset < 0) throw BAD_OFFSET;
    try {
      const data = argv[3] as string;
      reply.integer(setRange(keyspace, argv[1] as string, offset, data, settings.maxBulkBytes));
    } catch (error) {
      throw lengthError(error);
    }
  },
};

/** The commands that change a string in place. */
export const EDIT_COMMANDS: readonly Command[] = [APPEND, SETRANGE];

function lengthError(error: unknown): unknown {
  return error instanceof CacheError && error.code === "OVERFLOW" ? TOO_LONG : error;
}
