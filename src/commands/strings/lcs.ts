import type { Keyspace } from "../../engine/keyspace.ts";
import { get } from "../../engine/strings.ts";
import { CacheError } from "../../errors.ts";
import type { ReplyWriter } from "../../protocol/reply-writer.ts";
import {
  type CommonRun,
  type CommonSubsequence,
  commonSubsequenceBytes,
  longestCommonSubsequence,
  textOf,
} from "../../structures/longest-common-subsequence.ts";
import { integerArgument, isKeyword } from "../arguments.ts";
import { type Command, keysFrom } from "../command.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";

const NOT_STRINGS = new ReplyError("ERR The specified keys must contain string values");
const BOTH_LEN_AND_IDX = new ReplyError(
  "ERR If you want both the length and indexes, please just use IDX.",
);
const TABLE_TOO_LARGE = new ReplyError(
  "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
);
const TABLE_REFUSED = new ReplyError(
  "ERR Insufficient memory, failed allocating transient memory for LCS",
);

/** What the options of LCS ask for. */
interface LcsOptions {
  wantsLength: boolean;
  wantsRuns: boolean;
  withRunLength: boolean;
  runLengthMin: number;
}

/** The command that finds what two strings have in common. */
export const LCS: Command = {
  name: "lcs",
  arity: -3,
  group: "string",
  flags: ["readonly"],
  categories: ["string"],
  keys: [keysFrom(1, 1, 1, "RO", "access")],
  since: "7.0.0",
  summary: "Returns the longest common subsequence of the strings that two keys hold.",
  complexity: "O(N*M) where N and M are the lengths of the two strings",
  run({ keyspace, reply, settings }, argv) {
    // Another type is told before options that are wrong, as Redis does.
    const a = textAt(keyspace, argv[1] as string);
    const b = textAt(keyspace, argv[2] as string);
    const options = optionsOf(argv);
    const bytes = commonSubsequenceBytes(a.length, b.length);
    if (bytes > settings.maxBulkBytes) throw TABLE_TOO_LARGE;
    const common = commonSubsequence(a, b);
    if (options.wantsRuns) replyRuns(reply, common, options);
    else if (options.wantsLength) reply.integer(common.length);
    else reply.bulk(textOf(common, a));
  },
};

function textAt(keyspace: Keyspace, key: string): string {
  try {
    return get(keyspace, key) ?? "";
  } catch (error) {
    throw error instanceof CacheError && error.code === "WRONG_TYPE" ? NOT_STRINGS : error;
  }
}

function optionsOf(argv: readonly string[]): LcsOptions {
  const options = { wantsLength: false, wantsRuns: false, withRunLength: false, runLengthMin: 0 };
  for (let at = 3; at < argv.length; at++) {
    const argument = argv[at];
    if (isKeyword(argument, "idx")) options.wantsRuns = true;
    else if (isKeyword(argument, "len")) options.wantsLength = true;
    else if (isKeyword(argument, "withmatchlen")) options.withRunLength = true;
    else if (isKeyword(argument, "minmatchlen") && at + 1 < argv.length) {
      options.runLengthMin = integerArgument(argv[++at] as string);
    } else throw SYNTAX_ERROR;
  }
  if (options.wantsLength && options.wantsRuns) throw BOTH_LEN_AND_IDX;
  return options;
}

function commonSubsequence(a: string, b: string): CommonSubsequence {
  try {
    return longestCommonSubsequence(a, b);
  } catch (error) {
    throw error instanceof RangeError ? TABLE_REFUSED : error;
  }
}

function replyRuns(
  reply: ReplyWriter,
  { length, runs }: CommonSubsequence,
  { runLengthMin, withRunLength }: LcsOptions,
): void {
  const shown = runs.filter((run) => runLength(run) >= runLengthMin);
  reply.map(2);
  reply.bulk("matches");
  reply.array(shown.length);
  for (const run of shown) {
    reply.array(withRunLength ? 3 : 2);
    reply.array(2);
    reply.integer(run.aStart);
    reply.integer(run.aEnd);
    reply.array(2);
    reply.integer(run.bStart);
    reply.integer(run.bEnd);
    if (withRunLength) reply.integer(runLength(run));
  }
  reply.bulk("len");
  reply.integer(length);
}

function runLength({ aStart, aEnd }: CommonRun): number {
  return aEnd - aStart + 1;
}
