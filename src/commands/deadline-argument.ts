import { parseInt64 } from "../protocol/number-text.ts";
import { integerArgument } from "./arguments.ts";
import { ReplyError } from "./reply-error.ts";

/** How a command gives a time to live, or a deadline. */
export interface DeadlineForm {
  /** Milliseconds in the unit of the argument: 1 or 1000. */
  readonly unitMs: number;
  /** Whether it counts from now; else since the epoch. */
  readonly isRelative: boolean;
}

export const IN_SECONDS: DeadlineForm = { unitMs: 1000, isRelative: true };
export const IN_MILLISECONDS: DeadlineForm = { unitMs: 1, isRelative: true };
export const AT_SECONDS: DeadlineForm = { unitMs: 1000, isRelative: false };
export const AT_MILLISECONDS: DeadlineForm = { unitMs: 1, isRelative: false };

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** Up to here products with a unit and sums with the time are exact in doubles. */
const SHORT_TIME_MAX = 2 ** 42;

/**
 * The deadline that an argument of a command gives, in milliseconds since the epoch; beyond 2^53 the
 * nearest double.
 * @throws {ReplyError} when it is no integer, or does not fit 64 bits
 */
export function deadlineArgument(
  text: string,
  form: DeadlineForm,
  nowMs: number,
  command: string,
): number {
  return deadlineOf(integerArgument(text), text, form, nowMs, command);
}

/** {@link deadlineArgument} where 0 and what is below it are refused, too. */
export function positiveDeadlineArgument(
  text: string,
  form: DeadlineForm,
  nowMs: number,
  command: string,
): number {
  const amount = integerArgument(text);
  if (amount <= 0) throw invalidExpireTime(command);
  return deadlineOf(amount, text, form, nowMs, command);
}

function deadlineOf(
  amount: number,
  text: string,
  { unitMs, isRelative }: DeadlineForm,
  nowMs: number,
  command: string,
): number {
  const start = isRelative ? nowMs : 0;
  if (Math.abs(amount) <= SHORT_TIME_MAX) return start + amount * unitMs;
  const amountMs = (parseInt64(text) as bigint) * BigInt(unitMs);
  const deadline = amountMs + BigInt(Math.floor(start));
  if (amountMs < INT64_MIN || amountMs > INT64_MAX || deadline > INT64_MAX) {
    throw invalidExpireTime(command);
  }
  return Number(deadline);
}

function invalidExpireTime(command: string): ReplyError {
  return new ReplyError(`ERR invalid expire time in '${command}' command`);
}
