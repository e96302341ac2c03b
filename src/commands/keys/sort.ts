import { remove } from "../../engine/keys.ts";
import type { Keyspace } from "../../engine/keyspace.ts";
import { isConstantPattern } from "../../engine/sort-pattern.ts";
import { sort } from "../../engine/sort.ts";
import { integerArgument, isKeyword } from "../arguments.ts";
import {
  type Command,
  type CommandHandler,
  type FoundKey,
  type KeySpec,
  oneKey,
} from "../command.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";

const NOT_SORTABLE = new ReplyError("ERR One or more scores can't be converted into double");
const NO_LISTS = new ReplyError("ERR Cannot store the result: Laurel has no lists yet");

const OPTIONS_AT = 2;

interface SortCall {
  by: string | undefined;
  keepsOrder: boolean;
  gets: string[];
  isDescending: boolean;
  isAlphabetic: boolean;
  offset: number;
  count: number;
  store: string | undefined;
}

function parseSort(argv: readonly string[], mayStore: boolean): SortCall {
  const call: SortCall = {
    by: undefined,
    keepsOrder: false,
    gets: [],
    isDescending: false,
    isAlphabetic: false,
    offset: 0,
    count: -1,
    store: undefined,
  };
  let at = OPTIONS_AT;
  while (at < argv.length) at += parseOption(call, argv, at, mayStore);
  return call;
}

/** Reads the option at an index. @returns how many arguments it takes, its name included */
function parseOption(
  call: SortCall,
  argv: readonly string[],
  at: number,
  mayStore: boolean,
): number {
  const [name, value, secondValue] = [argv[at], argv[at + 1], argv[at + 2]];
  if (isKeyword(name, "asc")) call.isDescending = false;
  else if (isKeyword(name, "desc")) call.isDescending = true;
  else if (isKeyword(name, "alpha")) call.isAlphabetic = true;
  else if (value === undefined) throw SYNTAX_ERROR;
  else if (isKeyword(name, "limit") && secondValue !== undefined) {
    call.offset = integerArgument(value);
    call.count = integerArgument(secondValue);
    return 3;
  } else if (isKeyword(name, "by")) {
    call.by = value;
    // Another pattern after a constant one does not bring the sorting back, in Redis either.
    call.keepsOrder ||= isConstantPattern(value);
    return 2;
  } else {
    if (mayStore && isKeyword(name, "store")) call.store = value;
    else if (isKeyword(name, "get")) call.gets.push(value);
    else throw SYNTAX_ERROR;
    return 2;
  }
  return 1;
}

function sortHandler(mayStore: boolean): CommandHandler {
  return ({ keyspace, reply }, argv) => {
    const call = parseSort(argv, mayStore);
    const values = sort(keyspace, argv[1] as string, call);
    if (values === undefined) throw NOT_SORTABLE;
    if (call.store !== undefined) {
      storeResult(keyspace, call.store, values.length);
      reply.integer(0);
      return;
    }
    reply.array(values.length);
    for (const value of values) reply.bulkOrNull(value);
  };
}

/** An empty result leaves no key; another one would be a list. */
function storeResult(keyspace: Keyspace, key: string, length: number): void {
  if (length > 0) throw NO_LISTS;
  remove(keyspace, key);
}

const SORTED_KEY: FoundKey = { at: 1, flags: ["RO", "access"] };
/** How many arguments an option takes that is no STORE. */
const OPTION_ARGUMENTS: ReadonlyMap<string, number> = new Map([
  ["limit", 2],
  ["get", 1],
  ["by", 1],
]);

/** The sorted key, and that of the last STORE. */
function findSortKeys(argv: readonly string[]): readonly FoundKey[] {
  let store: number | undefined;
  for (let i = OPTIONS_AT; i < argv.length; i++) {
    const option = (argv[i] as string).toLowerCase();
    if (option === "store" && i + 1 < argv.length) store = i + 1;
    else i += OPTION_ARGUMENTS.get(option) ?? 0;
  }
  return store === undefined ? [SORTED_KEY] : [SORTED_KEY, { at: store, flags: ["OW", "update"] }];
}

/** Keys that no spec finds: named by BY and GET together with the members, or given behind STORE. */
const PATTERN_KEYS: KeySpec = {
  flags: ["RO", "access"],
  begin: { index: 0 },
  find: { isUnknown: true },
};
const STORE_KEY: KeySpec = { ...PATTERN_KEYS, flags: ["OW", "update"] };

/** SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA] [STORE key] */
export const SORT: Command = {
  name: "sort",
  arity: -2,
  group: "generic",
  flags: ["write", "denyoom", "movablekeys"],
  categories: ["set", "sortedset", "list", "dangerous"],
  keys: [...oneKey("RO", "access"), PATTERN_KEYS, STORE_KEY],
  findKeys: findSortKeys,
  since: "1.0.0",
  summary: "Replies the members of a key in order of numbers or texts, or stores them.",
  complexity: "O(N log N), N the number of members; O(log N + M) where nothing is sorted",
  run: sortHandler(true),
};

/** SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA] */
export const SORT_RO: Command = {
  ...SORT,
  name: "sort_ro",
  flags: ["readonly", "movablekeys"],
  keys: [...oneKey("RO", "access"), PATTERN_KEYS],
  findKeys: () => [SORTED_KEY],
  since: "7.0.0",
  summary: "Replies the members of a key in order of numbers or texts.",
  run: sortHandler(false),
};
