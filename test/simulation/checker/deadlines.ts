import type { ObservedStore } from "../observed-store.ts";
import { LATE_MS_MAX } from "../simulated-node.ts";
import { Write } from "./write.ts";

/** A write that decided when the key goes: a value with or without a ttl, or another ttl alone. */
interface Deadline {
  readonly write: Write;
  /** Infinity: the key stays. */
  readonly ttlMs: number;
}

/**
 * When the key of a register may have gone. A ttl counts from some moment between the beginning
 * and the end of its call, so a deadline is an interval; of overlapping writes any may be the one
 * that counts.
 */
export class Deadlines {
  readonly #deadlines: Deadline[] = [];
  /** How much later a key may go, where deadlines are handed on as what is left of them. */
  readonly #slackMs: number;

  constructor(slackMs: number) {
    this.#slackMs = slackMs;
  }

  add(write: Write, ttlMs: number): void {
    this.#deadlines.push({ write, ttlMs });
  }

  /** Whether a value was over when a read from `start` to `end` began, whichever deadline counts. */
  isOver(value: Write, start: number, end: number): boolean {
    const possible = this.#possibleFor(value, start, end);
    return possible.length > 0 && possible.every((deadline) => this.#latest(deadline) <= start);
  }

  /** Whether `leftMs` can be what was left of the key's time between `start` and `end`. */
  allows(leftMs: number, start: number, end: number): boolean {
    if (leftMs === Infinity) return true;
    return this.#deadlines.some(
      (deadline) =>
        deadline.ttlMs !== Infinity &&
        deadline.write.outcome !== "refused" &&
        deadline.write.start + deadline.ttlMs <= end + leftMs &&
        this.#latest(deadline) >= start + leftMs - 1,
    );
  }

  /** Notes that a store's key goes at this moment, and so which of the calls of `expire` it has. */
  noteHeld(store: ObservedStore, expiresAt: number): void {
    for (const deadline of this.#deadlines) {
      const { write, ttlMs } = deadline;
      // A value's own write is noted by what it wrote.
      if (write.kind === "value") continue;
      if (write.start + ttlMs <= expiresAt && expiresAt <= this.#latest(deadline))
        write.holders.add(store);
    }
  }

  /** The times at which the key may have gone by itself, as writes that empty the register. */
  expiries(end: number): Write[] {
    const expiries: Write[] = [];
    for (const deadline of this.#deadlines) {
      const { write, ttlMs } = deadline;
      const from = write.start + ttlMs;
      if (ttlMs === Infinity || write.outcome === "refused" || from > end) continue;
      if (this.#isOverriddenBefore(write, from)) continue;
      const expiry = new Write("absent", `the end of ${write.label}`, from);
      expiry.isSpontaneous = true;
      expiry.settle("unknown", this.#latest(deadline));
      expiries.push(expiry);
    }
    return expiries;
  }

  #possibleFor(value: Write, start: number, end: number): Deadline[] {
    const own = this.#deadlines.filter(({ write }) => write === value);
    if (own.length === 0) return [];
    const others = this.#deadlines.filter(
      ({ write }) =>
        write.kind === "token" &&
        write.outcome !== "refused" &&
        write.end >= value.start &&
        write.start <= end,
    );
    const candidates = [...own, ...others];
    const required = candidates.filter(({ write }) => write.requiredFrom < start && !write.isLost);
    return candidates.filter(
      ({ write }) => !required.some((later) => write.end < later.write.start),
    );
  }

  /** Whether the deadline was surely replaced before it came. */
  #isOverriddenBefore(write: Write, moment: number): boolean {
    return this.#deadlines.some(
      ({ write: later }) => later.start > write.end && later.requiredFrom < moment && !later.isLost,
    );
  }

  /** The latest moment at which the key goes by this deadline. */
  #latest({ write, ttlMs }: Deadline): number {
    if (ttlMs === Infinity || write.end === Infinity) return Infinity;
    return write.end + ttlMs + this.#slackMs + (write.outcome === "unknown" ? LATE_MS_MAX : 0);
  }
}
