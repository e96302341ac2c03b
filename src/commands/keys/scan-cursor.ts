import { ReplyError } from "../reply-error.ts";

const INVALID_CURSOR = new ReplyError("ERR invalid cursor");
const CURSOR_END = 2n ** 64n;

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
