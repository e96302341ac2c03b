import { parseDouble, parseInteger } from "../protocol/number-text.ts";
import { NOT_A_FLOAT, NOT_AN_INTEGER, type ReplyError } from "./reply-error.ts";

/** An argument as an integer of 64 bits; beyond 2^53 the nearest double. Throws `otherwise`. */
export function integerArgument(text: string, otherwise: ReplyError = NOT_AN_INTEGER): number {
  const value = parseInteger(text);
  if (value === undefined) throw otherwise;
  return value;
}

/** An argument as a double. Throws `otherwise` for what is none, NaN included. */
export function doubleArgument(text: string, otherwise: ReplyError = NOT_A_FLOAT): number {
  const value = parseDouble(text);
  if (value === undefined || Number.isNaN(value)) throw otherwise;
  return value;
}

/** An argument as an integer that is not below `min`. Throws `otherwise` for all else. */
export function atLeast(min: number, text: string, otherwise: ReplyError): number {
  const value = integerArgument(text, otherwise);
  if (value < min) throw otherwise;
  return value;
}

/** Whether an argument is this keyword, given in lower case. */
export function isKeyword(argument: string | undefined, keyword: string): boolean {
  return (
    argument !== undefined &&
    argument.length === keyword.length &&
    (argument === keyword || argument.toLowerCase() === keyword)
  );
}
