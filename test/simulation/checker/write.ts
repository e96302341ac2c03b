import type { ObservedStore } from "../observed-store.ts";

/**
 * What became of an operation. `pending`: nobody knows yet; `acknowledged`: it was applied;
 * `unknown`: it was rejected, and may have been applied or not; `refused`: it was not applied.
 */
export type Outcome = "pending" | "acknowledged" | "unknown" | "refused";

/** What a write does to a register: gives it a value, empties it, or adds a token to what it holds. */
export type WriteKind = "value" | "absent" | "token";

/** Who has a write: a store, or what it was. */
export type Holder = Pick<ObservedStore, "name" | "isLost">;

/** One write to one register: when it was under way, and who ever had its result. */
export class Write {
  readonly kind: WriteKind;
  label: string;
  readonly start: number;
  /** When it settled; Infinity: it has not. */
  end = Infinity;
  outcome: Outcome = "pending";
  /** Whether it is nobody's call: the key expired, or was evicted. */
  isSpontaneous = false;
  /** Whether even its success leaves open what it did to this register. */
  isMaybe = false;
  /** Of a write that empties: whether any owner was seen empty at its beginning or end. */
  wasEmptySomewhere = false;
  /** When it was seen in a read that began after it had settled; from then on it counts as done. */
  confirmedAt = Infinity;
  /** Whether its time was over before its last holder handed over the key. */
  isOver = false;
  /** Stores whose state ever contained it. */
  readonly holders = new Set<Holder>();
  /** Those, and all that were such. */
  readonly wasHeldBy = new Set<ObservedStore>();
  /** Those of them that have answered a call on the key since: the coordinator may know that they have it. */
  readonly #confirmed = new Set<Holder>();

  constructor(kind: WriteKind, label: string, start: number) {
    this.kind = kind;
    this.label = label;
    this.start = start;
  }

  settle(outcome: Outcome, end: number): void {
    this.outcome = outcome;
    this.end = end;
  }

  /** From when on every read has to show it, or something later. */
  get requiredFrom(): number {
    return this.outcome === "acknowledged" && !this.isMaybe ? this.end : this.confirmedAt;
  }

  /** What a store had of it is gone, whatever becomes of the store. */
  noteGone(store: ObservedStore, gone: Holder): void {
    if (this.holders.delete(store)) this.holders.add(gone);
    if (this.#confirmed.delete(store)) this.#confirmed.add(gone);
  }

  /** A store has answered a call on the key. */
  confirm(store: ObservedStore): void {
    if (this.holders.has(store)) this.#confirmed.add(store);
  }

  /**
   * Whether all stores that ever had it are gone; those whose answers were lost, so that nobody can tell
   * them from stores that never had it, count only where no other one ever had it.
   */
  get isLost(): boolean {
    if (this.holders.size === 0) return this.isOver;
    const known = [...this.holders].filter((store) => this.#confirmed.has(store));
    return (known.length > 0 ? known : [...this.holders]).every((store) => store.isLost);
  }

  /** What is known of it, for a report. */
  describe(): string {
    const end = this.end === Infinity ? "?" : String(this.end);
    const holders = [...this.holders].map(({ name, isLost }) => (isLost ? `${name} lost` : name));
    return `${this.label} (${this.start} to ${end}, ${this.outcome}; held by ${holders.join(", ") || "nobody"})`;
  }
}
