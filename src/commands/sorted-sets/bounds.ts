import type { LexRange, ScoreRange } from "../../engine/sorted-set-ranges.ts";
import { parseDouble } from "../../protocol/number-text.ts";
import type { LexBound } from "../../structures/lex-bound.ts";
import { ReplyError } from "../reply-error.ts";

const NO_SCORE_RANGE = new ReplyError("ERR min or max is not a float");
const NO_LEX_RANGE = new ReplyError("ERR min or max not valid string range item");

/** A range from two arguments such as `5`, `(5` or `-inf`. O(length). */
export function scoreRange(min: string, max: string): ScoreRange {
  const excludesMin = min.startsWith("(");
  const excludesMax = max.startsWith("(");
  return {
    by: "score",
    min: boundScore(excludesMin ? min.slice(1) : min),
    max: boundScore(excludesMax ? max.slice(1) : max),
    excludesMin,
    excludesMax,
  };
}

/** A range from two arguments such as `[a`, `(a`, `-` or `+`. */
export function lexRange(min: string, max: string): LexRange {
  return { by: "lex", min: lexBound(min), max: lexBound(max) };
}

function lexBound(text: string): LexBound {
  const first = text[0];
  if (first === "[" || first === "(") return text as LexBound;
  // As all of C's strings, these two end with a zero byte.
  if ((first === "-" || first === "+") && (text.length === 1 || text[1] === "\0")) return first;
  throw NO_LEX_RANGE;
}

function boundScore(text: string): number {
  const score = parseDouble(text) ?? laxDouble(text);
  if (score === undefined || Number.isNaN(score)) throw NO_SCORE_RANGE;
  return score;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x(?=[\da-f]|\.[\da-f])([\da-f]*)\.?[\da-f]*(?:p([+-]?\d+))?$/i;

/**
 * What C's `strtod` makes of a text beyond what other arguments may be: bounds may begin with white
 * space, end with a zero byte, be empty (0), and be too large or too small for a double.
 */
export function laxDouble(text: string): number | undefined {
  const end = text.indexOf("\0");
  const line = end < 0 ? text : text.slice(0, end);
  if (line === "") return 0;
  const number = line.replace(/^[ \t\n\v\f\r]+/, "");
  const strict = parseDouble(number);
  if (strict !== undefined) return strict;
  if (DECIMAL.test(number)) return Number(number);
  const hexadecimal = HEXADECIMAL.exec(number);
  if (hexadecimal === null) return undefined;
  const [, sign, integer = "", exponent = "0"] = hexadecimal;
  const isLarge = exponent === "0" ? /[^0]/.test(integer) : !exponent.startsWith("-");
  const magnitude = isLarge ? Infinity : 0;
  return sign === "-" ? -magnitude : magnitude;
}
