import { parseDouble } from "../../protocol/number-text.ts";
import { ReplyError } from "../reply-error.ts";
import { laxDouble } from "./bounds.ts";

const NO_TIMEOUT = new ReplyError("ERR timeout is not a float or out of range");
const NEGATIVE = new ReplyError("ERR timeout is negative");
/** Milliseconds are counted in 64 bits; beyond them they are negative. */
const TIMEOUT_MS_END = 2 ** 63;

/** How long to wait at most, in milliseconds, from an argument in seconds; 0: for ever. */
export function timeoutArgument(text: string): number {
  const seconds = parseDouble(text) ?? wideDouble(text);
  if (seconds === undefined) throw NO_TIMEOUT;
  const timeoutMs = Math.ceil(seconds * 1000);
  if (timeoutMs < 0 || timeoutMs >= TIMEOUT_MS_END) throw NEGATIVE;
  return timeoutMs;
}

const NUMBER = /^[+-]?[\d.][\da-fxp.+-]*$/i;
const EXPONENT = /[ep]([+-]?\d+)$/i;
const WIDE_EXPONENT_MAX = 4932;

/**
 * A number that is out of a double's range, and not out of that of the 80 bits that Redis reads a
 * timeout with: too large it is infinite here, too small the smallest double.
 */
function wideDouble(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  if (Math.abs(Number(EXPONENT.exec(text)?.[1] ?? 0)) > WIDE_EXPONENT_MAX) return undefined;
  const value = laxDouble(text);
  if (value !== 0) return value;
  return text.startsWith("-") ? -Number.MIN_VALUE : Number.MIN_VALUE;
}
