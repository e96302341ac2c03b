import { CacheError, show } from "../errors.ts";
import { type AddConditions, checkConditions, forbids, NO_CONDITIONS } from "./add-conditions.ts";
import { isAscii } from "./byte-string.ts";
import { CompactEntries } from "./compact-entries.ts";
import type { Entries } from "./entries.ts";
import { stringBytes } from "./heap-cost.ts";
import { IndexedEntries } from "./indexed-entries.ts";
import { checkLexBound, type LexBound, type RankSpan, walkByLex } from "./lex-bound.ts";
import { DEFAULT_SEED, type Random, seededRandom } from "./random.ts";
import {
  checkPops,
  checkRanks,
  checkSample,
  checkScan,
  checkWindow,
  type RangeOptions,
} from "./range-input.ts";
import { drawBelow, drawDifferent } from "./sample.ts";
import { boundExcludes, boundScore, type ScoreBound } from "./score-bound.ts";
import { checkMember, checkScore, checkSum } from "./score-input.ts";
import { AFTER_ALL, type ZMember } from "./z-member.ts";
import {
  type AlgebraOptions,
  checkAlgebra,
  difference,
  intersection,
  union,
} from "./set-algebra.ts";
import { defaultStringHash, type StringHash } from "./string-hash.ts";

/** The most members that a set holds in its compact form. */
export const COMPACT_MEMBERS_MAX = 64;
/** A set that outgrew its compact form goes back to it when it has no more members than these. */
export const COMPACT_AGAIN_MEMBERS = COMPACT_MEMBERS_MAX / 4;

/**
 * Where scores differ, ranges of members mean something only as far as Redis' answer for a small
 * set is known: one that never had more members than these.
 */
const WALKED_MEMBERS_MAX = 128;

/** The objects of a set with their fields, in bytes, by form. */
const COMPACT_SET_BYTES = 276;
const INDEXED_SET_BYTES = 4216;
/** What a member costs beside its text, in bytes, by form: `bench/memory.ts` measures it. */
const COMPACT_MEMBER_BYTES = 20;
const INDEXED_MEMBER_BYTES = 56;

/** What became of an `add`: `refused` when a condition forbade it. */
export type AddOutcome = "added" | "updated" | "unchanged" | "refused";

/** How a {@link SortedSet} is made; it needs nothing. */
export interface SortedSetOptions {
  /** Flips the coins of the index. Default: a generator with a fixed seed. */
  random?: Random | undefined;
  /** Hashes members. Default: one hash for all; where members come from strangers, draw one. */
  hash?: StringHash | undefined;
}

const NO_OPTIONS = Object.freeze({});
const OPTION_NAMES: Readonly<Record<keyof SortedSetOptions, true>> = { random: true, hash: true };

/** The entries of a set that is not in its compact form; when it is again, they change no more. */
export let indexedEntriesOf: (set: SortedSet) => IndexedEntries | undefined;

/**
 * A set of members, each with a score by which they are ranked, as Redis' sorted sets: unique
 * members, scores that are IEEE doubles with both infinities, equal scores in order of the
 * members' bytes. Synchronous, and free of any keyspace, clock or promise.
 *
 * Members are compared with `<`, which orders ASCII text, and byte strings of any content
 * (`toByteString`), as Redis does. Up to 64 members are held in two plain arrays, more in a hash
 * table and a skip list; a set that has grown stays so until it has only 16.
 *
 * Cost, N members: `score` O(1); `set`, `delete`, `rank`, every count and the start of every range
 * O(log N); what a range returns O(M).
 *
 * @example
 * ```ts
 * import { SortedSet } from "laurel/structures";
 *
 * const board = new SortedSet();
 * board.set("alice", 1250);
 * board.set("charlie", 1500);
 * console.log(board.rank("charlie", true)); // 0
 * console.log(board.range(0, 9, true)); // the ten best, the best first
 * ```
 */
export class SortedSet implements Iterable<ZMember> {
  static {
    indexedEntriesOf = (set) => {
      const entries = set.#entries;
      return entries instanceof IndexedEntries ? entries : undefined;
    };
  }

  readonly #random: Random;
  readonly #hash: StringHash;
  #entries: Entries = new CompactEntries();
  #memberBytes = 0;
  #isAscii = true;
  #sizePeak = 0;
  #memberLengthPeak = 0;

