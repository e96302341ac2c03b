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
 * The way of the latest descent: the last tower of each level that stands at or before the
 * position, and how many entries precede its block. All lists share these two: no call of one list
 * runs inside a call of another.
 */
export const path = new Int32Array(LEVELS_MAX);
export const pathRank = new Int32Array(LEVELS_MAX);

/**
 * The towers of a skip list, in one array: what leads from block to block, on each level. A descent
 * by score reads `records` and `separators` itself, since it may have to look into blocks; whoever
 * changes a tower uses the methods.
 */
export class Towers {
  /** Levels in use: each has a tower, but the first, which may have none. */
  levels = 1;
  /** The last tower of all; HEAD when there is none. */
  last = HEAD;
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

  /** Finds the tower whose block holds the entry of this rank, and leaves the way in `path`. */
  descendToRank(rank: number): number {
    const { records } = this;
    let tower = HEAD;
    let start = 0;
    for (let level = this.levels - 1; level >= 0; level--) {
      for (;;) {
        const link = (tower + 1 + level) * RECORD_INTS;
        const next = records[link + NEXT] as number;
        const nextStart = start + (records[link + SPAN] as number);
        if (next === HEAD || nextStart > rank) break;
        start = nextStart;
        tower = next;
      }
      path[level] = tower;
      pathRank[level] = start;
    }
    return tower;
  }

  /** Sets `path` to the very front. */
  resetPath(): void {
    path.fill(HEAD, 0, this.levels);
    pathRank.fill(0, 0, this.levels);
  }

  /**
   * Links a tower whose block begins at rank `start` behind those of `path`, and divides spans; the
   * list has `length` entries so far.
   */
  link(tower: number, start: number, separator: number, length: number): void {
    const height = this.height(tower);
    while (this.levels < height) {
      path[this.levels] = HEAD;
      pathRank[this.levels] = 0;
      this.setNext(HEAD, this.levels, HEAD, 0);
      this.setSpan(HEAD, this.levels, length);
      this.levels++;
    }
    for (let level = 0; level < height; level++) {
      const left = path[level] as number;
      const distance = start - (pathRank[level] as number);
      this.setNext(tower, level, this.next(left, level), this.separator(left, level));
      this.setSpan(tower, level, this.span(left, level) - distance);
      this.setNext(left, level, tower, separator);
      this.setSpan(left, level, distance);
    }
    this.setPrevious(tower, path[0] as number);
    this.#setPreviousOfNext(tower, tower);
  }

  /** Unlinks a tower and takes it back; `path` leads to the one before it. */
  unlink(tower: number): void {
    const height = this.height(tower);
    for (let level = 0; level < height; level++) {
      const left = path[level] as number;
      this.setNext(left, level, this.next(tower, level), this.separator(tower, level));
      this.setSpan(left, level, this.span(left, level) + this.span(tower, level));
    }
    this.#setPreviousOfNext(tower, this.previous(tower));
    while (this.levels > 1 && this.next(HEAD, this.levels - 1) === HEAD) this.levels--;
    (this.#free[height] ??= []).push(tower);
  }

  /** Lengthens every link of `path`. */
  addToSpans(entries: number): void {
    for (let level = 0; level < this.levels; level++) {
      const tower = path[level] as number;
      this.setSpan(tower, level, this.span(tower, level) + entries);
    }
  }

  /** Only in front of the first block can a score come to be below the separator. */
  lowerFirstSeparator(tower: number, score: number): void {
    if (this.previous(tower) !== HEAD || this.separator(HEAD, 0) <= score) return;
    const height = this.height(tower);
    for (let level = 0; level < height; level++) this.setNext(HEAD, level, tower, score);
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

  #setPreviousOfNext(tower: number, previous: number): void {
    const next = this.next(tower, 0);
    if (next === HEAD) this.last = previous;
    else this.setPrevious(next, previous);
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
