import { compileGlob } from "../../engine/glob.ts";
import { sortedSetEncoding } from "../../engine/sorted-set-encoding.ts";
import { readSet } from "../../engine/sorted-sets.ts";
import { formatDouble } from "../../protocol/number-text.ts";
import type { SortedSet } from "../../structures/sorted-set.ts";
import type { ZMember } from "../../structures/z-member.ts";
import { integerArgument, isKeyword } from "../arguments.ts";
import { type Command, oneKey } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { scanCursor } from "../keys/scan-cursor.ts";
import { SYNTAX_ERROR } from "../reply-error.ts";

const COUNT_DEFAULT = 10;

interface ScanOptions {
  readonly pattern: string | undefined;
  readonly count: number;
}

function readOptions(argv: readonly string[], start: number): ScanOptions {
  let pattern: string | undefined;
  let count = COUNT_DEFAULT;
  for (let at = start; at < argv.length; at += 2) {
    const value = argv[at + 1];
    if (value === undefined) throw SYNTAX_ERROR;
    if (isKeyword(argv[at], "count")) {
      count = integerArgument(value);
      if (count < 1) throw SYNTAX_ERROR;
    } else if (isKeyword(argv[at], "match")) pattern = value;
    else throw SYNTAX_ERROR;
  }
  return { pattern, count };
}

function scan({ keyspace, reply, settings }: CommandContext, argv: readonly string[]): void {
  const cursor = scanCursor(argv[2] as string);
  const set = readSet(keyspace, argv[1] as string);
  if (set === undefined) {
    reply.array(2);
    reply.bulk("0");
    reply.array(0);
    return;
  }
  const { pattern, count } = readOptions(argv, 3);
  const slot = keyspace.lookup(argv[1] as string);
  const isSmall = sortedSetEncoding(keyspace, slot, settings) === "listpack";
  const found = isSmall ? { cursor: 0, members: [...set] } : scanSome(set, cursor, count);
  const isWanted = pattern === undefined || pattern === "*" ? undefined : compileGlob(pattern);
  const members =
    isWanted === undefined ? found.members : found.members.filter(({ member }) => isWanted(member));
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
