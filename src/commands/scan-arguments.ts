import { compileGlob, type GlobMatcher } from "../engine/glob.ts";
import { integerArgument, isKeyword } from "./arguments.ts";
import { ReplyError, SYNTAX_ERROR } from "./reply-error.ts";

const INVALID_CURSOR = new ReplyError("ERR invalid cursor");
const CURSOR_END = 2n ** 64n;
/** How much a step is about to return where nothing is said. */
const COUNT_DEFAULT = 10;

/** What the options of SCAN and its relatives ask for. */
export interface ScanOptions {
  count: number;
  /** `undefined`: everything. */
  matches: GlobMatcher | undefined;
  type: string | undefined;
}

/**
 * The cursor that an argument gives, as C's `strtoul` reads it: 64 bits, an empty text is 0, a minus
 * turns it round. Beyond 2^53, where there are no keys, it is the nearest double.
 */
export function scanCursor(argument: string): number {
  const end = argument.indexOf("\0");
  const text = end < 0 ? argument : argument.slice(0, end);
  if (text === "") return 0;
  const [, sign, digits] = /^([+-]?)(\d+)$/.exec(text) ?? [];
  if (digits === undefined) throw INVALID_CURSOR;
  const magnitude = BigInt(digits);
  if (magnitude >= CURSOR_END) throw INVALID_CURSOR;
  return Number(sign === "-" ? BigInt.asUintN(64, -magnitude) : magnitude);
}

/** Reads `[MATCH pattern] [COUNT count]`, and where keys are scanned `[TYPE type]`, from an index on. */
export function scanOptions(
  argv: readonly string[],
  from: number,
  takesType: boolean,
): ScanOptions {
  const options: ScanOptions = { count: COUNT_DEFAULT, matches: undefined, type: undefined };
  for (let at = from; at < argv.length; at += 2) {
    const value = argv[at + 1];
    if (value === undefined) throw SYNTAX_ERROR;
    if (isKeyword(argv[at], "count")) {
      options.count = integerArgument(value);
      if (options.count < 1) throw SYNTAX_ERROR;
    } else if (isKeyword(argv[at], "match")) options.matches = matcherOf(value);
    else if (takesType && isKeyword(argv[at], "type")) options.type = value.toLowerCase();
    else throw SYNTAX_ERROR;
  }
  return options;
}

/** What a pattern matches; `undefined`: everything. */
export function matcherOf(pattern: string): GlobMatcher | undefined {
  return pattern === "*" ? undefined : compileGlob(pattern);
}
