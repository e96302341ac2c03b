import type { IndexedEntries } from "../structures/indexed-entries.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import { SlotWalk } from "../structures/slot-walk.ts";
import type { SlotWatcher } from "../structures/slot-watcher.ts";
import type { ZMember } from "../structures/z-member.ts";

/**
 * The members of a large sorted set as they were at one instant, handed over in parts while the set
 * goes on changing, under whatever key it is by then, if any.
 *
 * It walks over the slots of the set's entries, where members stay. One that is about to change, and
 * that the walk did not reach yet, is copied before; slots that are taken by new members are passed.
 * A set that becomes compact leaves its entries behind as they are then, and the walk goes on.
 */
export class FrozenSet implements SlotWatcher {
  readonly size: number;
  readonly #walk: SlotWalk;
  /** Members as they were that changed before they were handed over. */
  readonly #copied: ZMember[] = [];
  #handedOver = 0;
  /** `undefined` where nothing is left to be handed over. */
  #entries: IndexedEntries | undefined;

  /** Of entries that did not change since that instant. O(1), plus one bit a slot. */
  constructor(entries: IndexedEntries) {
    this.size = entries.size;
    this.#walk = new SlotWalk(entries.slotsEnd);
    this.#entries = entries;
    entries.watcher = this;
  }

  changing(slot: number): void {
    if (this.#walk.take(slot)) this.#copied.push(this.#memberAt(slot) as ZMember);
  }

  added(slot: number): void {
    this.#walk.take(slot);
  }

  /** Whether all members have been handed over. */
  get isOver(): boolean {
    return this.#copied.length === 0 && this.#walk.isOver;
  }

  /** Hands more members over, visiting up to `steps` of them. @returns how many it visited */
  read(hand: (part: readonly ZMember[]) => void, steps: number): number {
    const part = this.#copied.splice(-steps);
    let visited = part.length;
    for (; visited < steps && !this.#walk.isOver; visited++) {
      const slot = this.#walk.next();
      const entry = slot === NO_SLOT ? undefined : this.#memberAt(slot);
      if (entry !== undefined) part.push(entry);
    }
    this.#handedOver += part.length;
    if (part.length > 0) hand(part);
    if (this.isOver) this.#finish();
    return visited;
  }

  /** Nothing is copied any more. */
  release(): void {
    this.#walk.finish();
    if (this.#entries !== undefined) this.#entries.watcher = undefined;
    this.#entries = undefined;
  }

  #finish(): void {
    this.release();
    if (this.#handedOver === this.size) return;
    throw new Error(`a frozen set of ${this.size} members handed over ${this.#handedOver}`);
  }

  #memberAt(slot: number): ZMember | undefined {
    const member = this.#entries?.memberAt(slot);
    if (member === undefined) return undefined;
    return { member, score: this.#entries?.scoreOf(slot) as number };
  }
}