  /** @throws {CacheError} `INVALID_CONFIG` for an invalid or unknown option */
  constructor(options: SortedSetOptions = NO_OPTIONS) {
    if (options !== NO_OPTIONS) checkOptions(options);
    this.#random = options.random ?? seededRandom(DEFAULT_SEED);
    this.#hash = options.hash ?? defaultStringHash;
  }

  /**
   * The members of all sets, the weighted scores of one that is in several added up, or the least
   * or the greatest of them. O(N log N), N the sum of the sizes.
   * @throws {CacheError} `INVALID_OPTIONS` without any set, and for weights or an aggregate that
   * are none
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const [monday, tuesday] = [new SortedSet(), new SortedSet()];
   * monday.set("ada", 3);
   * tuesday.set("ada", 4);
   * console.log(SortedSet.union([monday, tuesday], { weights: [1, 2] }).score("ada")); // 11
   * ```
   */
  static union(sets: readonly SortedSet[], options: AlgebraOptions = NO_OPTIONS): SortedSet {
    checkAlgebra(sets.length, options);
    const result = new SortedSet();
    union(sets, options, result);
    return result;
  }

  /**
   * The members that are in every set, with scores as {@link SortedSet.union} has them.
   * O(K S + M log M), S the size of the smallest of K sets.
   * @throws {CacheError} as {@link SortedSet.union}
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const [chess, go] = [new SortedSet(), new SortedSet()];
   * chess.set("ada", 9);
   * chess.set("bob", 6);
   * go.set("ada", 7);
   * console.log([...SortedSet.intersection([chess, go])]); // [ { member: 'ada', score: 16 } ]
   * ```
   */
  static intersection(sets: readonly SortedSet[], options: AlgebraOptions = NO_OPTIONS): SortedSet {
    checkAlgebra(sets.length, options);
    const result = new SortedSet();
    intersection(sets, options, result);
    return result;
  }

  /**
   * The members of the first set that are in no other one, with their scores. O(K N + M log M), N the
   * size of the first of K sets.
   * @throws {CacheError} `INVALID_OPTIONS` without any set
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const [all, banned] = [new SortedSet(), new SortedSet()];
   * for (const member of ["ada", "bob"]) all.set(member, 1);
   * banned.set("ada", 0);
   * console.log([...SortedSet.difference([all, banned])]); // [ { member: 'bob', score: 1 } ]
   * ```
   */
  static difference(sets: readonly SortedSet[]): SortedSet {
    checkAlgebra(sets.length, NO_OPTIONS);
    const result = new SortedSet();
    difference(sets, result);
    return result;
  }

  /** How many members there are. O(1). */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether no member that was ever added has a char beyond ASCII. O(1). */
  get isAscii(): boolean {
    return this.#isAscii;
  }

  /** The most members that there ever were at once. O(1). */
  get sizePeak(): number {
    return this.#sizePeak;
  }

  /** The length of the longest member that was ever added, in chars. O(1). */
  get memberLengthPeak(): number {
    return this.#memberLengthPeak;
  }

  /** What the set costs, members and overhead, in bytes. O(1). */
  get byteSize(): number {
    return this.byteSizeWith(0, 0);
  }

  /**
   * What it would cost with so many more members, whose texts cost so many bytes. O(1).
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * console.log(board.byteSizeWith(0, 0) === board.byteSize); // true
   * ```
   */
  byteSizeWith(members: number, memberBytes: number): number {
    const size = this.size + members;
    const bytes = this.#memberBytes + memberBytes;
    return size > COMPACT_MEMBERS_MAX || this.#entries instanceof IndexedEntries
      ? INDEXED_SET_BYTES + size * INDEXED_MEMBER_BYTES + bytes
      : COMPACT_SET_BYTES + size * COMPACT_MEMBER_BYTES + bytes;
  }

  /**
   * Gives a member a score, adding it where it is new. O(log N).
   * @returns whether it is new
   * @throws {CacheError} `INVALID_SCORE` when the score is NaN, `INVALID_MEMBER` for a member that is no
   * string
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * console.log(board.set("ada", 3), board.set("ada", 5)); // true false
   * ```
   */
  set(member: string, score: number): boolean {
    return this.add(member, score) === "added";
  }

