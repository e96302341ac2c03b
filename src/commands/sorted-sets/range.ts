import { readRun, runOf, zReadRange, zStoreMembers } from "../../engine/sorted-set-ranges.ts";
import { readSet } from "../../engine/sorted-sets.ts";
import { type Command, keysFrom, oneKey } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { addZerosToNone } from "./negative-zero.ts";
import { type RangeForm, rangeRequest } from "./range-arguments.ts";
import { membersHead, writeMembers } from "./scored-members.ts";

const BY_OPTIONS: RangeForm = { by: undefined, reverse: undefined, stores: false };
const STORED: RangeForm = { by: undefined, reverse: undefined, stores: true };
const RANKS_DOWN: RangeForm = { by: "rank", reverse: true, stores: false };
const SCORES_UP: RangeForm = { by: "score", reverse: false, stores: false };
const SCORES_DOWN: RangeForm = { by: "score", reverse: true, stores: false };
const LEX_UP: RangeForm = { by: "lex", reverse: false, stores: false };
const LEX_DOWN: RangeForm = { by: "lex", reverse: true, stores: false };

function range(
  { keyspace, reply }: CommandContext,
  argv: readonly string[],
  form: RangeForm,
): void {
  const request = rangeRequest(argv, 2, form);
  const set = readSet(keyspace, argv[1] as string);
  if (set === undefined) {
    reply.array(0);
    return;
  }
  const { window, withScores } = request;
  const run = runOf(set, request.range, window);
  membersHead(reply, run.count, withScores);
  readRun(set, run, window.reverse, (entries) => writeMembers(reply, entries, withScores));
}

/** The record of a command that replies a range, in one form. */
function rangeCommand(name: string, since: string, form: RangeForm, summary: string): Command {
  return {
    name,
    arity: -4,
    group: "sorted-set",
    flags: ["readonly"],
    categories: ["sortedset"],
    keys: oneKey("RO", "access"),
    since,
    summary,
    complexity: "O(log N + M) with M members returned",
    run: (context, argv) => range(context, argv, form),
  };
}

const ZRANGESTORE: Command = {
  name: "zrangestore",
  arity: -5,
  group: "sorted-set",
  flags: ["write", "denyoom"],
  categories: ["sortedset"],
  keys: [keysFrom(1, 0, 1, "OW", "update"), keysFrom(2, 0, 1, "RO", "access")],
  since: "6.2.0",
  summary: "Stores a range of a sorted set under another key.",
  complexity: "O(log N + M) with M members stored",
  run({ keyspace, reply, settings }, argv) {
    const request = rangeRequest(argv, 3, STORED);
    const members = zReadRange(keyspace, argv[2] as string, request.range, request.window);
    // Redis knows beforehand how many ranks there are, and begins no listpack for too many.
    const isLarge = request.range.by === "rank" && members.length > settings.zsetListpackEntries;
    if (!isLarge) addZerosToNone(members, settings);
    reply.integer(zStoreMembers(keyspace, argv[1] as string, members));
  },
};

/** Commands that read a range. */
export const RANGE_COMMANDS: readonly Command[] = [
  rangeCommand("zrange", "1.2.0", BY_OPTIONS, "Returns a range by rank, by score or by member."),
  rangeCommand("zrevrange", "1.2.0", RANKS_DOWN, "Returns a range by rank, from the highest."),
  rangeCommand("zrangebyscore", "1.0.5", SCORES_UP, "Returns a range by score."),
  rangeCommand(
    "zrevrangebyscore",
    "2.2.0",
    SCORES_DOWN,
    "Returns a range by score, from the highest.",
  ),
  rangeCommand("zrangebylex", "2.8.9", LEX_UP, "Returns a range by member, at equal scores."),
  rangeCommand(
    "zrevrangebylex",
    "2.8.9",
    LEX_DOWN,
    "Returns a range by member, at equal scores, from the greatest.",
  ),
  ZRANGESTORE,
];
