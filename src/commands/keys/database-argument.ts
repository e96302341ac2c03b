import { parseInteger } from "../../protocol/number-text.ts";
import type { CommandContext } from "../context.ts";
import { NOT_AN_INTEGER, ReplyError } from "../reply-error.ts";

const OUT_OF_RANGE = new ReplyError("ERR DB index is out of range");
const NOT_AN_INT = new ReplyError(
  "ERR value is out of range, value must between -2147483648 and 2147483647",
);

/** An argument as an integer of 32 bits. Throws `invalid` where that is given, else Redis' words. */
export function intArgument(text: string, invalid?: ReplyError): number {
  const value = parseInteger(text);
  if (value === undefined) throw invalid ?? NOT_AN_INTEGER;
  if (value !== (value | 0)) throw invalid ?? NOT_AN_INT;
  return value;
}

/** Throws unless there is a database of this number. */
export function checkDatabase(context: CommandContext, index: number): void {
  if (index < 0 || index >= context.databases.count) throw OUT_OF_RANGE;
}

/** The number of a database, from an argument. */
export function databaseArgument(context: CommandContext, text: string): number {
  const index = intArgument(text);
  checkDatabase(context, index);
  return index;
}
