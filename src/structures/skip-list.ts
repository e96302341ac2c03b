import { CacheError } from "../errors.ts";
import { TYPED_ARRAY_BYTES } from "./heap-cost.ts";
import { PagedFloat64, PagedRefs, pageOffset } from "./paged-array.ts";
import { DEFAULT_SEED, type Random, seededRandom } from "./random.ts";

/** A member of a sorted set and the score that ranks it. */
export interface ZMember {
  member: string;
  score: number;
}

/**
 * Tells V8, once, that the `score` of such an object may be anything: it then stores an integer of
 * 32 bits in place, where it would otherwise allocate a heap number for every score. What a range
 * allocates is what it costs.
 */
export const MEMBER_SHAPE: { member: string; score: unknown } = { member: "", score: undefined };

/** The most levels that a block's tower has. */
export const LEVELS_MAX = 32;
/** The probability that a block on one level is on the next one, too. */
export const PROMOTION_PROBABILITY = 1 / 4;
/** Entries in a full block. A power of two. */
export const BLOCK_ENTRIES = 64;
const BLOCK_BITS = 6;
/** A block this empty takes in the block that follows it, where both fit easily into one. */
const MERGE_BELOW_ENTRIES = BLOCK_ENTRIES / 4;
const MERGED_ENTRIES_MAX = (BLOCK_ENTRIES * 3) / 4;

/**
 * A tower is a run of records of 16 bytes: first a header (the number of its block, its height,
 * the tower before it), then for each level, from 0 up, a link (the next tower, the entries from
 * here to it, and the score that separates the two). It is named by the number of its header.
 */
const RECORD_INTS = 4;
const RECORD_DOUBLES = 2;
const BLOCK = 0;
const HEIGHT = 1;
const PREVIOUS = 2;
const NEXT = 0;
const SPAN = 1;
const SEPARATOR = 1;

/** The tower in front of all others: it has no block. As a link it means "none". */
const HEAD = 0;
const HEAD_RECORDS = 1 + LEVELS_MAX;
const RECORDS_CAPACITY_MIN = HEAD_RECORDS + 15;

/** Stands for a member that is greater than each member there can be. */
export const AFTER_ALL = undefined;

/**
 * The way of the latest descent: the last tower of each level that stands at or before the
 * position, and how many entries precede its block. All lists share these two: no call of one list
 * runs inside a call of another.
 */
const path = new Int32Array(LEVELS_MAX);
const pathRank = new Int32Array(LEVELS_MAX);

/**
 * An ordered list of (score, member) pairs that knows ranks: by score, and at equal scores by the
 * members' bytes (`<` on byte strings).
 *
 * It is a skip list (W. Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees", 1990)
 * whose links carry spans (Pugh's "Skip List Cookbook", section 3.4; Redis' `t_zset.c` does the
 * same), and it is *unrolled*: what is linked are not single entries but sorted blocks of up to 64,
 * after Z. Shao, J. Reppy and A. Appel, "Unrolling lists", 1994. It departs from both in this:
 *
 * - Only blocks have towers. A million entries make some 22,000 blocks, whose towers fit into a
 *   processor's second-level cache, where a tower for each entry misses it at almost every step.
 * - Towers are records in one typed array, entries stand in pages, 64 to a block. There are no
 *   node objects for the garbage collector to trace.
 * - A link carries the score from which on its target is the place to look, so that a step reads
 *   one record. This *separator* is the first score of the target when the link is made, and is
 *   left as it is when entries come and go: it stays at or above every score before it, and at or
 *   below every score behind it. Only where it equals the score sought is the target itself read.
 * - The span of a link counts entries, so that on level 0 it is the size of the block itself.
 * - A full block splits in half, but for the last one when an entry goes to its end: ascending
 *   inserts fill blocks to the brim.
 *
 * Cost, N entries: `insert`, `delete`, `update`, `rank`, `at` and every search are O(log N)
 * expected; reading M entries from there is O(M).
 *
 * @example
 * ```ts
 * import { SkipList } from "laurel/structures";
 *
 * const list = new SkipList();
 * list.insert(1500, "charlie");
 * list.insert(1350, "frank");
 * console.log(list.rank(1500, "charlie")); // 1
 * console.log(list.at(0)); // { member: "frank", score: 1350 }
 * ```
 */
