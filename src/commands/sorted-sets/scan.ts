import { sortedSetEncoding } from "../../engine/sorted-set-encoding.ts";
import { readSet } from "../../engine/sorted-sets.ts";
import { formatDouble } from "../../protocol/number-text.ts";
import type { SortedSet } from "../../structures/sorted-set.ts";
import type { ZMember } from "../../structures/z-member.ts";
import { type Command, oneKey } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { scanCursor, scanOptions } from "../scan-arguments.ts";

function scan({ keyspace, reply, settings }: CommandContext, argv: readonly string[]): void {
  const cursor = scanCursor(argv[2] as string);
  const set = readSet(keyspace, argv[1] as string);
  if (set === undefined) {
    reply.array(2);
    reply.bulk("0");
    reply.array(0);
    return;
  }
  const { matches, count } = scanOptions(argv, 3, false);
  const slot = keyspace.lookup(argv[1] as string);
  const isSmall = sortedSetEncoding(keyspace, slot, settings) === "listpack";
  const found = isSmall ? { cursor: 0, members: [...set] } : scanSome(set, cursor, count);
  const members =
    matches === undefined ? found.members : found.members.filter(({ member }) => matches(member));
  reply.array(2);
  reply.bulk(String(found.cursor));
  reply.array(members.length * 2);
  for (const { member, score } of members) {
    reply.bulk(member);
    reply.bulk(isSmall ? listpackScore(score) : formatDouble(score));
  }
}

function scanSome(
  set: SortedSet,
  cursor: number,
  count: number,
): { cursor: number; members: ZMember[] } {
  // No set is so large that a cursor beyond this one leads anywhere but to its end.
  return set.scan(
    Math.min(cursor, Number.MAX_SAFE_INTEGER),
    Math.min(count, Number.MAX_SAFE_INTEGER),
  );
}

/** Integers of so many bits a listpack holds as such, and a scan spells them out. */
const LISTPACK_INTEGER_MAX = 2 ** 62;

function listpackScore(score: number): string {
  if (Number.isSafeInteger(score) || !Number.isInteger(score)) return formatDouble(score);
  return Math.abs(score) <= LISTPACK_INTEGER_MAX ? BigInt(score).toString() : formatDouble(score);
}

const ZSCAN: Command = {
  name: "zscan",
  arity: -3,
  group: "sorted-set",
  flags: ["readonly"],
  categories: ["sortedset"],
  keys: oneKey("RO", "access"),
  since: "2.8.0",
  summary: "Walks over the members with their scores, some at a time.",
  complexity: "O(1) for each call, O(N) for a whole walk",
  run: scan,
};

/** Commands that walk over members. */
export const SCAN_COMMANDS: readonly Command[] = [ZSCAN];
