import { parseInt64 } from "../../protocol/number-text.ts";
import { integerArgument } from "../arguments.ts";
import type { ReplyError } from "../reply-error.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** Up to here products with a unit and sums with the time are exact in doubles. */
const SHORT_TIME_MAX = 2 ** 42;

/** How a command gives a deadline. */
export interface DeadlineForm {
  /** Milliseconds in the unit of the argument: 1 or 1000. */
  readonly unitMs: number;
  /** Whether it counts from now; else since the epoch. */
  readonly isRelative: boolean;
}

/**
 * The deadline that an argument gives, in milliseconds since the epoch; beyond 2^53 the nearest
 * double. Throws `outOfRange` where it does not fit 64 bits.
 */
export function deadlineArgument(
  text: string,
  { unitMs, isRelative }: DeadlineForm,
  nowMs: number,
  outOfRange: ReplyError,
): number {
  const amount = integerArgument(text);
  const start = isRelative ? nowMs : 0;
  if (Math.abs(amount) <= SHORT_TIME_MAX) return start + amount * unitMs;
  const amountMs = (parseInt64(text) as bigint) * BigInt(unitMs);
  const deadline = amountMs + BigInt(Math.floor(start));
  if (amountMs < INT64_MIN || amountMs > INT64_MAX || deadline > INT64_MAX) throw outOfRange;
  return Number(deadline);
}
