import {
  type Content,
  NUMBER_BASES_MAX,
  NUMBER_TOKENS_MAX,
  parseNumber,
  parseText,
} from "./content.ts";
import type { ObservedStore } from "../observed-store.ts";
import { Deadlines } from "./deadlines.ts";
import type { Invariant } from "./violation.ts";
import { type Holder, Write } from "./write.ts";

/** A law that a read would break if the value came from a certain write. */
export interface Problem {
  readonly invariant: Invariant;
  readonly message: string;
}

/** A state as a read saw it: the write that set the value, and the tokens added to it. */
interface Seen {
  readonly base: Write | undefined;
  readonly tokens: readonly Write[];
}

const BEFORE_ALL = new Write("absent", "the beginning", -Infinity);
BEFORE_ALL.settle("acknowledged", -Infinity);

/**
 * What is checked for itself: a string, a counter, or one member's score in a sorted set, with all
 * writes to it. Writes of one register may overlap in time; what is known is only that a write that
 * settled before another began comes before it. A read is right when its value can have come from
 * a write after which nothing was acknowledged that the value does not show.
 */
export class Register {
  readonly name: string;
  readonly isText: boolean;
  readonly deadlines: Deadlines;
  /** Whether what was emptied may be back all the same. */
  needNotStayEmpty = false;
  readonly #writes: Write[] = [BEFORE_ALL];
  /** What each store holds of it now. */
  readonly #held = new Map<ObservedStore, Seen>();
  /** Stores that ever held it, or were told to delete it. */
  readonly #knownTo = new Set<ObservedStore>();
  readonly #excused = new Set<Write>();
  readonly #values: Write[] = [];
  readonly #tokens: Write[] = [];

  /** `slackMs`: how much later than its ttl says the key may go. */
  constructor(name: string, isText: boolean, slackMs: number) {
    this.deadlines = new Deadlines(slackMs);
    this.name = name;
    this.isText = isText;
  }

  /** Whether another value can be told apart from all former ones. */
  get takesValues(): boolean {
    return this.isText || this.#values.length < NUMBER_BASES_MAX;
  }

  /** Whether another token can be told apart from all former ones. */
  get takesTokens(): boolean {
    return this.isText || this.#tokens.length < NUMBER_TOKENS_MAX;
  }

  /**
   * Notes that a store now holds this, beside what it held, or instead of it.
   * @returns whether somebody wrote it
   */
  noteHeld(store: ObservedStore, content: string | number, isAddition: boolean): boolean {
    const seen = this.parse(content);
    if (seen === undefined) return false;
    const before = isAddition ? this.#held.get(store) : undefined;
    const base = seen.base ?? before?.base;
    const tokens = before === undefined ? seen.tokens : [...before.tokens, ...seen.tokens];
    this.#held.set(store, { base, tokens });
    this.#knownTo.add(store);
    // It was empty when such a call began, and is not: it was handed what is to be emptied.
    for (const write of this.#writes) {
      if (write.kind === "absent" && write.outcome === "pending") write.holders.delete(store);
    }
    for (const write of base === undefined ? tokens : [base, ...tokens]) {
      write.holders.add(store);
      write.wasHeldBy.add(store);
    }
    return true;
  }

  /** Notes that a store no longer holds anything of it. */
  noteEmptied(store: ObservedStore): void {
    this.#knownTo.add(store);
    for (const write of this.#writes) {
      if (write.kind !== "absent" || write.outcome === "acknowledged") continue;
      // A call that was aborted may still be carried out.
      if (write.outcome !== "refused") write.holders.add(store);
    }
    this.release(store);
    this.#held.delete(store);
  }

  /**
   * A store is no longer needed for what it holds, where another one has that, too: what was handed
   * over is gone when the other one loses it.
   */
  release(store: ObservedStore): void {
    const seen = this.#held.get(store);
    if (seen === undefined) return;
    const isElsewhere = (write: Write): boolean => {
      for (const [other, { base, tokens }] of this.#held) {
        if (other === store || other.isLost) continue;
        if (base === write || tokens.includes(write)) return true;
      }
      return false;
    };
    for (const write of seen.base === undefined ? seen.tokens : [seen.base, ...seen.tokens]) {
      if (isElsewhere(write)) write.holders.delete(store);
    }
  }

  /** A former owner is not needed for values whose time was over when it had handed over the key. */
  forgetExpired(store: ObservedStore, now: number): void {
    for (const write of this.#writes) {
      if (!write.holders.has(store) || !this.deadlines.isOver(write, now, now)) continue;
      write.holders.delete(store);
      if (write.holders.size === 0) write.isOver = true;
    }
  }

