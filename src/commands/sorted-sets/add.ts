import { type AddOptions, useSet, zAdd, zAddOne, zIncrByIf } from "../../engine/sorted-sets.ts";
import { NO_CONDITIONS } from "../../structures/add-conditions.ts";
import type { ZMember } from "../../structures/z-member.ts";
import { doubleArgument } from "../arguments.ts";
import { type Command, oneKey } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { addZerosTo, isNegativeZero } from "./negative-zero.ts";

const NX = 1;
const XX = 2;
const GT = 4;
const LT = 8;
const CONDITIONS = NX | XX | GT | LT;
const CHANGED = 16;
const INCREMENT = 32;

const NX_AND_XX = new ReplyError("ERR XX and NX options at the same time are not compatible");
const CONTRADICTION = new ReplyError(
  "ERR GT, LT, and/or NX options at the same time are not compatible",
);
const ONE_INCREMENT = new ReplyError("ERR INCR option supports a single increment-element pair");

/** The options of every set of conditions, made once. */
const OPTIONS: readonly AddOptions[] = Array.from({ length: CHANGED }, (_, conditions) =>
  conditions === 0 ? NO_CONDITIONS : addOptions(conditions, false),
);
const OPTIONS_CHANGED: readonly AddOptions[] = OPTIONS.map((_, conditions) =>
  addOptions(conditions, true),
);

function addOptions(conditions: number, changed: boolean): AddOptions {
  return Object.freeze({
    nx: (conditions & NX) !== 0,
    xx: (conditions & XX) !== 0,
    gt: (conditions & GT) !== 0,
    lt: (conditions & LT) !== 0,
    changed,
  });
}

/** The option that an argument names; 0: none, and the scores begin. */
function optionOf(argument: string): number {
  // Scores mostly begin with a digit, a sign or a point, which all come before the letters.
  if (!(argument.charCodeAt(0) > 0x39)) return 0;
  switch (argument.toLowerCase()) {
    case "nx":
      return NX;
    case "xx":
      return XX;
    case "gt":
      return GT;
    case "lt":
      return LT;
    case "ch":
      return CHANGED;
    case "incr":
      return INCREMENT;
    default:
      return 0;
  }
}

/** ZADD, and ZINCRBY, which is ZADD with INCR: options are options in both. */
function add(context: CommandContext, argv: readonly string[], given: number): void {
  let options = given;
  let at = 2;
  for (; at < argv.length; at++) {
    const option = optionOf(argv[at] as string);
    if (option === 0) break;
    options |= option;
  }
  const pairs = (argv.length - at) / 2;
  checkOptions(options, pairs);
  if ((options & INCREMENT) !== 0) increment(context, argv, at, options & CONDITIONS);
  else if (pairs === 1) addOne(context, argv, at, options);
  else addMany(context, argv, at, options);
}

function checkOptions(options: number, pairs: number): void {
  if (pairs === 0 || !Number.isInteger(pairs)) throw SYNTAX_ERROR;
  if (options === 0) return;
  const isNew = (options & NX) !== 0;
  if (isNew && (options & XX) !== 0) throw NX_AND_XX;
  const directions = options & (GT | LT);
  if (directions === (GT | LT) || (isNew && directions !== 0)) throw CONTRADICTION;
  if ((options & INCREMENT) !== 0 && pairs > 1) throw ONE_INCREMENT;
}

function addOne(
  context: CommandContext,
  argv: readonly string[],
  at: number,
  options: number,
): void {
  const { keyspace, reply } = context;
  const key = argv[1] as string;
  const member = argv[at + 1] as string;
  const given = doubleArgument(argv[at] as string);
  const score = isNegativeZero(given) ? storedZero(context, key, member) : given;
  const conditions = OPTIONS[options & CONDITIONS] as AddOptions;
  const outcome = zAddOne(keyspace, key, member, score, conditions);
  const isCounted = outcome === "added" || (outcome === "updated" && (options & CHANGED) !== 0);
  reply.integer(isCounted ? 1 : 0);
}

function addMany(
  context: CommandContext,
  argv: readonly string[],
  start: number,
  options: number,
): void {
  const { keyspace, reply, settings } = context;
  const key = argv[1] as string;
  const members: ZMember[] = [];
  let hasNegativeZero = false;
  for (let at = start; at < argv.length; at += 2) {
    const score = doubleArgument(argv[at] as string);
    hasNegativeZero ||= isNegativeZero(score);
    members.push({ member: argv[at + 1] as string, score });
  }
  if (hasNegativeZero) {
    addZerosTo(keyspace, key, members, settings, (options & XX) === 0);
  }
  const table = (options & CHANGED) === 0 ? OPTIONS : OPTIONS_CHANGED;
  reply.integer(zAdd(keyspace, key, members, table[options & CONDITIONS] as AddOptions));
}

function increment(
  context: CommandContext,
  argv: readonly string[],
  at: number,
  conditions: number,
): void {
  const { keyspace, reply } = context;
  const key = argv[1] as string;
  const member = argv[at + 1] as string;
  const delta = doubleArgument(argv[at] as string);
  const options = OPTIONS[conditions] as AddOptions;
  if (isNegativeZero(delta)) {
    addNegativeZero(context, key, member, options);
    return;
  }
  const score = zIncrByIf(keyspace, key, member, delta, options);
  if (score === undefined) reply.null();
  else reply.double(score);
}

/** Increments by -0: a new member's score is replied as it was given, however it is stored. */
function addNegativeZero(
  context: CommandContext,
  key: string,
  member: string,
  options: AddOptions,
): void {
  const { keyspace, reply } = context;
  const isNew = useSet(keyspace, key)?.has(member) !== true;
  const score = zIncrByIf(keyspace, key, member, storedZero(context, key, member), options);
  if (score === undefined) reply.null();
  else reply.double(isNew ? -0 : score);
}

/** As what a -0 is stored: as Redis does where the set is a listpack. */
function storedZero({ keyspace, settings }: CommandContext, key: string, member: string): number {
  const members = [{ member, score: -0 }];
  addZerosTo(keyspace, key, members, settings, true);
  return members[0]?.score ?? 0;
}

const ZADD: Command = {
  name: "zadd",
  arity: -4,
  group: "sorted-set",
  flags: ["write", "denyoom", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RW", "update"),
  since: "1.2.0",
  summary: "Gives members scores, adding those that are new; creates the sorted set.",
  complexity: "O(log N) for each member",
  run: (context, argv) => add(context, argv, 0),
};

const ZINCRBY: Command = {
  name: "zincrby",
  arity: 4,
  group: "sorted-set",
  flags: ["write", "denyoom", "fast"],
  categories: ["sortedset"],
  keys: oneKey("RW", "access", "update"),
  since: "1.2.0",
  summary: "Adds to the score of a member, a new one starting at 0.",
  complexity: "O(log N)",
  run: (context, argv) => add(context, argv, INCREMENT),
};

/** Commands that give members scores. */
export const ADD_COMMANDS: readonly Command[] = [ZADD, ZINCRBY];
