import type { History } from "./history.ts";
import type { Register } from "./register.ts";
import { type Outcome, Write } from "./write.ts";

/** One call of a client, with the writes that it makes if it succeeds. */
export class Operation {
  label: string;
  readonly start: number;
  readonly #history: History;
  readonly #writes: { readonly register: Register; readonly write: Write; hasTtl: boolean }[] = [];

  constructor(history: History, label: string, start: number) {
    this.#history = history;
    this.label = label;
    this.start = start;
  }

  /** Adds to what the trace calls it. */
  note(detail: string): void {
    this.label += ` ${detail}`;
    for (const { write } of this.#writes) write.label = this.label;
  }

  /** It sets a register. @returns the number of the value */
  setsValue(register: Register, ttlMs = Infinity): number {
    const { write, number } = register.begin("value", this.label, this.start);
    register.deadlines.add(write, ttlMs);
    this.#writes.push({ register, write, hasTtl: ttlMs !== Infinity });
    return number;
  }

  /** It adds a token to a register. @returns the number of the token */
  addsToken(register: Register): number {
    const { write, number } = register.begin("token", this.label, this.start);
    this.#writes.push({ register, write, hasTtl: false });
    return number;
  }

  /** It empties a register; with `isMaybe` even its success does not say so. */
  empties(register: Register, isMaybe = false): Write {
    const { write } = register.begin("absent", this.label, this.start);
    write.isMaybe = isMaybe;
    this.#writes.push({ register, write, hasTtl: false });
    this.#noteEmpty(register, write);
    return write;
  }

  /** It gives a register's key another deadline. */
  expires(register: Register, ttlMs: number): void {
    const write = new Write("token", this.label, this.start);
    register.deadlines.add(write, ttlMs);
    this.#writes.push({ register, write, hasTtl: true });
  }

  /** Settles all its writes. */
  settle(outcome: Outcome): void {
    for (const { register, write, hasTtl } of this.#writes) {
      if (write.outcome !== "pending") continue;
      if (outcome === "acknowledged") this.#checkApplied(register, write, hasTtl);
      write.settle(outcome, this.#history.now);
    }
  }

  /** Whether any store was seen to have what it writes. */
  get wasApplied(): boolean {
    return this.#writes.some(({ register, write }) => register.wasSeen(write));
  }

  #checkApplied(register: Register, write: Write, hasTtl: boolean): void {
    if (write.kind === "absent") this.#noteEmpty(register, write);
    // Where nothing was there before, no store need have noticed.
    if (write.isMaybe || hasTtl || write.holders.size > 0 || write.wasEmptySomewhere) return;
    const message = `${register.name}: acknowledged, and no store ever had it: ${write.describe()}`;
    this.#history.report("no lost write", message, [register.name.split("/")[0] as string]);
  }

  #noteEmpty(register: Register, write: Write): void {
    if (this.#history.storesWithout(register).length > 0) write.wasEmptySomewhere = true;
    for (const store of this.#history.storesWithout(register, "sure")) {
      // Any other may be empty only because it has just begun: it does not hold the absence.
      if (register.isKnownTo(store)) write.holders.add(store);
    }
  }
}
