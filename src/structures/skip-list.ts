import { BLOCK_CAPACITY, EntryBlocks } from "./entry-blocks.ts";
import { DEFAULT_SEED, type Random, seededRandom } from "./random.ts";
import { checkNumber } from "./score-input.ts";
import { checkSkipList } from "./skip-list-invariants.ts";
import {
  HEAD,
  LEVELS_MAX,
  NEXT,
  path,
  pathRank,
  RECORD_DOUBLES,
  RECORD_INTS,
  SEPARATOR,
  SPAN,
  Towers,
} from "./towers.ts";
import { AFTER_ALL, type ZMember } from "./z-member.ts";

/** The probability that a block on one level is on the next one, too. */
const PROMOTION_PROBABILITY = 1 / 4;
/** A block this empty takes in the block that follows it, where both fit easily into one. */
const MERGE_BELOW_ENTRIES = BLOCK_CAPACITY / 4;
const MERGED_ENTRIES_MAX = (BLOCK_CAPACITY * 3) / 4;

/** The way to where an entry goes that comes from where `path` leads. */
const targetPath = new Int32Array(LEVELS_MAX);

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
 * - Towers are records in one typed array, entries stand in {@link EntryBlocks}. There are no node
 *   objects for the garbage collector to trace.
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
 * console.log(list.at(0)?.member); // frank
 * ```
 */
export class SkipList {
  readonly #random: Random;
  readonly #blocks = new EntryBlocks();
  readonly #towers = new Towers();

  #length = 0;

  constructor(options: { random?: Random } = {}) {
    this.#random = options.random ?? seededRandom(DEFAULT_SEED);
  }

  /** How many entries there are. O(1). */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a pair, unless it is there already. O(log N).
   * @returns whether it was added
   * @throws {CacheError} `INVALID_SCORE` when the score is NaN
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * console.log(list.insert(3, "ada"), list.insert(3, "ada")); // true false
   * ```
   */
  insert(score: number, member: string): boolean {
    checkNumber(score);
    const tower = this.#descend(score, member);
    if (tower === HEAD) {
      this.#append(score, member);
      return true;
    }
    const position = this.#positionIn(tower, score, member);
    if (this.#isAt(tower, position, score, member)) return false;

    if (this.#towers.count(tower) < BLOCK_CAPACITY)
      this.#insertInto(tower, position, score, member);
    else if (position === BLOCK_CAPACITY && tower === this.#towers.last)
      this.#append(score, member);
    else {
      this.#split(tower);
      this.insert(score, member);
    }
    return true;
  }

  /**
   * Removes a pair. O(log N).
   * @returns whether it was there
   * @throws {CacheError} `INVALID_SCORE` when the score is NaN
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * list.insert(3, "ada");
   * console.log(list.delete(4, "ada"), list.delete(3, "ada")); // false true
   * ```
   */
  delete(score: number, member: string): boolean {
    checkNumber(score);
    const tower = this.#descend(score, member);
    if (tower === HEAD) return false;
    const position = this.#positionIn(tower, score, member);
    if (!this.#isAt(tower, position, score, member)) return false;
    this.#removeFrom(tower, position, 1);
    return true;
  }

  /**
   * Gives a member that is there with score `from` the score `to`. O(log N), and links are made or
   * cut only where a block is full or nearly empty. Who knows for certain that the pair is there
   * says so: it is then found by its score, and members are compared only where scores are equal.
   * @returns whether the pair was there
   * @throws {CacheError} `INVALID_SCORE` when the new score is NaN
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * list.insert(3, "ada");
   * console.log(list.update(3, "ada", 5), list.at(0)?.score); // true 5
   * ```
   */
  update(from: number, member: string, to: number, known = false): boolean {
    checkNumber(to);
    // Where it goes is looked up first: that waits for nothing, and while its block comes in from
    // memory the way to where it stands is found.
    const target = this.#descend(to, member, targetPath);
    if (target === HEAD) return false;
    const below = this.#positionIn(target, to, member);
    const tower = this.#descend(from, member);
    const position = known
      ? this.#knownPositionIn(tower, from, member)
      : this.#positionIn(tower, from, member);
    if (!known && !this.#isAt(tower, position, from, member)) return false;

    if (!known && from !== to && this.#isAt(target, below, to, member)) {
      // The member has that score, too: two pairs become one.
      return this.delete(from, member);
    }
    if (tower === target) this.#moveWithin(tower, position, below, to);
    else if (
      this.#towers.count(tower) <= MERGE_BELOW_ENTRIES + 1 ||
      this.#towers.count(target) === BLOCK_CAPACITY
    ) {
      this.#removeFrom(tower, position, 1);
      this.insert(to, member);
    } else this.#moveBetween(tower, position, target, below, to, member);
    return true;
  }

  /**
   * The 0-based rank of a pair, lowest score first, or `undefined` where it is not. O(log N).
   * @throws {CacheError} `INVALID_SCORE` when the score is NaN
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * list.insert(3, "ada");
   * list.insert(1, "bob");
   * console.log(list.rank(3, "ada"), list.rank(1, "carol")); // 1 undefined
   * ```
   */
  rank(score: number, member: string): number | undefined {
    checkNumber(score);
    const tower = this.#descend(score, member);
    if (tower === HEAD) return undefined;
    const position = this.#positionIn(tower, score, member);
    if (!this.#isAt(tower, position, score, member)) return undefined;
    return (pathRank[0] as number) + position;
  }

  /**
   * The rank of a pair of which the caller knows that it is there. O(log N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * list.insert(3, "ada");
   * console.log(list.rankOfKnown(3, "ada")); // 0
   * ```
   */
  rankOfKnown(score: number, member: string): number {
    const tower = this.#descend(score, member);
    return (pathRank[0] as number) + this.#knownPositionIn(tower, score, member);
  }

  /**
   * How many pairs are less than (score, member), which need not be there: the rank that it would
   * have. With `undefined` as the member, which stands behind all others: how many have this score or a
   * lower one. O(log N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * list.insert(1, "bob");
   * list.insert(3, "ada");
   * console.log(list.countBelow(3, ""), list.countBelow(3, undefined)); // 1 2
   * ```
   */
  countBelow(score: number, member: string | typeof AFTER_ALL): number {
    const tower = this.#descend(score, member);
    if (tower === HEAD) return 0;
    return (pathRank[0] as number) + this.#positionIn(tower, score, member);
  }

  /**
   * The pair at this 0-based rank, or `undefined` outside of the list. O(log N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * list.insert(3, "ada");
   * console.log(list.at(0), list.at(1)); // { member: 'ada', score: 3 } undefined
   * ```
   */
  at(rank: number): ZMember | undefined {
    if (!(Number.isInteger(rank) && rank >= 0 && rank < this.#length)) return undefined;
    const tower = this.#towers.descendToRank(rank);
    return this.#entry(tower, rank - (pathRank[0] as number));
  }

  /**
   * The lowest pair with a score from `min` to `max`, both included. O(log N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * for (const [i, member] of ["ada", "bob", "carol"].entries()) list.insert(i, member);
   * console.log(list.firstInScoreRange(1, 9)); // { member: 'bob', score: 1 }
   * ```
   */
  firstInScoreRange(min: number, max: number): ZMember | undefined {
    const first = this.at(this.countBelow(min, ""));
    return first !== undefined && first.score <= max ? first : undefined;
  }

  /**
   * The highest pair with a score from `min` to `max`, both included. O(log N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * for (const [i, member] of ["ada", "bob", "carol"].entries()) list.insert(i, member);
   * console.log(list.lastInScoreRange(1, 9)); // { member: 'carol', score: 2 }
   * ```
   */
  lastInScoreRange(min: number, max: number): ZMember | undefined {
    const last = this.at(this.countBelow(max, AFTER_ALL) - 1);
    return last !== undefined && last.score >= min ? last : undefined;
  }

  /**
   * How many members are less than this one, in a list whose scores are all equal; where they
   * are not, the answer means nothing, as in Redis. O(log N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * for (const member of ["ada", "bob", "carol"]) list.insert(0, member);
   * console.log(list.countBelowMember("bob")); // 1
   * ```
   */
  countBelowMember(member: string): number {
    return this.#length === 0
      ? 0
      : this.countBelow(this.#scoreAt(this.#towers.next(HEAD, 0), 0), member);
  }

  /**
   * The first pair with a member from `min` to `max`, where all scores are equal. O(log N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * for (const member of ["ada", "bob", "carol"]) list.insert(0, member);
   * console.log(list.firstInLexRange("b", "z")?.member); // bob
   * ```
   */
  firstInLexRange(min: string, max: string): ZMember | undefined {
    const first = this.at(this.countBelowMember(min));
    return first !== undefined && first.member <= max ? first : undefined;
  }

  /**
   * The last pair with a member from `min` to `max`, where all scores are equal. O(log N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * for (const member of ["ada", "bob", "carol"]) list.insert(0, member);
   * console.log(list.lastInLexRange("a", "c")?.member); // bob
   * ```
   */
  lastInLexRange(min: string, max: string): ZMember | undefined {
    const below = this.countBelowMember(max);
    const atMax = this.at(below);
    const last = atMax !== undefined && atMax.member === max ? atMax : this.at(below - 1);
    return last !== undefined && last.member >= min ? last : undefined;
  }

  /**
   * Up to `count` pairs from this rank on; with `reverse` from there downwards. A rank outside of
   * the list, or what is no integer, reads nothing. O(log N + count).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * for (const [i, member] of ["ada", "bob", "carol"].entries()) list.insert(i, member);
   * console.log(list.read(1, 2).map(({ member }) => member)); // [ 'bob', 'carol' ]
   * console.log(list.read(1, 2, true).map(({ member }) => member)); // [ 'bob', 'ada' ]
   * ```
   */
  read(start: number, count: number, reverse = false): ZMember[] {
    count = this.#bounded(start, count, reverse);
    if (count === 0) return [];
    const entries = new Array<ZMember>(count);
    let tower = this.#towers.descendToRank(start);
    let position = start - (pathRank[0] as number);
    for (let done = 0; done < count;) {
      const left = reverse ? position + 1 : this.#towers.count(tower) - position;
      const run = Math.min(left, count - done);
      this.#blocks.read(this.#towers.block(tower), position, run, reverse, entries, done);
      done += run;
      tower = reverse ? this.#towers.previous(tower) : this.#towers.next(tower, 0);
      position = reverse ? this.#towers.count(tower) - 1 : 0;
    }
    return entries;
  }

  /**
   * Removes up to `count` pairs from this rank on, and returns them in order. A rank outside of the
   * list, or what is no integer, removes nothing. O(log N) for each block of 64 that it touches.
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * for (const [i, member] of ["ada", "bob", "carol"].entries()) list.insert(i, member);
   * console.log(list.deleteRange(0, 2).length, list.length); // 2 1
   * ```
   */
  deleteRange(start: number, count: number): ZMember[] {
    const removed = this.read(start, count);
    for (let left = removed.length; left > 0;) {
      const tower = this.#towers.descendToRank(start);
      const position = start - (pathRank[0] as number);
      const run = Math.min(left, this.#towers.count(tower) - position);
      this.#removeFrom(tower, position, run);
      left -= run;
    }
    return removed;
  }

  /**
   * All pairs, the lowest first. The list must not change meanwhile. O(N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * for (const [i, member] of ["ada", "bob"].entries()) list.insert(i, member);
   * let sum = 0;
   * for (const { score } of list) sum += score;
   * console.log(sum, [...list].length); // 1 2
   * ```
   */
  *[Symbol.iterator](): IterableIterator<ZMember> {
    for (
      let tower = this.#towers.next(HEAD, 0);
      tower !== HEAD;
      tower = this.#towers.next(tower, 0)
    ) {
      for (let i = 0; i < this.#towers.count(tower); i++) yield this.#entry(tower, i);
    }
  }

  /**
   * All pairs, the highest first. The list must not change meanwhile. O(N).
   *
   * @example
   * ```ts
   * import { SkipList } from "laurel/structures";
   *
   * const list = new SkipList();
   * for (const [i, member] of ["ada", "bob"].entries()) list.insert(i, member);
   * console.log([...list.reversed()].map(({ member }) => member)); // [ 'bob', 'ada' ]
   * console.log([...list].map(({ member }) => member)); // [ 'ada', 'bob' ]
   * ```
   */
  *reversed(): IterableIterator<ZMember> {
    for (let tower = this.#towers.last; tower !== HEAD; tower = this.#towers.previous(tower)) {
      for (let i = this.#towers.count(tower) - 1; i >= 0; i--) yield this.#entry(tower, i);
    }
  }

  /** Throws where the structure contradicts itself. O(N); for tests. */
  checkInvariants(): void {
    checkSkipList(this.#towers, this.#blocks, this.#length);
  }

  /** How many of `count` pairs from a rank on there are. */
  #bounded(start: number, count: number, reverse: boolean): number {
    if (!Number.isInteger(start) || start < 0 || start >= this.#length) return 0;
    if (!Number.isInteger(count) || count < 0) return 0;
    return Math.min(count, reverse ? start + 1 : this.#length - start);
  }

  // ---- descents

  /**
   * Finds the tower of the block in which (score, member) is or would be, and leaves the way in
   * `towers` and `pathRank`. HEAD only when the list is empty.
   */
  #descend(score: number, member: string | typeof AFTER_ALL, towers = path): number {
    const { records, separators } = this.#towers;
    let tower = HEAD;
    let rank = 0;
    for (let level = this.#towers.levels - 1; level >= 0; level--) {
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
      towers[level] = tower;
      pathRank[level] = rank;
    }
    return tower === HEAD ? this.#enterFirst(towers) : tower;
  }

  /** What comes before all towers is looked for, and inserted, in the first block. */
  #enterFirst(towers: Int32Array): number {
    const first = this.#towers.next(HEAD, 0);
    const height = first === HEAD ? 0 : this.#towers.height(first);
    for (let level = 0; level < height; level++) towers[level] = first;
    return first;
  }

  #startsAtOrBefore(tower: number, score: number, member: string | typeof AFTER_ALL): boolean {
    const first = this.#scoreAt(tower, 0);
    if (first !== score) return first < score;
    return member === AFTER_ALL || this.#memberAt(tower, 0) <= member;
  }

  // ---- inside a block

  /** How many entries of the block are less than (score, member). O(log 64). */
  #positionIn(tower: number, score: number, member: string | typeof AFTER_ALL): number {
    return this.#blocks.countBelow(
      this.#towers.block(tower),
      this.#towers.count(tower),
      score,
      member,
    );
  }

  /** The position of a pair that is in the block. */
  #knownPositionIn(tower: number, score: number, member: string): number {
    return this.#blocks.positionOf(
      this.#towers.block(tower),
      this.#towers.count(tower),
      score,
      member,
    );
  }

  #isAt(tower: number, position: number, score: number, member: string): boolean {
    return (
      position < this.#towers.count(tower) &&
      this.#scoreAt(tower, position) === score &&
      this.#memberAt(tower, position) === member
    );
  }

  /** Gives an entry another score, with which `below` of its block, itself counted, are less. */
  #moveWithin(tower: number, from: number, below: number, score: number): void {
    const to = below > from ? below - 1 : below;
    this.#blocks.move(this.#towers.block(tower), from, to, score);
    if (to === 0) this.#towers.lowerFirstSeparator(tower, score);
  }

  /** Moves an entry to which `path` leads to a block with room, to which `targetPath` leads. */
  #moveBetween(
    tower: number,
    position: number,
    target: number,
    targetPosition: number,
    score: number,
    member: string,
  ): void {
    this.#blocks.remove(this.#towers.block(tower), this.#towers.count(tower), position, 1);
    this.#blocks.insert(
      this.#towers.block(target),
      this.#towers.count(target),
      targetPosition,
      score,
      member,
    );
    if (targetPosition === 0) this.#towers.lowerFirstSeparator(target, score);
    for (let level = 0; level < this.#towers.levels; level++) {
      const left = path[level] as number;
      const right = targetPath[level] as number;
      if (left === right) continue;
      this.#towers.setSpan(left, level, this.#towers.span(left, level) - 1);
      this.#towers.setSpan(right, level, this.#towers.span(right, level) + 1);
    }
  }

  /** Inserts into a block with room; the way to it is in `path`. */
  #insertInto(tower: number, position: number, score: number, member: string): void {
    this.#blocks.insert(
      this.#towers.block(tower),
      this.#towers.count(tower),
      position,
      score,
      member,
    );
    if (position === 0) this.#towers.lowerFirstSeparator(tower, score);
    this.#addToSpans(1);
  }

  /** Removes a run of entries of one block; the way to it is in `path`. */
  #removeFrom(tower: number, position: number, run: number): void {
    const count = this.#towers.count(tower);
    if (run === count) {
      this.#removeBlock(tower);
      return;
    }
    this.#blocks.remove(this.#towers.block(tower), count, position, run);
    this.#addToSpans(-run);
    if (count - run <= MERGE_BELOW_ENTRIES) this.#mergeWithNext(tower);
  }

  // ---- blocks and their towers

  /** Links a new block with one entry behind the last one. */
  #append(score: number, member: string): void {
    if (this.#length > 0) this.#towers.descendToRank(this.#length - 1);
    else this.#towers.resetPath();
    const tower = this.#newTower();
    this.#blocks.insert(this.#towers.block(tower), 0, 0, score, member);
    this.#towers.link(tower, this.#length, score, this.#length);
    // Every level's last link now ends behind the new entry.
    const height = this.#towers.height(tower);
    for (let level = 0; level < this.#towers.levels; level++) {
      const tail = level < height ? tower : (path[level] as number);
      this.#towers.setSpan(tail, level, this.#towers.span(tail, level) + 1);
    }
    this.#length++;
  }

  /** Moves the upper half of a full block, to which `path` leads, to a new block behind it. */
  #split(tower: number): void {
    const half = BLOCK_CAPACITY / 2;
    const created = this.#newTower();
    this.#blocks.transfer(
      this.#towers.block(tower),
      BLOCK_CAPACITY,
      half,
      this.#towers.block(created),
      0,
    );
    const start = (pathRank[0] as number) + half;
    this.#towers.link(created, start, this.#scoreAt(created, 0), this.#length);
  }

  /** Removes a block with all its entries; `path` leads to it. */
  #removeBlock(tower: number): void {
    const count = this.#towers.count(tower);
    const start = pathRank[0] as number;
    this.#addToSpans(-count);
    this.#blocks.remove(this.#towers.block(tower), count, 0, count);
    // The block now has no entries, so the way to its predecessor ends one rank before it.
    if (start === 0) this.#towers.resetPath();
    else this.#towers.descendToRank(start - 1);
    this.#unlink(tower);
  }

  /** Takes the entries of the next block into this one, to which `path` leads, where they fit. */
  #mergeWithNext(tower: number): void {
    const next = this.#towers.next(tower, 0);
    if (next === HEAD) return;
    const count = this.#towers.count(tower);
    const more = this.#towers.count(next);
    if (count + more > MERGED_ENTRIES_MAX) return;
    this.#blocks.transfer(this.#towers.block(next), more, more, this.#towers.block(tower), count);
    this.#unlink(next);
  }

  #unlink(tower: number): void {
    this.#blocks.release(this.#towers.block(tower));
    this.#towers.unlink(tower);
  }

  #addToSpans(entries: number): void {
    this.#towers.addToSpans(entries);
    this.#length += entries;
  }

  /** A tower of random height with an empty block, not linked yet. */
  #newTower(): number {
    let height = 1;
    while (height < LEVELS_MAX && this.#random() < PROMOTION_PROBABILITY) height++;
    return this.#towers.take(height, this.#blocks.take());
  }

  // ---- single fields

  #entry(tower: number, position: number): ZMember {
    return { member: this.#memberAt(tower, position), score: this.#scoreAt(tower, position) };
  }

  #scoreAt(tower: number, position: number): number {
    return this.#blocks.scoreAt(this.#towers.block(tower), position);
  }

  #memberAt(tower: number, position: number): string {
    return this.#blocks.memberAt(this.#towers.block(tower), position);
  }
}
