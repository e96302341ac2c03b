import {
  type RangeWindow,
  type SetRange,
  WHOLE,
  WHOLE_REVERSED,
} from "../../engine/sorted-set-ranges.ts";
import { integerArgument, isKeyword } from "../arguments.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { lexRange, scoreRange } from "./bounds.ts";

/** What the arguments of ZRANGE and its relatives ask for. */
export interface RangeRequest {
  readonly range: SetRange;
  readonly window: RangeWindow;
  readonly withScores: boolean;
}

/** What the name of a command has settled already; `undefined`: an option may say it. */
export interface RangeForm {
  readonly by: SetRange["by"] | undefined;
  readonly reverse: boolean | undefined;
  /** Whether the members are stored and not replied, so that scores always count. */
  readonly stores: boolean;
}

const LIMIT_BY_RANK = new ReplyError(
  "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
);
const SCORES_BY_LEX = new ReplyError(
  "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
);

interface RangeOptions {
  by: SetRange["by"] | undefined;
  reverse: boolean | undefined;
  withScores: boolean;
  offset: number;
  count: number;
}

/** Reads `min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]` from an index on. */
export function rangeRequest(argv: readonly string[], at: number, form: RangeForm): RangeRequest {
  const options = readOptions(argv, at + 2, form);
  const by = options.by ?? "rank";
  const reverse = options.reverse ?? false;
  if (options.count !== -1 && by === "rank") throw LIMIT_BY_RANK;
  if (options.withScores && by === "lex") throw SCORES_BY_LEX;
  const range = readRange(argv[at] as string, argv[at + 1] as string, by, reverse);
  const { offset, count, withScores } = options;
  if (offset === 0 && count === -1) {
    return { range, window: reverse ? WHOLE_REVERSED : WHOLE, withScores };
  }
  return { range, window: { reverse, offset, count }, withScores };
}

function readOptions(argv: readonly string[], start: number, form: RangeForm): RangeOptions {
  let { by, reverse } = form;
  let withScores = false;
  let offset = 0;
  let count = -1;
  for (let at = start; at < argv.length; at++) {
    const argument = argv[at];
    if (!form.stores && isKeyword(argument, "withscores")) withScores = true;
    else if (isKeyword(argument, "limit") && at + 2 < argv.length) {
      offset = integerArgument(argv[++at] as string);
      count = integerArgument(argv[++at] as string);
    } else if (form.reverse === undefined && reverse === undefined && isKeyword(argument, "rev")) {
      reverse = true;
    } else if (by === undefined && isKeyword(argument, "bylex")) by = "lex";
    else if (by === undefined && isKeyword(argument, "byscore")) by = "score";
    else throw SYNTAX_ERROR;
  }
  return { by, reverse, withScores, offset, count };
}

function readRange(first: string, second: string, by: SetRange["by"], reverse: boolean): SetRange {
  if (by === "rank") return rankRange(first, second);
  const min = reverse ? second : first;
  const max = reverse ? first : second;
  return by === "score" ? scoreRange(min, max) : lexRange(min, max);
}

/** A range from two ranks. */
export function rankRange(start: string, stop: string): SetRange {
  return { by: "rank", start: integerArgument(start), stop: integerArgument(stop) };
}
