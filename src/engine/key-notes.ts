import { PagedInt32 } from "../structures/paged-array.ts";

/** What a note costs for each key, in bytes. */
export const NOTE_BYTES = 4;

/**
 * What a server tells of its keys beside their values, by slot: the second of the last use, and one
 * mark of the value. Both share one integer, twice the second plus the mark, which lasts until 2106.
 */
export class KeyNotes {
  readonly #notes = new PagedInt32();

  /** Makes room for slots below `slotsEnd`. */
  ensure(slotsEnd: number): void {
    this.#notes.ensure(slotsEnd);
  }

  /** Notes a use at some time, in milliseconds since the epoch. */
  noteUse(slot: number, nowMs: number): void {
    this.#notes.set(slot, (Math.floor(nowMs / 1000) << 1) | (this.#notes.get(slot) & 1));
  }

  /** The second of the last use, since the epoch. */
  secondOfUse(slot: number): number {
    return this.#notes.get(slot) >>> 1;
  }

  isMarked(slot: number): boolean {
    return (this.#notes.get(slot) & 1) === 1;
  }

  setMark(slot: number, isMarked: boolean): void {
    const note = this.#notes.get(slot);
    this.#notes.set(slot, isMarked ? note | 1 : note & ~1);
  }
}
