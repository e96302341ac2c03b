import { type Random, seededRandom } from "../random.ts";
import type { Entry, OrderedIndex } from "./ordered-index.ts";

const LEVELS_MAX = 32;
const PROMOTION_PROBABILITY = 1 / 4;

/**
 * A node is a run of records of 16 bytes: a header (height, the node before it, its score), then
 * for each level a link (the next node, the entries from here to it, that node's score). It is
 * named by the number of its header.
 */
const RECORD_INTS = 4;
const RECORD_DOUBLES = 2;
const HEIGHT = 0;
const PREVIOUS = 1;
const NEXT = 0;
const SPAN = 1;
const SCORE = 1;

/** The node before all others. As a link it means "none". */
const HEAD = 0;
const RECORDS_CAPACITY_MIN = 64;
const GROWTH = 1.5;

/**
 * An indexable skip list with one node for each entry, as Redis' `zskiplist`, over typed arrays.
 *
 * It is given what makes such a list fast: a link carries its target's score, so that a step reads
 * one record and the target only where the scores are equal; a node's links are neighbours; nothing
 * is allocated but when the arrays grow.
 */
export class PlainSkipList implements OrderedIndex {
  readonly #random: Random;
  readonly #path = new Int32Array(LEVELS_MAX);
  readonly #pathRank = new Int32Array(LEVELS_MAX);
  #ints = new Int32Array(RECORDS_CAPACITY_MIN * RECORD_INTS);
  #doubles = new Float64Array(this.#ints.buffer);
  #recordsEnd = 1 + LEVELS_MAX;
  /** The member of each node: a node owns at least two records, so half of its number is its own. */
  readonly #members: (string | undefined)[] = [];
  readonly #free: number[][] = Array.from({ length: LEVELS_MAX + 1 }, () => []);
  #levels = 1;
  #length = 0;

  constructor(random: Random = seededRandom(1)) {
    this.#random = random;
  }

  get length(): number {
    return this.#length;
  }

