import { PagedInt32 } from "./paged-array.ts";
import { NO_SLOT } from "./slot-table.ts";

const PREVIOUS = 0;
const NEXT = 1;

/**
 * The links of doubly linked lists over slots: two integers a slot, no node objects. Each slot
 * stands in at most one of the lists that share them.
 */
export class SlotLinks {
  readonly #links = new PagedInt32();

  ensure(slots: number): void {
    this.#links.ensure(2 * slots);
  }

  previous(slot: number): number {
    return this.#links.get(2 * slot + PREVIOUS);
  }

  next(slot: number): number {
    return this.#links.get(2 * slot + NEXT);
  }

  setPrevious(slot: number, previous: number): void {
    this.#links.set(2 * slot + PREVIOUS, previous);
  }

  setNext(slot: number, next: number): void {
    this.#links.set(2 * slot + NEXT, next);
  }
}

/** A doubly linked list of slots. All operations are O(1). */
export class SlotList {
  readonly #links: SlotLinks;
  #front = NO_SLOT;
  #back = NO_SLOT;
  #size = 0;

  constructor(links: SlotLinks) {
    this.#links = links;
  }

  get size(): number {
    return this.#size;
  }

  /** The first slot, or {@link NO_SLOT}. */
  get front(): number {
    return this.#front;
  }

  /** The last slot, or {@link NO_SLOT}. */
  get back(): number {
    return this.#back;
  }

  /** The slot in front of this one, or {@link NO_SLOT}. */
  previous(slot: number): number {
    return this.#links.previous(slot);
  }

  /** Adds a slot that is in no list of these links. */
  pushFront(slot: number): void {
    this.#links.ensure(slot + 1);
    this.#links.setPrevious(slot, NO_SLOT);
    this.#links.setNext(slot, this.#front);
    if (this.#front === NO_SLOT) this.#back = slot;
    else this.#links.setPrevious(this.#front, slot);
    this.#front = slot;
    this.#size++;
  }

  /** Takes out a slot of this list. */
  remove(slot: number): void {
    const previous = this.#links.previous(slot);
    const next = this.#links.next(slot);
    if (previous === NO_SLOT) this.#front = next;
    else this.#links.setNext(previous, next);
    if (next === NO_SLOT) this.#back = previous;
    else this.#links.setPrevious(next, previous);
    this.#size--;
  }

  /** Throws where the structure contradicts itself. O(n); for tests. */
  checkInvariants(): void {
    let seen = 0;
    let previous = NO_SLOT;
    for (let slot = this.#front; slot !== NO_SLOT; slot = this.#links.next(slot)) {
      if (this.#links.previous(slot) !== previous) throw new Error(`slot ${slot}: wrong back link`);
      if (++seen > this.#size) throw new Error("the list is longer than its size");
      previous = slot;
    }
    if (seen !== this.#size) throw new Error(`the list has ${seen} of ${this.#size} slots`);
    if (this.#back !== previous) throw new Error("the last slot is not the last");
  }
}
