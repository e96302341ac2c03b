import { PagedFloat64, PagedInt32 } from "./paged-array.ts";
import { NO_SLOT } from "./slot-table.ts";

/** Children of a node. Four lie in one or two cache lines, and halve the height of a binary heap. */
const ARITY = 4;

/**
 * Slots in order of their deadlines: an indexed 4-ary min-heap (D. B. Johnson, "Priority queues
 * with update", 1975), so that any slot's deadline can be changed or removed, not only the first.
 *
 * A timer wheel would set a deadline in O(1), but rounds it, and has to move whole buckets when
 * its hands turn; the heap is exact, and one removal is all that a step ever has to do.
 *
 * Cost: `set` and `remove` O(log n), and O(1) for a deadline later than all others; `earliest` O(1).
 */
export class DeadlineHeap {
  readonly #deadlines = new PagedFloat64();
  readonly #slots = new PagedInt32();
  /** By slot: its place in the heap plus one; 0 means that it has no deadline. */
  readonly #places = new PagedInt32();
  #size = 0;

  /** How many slots have a deadline. */
  get size(): number {
    return this.#size;
  }

  /** The slot with the earliest deadline, or {@link NO_SLOT}. O(1). */
  get earliest(): number {
    return this.#size === 0 ? NO_SLOT : this.#slots.get(0);
  }

  /** The earliest deadline, or Infinity where there is none. O(1). */
  get earliestDeadline(): number {
    return this.#size === 0 ? Infinity : this.#deadlines.get(0);
  }

  /** Whether the slot has a deadline. O(1). */
  has(slot: number): boolean {
    return slot < this.#places.capacity && this.#places.get(slot) !== 0;
  }

  /** Gives a slot a deadline, or another one. O(log n). */
  set(slot: number, deadline: number): void {
    this.#places.ensure(slot + 1);
    let place = this.#places.get(slot) - 1;
    if (place < 0) {
      place = this.#size++;
      this.#deadlines.ensure(this.#size);
      this.#slots.ensure(this.#size);
    }
    this.#settle(place, slot, deadline);
  }

  /** Takes the deadline of a slot away, if it has one. O(log n). */
  remove(slot: number): void {
    if (!this.has(slot)) return;
    const place = this.#places.get(slot) - 1;
    this.#places.set(slot, 0);
    const last = --this.#size;
    if (place !== last) this.#settle(place, this.#slots.get(last), this.#deadlines.get(last));
    this.#deadlines.trim(this.#size);
    this.#slots.trim(this.#size);
  }

  /** Throws where the structure contradicts itself. O(n); for tests. */
  checkInvariants(): void {
    for (let place = 0; place < this.#size; place++) {
      if (this.#places.get(this.#slots.get(place)) !== place + 1) {
        throw new Error(`the slot at ${place} does not know its place`);
      }
      const parent = (place - 1) >> 2;
      if (place > 0 && this.#deadlines.get(parent) > this.#deadlines.get(place)) {
        throw new Error(`the deadline at ${place} is before its parent's`);
      }
    }
  }

  /** Puts a slot where it belongs, starting from a place whose content may be overwritten. */
  #settle(from: number, slot: number, deadline: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      if (this.#deadlines.get(parent) <= deadline) break;
      this.#put(place, this.#slots.get(parent), this.#deadlines.get(parent));
      place = parent;
    }
    for (;;) {
      const child = this.#earliestChild(place);
      if (child === place || this.#deadlines.get(child) >= deadline) break;
      this.#put(place, this.#slots.get(child), this.#deadlines.get(child));
      place = child;
    }
    this.#put(place, slot, deadline);
  }

  /** The child with the earliest deadline, or the place itself where it has no children. */
  #earliestChild(place: number): number {
    const first = place * ARITY + 1;
    if (first >= this.#size) return place;
    const end = Math.min(first + ARITY, this.#size);
    let earliest = first;
    for (let child = first + 1; child < end; child++) {
      if (this.#deadlines.get(child) < this.#deadlines.get(earliest)) earliest = child;
    }
    return earliest;
  }

  #put(place: number, slot: number, deadline: number): void {
    this.#slots.set(place, slot);
    this.#deadlines.set(place, deadline);
    this.#places.set(slot, place + 1);
  }
}
