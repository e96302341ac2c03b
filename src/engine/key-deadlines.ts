import { DeadlineHeap } from "../structures/deadline-heap.ts";
import { NO_SLOT, type SlotTable } from "../structures/slot-table.ts";

/**
 * When keys go: a table's numbers are the deadlines of its keys, Infinity for one that stays, and a
 * heap says whose is the earliest.
 *
 * The heap is at or before each deadline. One that only moves later is left where it is, as a key
 * that is written again and again would move through the heap each time; it is put right when its
 * former deadline comes.
 */
export class KeyDeadlines {
  readonly #table: SlotTable;
  readonly #heap = new DeadlineHeap();

  constructor(table: SlotTable) {
    this.#table = table;
  }

  /** How many keys have a deadline. O(1). */
  get size(): number {
    return this.#heap.size;
  }

  /** When to look for expired keys next: no deadline is before it. Infinity: there is none. */
  get earliest(): number {
    return this.#heap.earliestDeadline;
  }

  /**
   * Gives a key another deadline than it had before, Infinity for none. O(log n).
   * @returns whether it is the earliest of all now
   */
  move(slot: number, before: number, deadline: number): boolean {
    this.#table.setNumber(slot, deadline);
    if (deadline === Infinity) this.#heap.remove(slot);
    else if (before === Infinity || deadline < before) {
      this.#heap.set(slot, deadline);
      return this.#heap.earliest === slot;
    }
    return false;
  }

  /** Forgets a key that goes. O(log n), O(1) for one that had no deadline. */
  remove(slot: number): void {
    if (this.#table.numberAt(slot) !== Infinity) this.#heap.remove(slot);
  }

  /**
   * The key whose time is over by now, where that is the one that the heap has first; else puts the
   * heap right, so that to ask again may tell another one, and returns {@link NO_SLOT}. To be asked
   * while {@link earliest} is not after now. O(log n).
   */
  due(now: number): number {
    const slot = this.#heap.earliest;
    const deadline = this.#table.numberAt(slot);
    if (deadline <= now) return slot;
    this.#heap.set(slot, deadline);
    return NO_SLOT;
  }
}