  insert(score: number, member: string): boolean {
    const left = this.#descend(score, member);
    const right = this.#ints[(left + 1) * RECORD_INTS + NEXT] as number;
    if (this.#isPair(right, score, member)) return false;
    this.#link(this.#newNode(score, member), score);
    return true;
  }

  delete(score: number, member: string): boolean {
    const left = this.#descend(score, member);
    const node = this.#ints[(left + 1) * RECORD_INTS + NEXT] as number;
    if (!this.#isPair(node, score, member)) return false;
    this.#unlink(node);
    this.#members[node >> 1] = undefined;
    (this.#free[this.#ints[node * RECORD_INTS + HEIGHT] as number] as number[]).push(node);
    return true;
  }

  update(from: number, member: string, to: number): boolean {
    return this.delete(from, member) && this.insert(to, member);
  }

  rank(score: number, member: string): number | undefined {
    const left = this.#descend(score, member);
    const node = this.#ints[(left + 1) * RECORD_INTS + NEXT] as number;
    return this.#isPair(node, score, member) ? this.#pathRank[0] : undefined;
  }

  at(rank: number): Entry | undefined {
    return rank >= 0 && rank < this.#length ? this.#entry(this.#nodeAt(rank)) : undefined;
  }

  read(start: number, count: number): Entry[] {
    const entries = new Array<Entry>(count);
    const ints = this.#ints;
    const doubles = this.#doubles;
    const members = this.#members;
    let node = this.#nodeAt(start);
    for (let i = 0; i < count; i++) {
      const score = doubles[node * RECORD_DOUBLES + SCORE] as number;
      entries[i] = { member: members[node >> 1] as string, score };
      node = ints[(node + 1) * RECORD_INTS + NEXT] as number;
    }
    return entries;
  }

  /**
   * Finds the last node that is less than the pair, and leaves in `#path` the last such node of
   * each level, and in `#pathRank` how many entries stand up to it.
   */
  #descend(score: number, member: string): number {
    const ints = this.#ints;
    const doubles = this.#doubles;
    let node = HEAD;
    let rank = 0;
    for (let level = this.#levels - 1; level >= 0; level--) {
      for (;;) {
        const link = node + 1 + level;
        const next = ints[link * RECORD_INTS + NEXT] as number;
        if (next === HEAD) break;
        const nextScore = doubles[link * RECORD_DOUBLES + SCORE] as number;
        if (nextScore > score) break;
        if (nextScore === score && (this.#members[next >> 1] as string) >= member) break;
        rank += ints[link * RECORD_INTS + SPAN] as number;
        node = next;
      }
      this.#path[level] = node;
      this.#pathRank[level] = rank;
    }
    return node;
  }

  #nodeAt(rank: number): number {
    const ints = this.#ints;
    let node = HEAD;
    let left = rank + 1;
    for (let level = this.#levels - 1; level >= 0; level--) {
      for (;;) {
        const link = (node + 1 + level) * RECORD_INTS;
        const span = ints[link + SPAN] as number;
        const next = ints[link + NEXT] as number;
        if (next === HEAD || span > left) break;
        left -= span;
        node = next;
      }
      if (left === 0) break;
    }
    return node;
  }

  #isPair(node: number, score: number, member: string): boolean {
    return (
      node !== HEAD &&
      this.#doubles[node * RECORD_DOUBLES + SCORE] === score &&
      this.#members[node >> 1] === member
    );
  }

  #entry(node: number): Entry {
    const score = this.#doubles[node * RECORD_DOUBLES + SCORE] as number;
    return { member: this.#members[node >> 1] as string, score };
  }

  /** Links a node behind the path that the latest descent left. */
  #link(node: number, score: number): void {
    const ints = this.#ints;
    const doubles = this.#doubles;
    const height = ints[node * RECORD_INTS + HEIGHT] as number;
    while (this.#levels < height) {
      this.#path[this.#levels] = HEAD;
      this.#pathRank[this.#levels] = 0;
      ints[(1 + this.#levels) * RECORD_INTS + NEXT] = HEAD;
      ints[(1 + this.#levels) * RECORD_INTS + SPAN] = this.#length;
      this.#levels++;
    }
    const rank = this.#pathRank[0] as number;
    for (let level = 0; level < this.#levels; level++) {
      const left = (this.#path[level] as number) + 1 + level;
      if (level >= height) {
        ints[left * RECORD_INTS + SPAN] = (ints[left * RECORD_INTS + SPAN] as number) + 1;
        continue;
      }
      const own = node + 1 + level;
      const before = rank - (this.#pathRank[level] as number);
      ints[own * RECORD_INTS + NEXT] = ints[left * RECORD_INTS + NEXT] as number;
      ints[own * RECORD_INTS + SPAN] = (ints[left * RECORD_INTS + SPAN] as number) - before;
      doubles[own * RECORD_DOUBLES + SCORE] = doubles[left * RECORD_DOUBLES + SCORE] as number;
      ints[left * RECORD_INTS + NEXT] = node;
      ints[left * RECORD_INTS + SPAN] = before + 1;
      doubles[left * RECORD_DOUBLES + SCORE] = score;
    }
    ints[node * RECORD_INTS + PREVIOUS] = this.#path[0] as number;
    const next = ints[(node + 1) * RECORD_INTS + NEXT] as number;
    if (next !== HEAD) ints[next * RECORD_INTS + PREVIOUS] = node;
    this.#length++;
  }

  /** Takes a node out of the path that the latest descent left. */
  #unlink(node: number): void {
    const ints = this.#ints;
    const doubles = this.#doubles;
    for (let level = 0; level < this.#levels; level++) {
      const left = (this.#path[level] as number) + 1 + level;
      const span = ints[left * RECORD_INTS + SPAN] as number;
      if (ints[left * RECORD_INTS + NEXT] === node) {
        const own = node + 1 + level;
        ints[left * RECORD_INTS + NEXT] = ints[own * RECORD_INTS + NEXT] as number;
        ints[left * RECORD_INTS + SPAN] = span + (ints[own * RECORD_INTS + SPAN] as number) - 1;
        doubles[left * RECORD_DOUBLES + SCORE] = doubles[own * RECORD_DOUBLES + SCORE] as number;
      } else ints[left * RECORD_INTS + SPAN] = span - 1;
    }
    const next = ints[(node + 1) * RECORD_INTS + NEXT] as number;
    const previous = ints[node * RECORD_INTS + PREVIOUS] as number;
    if (next !== HEAD) ints[next * RECORD_INTS + PREVIOUS] = previous;
    while (this.#levels > 1 && ints[this.#levels * RECORD_INTS + NEXT] === HEAD) this.#levels--;
    this.#length--;
  }

  #newNode(score: number, member: string): number {
    let height = 1;
    while (height < LEVELS_MAX && this.#random() < PROMOTION_PROBABILITY) height++;
    const node = (this.#free[height] as number[]).pop() ?? this.#takeRecords(1 + height);
    this.#ints[node * RECORD_INTS + HEIGHT] = height;
    this.#doubles[node * RECORD_DOUBLES + SCORE] = score;
    const slot = node >> 1;
    while (this.#members.length <= slot) this.#members.push(undefined);
    this.#members[slot] = member;
    return node;
  }

  #takeRecords(count: number): number {
    const taken = this.#recordsEnd;
    this.#recordsEnd += count;
    if (this.#recordsEnd * RECORD_INTS > this.#ints.length) {
      const records = Math.ceil((this.#ints.length / RECORD_INTS) * GROWTH);
      const grown = new Int32Array(records * RECORD_INTS);
      grown.set(this.#ints);
      this.#ints = grown;
      this.#doubles = new Float64Array(grown.buffer);
    }
    return taken;
  }
}