  /** The ring has changed: what former owners knew not to be there, those that own it now know. */
  handOverAbsence(former: readonly ObservedStore[], empty: readonly ObservedStore[]): void {
    if (empty.length === 0) return;
    for (const { kind, holders } of this.#writes) {
      if (kind !== "absent" || !former.some((store) => holders.delete(store))) continue;
      for (const store of former) holders.delete(store);
      for (const store of empty) holders.add(store);
    }
  }

  /** A store is lost that others had handed it over to: they are not needed for what it had, or knew not to be there. */
  noteLoss(others: readonly ObservedStore[]): void {
    for (const write of this.#writes) {
      const { holders } = write;
      // What is under way may be on its way to them.
      if (write.outcome === "pending") continue;
      if (others.filter((other) => holders.delete(other)).length > 0 && holders.size === 0) {
        write.isOver = true;
      }
    }
  }

  /** What a store has is given up, and the store begins anew. */
  noteGone(store: ObservedStore, gone: Holder): void {
    for (const write of this.#writes) write.noteGone(store, gone);
    this.#knownTo.delete(store);
  }

  /** A store has answered a call on the key: what it holds, it is known to hold. */
  confirm(store: ObservedStore): void {
    const held = this.#held.get(store);
    if (held === undefined) {
      for (const write of this.#writes) {
        if (write.kind !== "absent") continue;
        // Who answers while it is under way, and is empty, has done it.
        if (write.outcome === "pending") write.holders.add(store);
        write.confirm(store);
      }
      return;
    }
    held.base?.confirm(store);
    for (const token of held.tokens) token.confirm(store);
  }

  /** Whether a store ever held it, or was told to delete it. */
  wasToldTo(store: ObservedStore): boolean {
    return this.#knownTo.has(store);
  }

  /** Whether a store ever held it, or was told to delete it, and had what was acknowledged of it last. */
  isKnownTo(store: ObservedStore): boolean {
    const last = this.#writes.findLast(({ kind, outcome }) => {
      return kind !== "absent" && outcome === "acknowledged";
    });
    return this.#knownTo.has(store) && (last === undefined || last.wasHeldBy.has(store));
  }

  /** Whether any write was under way between two moments. */
  wasWritten(start: number, end: number): boolean {
    return this.#writes.some((write) => write.start <= end && write.end >= start);
  }

  /** Begins a write. @returns it, and the number that its content carries */
  begin(kind: Write["kind"], label: string, start: number): { write: Write; number: number } {
    const write = new Write(kind, label, start);
    this.#writes.push(write);
    if (kind === "value") return { write, number: this.#values.push(write) };
    if (kind === "token") return { write, number: this.#tokens.push(write) - 1 };
    return { write, number: 0 };
  }

  /** All that was written so far may be missing from now on, and what was before it may be back. */
  excuseAll(): void {
    for (const write of this.#writes) this.#excused.add(write);
  }

  /** Whether a store was seen with what this write alone can have written. */
  wasSeen(write: Write): boolean {
    if (!this.#values.includes(write) && !this.#tokens.includes(write)) return false;
    return write.holders.size > 0;
  }

  /** Notes that from now on the register may be empty, now or at any later time. */
  mayBeEmptyFrom(moment: number, reason: string): void {
    const write = new Write("absent", reason, moment);
    write.outcome = "unknown";
    write.isSpontaneous = true;
    this.#writes.push(write);
  }

  /** The writes that a content shows; `undefined`: nobody wrote this. */
  parse(content: string | number): Seen | undefined {
    const parsed: Content | undefined =
      typeof content === "number"
        ? parseNumber(content)
        : this.isText
          ? parseText(content)
          : parseNumber(Number(content));
    if (parsed === undefined) return undefined;
    const base = parsed.base === 0 ? undefined : this.#values[parsed.base - 1];
    if (parsed.base !== 0 && base === undefined) return undefined;
    const tokens: Write[] = [];
    for (const number of parsed.tokens) {
      const token = this.#tokens[number];
      if (token === undefined) return undefined;
      tokens.push(token);
    }
    return { base, tokens };
  }

  /** Checks a read that lasted from `start` to `end`. `undefined` as content: a miss. */
  checkRead(content: string | number | undefined, start: number, end: number): Problem | undefined {
    const seen = content === undefined ? { base: undefined, tokens: [] } : this.parse(content);
    if (seen === undefined) {
      return { invariant: "no corrupt value", message: `nobody ever wrote ${content}` };
    }
    const problem = this.#checkSeen(seen, start, end);
    if (problem === undefined) confirm(seen, start, end);
    return problem;
  }

  /** Checks an answer that says only that something is there. */
  checkPresent(start: number, end: number): Problem | undefined {
    const required = this.#requiredBefore(start).filter(({ kind }) => kind === "absent");
    const isPossible = this.#writes.some(
      (write) =>
        write.kind !== "absent" &&
        write.outcome !== "refused" &&
        write.start <= end &&
        (write.kind === "token" || !this.deadlines.isOver(write, start, end)) &&
        required.every((absent) => absent.start <= write.end || this.#isExcused(absent)),
    );
    if (isPossible) return undefined;
    return { invariant: "no deleted key back", message: "it is there, and must not be" };
  }

  /** Describes all writes, the latest last. */
  describe(): string[] {
    return this.#writes.slice(1).map((write) => write.describe());
  }

  #checkSeen(seen: Seen, start: number, end: number): Problem | undefined {
    if (new Set(seen.tokens).size < seen.tokens.length) {
      return { invariant: "no double count", message: "an increment or a piece is in it twice" };
    }
    const required = this.#requiredBefore(start);
    if (seen.base !== undefined) {
      if (this.deadlines.isOver(seen.base, start, end)) {
        return { invariant: "no expired key", message: `${seen.base.describe()} was over` };
      }
      return this.#checkBase(seen.base, seen.tokens, required, end);
    }
    let problem: Problem | undefined;
    const absences = [...this.#absencesUpTo(end), ...this.deadlines.expiries(end)];
    // The latest first: what speaks against that one is the most telling.
    for (const absent of absences.sort((a, b) => b.start - a.start)) {
      const found = this.#checkBase(absent, seen.tokens, required, end);
      if (found === undefined) return undefined;
      // That something acknowledged is missing says more than that it is in the wrong order.
      if (problem === undefined || problem.invariant === "no stale read") problem = found;
    }
    return problem;
  }

  #requiredBefore(start: number): Write[] {
    return this.#writes.filter(
      (write) =>
        write.outcome !== "refused" &&
        write.requiredFrom < start &&
        !(this.needNotStayEmpty && write.kind === "absent"),
    );
  }

  #absencesUpTo(end: number): Write[] {
    return this.#writes.filter(
      ({ kind, outcome, start }) => kind === "absent" && outcome !== "refused" && start <= end,
    );
  }

  /** What speaks against the state having come from this value, or from this time of emptiness. */
  #checkBase(
    base: Write,
    tokens: readonly Write[],
    required: readonly Write[],
    end: number,
  ): Problem | undefined {
    if (base.outcome === "refused") {
      return { invariant: "no corrupt value", message: `${base.describe()} was refused` };
    }
    for (const write of required) {
      if (write === base || base.end >= write.start || this.#isExcused(write)) continue;
      if (write.kind === "token") {
        if (tokens.includes(write)) continue;
        return { invariant: "no lost write", message: `it lacks ${write.describe()}` };
      }
      return { invariant: invariantOf(base, write), message: `it is before ${write.describe()}` };
    }
    for (const token of tokens) {
      if (token.outcome === "refused" || token.start > end) {
        return { invariant: "no corrupt value", message: `it has ${token.describe()}` };
      }
      // A call that was given up may be carried out later; that is no writer's turn then.
      const mayBeLate = base.isSpontaneous && token.outcome === "unknown";
      if (token.end < base.start && !mayBeLate) {
        return {
          invariant: "no stale read",
          message: `${base.describe()} came after ${token.describe()}`,
        };
      }
    }
    return undefined;
  }

  /** Whether a write may be missing: all that had it are gone, or all that had a later state. */
  #isExcused(write: Write): boolean {
    if (write.isLost || this.#excused.has(write)) return true;
    return this.#writes.some(
      (later) => later.requiredFrom !== Infinity && later.end >= write.start && later.isLost,
    );
  }
}

function invariantOf(base: Write, missed: Write): Invariant {
  if (missed.kind === "absent") return "no deleted key back";
  return base.kind === "absent" ? "no lost write" : "no stale read";
}

/** Writes of unknown outcome that a later read shows were applied; what follows may rely on it. */
function confirm({ base, tokens }: Seen, start: number, end: number): void {
  for (const write of base === undefined ? tokens : [base, ...tokens]) {
    if (write.outcome === "unknown" && write.end < start && write.confirmedAt === Infinity) {
      write.confirmedAt = end;
    }
  }
}
