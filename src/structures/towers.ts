/** The most levels that a tower has. */
export const LEVELS_MAX = 32;

/**
 * A tower is a run of records of 16 bytes: first a header (the number of its block, its height,
 * the tower before it), then for each level, from 0 up, a link (the next tower, the entries from
 * here to it, and the score that separates the two). It is named by the number of its header.
 */
export const RECORD_INTS = 4;
export const RECORD_DOUBLES = 2;
const BLOCK = 0;
const HEIGHT = 1;
const PREVIOUS = 2;
/** Where a link has its fields: two integers and a double. */
export const NEXT = 0;
export const SPAN = 1;
export const SEPARATOR = 1;

/** The tower in front of all others: it has no block. As a link it means "none". */
export const HEAD = 0;
const HEAD_RECORDS = 1 + LEVELS_MAX;
const RECORDS_MIN = HEAD_RECORDS + 15;

/**
 * The towers of a skip list, in one array: what leads from block to block, on each level. Descents
 * read `records` and `separators` themselves; whoever changes a tower uses the methods.
 */
export class Towers {
  /** The records as integers, and as doubles. */
  records = new Int32Array(RECORDS_MIN * RECORD_INTS);
  separators = new Float64Array(this.records.buffer);
  #end = HEAD_RECORDS;
  /** Towers that were released, by height. */
  readonly #free: number[][] = [];

  /** A tower for a block, not linked yet. O(1), amortised. */
  take(height: number, block: number): number {
    const tower = this.#free[height]?.pop() ?? this.#takeRecords(1 + height);
    this.records[tower * RECORD_INTS + BLOCK] = block;
    this.records[tower * RECORD_INTS + HEIGHT] = height;
    return tower;
  }

  /** Takes back a tower that is not linked any more. O(1) */
  release(tower: number): void {
    (this.#free[this.height(tower)] ??= []).push(tower);
  }

  block(tower: number): number {
    return this.records[tower * RECORD_INTS + BLOCK] as number;
  }

  height(tower: number): number {
    return this.records[tower * RECORD_INTS + HEIGHT] as number;
  }

  previous(tower: number): number {
    return this.records[tower * RECORD_INTS + PREVIOUS] as number;
  }

  setPrevious(tower: number, previous: number): void {
    this.records[tower * RECORD_INTS + PREVIOUS] = previous;
  }

  /** How many entries the tower's block has: those between it and the next one. */
  count(tower: number): number {
    return this.span(tower, 0);
  }

  next(tower: number, level: number): number {
    return this.records[(tower + 1 + level) * RECORD_INTS + NEXT] as number;
  }

  separator(tower: number, level: number): number {
    return this.separators[(tower + 1 + level) * RECORD_DOUBLES + SEPARATOR] as number;
  }

  setNext(tower: number, level: number, next: number, separator: number): void {
    this.records[(tower + 1 + level) * RECORD_INTS + NEXT] = next;
    this.separators[(tower + 1 + level) * RECORD_DOUBLES + SEPARATOR] = separator;
  }

  span(tower: number, level: number): number {
    return this.records[(tower + 1 + level) * RECORD_INTS + SPAN] as number;
  }

  setSpan(tower: number, level: number, span: number): void {
    this.records[(tower + 1 + level) * RECORD_INTS + SPAN] = span;
  }

  #takeRecords(count: number): number {
    const taken = this.#end;
    this.#end += count;
    if (this.#end * RECORD_INTS > this.records.length) {
      const grown = new Int32Array(this.records.length * 2);
      grown.set(this.records);
      this.records = grown;
      this.separators = new Float64Array(grown.buffer);
    }
    return taken;
  }
}