  /**
   * Gives a member a score where the conditions allow it. O(log N).
   * @throws {CacheError} `INVALID_SCORE` when the score is NaN, `INVALID_MEMBER` for a member that is no
   * string, `INVALID_OPTIONS` for conditions that contradict each other
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * console.log(board.add("ada", 3)); // added
   * console.log(board.add("ada", 2, { gt: true })); // refused
   * ```
   */
  add(member: string, score: number, conditions: AddConditions = NO_CONDITIONS): AddOutcome {
    checkMember(member);
    checkScore(score);
    if (conditions !== NO_CONDITIONS) checkConditions(conditions);
    const handle = this.#entries.find(member);
    if (handle < 0) {
      if (conditions.xx === true) return "refused";
      this.#insert(member, score);
      return "added";
    }
    const from = this.#entries.scoreOf(handle);
    if (forbids(conditions, from, score)) return "refused";
    if (from === score) return "unchanged";
    this.#entries.update(handle, score);
    return "updated";
  }

  /**
   * Adds `delta` to a member's score, a new member starting at 0. O(log N).
   * @returns the new score, or `undefined` when a condition forbade it
   * @throws {CacheError} `INVALID_SCORE` when the delta or the sum is NaN; nothing changes then
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.increment("ada", 3);
   * console.log(board.increment("ada", 4), board.increment("bob", 1, { xx: true })); // 7 undefined
   * ```
   */
  increment(
    member: string,
    delta: number,
    conditions: AddConditions = NO_CONDITIONS,
  ): number | undefined {
    checkMember(member);
    checkScore(delta);
    if (conditions !== NO_CONDITIONS) checkConditions(conditions);
    const handle = this.#entries.find(member);
    if (handle < 0) {
      if (conditions.xx === true) return undefined;
      this.#insert(member, delta);
      return delta;
    }
    if (conditions.nx === true) return undefined;
    const from = this.#entries.scoreOf(handle);
    const score = from + delta;
    checkSum(score, from, delta);
    if (forbids(conditions, from, score)) return undefined;
    if (from !== score) this.#entries.update(handle, score);
    return score;
  }

  /**
   * Removes a member. O(log N).
   * @returns whether it was there
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * console.log(board.delete("ada"), board.delete("ada")); // true false
   * ```
   */
  delete(member: string): boolean {
    const handle = this.#entries.find(member);
    if (handle < 0) return false;
    this.#entries.remove(handle);
    this.#memberBytes -= stringBytes(member.length);
    this.#shrink();
    return true;
  }

  /**
   * Whether the member is in the set. O(1).
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * console.log(board.has("ada"), board.has("bob")); // true false
   * ```
   */
  has(member: string): boolean {
    return this.#entries.find(member) >= 0;
  }

  /**
   * The member's score, or `undefined` where it is not in the set. O(1).
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * console.log(board.score("ada"), board.score("bob")); // 3 undefined
   * ```
   */
  score(member: string): number | undefined {
    const handle = this.#entries.find(member);
    return handle < 0 ? undefined : this.#entries.scoreOf(handle);
  }

  /**
   * The member's 0-based rank, from the lowest score or with `reverse` from the highest. O(log N).
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * board.set("bob", 1);
   * console.log(board.rank("ada"), board.rank("ada", true)); // 1 0
   * ```
   */
  rank(member: string, reverse = false): number | undefined {
    const handle = this.#entries.find(member);
    if (handle < 0) return undefined;
    const rank = this.#entries.rankOf(handle);
    return reverse ? this.size - 1 - rank : rank;
  }

  /**
   * The members from one rank to another, both included; negative ranks count from the end. With
   * `reverse`, rank 0 is the highest score. O(log N + M).
   * @throws {CacheError} `INVALID_RANGE` when a rank is no integer
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * board.set("bob", 1);
   * console.log(board.range(0, 0, true)); // [ { member: 'ada', score: 3 } ]
   * console.log(board.range(0, -2)); // [ { member: 'bob', score: 1 } ]
   * ```
   */
  range(start: number, stop: number, reverse = false): ZMember[] {
    checkRanks(start, stop);
    const first = this.#clampStart(start);
    const count = this.#clampStop(stop) - first + 1;
    return this.#read(first, count, reverse);
  }

  /**
   * The members with a score from `min` to `max`. O(log N + M), the offset free of charge.
   * @throws {CacheError} `INVALID_RANGE` for a bound, offset or count that is none
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * board.set("bob", 1);
   * console.log(board.rangeByScore("(1", "+inf")); // [ { member: 'ada', score: 3 } ]
   * ```
   */
  rangeByScore(min: ScoreBound, max: ScoreBound, options: RangeOptions = NO_OPTIONS): ZMember[] {
    return this.#readBetween(this.#startByScore(min), this.#endByScore(max), options);
  }

