import { NO_SLOT } from "../structures/slot-table.ts";
import { SlotWalk } from "../structures/slot-walk.ts";
import type { SlotWatcher } from "../structures/slot-watcher.ts";
import { indexedEntriesOf, type SortedSet } from "../structures/sorted-set.ts";
import type { ZMember } from "../structures/z-member.ts";
import { FrozenSet } from "./frozen-set.ts";
import type { HeldKeys } from "./held-keys.ts";
import type { Keyspace } from "./keyspace.ts";
import { isListpack, type ListpackLimits } from "./sorted-set-encoding.ts";

/** A small sorted set as it was. */
interface CopiedSet {
  readonly members: readonly ZMember[];
  readonly isListpack: boolean;
}

/** A key as it was. */
export interface FrozenKey {
  readonly table: FrozenTable;
  readonly key: string;
  readonly value: string | CopiedSet | FrozenSet;
  readonly expiresAt: number;
}

/** Sets of up to so many members are copied at once, as is any that may be a listpack ... */
const COPIED_MEMBERS = 128;
/** ... up to so many. */
const COPIED_MEMBERS_MAX = 512;

/**
 * The keys of one database as they were at one instant. A walk over their slots hands them over; a
 * key that is about to change, and that the walk did not reach yet, is kept before. The keys may go
 * to another database meanwhile, or be dropped all at once: it is they that are frozen, not the
 * keyspace.
 */
export class FrozenTable implements SlotWatcher {
  /** The number of the database. */
  readonly index: number;
  /** How many keys there were, expired ones that nobody had collected included. */
  readonly keys: number;
  /** How many of them had a deadline. */
  readonly expiring: number;
  readonly #held: HeldKeys;
  readonly #walk: SlotWalk;
  readonly #nowMs: number;
  readonly #limits: ListpackLimits;
  readonly #keep: (kept: FrozenKey) => void;

  /** Keys that are about to change are handed to `keep`. */
  constructor(
    index: number,
    keyspace: Keyspace,
    limits: ListpackLimits,
    keep: (kept: FrozenKey) => void,
  ) {
    this.index = index;
    this.#limits = limits;
    this.#keep = keep;
    this.#nowMs = keyspace.now();
    this.#held = keyspace.preserve(this);
    this.keys = this.#held.size;
    this.expiring = this.#held.deadlines.size;
    this.#walk = new SlotWalk(this.#held.slotsEnd);
  }

  /** Whether the walk has come to its end. */
  get isOver(): boolean {
    return this.#walk.isOver;
  }

  changing(slot: number): void {
    if (!this.#walk.take(slot)) return;
    const kept = this.#freeze(slot);
    if (kept !== undefined) this.#keep(kept);
  }

  added(slot: number): void {
    this.#walk.take(slot);
  }

  /** Goes on by one step. @returns the key there, if there is one that was not kept before */
  next(): FrozenKey | undefined {
    const slot = this.#walk.next();
    return slot === NO_SLOT ? undefined : this.#freeze(slot);
  }

  /** The key at a slot, `undefined` where there was none, or it was expired. */
  #freeze(slot: number): FrozenKey | undefined {
    const key = this.#held.keyAt(slot);
    const expiresAt = this.#held.expiresAt(slot);
    if (key === undefined || expiresAt <= this.#nowMs) return undefined;
    const held = this.#held.valueAt(slot);
    const value = typeof held === "string" ? held : this.#freezeSet(slot, held);
    return { table: this, key, value, expiresAt };
  }

  #freezeSet(slot: number, set: SortedSet): CopiedSet | FrozenSet {
    const { zsetListpackEntries } = this.#limits;
    const isSmall =
      set.size <= COPIED_MEMBERS || set.size <= Math.min(zsetListpackEntries, COPIED_MEMBERS_MAX);
    const entries = isSmall ? undefined : indexedEntriesOf(set);
    if (entries !== undefined) return new FrozenSet(entries);
    const mark = this.#held.notes?.mark(slot) ?? 0;
    return { members: set.range(0, -1), isListpack: isListpack(set, mark, this.#limits) };
  }
}
