import { NO_SLOT } from "./slot-table.ts";

const WORD_BITS = 32;
const FULL_WORD = 0xffffffff;

/**
 * A walk over the slots that a table had at one instant, each of which is taken once: by the walk,
 * in order, or out of turn by whoever is about to change it. One bit a slot says which.
 */
export class SlotWalk {
  readonly #end: number;
  readonly #taken: Uint32Array;
  #cursor = 0;

  /** All slots are below `end`. O(end / 32), which costs next to nothing before they are used. */
  constructor(end: number) {
    this.#end = end;
    this.#taken = new Uint32Array(Math.ceil(end / WORD_BITS));
  }

  /** Whether there is nothing left to take. */
  get isOver(): boolean {
    return this.#cursor >= this.#end;
  }

  /** Takes a slot out of turn. O(1). @returns whether it was there and not taken before */
  take(slot: number): boolean {
    if (slot < this.#cursor || slot >= this.#end) return false;
    const word = slot >>> 5;
    const bit = 1 << (slot & 31);
    const taken = this.#taken[word] as number;
    if ((taken & bit) !== 0) return false;
    this.#taken[word] = taken | bit;
    return true;
  }

  /**
   * Takes the slot that is next in order; {@link NO_SLOT} where it was taken before, which passes
   * it, and up to 31 more that were, too. Not to be asked when the walk is over. O(1).
   */
  next(): number {
    const slot = this.#cursor;
    const taken = this.#taken[slot >>> 5] as number;
    if (taken === FULL_WORD) {
      this.#cursor = (slot | (WORD_BITS - 1)) + 1;
      return NO_SLOT;
    }
    this.#cursor++;
    return (taken & (1 << (slot & 31))) === 0 ? slot : NO_SLOT;
  }

  /** Takes all that is left. */
  finish(): void {
    this.#cursor = this.#end;
  }
}