  /**
   * How many members have a score from `min` to `max`. O(log N).
   * @throws {CacheError} `INVALID_RANGE` for a bound that is none
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * console.log(board.countByScore(0, 3), board.countByScore(0, "(3")); // 1 0
   * ```
   */
  countByScore(min: ScoreBound, max: ScoreBound): number {
    return Math.max(0, this.#endByScore(max) - this.#startByScore(min));
  }

  /**
   * How many members have a score below this one, with `inclusive` also this one. O(log N).
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * console.log(board.countBelow(3, false), board.countBelow(3, true)); // 0 1
   * ```
   */
  countBelow(score: number, inclusive: boolean): number {
    return this.#entries.countBelow(score, inclusive ? AFTER_ALL : "");
  }

  /**
   * The members from `min` to `max` in order of their bytes, in a set whose scores are all equal;
   * where they are not, the answer means nothing, as in Redis. O(log N + M).
   * @throws {CacheError} `INVALID_RANGE` for a bound, offset or count that is none
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const names = new SortedSet();
   * for (const name of ["ada", "alan", "bob"]) names.set(name, 0);
   * console.log(names.rangeByLex("[a", "(b").map(({ member }) => member)); // [ 'ada', 'alan' ]
   * ```
   */
  rangeByLex(min: LexBound, max: LexBound, options: RangeOptions = NO_OPTIONS): ZMember[] {
    checkWindow(options);
    const { reverse = false, offset = 0, count } = options;
    const { start, end } = this.ranksByLex(min, max, reverse, offset);
    return this.#readBetween(start, end, { reverse, count });
  }

  /**
   * How many members there are from `min` to `max`, where all scores are equal. O(log N).
   * @throws {CacheError} `INVALID_RANGE` for a bound that is none
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const names = new SortedSet();
   * for (const name of ["ada", "alan", "bob"]) names.set(name, 0);
   * console.log(names.countByLex("[alan", "+")); // 2
   * ```
   */
  countByLex(min: LexBound, max: LexBound): number {
    const { start, end } = this.ranksByLex(min, max);
    return end - start;
  }

  /**
   * The ranks that the members from `min` to `max` have, where all scores are equal: from `start` up to
   * `end`, which is not among them. Where scores differ, those that Redis finds when it walks over a small
   * set from its lowest member, or with `reverse` from its highest. The first `offset` of them, in that
   * direction, are left out. O(log N).
   * @throws {CacheError} `INVALID_RANGE` for a bound that is none
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const names = new SortedSet();
   * for (const name of ["ada", "alan", "bob"]) names.set(name, 0);
   * console.log(names.ranksByLex("[alan", "+")); // { start: 1, end: 3 }
   * ```
   */
  ranksByLex(min: LexBound, max: LexBound, reverse = false, offset = 0): RankSpan {
    checkLexBound(min);
    checkLexBound(max);
    if (this.size === 0) return { start: 0, end: 0 };
    if (this.#sizePeak <= WALKED_MEMBERS_MAX && !this.#hasOneScore()) {
      return walkByLex(this.#entries.read(0, this.size, false), min, max, reverse, offset);
    }
    const start = this.#rankByLex(min, "(") + (reverse ? 0 : offset);
    const end = this.#rankByLex(max, "[") - (reverse ? offset : 0);
    return { start, end: Math.max(start, end) };
  }

  /**
   * Removes and returns the members from one rank to another, as {@link SortedSet.range}. O(log N + M).
   * @throws {CacheError} `INVALID_RANGE` when a rank is no integer
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * for (const [i, member] of ["ada", "bob", "carol"].entries()) board.set(member, i);
   * board.removeRange(0, -3); // all but the two best
   * console.log(board.size); // 2
   * ```
   */
  removeRange(start: number, stop: number): ZMember[] {
    checkRanks(start, stop);
    const first = this.#clampStart(start);
    return this.#remove(first, this.#clampStop(stop) - first + 1);
  }

  /**
   * Removes and returns the members with a score from `min` to `max`. O(log N + M).
   * @throws {CacheError} `INVALID_RANGE` for a bound that is none
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * console.log(board.removeRangeByScore("-inf", 5)); // [ { member: 'ada', score: 3 } ]
   * ```
   */
  removeRangeByScore(min: ScoreBound, max: ScoreBound): ZMember[] {
    const start = this.#startByScore(min);
    return this.#remove(start, this.#endByScore(max) - start);
  }

  /**
   * Removes and returns the members from `min` to `max`, at equal scores. O(log N + M).
   * @throws {CacheError} `INVALID_RANGE` for a bound that is none
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const names = new SortedSet();
   * for (const name of ["ada", "alan", "bob"]) names.set(name, 0);
   * console.log(names.removeRangeByLex("-", "(b").length, names.size); // 2 1
   * ```
   */
  removeRangeByLex(min: LexBound, max: LexBound): ZMember[] {
    const { start, end } = this.ranksByLex(min, max);
    return this.#remove(start, end - start);
  }

  /**
   * Removes and returns up to `count` members with the lowest scores, lowest first. O(M log N).
   * @throws {CacheError} `INVALID_RANGE` for a count that is no integer, or below 0
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const jobs = new SortedSet();
   * jobs.set("mail", 5);
   * jobs.set("backup", 1);
   * console.log(jobs.popMin()); // [ { member: 'backup', score: 1 } ]
   * ```
   */
  popMin(count = 1): ZMember[] {
    checkPops(count);
    return this.#remove(0, Math.min(count, this.size));
  }

  /**
   * Removes and returns up to `count` members with the highest scores, highest first. O(M log N).
   * @throws {CacheError} `INVALID_RANGE` for a count that is no integer, or below 0
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const bids = new SortedSet();
   * bids.set("ada", 20);
   * bids.set("bob", 35);
   * console.log(bids.popMax()); // [ { member: 'bob', score: 35 } ]
   * ```
   */
  popMax(count = 1): ZMember[] {
    checkPops(count);
    const taken = Math.min(count, this.size);
    return this.#remove(this.size - taken, taken).reverse();
  }

  /**
   * Random members: up to `count` different ones, or `-count` with repeats when it is negative.
   * O(log N) for each; O(N) when `count` asks for all.
   * @throws {CacheError} `INVALID_RANGE` when the count is no integer, or below -1,000,000
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const raffle = new SortedSet();
   * for (const member of ["ada", "bob"]) raffle.set(member, 1);
   * console.log(raffle.sample(5).length, raffle.sample(-5).length); // 2 5
   * ```
   */
  sample(count: number, random: Random = this.#random): ZMember[] {
    checkSample(count);
    const size = this.size;
    if (size === 0) return [];
    if (count < 0) return Array.from({ length: -count }, () => this.#at(drawBelow(size, random)));
    if (count >= size) return this.#read(0, size, false);
    return drawDifferent(size, count, random).map((rank) => this.#at(rank));
  }

  /**
   * Some members from a cursor on, and the cursor that goes on from there, 0 at the end. A member
   * that stays in the set from the first call to the last is returned at least once, as Redis'
   * ZSCAN promises. O(count).
   * @throws {CacheError} `INVALID_RANGE` for a cursor or a count that is none
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * console.log(board.scan(0)); // { cursor: 0, members: [ { member: 'ada', score: 3 } ] }
   * ```
   */
  scan(cursor: number, count = 10): { cursor: number; members: ZMember[] } {
    checkScan(cursor, count);
    const members: ZMember[] = [];
    return { cursor: this.#entries.scan(cursor, count, members), members };
  }

  /**
   * All members, the lowest score first. The set must not change meanwhile: who wants to change it
   * walks over a copy, `[...set]`. O(N).
   *
   * @example
   * ```ts
   * import { SortedSet } from "laurel/structures";
   *
   * const board = new SortedSet();
   * board.set("ada", 3);
   * board.set("bob", 1);
   * let sum = 0;
   * for (const { score } of board) sum += score;
   * console.log(sum, [...board].map(({ member }) => member)); // 4 [ 'bob', 'ada' ]
   * ```
   */
  [Symbol.iterator](): Iterator<ZMember> {
    return this.#entries[Symbol.iterator]();
  }

  /** Throws where the structure contradicts itself. O(N); for tests. */
  checkInvariants(): void {
    this.#entries.checkInvariants();
    let bytes = 0;
    for (const { member } of this) bytes += stringBytes(member.length);
    if (bytes !== this.#memberBytes) throw new Error("the members' bytes are miscounted");
  }

  #insert(member: string, score: number): void {
    if (this.#entries.size === COMPACT_MEMBERS_MAX && this.#entries instanceof CompactEntries) {
      const indexed = new IndexedEntries(this.#random, this.#hash);
      for (const entry of this.#entries) indexed.insert(entry.member, entry.score);
      this.#entries = indexed;
    }
    this.#entries.insert(member, score);
    this.#memberBytes += stringBytes(member.length);
    this.#isAscii &&= isAscii(member);
    if (this.size > this.#sizePeak) this.#sizePeak = this.size;
    if (member.length > this.#memberLengthPeak) this.#memberLengthPeak = member.length;
  }

  /** A set that has become very small goes back to its compact form, and gives its tables up. */
  #shrink(): void {
    if (this.size === 0) this.#isAscii = true;
    if (this.size > COMPACT_AGAIN_MEMBERS || this.#entries instanceof CompactEntries) return;
    const compact = new CompactEntries();
    for (const { member, score } of this.#entries) compact.insert(member, score);
    this.#entries = compact;
  }

  #at(rank: number): ZMember {
    return this.#entries.read(rank, 1, false)[0] as ZMember;
  }

  /** Reads from a rank that, with `reverse`, counts from the highest score. */
  #read(start: number, count: number, reverse: boolean): ZMember[] {
    if (count <= 0) return [];
    return this.#entries.read(reverse ? this.size - 1 - start : start, count, reverse);
  }

  /** Reads the part that the options want of the ranks from `start` up to `end`, excluded. */
  #readBetween(start: number, end: number, options: RangeOptions): ZMember[] {
    checkWindow(options);
    const { reverse = false, offset = 0, count = -1 } = options;
    const left = end - start - offset;
    const wanted = count < 0 ? left : Math.min(left, count);
    return this.#read((reverse ? this.size - end : start) + offset, wanted, reverse);
  }

  #remove(start: number, count: number): ZMember[] {
    if (count <= 0) return [];
    const removed = this.#entries.removeRange(start, count);
    for (const { member } of removed) this.#memberBytes -= stringBytes(member.length);
    this.#shrink();
    return removed;
  }

  #clampStart(start: number): number {
    return start < 0 ? Math.max(0, this.size + start) : start;
  }

  #clampStop(stop: number): number {
    return stop < 0 ? this.size + stop : Math.min(stop, this.size - 1);
  }

  #startByScore(min: ScoreBound): number {
    return this.#entries.countBelow(boundScore(min), boundExcludes(min) ? AFTER_ALL : "");
  }

  #endByScore(max: ScoreBound): number {
    return this.#entries.countBelow(boundScore(max), boundExcludes(max) ? "" : AFTER_ALL);
  }

  #hasOneScore(): boolean {
    return this.#at(0).score === this.#at(this.size - 1).score;
  }

  /** The rank at a bound; a member of that very name is passed when the bound begins so. */
  #rankByLex(bound: LexBound, passing: "(" | "["): number {
    if (bound === "-") return 0;
    if (bound === "+") return this.size;
    const member = bound.slice(1);
    const rank = this.#entries.countBelowMember(member);
    return bound.startsWith(passing) && this.has(member) ? rank + 1 : rank;
  }
}

function checkOptions(options: SortedSetOptions): void {
  if (typeof options !== "object" || options === null) throw noOptions(options);
  const { random, hash } = options;
  checkFunction("random", random);
  checkFunction("hash", hash);
  // Who gives both has misspelt neither: a keyspace, which makes a set for each board, is spared the rest.
  if (random !== undefined && hash !== undefined) return;
  if (Array.isArray(options)) throw noOptions(options);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTION_NAMES, name));
  if (unknown === undefined) return;
  const known = Object.keys(OPTION_NAMES).join(", ");
  throw invalid(`there is no option of this name, only ${known}`, unknown);
}

function checkFunction(name: string, option: unknown): void {
  if (option === undefined || typeof option === "function") return;
  throw invalid(`${name} must be a function`, option);
}

function noOptions(received: unknown): CacheError {
  return invalid("options must be an object", received);
}

function invalid(reason: string, received: unknown): CacheError {
  return new CacheError(
    "INVALID_CONFIG",
    `Cannot create a sorted set: ${reason}: received ${show(received)}`,
  );
}
