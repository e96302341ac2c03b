import { integerArgument } from "./arguments.ts";
import type { Argument, Command, Reply } from "./port.ts";
import { asCount, asList, asText, raised } from "./replies.ts";
import { replyOf } from "./server-errors.ts";

/** When a key goes, and what the server's clock said when that was read, in absolute milliseconds. */
export interface Lifetime {
  /** Infinity: never. */
  readonly expiresAt: number;
  readonly readAt: number;
}

/** Commands that ask for the lifetime of a key, and what their replies say. */
export interface LifetimeQuestion {
  /** {@link LIFETIME_COMMANDS} of them. */
  readonly commands: readonly Command[];
  /** What their replies say; `undefined`: there is no such key. */
  readonly answer: (replies: readonly Reply[]) => Lifetime | undefined;
}

/** How many commands, and replies, a question has. */
export const LIFETIME_COMMANDS = 2;

const MS_PER_S = 1000;
const US_PER_MS = 1000;
/** What PEXPIRETIME and PTTL say of a key without a deadline, and of none. */
const NEVER = -1;
const NO_KEY = -2;

/**
 * The lifetimes of keys by the server's own clock. PEXPIRETIME tells a deadline as it is; Redis 6.2,
 * which has no such command, is asked for the time that is left: then deadlines are right to a millisecond.
 */
export class Lifetimes {
  #knowsDeadlines = true;

  /**
   * The outcome of a call that asks for lifetimes by `question`. It is called again when the server
   * turns out not to know how to answer as it was asked.
   */
  async ask<T>(call: () => Promise<T>): Promise<T> {
    if (!this.#knowsDeadlines) return await call();
    try {
      return await call();
    } catch (error) {
      if (!isUnknownCommand(error)) throw error;
      this.#knowsDeadlines = false;
      return await call();
    }
  }

  question(key: Argument): LifetimeQuestion {
    const tellsDeadline = this.#knowsDeadlines;
    return {
      // The clock is read first: a key that is alive after that has time left by this reading.
      commands: [TIME, [tellsDeadline ? "PEXPIRETIME" : "PTTL", key]],
      answer: ([time = null, told = null]) => {
        const now = raised(time);
        const ms = asCount(raised(told));
        if (ms === NO_KEY) return undefined;
        const readAt = asTime(now);
        if (ms === NEVER) return { expiresAt: Infinity, readAt };
        return { expiresAt: tellsDeadline ? ms : readAt + ms, readAt };
      },
    };
  }
}

/** Asks for the time by the server's clock; {@link asTime} understands the reply. */
export const TIME: Command = ["TIME"];

/** The reply to TIME in milliseconds, a fraction of one left out. */
export function asTime(reply: Reply): number {
  const [seconds = null, microseconds = null] = asList(reply);
  return Number(asText(seconds)) * MS_PER_S + Math.floor(Number(asText(microseconds)) / US_PER_MS);
}

/** The argument of a deadline other than Infinity: one that is past says so, however long ago it was. */
export function deadlineArgument(expiresAt: number): string {
  return integerArgument(Math.max(1, Math.ceil(expiresAt)));
}

/** Gives a key its deadline; one that is past removes it. */
export function deadlineCommand(key: Argument, expiresAt: number): Command {
  if (expiresAt === Infinity) return ["PERSIST", key];
  return ["PEXPIREAT", key, deadlineArgument(expiresAt)];
}

function isUnknownCommand(error: unknown): boolean {
  return /^ERR unknown command/i.test(replyOf(error) ?? "");
}
