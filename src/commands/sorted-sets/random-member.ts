import { readSet } from "../../engine/sorted-sets.ts";
import { parseInt64 } from "../../protocol/number-text.ts";
import type { SortedSet } from "../../structures/sorted-set.ts";
import { isKeyword } from "../arguments.ts";
import { type Command, oneKey } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { NOT_AN_INTEGER, ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { membersHead, writeMembers } from "./scored-members.ts";

const COUNT_MAX = 2n ** 63n - 1n;
/** With scores, the reply has twice as many elements as members. */
const COUNT_WITH_SCORES_MAX = COUNT_MAX / 2n;
const OUT_OF_RANGE = new ReplyError("ERR value is out of range");
const COUNT_OUT_OF_RANGE = new ReplyError(
  `ERR value is out of range, value must between -${COUNT_MAX} and ${COUNT_MAX}`,
);

/** Members with repeats are drawn and replied so many at a time ... */
const DRAWN_AT_ONCE = 1000;
/** ... and refused beyond so many bytes: a small set would else make a reply of any length. */
const REPEATS_BYTES_MAX = 128 * 1024 * 1024;
/** The shortest reply of a member. */
const MEMBER_BYTES_MIN = "$0\r\n\r\n".length;

function readCount(text: string): bigint {
  const count = parseInt64(text);
  if (count === undefined) throw NOT_AN_INTEGER;
  if (count < -COUNT_MAX) throw COUNT_OUT_OF_RANGE;
  return count;
}

function randomMembers(context: CommandContext, argv: readonly string[]): void {
  const { keyspace, reply, random } = context;
  const count = readCount(argv[2] as string);
  const withScores = argv.length === 4 && isKeyword(argv[3], "withscores");
  if (argv.length > 3 && !withScores) throw SYNTAX_ERROR;
  if (withScores && (count > COUNT_WITH_SCORES_MAX || count < -COUNT_WITH_SCORES_MAX)) {
    throw OUT_OF_RANGE;
  }
  const set = readSet(keyspace, argv[1] as string);
  if (set === undefined || count === 0n) reply.array(0);
  else if (count < 0n) writeRepeats(context, set, Number(-count), withScores);
  else {
    // Redis takes all of them from the highest down.
    const isAll = count > 1n && count >= set.size;
    const members = isAll ? set.range(0, -1, true) : set.sample(Number(count), random);
    membersHead(reply, members.length, withScores);
    writeMembers(reply, members, withScores);
  }
}

function writeRepeats(
  { reply, random }: CommandContext,
  set: SortedSet,
  count: number,
  withScores: boolean,
): void {
  if (count * MEMBER_BYTES_MIN > REPEATS_BYTES_MAX) throw OUT_OF_RANGE;
  const start = reply.length;
  membersHead(reply, count, withScores);
  for (let left = count; left > 0; left -= DRAWN_AT_ONCE) {
    writeMembers(reply, set.sample(-Math.min(left, DRAWN_AT_ONCE), random), withScores);
    if (reply.length - start > REPEATS_BYTES_MAX) throw OUT_OF_RANGE;
  }
}

const ZRANDMEMBER: Command = {
  name: "zrandmember",
  arity: -2,
  group: "sorted-set",
  flags: ["readonly"],
  categories: ["sortedset"],
  keys: oneKey("RO", "access"),
  since: "6.2.0",
  summary: "Returns members drawn at random, different ones or with a negative count any.",
  complexity: "O(N) with N members returned",
  run(context, argv) {
    if (argv.length > 2) {
      randomMembers(context, argv);
      return;
    }
    const set = readSet(context.keyspace, argv[1] as string);
    context.reply.bulkOrNull(set?.sample(1, context.random)[0]?.member);
  },
};

/** Commands that draw members. */
export const RANDOM_MEMBER_COMMANDS: readonly Command[] = [ZRANDMEMBER];
