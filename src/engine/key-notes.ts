import { PagedInt32 } from "../structures/paged-array.ts";
import type { Random } from "../structures/random.ts";

/** What the notes of a key cost, in bytes. */
export const NOTE_BYTES = 4;

/** Marks are from 0, which is none, to 3. */
const MARK_BITS = 2;
const MARK_MASK = (1 << MARK_BITS) - 1;
/** Above the mark stand 30 bits: the second of the last use, which comes round after 34 years ... */
const SECOND_MASK = 0x3fffffff;
/** ... or the minute of the last use, which comes round after 8 years, above a count of 8 bits. */
const MINUTE_MASK = 0x3fffff;
const COUNT_MAX = 255;

/** A new key begins with this count, so that it is not the first to go. */
const COUNT_START = 5;
/** The higher, the fewer uses are counted: 100,000 uses make a count of about 140. */
const LOG_FACTOR = 10;

/**
 * What a server tells of its keys beside their values, by slot: when each was used last, or where
 * uses are counted how often, and a mark of the value. All share one integer a key.
 *
 * Uses are counted in eight bits, as Redis does: the higher the count, the less likely is one use
 * to raise it (R. Morris, "Counting large numbers of events in small registers", 1978), and with
 * each minute without use it falls by one. It is there to be told (OBJECT FREQ); the `lfu` policy
 * counts exactly.
 */
export class KeyNotes {
  /** Whether uses are counted; else the last one is dated. */
  readonly countsUses: boolean;
  readonly #random: Random;
  readonly #notes = new PagedInt32();

  constructor(countsUses: boolean, random: Random) {
    this.countsUses = countsUses;
    this.#random = random;
  }

  /** Notes that a key came, at some time in milliseconds since the epoch. */
  start(slot: number, nowMs: number): void {
    this.#notes.ensure(slot + 1);
    if (this.countsUses) this.setCount(slot, COUNT_START, nowMs);
    else this.setIdleSeconds(slot, 0, nowMs);
  }

  /** Notes a use. */
  use(slot: number, nowMs: number): void {
    if (!this.countsUses) {
      this.setIdleSeconds(slot, 0, nowMs);
      return;
    }
    const count = this.count(slot, nowMs);
    const beyondStart = Math.max(0, count - COUNT_START);
    const isCounted = count < COUNT_MAX && this.#random() < 1 / (beyondStart * LOG_FACTOR + 1);
    this.setCount(slot, isCounted ? count + 1 : count, nowMs);
  }

  /** Whole seconds since the last use, where uses are dated; else 0. */
  idleSeconds(slot: number, nowMs: number): number {
    if (this.countsUses) return 0;
    return since(this.#notes.get(slot) >>> MARK_BITS, Math.floor(nowMs / 1000), SECOND_MASK);
  }

  /** Notes that the last use was so long ago, where uses are dated. */
  setIdleSeconds(slot: number, seconds: number, nowMs: number): void {
    if (this.countsUses) return;
    const capped = Math.min(seconds, SECOND_MASK >>> 1);
    this.#write(slot, (Math.floor(nowMs / 1000) - capped) & SECOND_MASK);
  }

  /** How often the key was used, from 0 to 255 and logarithmic, where uses are counted; else 0. */
  count(slot: number, nowMs: number): number {
    if (!this.countsUses) return 0;
    const note = this.#notes.get(slot) >>> MARK_BITS;
    const minutes = since(note >>> 8, Math.floor(nowMs / 60_000), MINUTE_MASK);
    return Math.max(0, (note & COUNT_MAX) - minutes);
  }

  /** Notes how often the key was used, where uses are counted. */
  setCount(slot: number, count: number, nowMs: number): void {
    if (!this.countsUses) return;
    this.#write(slot, ((Math.floor(nowMs / 60_000) & MINUTE_MASK) << 8) | count);
  }

  /** The mark of the value, 0 where there is none. */
  mark(slot: number): number {
    return this.#notes.get(slot) & MARK_MASK;
  }

  setMark(slot: number, mark: number): void {
    this.#notes.set(slot, (this.#notes.get(slot) & ~MARK_MASK) | mark);
  }

  #write(slot: number, note: number): void {
    this.#notes.set(slot, (note << MARK_BITS) | this.mark(slot));
  }
}

/** How far one time is after another, both counted round; a clock that was set back says 0. */
function since(then: number, now: number, mask: number): number {
  const passed = (now - then) & mask;
  return passed > mask >>> 1 ? 0 : passed;
}