export class SkipList {
  readonly #random: Random;
  /** Entry i of block b is at b * 64 + i. */
  readonly #scores = new PagedFloat64();
  readonly #members = new PagedRefs<string>();

  #blocksEnd = 0;
  #freeBlocks: number[] = [];

  /** The towers' records, as integers and as doubles. */
  #records = new Int32Array(RECORDS_CAPACITY_MIN * RECORD_INTS);
  #separators = new Float64Array(this.#records.buffer);
  #recordsEnd = HEAD_RECORDS;
  /** Towers that were removed, by height. */
  #freeTowers: number[][] = [];

  #levels = 1;
  #last = HEAD;
  #length = 0;

  constructor(options: { random?: Random } = {}) {
    this.#random = options.random ?? seededRandom(DEFAULT_SEED);
  }

  /** How many entries there are. O(1). */
  get length(): number {
    return this.#length;
  }

  /** Bytes that the list holds, the members' own text not counted. O(1). */
  get byteSize(): number {
    const towers = this.#records.byteLength + TYPED_ARRAY_BYTES;
    return this.#scores.byteSize + this.#members.byteSize + towers;
  }

  /**
   * Adds a pair, unless it is there already. O(log N).
   * @returns whether it was added
   * @throws {CacheError} `INVALID_SCORE` when the score is NaN
   */
  insert(score: number, member: string): boolean {
    if (Number.isNaN(score)) throw nanScore();
    const tower = this.#descend(score, member);
    if (tower === HEAD) {
      this.#append(score, member);
      return true;
    }
    const position = this.#positionIn(tower, score, member);
    if (this.#isAt(tower, position, score, member)) return false;

    if (this.#count(tower) < BLOCK_ENTRIES) this.#insertInto(tower, position, score, member);
    else if (position === BLOCK_ENTRIES && tower === this.#last) this.#append(score, member);
    else {
      this.#split(tower);
      this.insert(score, member);
    }
    return true;
  }

  /**
   * Removes a pair. O(log N).
   * @returns whether it was there
   */
  delete(score: number, member: string): boolean {
    const tower = this.#descend(score, member);
    if (tower === HEAD) return false;
    const position = this.#positionIn(tower, score, member);
    if (!this.#isAt(tower, position, score, member)) return false;
    this.#removeFrom(tower, position, 1);
    return true;
  }

  /**
   * Gives a member that is there with score `from` the score `to`. O(log N), and no link is
   * touched where the pair stays inside its block.
   * @returns whether the pair was there
   * @throws {CacheError} `INVALID_SCORE` when the new score is NaN
   */
  update(from: number, member: string, to: number): boolean {
    if (Number.isNaN(to)) throw nanScore();
    const tower = this.#descend(from, member);
    if (tower === HEAD) return false;
    const position = this.#positionIn(tower, from, member);
    if (!this.#isAt(tower, position, from, member)) return false;

    if (this.#belongsTo(tower, to, member)) this.#moveWithin(tower, position, to, member);
    else {
      this.#removeFrom(tower, position, 1);
      this.insert(to, member);
    }
    return true;
  }

  /** The 0-based rank of a pair, lowest score first, or `undefined` where it is not. O(log N). */
  rank(score: number, member: string): number | undefined {
    const tower = this.#descend(score, member);
    if (tower === HEAD) return undefined;
    const position = this.#positionIn(tower, score, member);
    if (!this.#isAt(tower, position, score, member)) return undefined;
    return (pathRank[0] as number) + position;
  }

  /**
   * How many pairs are less than (score, member), which need not be there: the rank that it would
   * have. With {@link AFTER_ALL} as the member: how many have this score or a lower one. O(log N).
   */
  countBelow(score: number, member: string | typeof AFTER_ALL): number {
    const tower = this.#descend(score, member);
    if (tower === HEAD) return 0;
    return (pathRank[0] as number) + this.#positionIn(tower, score, member);
  }

  /** The pair at this 0-based rank, or `undefined` outside of the list. O(log N). */
  at(rank: number): ZMember | undefined {
    if (!(rank >= 0 && rank < this.#length)) return undefined;
    const tower = this.#descendToRank(rank);
    return this.#entry(tower, rank - (pathRank[0] as number));
  }

  /** The lowest pair with a score from `min` to `max`, both included. O(log N). */
  firstInScoreRange(min: number, max: number): ZMember | undefined {
    const first = this.at(this.countBelow(min, ""));
    return first !== undefined && first.score <= max ? first : undefined;
  }

  /** The highest pair with a score from `min` to `max`, both included. O(log N). */
  lastInScoreRange(min: number, max: number): ZMember | undefined {
    const last = this.at(this.countBelow(max, AFTER_ALL) - 1);
    return last !== undefined && last.score >= min ? last : undefined;
  }

  /**
   * How many members are less than this one, in a list whose scores are all equal; where they
   * are not, the answer means nothing, as in Redis. O(log N).
   */
  countBelowMember(member: string): number {
    return this.#length === 0 ? 0 : this.countBelow(this.#scoreAt(this.#next(HEAD, 0), 0), member);
  }

  /** The first pair with a member from `min` to `max`, where all scores are equal. O(log N). */
  firstInLexRange(min: string, max: string): ZMember | undefined {
    const first = this.at(this.countBelowMember(min));
    return first !== undefined && first.member <= max ? first : undefined;
  }

  /** The last pair with a member from `min` to `max`, where all scores are equal. O(log N). */
  lastInLexRange(min: string, max: string): ZMember | undefined {
    const below = this.countBelowMember(max);
    const atMax = this.at(below);
    const last = atMax !== undefined && atMax.member === max ? atMax : this.at(below - 1);
    return last !== undefined && last.member >= min ? last : undefined;
  }

  /**
   * Up to `count` pairs from this rank on; with `reverse` from there downwards. O(log N + count).
   * Both are in bounds: `0 <= start`, `start + count <= length`, or `count <= start + 1` in reverse.
   */
  read(start: number, count: number, reverse = false): ZMember[] {
    if (count <= 0) return [];
    const entries = new Array<ZMember>(count);
    let tower = this.#descendToRank(start);
    let position = start - (pathRank[0] as number);
    for (let done = 0; done < count;) {
      const left = reverse ? position + 1 : this.#count(tower) - position;
      const run = Math.min(left, count - done);
      this.#readBlock(tower, position, run, reverse, entries, done);
      done += run;
      tower = reverse ? this.#previous(tower) : this.#next(tower, 0);
      position = reverse ? this.#count(tower) - 1 : 0;
    }
    return entries;
  }

  /**
   * Removes the `count` pairs from this rank on, all in bounds, and returns them in order.
   * O(log N) for each block of 64 that it touches.
   */
  deleteRange(start: number, count: number): ZMember[] {
    const removed = this.read(start, count);
    for (let left = count; left > 0;) {
      const tower = this.#descendToRank(start);
      const position = start - (pathRank[0] as number);
      const run = Math.min(left, this.#count(tower) - position);
      this.#removeFrom(tower, position, run);
      left -= run;
    }
    return removed;
  }

  /** All pairs, the lowest first. The list must not change meanwhile. */
  *[Symbol.iterator](): IterableIterator<ZMember> {
    for (let tower = this.#next(HEAD, 0); tower !== HEAD; tower = this.#next(tower, 0)) {
      for (let i = 0; i < this.#count(tower); i++) yield this.#entry(tower, i);
    }
  }

  /** All pairs, the highest first. The list must not change meanwhile. */
  *reversed(): IterableIterator<ZMember> {
    for (let tower = this.#last; tower !== HEAD; tower = this.#previous(tower)) {
      for (let i = this.#count(tower) - 1; i >= 0; i--) yield this.#entry(tower, i);
    }
  }

  /** Throws where the structure contradicts itself. O(N); for tests. */
  checkInvariants(): void {
    const startOf = new Map<number, number>([[HEAD, 0]]);
    let previous = HEAD;
    let length = 0;
    for (let tower = this.#next(HEAD, 0); tower !== HEAD; tower = this.#next(tower, 0)) {
      startOf.set(tower, length);
      length += this.#count(tower);
      check(this.#count(tower) >= 1, `the block of tower ${tower} is empty`);
      check(this.#count(tower) <= BLOCK_ENTRIES, `the block of tower ${tower} is too full`);
      check(this.#previous(tower) === previous, `tower ${tower} has a wrong back link`);
      previous = tower;
    }
    check(length === this.#length, `blocks have ${length} of ${this.#length} entries`);
    check(this.#last === previous, "the last tower is not the last");
    check(this.#span(HEAD, 0) === 0, "the head has entries");

    let before: ZMember | undefined;
    for (const entry of this) {
      const ordered =
        before === undefined || isLess(before.score, before.member, entry.score, entry.member);
      check(ordered, `${before?.member} stands before ${entry.member}`);
      before = entry;
    }
    for (let level = 0; level < this.#levels; level++) this.#checkLevel(level, startOf);
  }

  #checkLevel(level: number, startOf: ReadonlyMap<number, number>): void {
    for (let tower = HEAD; ;) {
      const next = this.#next(tower, level);
      const end = next === HEAD ? this.#length : (startOf.get(next) as number);
      const span = end - (startOf.get(tower) as number);
      check(this.#span(tower, level) === span, `tower ${tower} has a wrong span on level ${level}`);
      if (next === HEAD) return;
      const before = this.#previous(next);
      const separator = this.#separator(tower, level);
      check(this.#height(next) > level, "a link leads past a tower");
      check(separator === this.#separator(before, 0), "the levels separate differently");
      check(separator <= this.#scoreAt(next, 0), `the separator of ${next} is too high`);
      if (before !== HEAD) {
        const low = this.#scoreAt(before, this.#count(before) - 1);
        check(low <= separator, `the separator of ${next} is too low`);
      }
      tower = next;
    }
  }

  // ---- descents

  /**
   * Finds the tower of the block in which (score, member) is or would be, and leaves the way in
   * `path`. HEAD only when the list is empty.
   */
  #descend(score: number, member: string | typeof AFTER_ALL): number {
    const records = this.#records;
    const separators = this.#separators;
    let tower = HEAD;
    let rank = 0;
    for (let level = this.#levels - 1; level >= 0; level--) {
      for (;;) {
        const link = tower + 1 + level;
        const next = records[link * RECORD_INTS + NEXT] as number;
        if (next === HEAD) break;
        const separator = separators[link * RECORD_DOUBLES + SEPARATOR] as number;
        if (separator > score) break;
        if (separator === score && !this.#startsAtOrBefore(next, score, member)) break;
        rank += records[link * RECORD_INTS + SPAN] as number;
        tower = next;
      }
      path[level] = tower;
      pathRank[level] = rank;
    }
    return tower === HEAD ? this.#enterFirst() : tower;
  }

  /** What comes before all towers is looked for, and inserted, in the first block. */
  #enterFirst(): number {
    const first = this.#next(HEAD, 0);
    const height = first === HEAD ? 0 : this.#height(first);
    for (let level = 0; level < height; level++) path[level] = first;
    return first;
  }

  #startsAtOrBefore(tower: number, score: number, member: string | typeof AFTER_ALL): boolean {
    const first = this.#scoreAt(tower, 0);
    if (first !== score) return first < score;
    return member === AFTER_ALL || this.#memberAt(tower, 0) <= member;
  }

  /** Finds the tower whose block holds the entry of this rank, and leaves the way in `path`. */
  #descendToRank(rank: number): number {
    const records = this.#records;
    let tower = HEAD;
    let start = 0;
    for (let level = this.#levels - 1; level >= 0; level--) {
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

  /** Whether a descent for (score, member), an entry of this block or to be one, ends here. */
  #belongsTo(tower: number, score: number, member: string): boolean {
    const next = this.#next(tower, 0);
    if (next !== HEAD) {
      const separator = this.#separator(tower, 0);
      if (separator < score) return false;
      if (separator === score && this.#startsAtOrBefore(next, score, member)) return false;
    }
    const previous = this.#previous(tower);
    if (previous === HEAD) return true;
    const last = this.#count(previous) - 1;
    return (
      this.#separator(previous, 0) <= score &&
      isLess(this.#scoreAt(previous, last), this.#memberAt(previous, last), score, member)
    );
  }

  // ---- inside a block

  /** How many entries of the block are less than (score, member). O(log 64). */
  #positionIn(tower: number, score: number, member: string | typeof AFTER_ALL): number {
    const base = this.#base(tower);
    const scores = this.#scores.pageOf(base);
    const start = pageOffset(base);
    let low = start;
    let high = start + this.#count(tower);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = scores[middle] as number;
      if (at < score || (at === score && this.#isBefore(tower, middle - start, member))) {
        low = middle + 1;
      } else high = middle;
    }
    return low - start;
  }

  #isBefore(tower: number, position: number, member: string | typeof AFTER_ALL): boolean {
    return member === AFTER_ALL || this.#memberAt(tower, position) < member;
  }

  #isAt(tower: number, position: number, score: number, member: string): boolean {
    return (
      position < this.#count(tower) &&
      this.#scoreAt(tower, position) === score &&
      this.#memberAt(tower, position) === member
    );
  }

  /** Reads `run` entries of one block into `entries` from `done` on. */
  #readBlock(
    tower: number,
    position: number,
    run: number,
    reverse: boolean,
    entries: ZMember[],
    done: number,
  ): void {
    // A block lies within one page of each column, so the pages are looked up but once.
    const base = this.#base(tower);
    const scores = this.#scores.pageOf(base);
    const members = this.#members.pageOf(base);
    const first = pageOffset(base) + position;
    const step = reverse ? -1 : 1;
    for (let i = 0; i < run; i++) {
      const at = first + i * step;
      const score = scores[at] as number;
      const small = score | 0;
      // See MEMBER_SHAPE; -0 is no small integer and stays itself.
      entries[done + i] = {
        member: members[at] as string,
        score: small === score && small !== 0 ? small : score,
      };
    }
  }

  /** Rewrites the score of one entry and shifts it to where it now belongs in its block. */
  #moveWithin(tower: number, from: number, score: number, member: string): void {
    const base = this.#base(tower);
    // The entry itself is counted where its former score was lower than the new one.
    const below = this.#positionIn(tower, score, member);
    const to = below > from ? below - 1 : below;
    if (to > from) this.#shift(base + from + 1, base + from, to - from);
    else this.#shift(base + to, base + to + 1, from - to);
    this.#write(base + to, score, member);
    if (to === 0) this.#lowerFirstSeparator(tower, score);
  }

  /** Inserts into a block with room; the way to it is in `path`. */
  #insertInto(tower: number, position: number, score: number, member: string): void {
    const at = this.#base(tower) + position;
    this.#shift(at, at + 1, this.#count(tower) - position);
    this.#write(at, score, member);
    if (position === 0) this.#lowerFirstSeparator(tower, score);
    this.#addToSpans(1);
  }

  /** Removes a run of entries of one block; the way to it is in `path`. */
  #removeFrom(tower: number, position: number, run: number): void {
    const count = this.#count(tower);
    if (run === count) {
      this.#removeBlock(tower);
      return;
    }
    const base = this.#base(tower);
    this.#shift(base + position + run, base + position, count - position - run);
    this.#clear(base + count - run, run);
    this.#addToSpans(-run);
    if (count - run <= MERGE_BELOW_ENTRIES) this.#mergeWithNext(tower);
  }

  /** Copies `count` entries within one block, in the order that an overlap asks for. */
  #shift(from: number, to: number, count: number): void {
    const scores = this.#scores.pageOf(from);
    const members = this.#members.pageOf(from);
    const source = pageOffset(from);
    const target = pageOffset(to);
    if (target < source) {
      for (let i = 0; i < count; i++) scores[target + i] = scores[source + i] as number;
      for (let i = 0; i < count; i++) members[target + i] = members[source + i];
    } else {
      for (let i = count - 1; i >= 0; i--) scores[target + i] = scores[source + i] as number;
      for (let i = count - 1; i >= 0; i--) members[target + i] = members[source + i];
    }
  }

  /** Moves `count` entries to another block. */
  #moveEntries(from: number, to: number, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#write(to + i, this.#scores.get(from + i), this.#members.get(from + i) as string);
    }
    this.#clear(from, count);
  }

  /** Lets go of the members of `count` entries. */
  #clear(from: number, count: number): void {
    for (let i = from; i < from + count; i++) this.#members.set(i, undefined);
  }

  #write(index: number, score: number, member: string): void {
    this.#scores.set(index, score);
    this.#members.set(index, member);
  }

  // ---- blocks and their towers

  /** Links a new block with one entry behind the last one. */
  #append(score: number, member: string): void {
    if (this.#length > 0) this.#descendToRank(this.#length - 1);
    else this.#resetPath();
    const tower = this.#newTower();
    this.#write(this.#base(tower), score, member);
    this.#link(tower, this.#length, score);
    // Every level's last link now ends behind the new entry.
    const height = this.#height(tower);
    for (let level = 0; level < this.#levels; level++) {
      const tail = level < height ? tower : (path[level] as number);
      this.#setSpan(tail, level, this.#span(tail, level) + 1);
    }
    this.#length++;
  }

  /** Moves the upper half of a full block, to which `path` leads, to a new block behind it. */
  #split(tower: number): void {
    const half = BLOCK_ENTRIES / 2;
    const created = this.#newTower();
    this.#moveEntries(this.#base(tower) + half, this.#base(created), half);
    this.#link(created, (pathRank[0] as number) + half, this.#scoreAt(created, 0));
  }

  /** Links a tower whose block begins at rank `start` behind those of `path`, and divides spans. */
  #link(tower: number, start: number, separator: number): void {
    const height = this.#height(tower);
    while (this.#levels < height) {
      path[this.#levels] = HEAD;
      pathRank[this.#levels] = 0;
      this.#setNext(HEAD, this.#levels, HEAD, 0);
      this.#setSpan(HEAD, this.#levels, this.#length);
      this.#levels++;
    }
    for (let level = 0; level < height; level++) {
      const left = path[level] as number;
      const distance = start - (pathRank[level] as number);
      this.#setNext(tower, level, this.#next(left, level), this.#separator(left, level));
      this.#setSpan(tower, level, this.#span(left, level) - distance);
      this.#setNext(left, level, tower, separator);
      this.#setSpan(left, level, distance);
    }
    this.#setPrevious(tower, path[0] as number);
    this.#setPreviousOfNext(tower, tower);
  }

  /** Unlinks a tower, whose entries are gone or moved; `path` leads to the block before it. */
  #unlink(tower: number): void {
    const height = this.#height(tower);
    for (let level = 0; level < height; level++) {
      const left = path[level] as number;
      this.#setNext(left, level, this.#next(tower, level), this.#separator(tower, level));
      this.#setSpan(left, level, this.#span(left, level) + this.#span(tower, level));
    }
    this.#setPreviousOfNext(tower, this.#previous(tower));
    while (this.#levels > 1 && this.#next(HEAD, this.#levels - 1) === HEAD) this.#levels--;
    this.#freeBlocks.push(this.#records[tower * RECORD_INTS + BLOCK] as number);
    (this.#freeTowers[height] ??= []).push(tower);
  }

  #setPreviousOfNext(tower: number, previous: number): void {
    const next = this.#next(tower, 0);
    if (next === HEAD) this.#last = previous;
    else this.#setPrevious(next, previous);
  }

  /** Removes a block with all its entries; `path` leads to it. */
  #removeBlock(tower: number): void {
    const count = this.#count(tower);
    const start = pathRank[0] as number;
    this.#addToSpans(-count);
    this.#clear(this.#base(tower), count);
    // The block now has no entries, so the way to its predecessor ends one rank before it.
    if (start === 0) this.#resetPath();
    else this.#descendToRank(start - 1);
    this.#unlink(tower);
  }

  /** Takes the entries of the next block into this one, to which `path` leads, where they fit. */
  #mergeWithNext(tower: number): void {
    const next = this.#next(tower, 0);
    if (next === HEAD) return;
    const count = this.#count(tower);
    const more = this.#count(next);
    if (count + more > MERGED_ENTRIES_MAX) return;
    this.#moveEntries(this.#base(next), this.#base(tower) + count, more);
    this.#unlink(next);
  }

  /** Only in front of the first block can a score come to be below the separator. */
  #lowerFirstSeparator(tower: number, score: number): void {
    if (this.#previous(tower) !== HEAD || this.#separator(HEAD, 0) <= score) return;
    const height = this.#height(tower);
    for (let level = 0; level < height; level++) this.#setNext(HEAD, level, tower, score);
  }

  /** The way to the very front. */
  #resetPath(): void {
    path.fill(HEAD, 0, this.#levels);
    pathRank.fill(0, 0, this.#levels);
  }

  #addToSpans(entries: number): void {
    for (let level = 0; level < this.#levels; level++) {
      const tower = path[level] as number;
      this.#setSpan(tower, level, this.#span(tower, level) + entries);
    }
    this.#length += entries;
  }

  /** A tower of random height with an empty block, not linked yet. */
  #newTower(): number {
    let height = 1;
    while (height < LEVELS_MAX && this.#random() < PROMOTION_PROBABILITY) height++;
    const block = this.#freeBlocks.pop() ?? this.#blocksEnd++;
    this.#scores.ensure((block + 1) << BLOCK_BITS);
    this.#members.ensure((block + 1) << BLOCK_BITS);
    const tower = this.#freeTowers[height]?.pop() ?? this.#takeRecords(1 + height);
    this.#records[tower * RECORD_INTS + BLOCK] = block;
    this.#records[tower * RECORD_INTS + HEIGHT] = height;
    return tower;
  }

  #takeRecords(count: number): number {
    const taken = this.#recordsEnd;
    this.#recordsEnd += count;
    if (this.#recordsEnd * RECORD_INTS > this.#records.length) {
      const grown = new Int32Array(this.#records.length * 2);
      grown.set(this.#records);
      this.#records = grown;
      this.#separators = new Float64Array(grown.buffer);
    }
    return taken;
  }

  // ---- single fields

  #entry(tower: number, position: number): ZMember {
    return { member: this.#memberAt(tower, position), score: this.#scoreAt(tower, position) };
  }

  #scoreAt(tower: number, position: number): number {
    return this.#scores.get(this.#base(tower) + position);
  }

  #memberAt(tower: number, position: number): string {
    return this.#members.get(this.#base(tower) + position) as string;
  }

  /** Where the entries of a tower's block begin. */
  #base(tower: number): number {
    return (this.#records[tower * RECORD_INTS + BLOCK] as number) << BLOCK_BITS;
  }

  #height(tower: number): number {
    return this.#records[tower * RECORD_INTS + HEIGHT] as number;
  }

  #previous(tower: number): number {
    return this.#records[tower * RECORD_INTS + PREVIOUS] as number;
  }

  #setPrevious(tower: number, previous: number): void {
    this.#records[tower * RECORD_INTS + PREVIOUS] = previous;
  }

  #count(tower: number): number {
    return this.#span(tower, 0);
  }

  #next(tower: number, level: number): number {
    return this.#records[(tower + 1 + level) * RECORD_INTS + NEXT] as number;
  }

  #separator(tower: number, level: number): number {
    return this.#separators[(tower + 1 + level) * RECORD_DOUBLES + SEPARATOR] as number;
  }

  #setNext(tower: number, level: number, next: number, separator: number): void {
    this.#records[(tower + 1 + level) * RECORD_INTS + NEXT] = next;
    this.#separators[(tower + 1 + level) * RECORD_DOUBLES + SEPARATOR] = separator;
  }

  #span(tower: number, level: number): number {
    return this.#records[(tower + 1 + level) * RECORD_INTS + SPAN] as number;
  }

  #setSpan(tower: number, level: number, span: number): void {
    this.#records[(tower + 1 + level) * RECORD_INTS + SPAN] = span;
  }
}

/** The order of the list: by score, then by the members' bytes. */
export function isLess(
  score: number,
  member: string,
  thanScore: number,
  thanMember: string,
): boolean {
  return score < thanScore || (score === thanScore && member < thanMember);
}

function check(holds: boolean, complaint: string): void {
  if (!holds) throw new Error(complaint);
}

function nanScore(): CacheError {
  return new CacheError(
    "INVALID_SCORE",
    "Cannot rank a member: its score must be a number: received NaN",
  );
}
