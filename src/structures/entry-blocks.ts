import type { AFTER_ALL, ZMember } from "./z-member.ts";

/**
 * Tells V8, once, that the `score` of such an object may be anything: it then stores an integer of
 * 32 bits in place, where it would otherwise allocate a heap number for every score. What a range
 * allocates is what it costs. That it is made is all its use.
 * @public
 */
export const MEMBER_SHAPE: { member: string; score: unknown } = { member: "", score: undefined };

/** Entries in a full block. */
export const BLOCK_CAPACITY = 64;

/**
 * A block is 64 scores, then 64 bytes of order, both in the same nine lines of a processor's
 * cache. These are its strides, and where its order begins.
 */
const BLOCK_BYTES = BLOCK_CAPACITY * 9;
const BLOCK_DOUBLES = BLOCK_BYTES / 8;
const ORDER_BYTES = BLOCK_CAPACITY * 8;
const LINE_DOUBLES = 8;
/** The score of what is no entry: below none. */
const NO_SCORE = Infinity;

/** A block's name is the number of its page, then its place in that page. */
const PLACE_BITS = 10;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
const PAGE_BLOCKS_MIN = 2;
const PAGE_BLOCKS_MAX = 1 << PLACE_BITS;
/** A new page is this part of all, so that as much is unused at most, and pages stay few. */
const PAGE_SHARE = 1 / 8;

/** The orders of entries that are on their way out of a block. */
const freed = new Uint8Array(BLOCK_CAPACITY);

class BlockPage {
  readonly scores: Float64Array;
  readonly orders: Uint8Array;
  readonly members: (string | undefined)[];

  constructor(blocks: number) {
    this.scores = new Float64Array(blocks * BLOCK_DOUBLES).fill(NO_SCORE);
    this.orders = new Uint8Array(this.scores.buffer);
    this.members = new Array<string | undefined>(blocks * BLOCK_CAPACITY).fill(undefined);
    for (let block = 0; block < blocks; block++) {
      const order = block * BLOCK_BYTES + ORDER_BYTES;
      for (let i = 0; i < BLOCK_CAPACITY; i++) this.orders[order + i] = i;
    }
  }
}

/**
 * Blocks of up to 64 entries, each sorted by (score, member). How many entries a block has is kept
 * by who owns it, and handed in.
 *
 * Scores are moved to stay in order, members never: a member lies anywhere in its block, and the
 * block's *order*, a permutation of 0 to 63, says where. Its first bytes lead to the members in
 * use, the others to what is free. To move a byte costs nothing beside moving a reference, for
 * which V8's write barrier looks at the page of the heap that holds the string: one more cache
 * miss for each of the dozens that an insertion moves in a large set.
 */
export class EntryBlocks {
  readonly #pages: BlockPage[] = [];
  readonly #free: number[] = [];
  /** How many blocks there are, in use or not. */
  #capacity = 0;
  /** How many blocks of the last page were ever in use. */
  #pageUsed = 0;

  /** An empty block. O(1) beside the allocation of a page. */
  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const last = this.#pages.at(-1);
    if (last === undefined || this.#pageUsed * BLOCK_CAPACITY === last.members.length) this.#grow();
    return ((this.#pages.length - 1) << PLACE_BITS) | this.#pageUsed++;
  }

  /** Takes back a block without entries. O(1). */
  release(block: number): void {
    this.#free.push(block);
  }

  scoreAt(block: number, position: number): number {
    return this.#page(block).scores[scoresOf(block) + position] as number;
  }

  memberAt(block: number, position: number): string {
    const page = this.#page(block);
    return page.members[
      membersOf(block) + (page.orders[orderOf(block) + position] as number)
    ] as string;
  }

  /** How many entries are less than (score, member). O(64). */
  countBelow(
    block: number,
    count: number,
    score: number,
    member: string | typeof AFTER_ALL,
  ): number {
    const position = this.#countBelowScore(block, score);
    if (position === count || this.scoreAt(block, position) !== score) return position;
    return this.#countBelowTie(block, position, count, score, member);
  }

  /**
   * The position of an entry that is there. Where no other has its score, which is the rule, the
   * member is not read. O(64).
   */
  positionOf(block: number, count: number, score: number, member: string): number {
    const position = this.#countBelowScore(block, score);
    if (position + 1 === count || this.scoreAt(block, position + 1) !== score) return position;
    return this.#countBelowTie(block, position, count, score, member);
  }

  /** Goes on among entries of equal score, of which there may be as many as there are entries. */
  #countBelowTie(
    block: number,
    from: number,
    count: number,
    score: number,
    member: string | typeof AFTER_ALL,
  ): number {
    // Mostly there is but one, and mostly it is the member itself.
    if (from + 1 === count || this.scoreAt(block, from + 1) !== score) {
      return this.#isBefore(block, from, member) ? from + 1 : from;
    }
    let low = from;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.scoreAt(block, middle) === score && this.#isBefore(block, middle, member)) {
        low = middle + 1;
      } else high = middle;
    }
    return low;
  }

  #isBefore(block: number, position: number, member: string | typeof AFTER_ALL): boolean {
    if (member === undefined) return true; // AFTER_ALL
    const other = this.memberAt(block, position);
    return other !== member && other < member;
  }

  /**
   * How many entries have a lower score: counted in steps of a line of the cache, then within the
   * line. No branch and, in the first loop, no address depends on what was read, so that the lines
   * of the block come in all at once, where a binary search would wait for one after another.
   */
  #countBelowScore(block: number, score: number): number {
    const scores = this.#page(block).scores;
    const start = scoresOf(block);
    let lines = 0;
    for (let i = LINE_DOUBLES - 1; i < BLOCK_CAPACITY - 1; i += LINE_DOUBLES) {
      lines += Number((scores[start + i] as number) < score);
    }
    const line = lines * LINE_DOUBLES;
    let count = line;
    for (let i = 0; i < LINE_DOUBLES; i++) {
      count += Number((scores[start + line + i] as number) < score);
    }
    return count;
  }

  /** Inserts an entry into a block that has room for it. */
  insert(block: number, count: number, position: number, score: number, member: string): void {
    const { scores, orders, members } = this.#page(block);
    const firstScore = scoresOf(block);
    const firstOrder = orderOf(block);
    const free = orders[firstOrder + count] as number;
    for (let i = count; i > position; i--) {
      scores[firstScore + i] = scores[firstScore + i - 1] as number;
      orders[firstOrder + i] = orders[firstOrder + i - 1] as number;
    }
    scores[firstScore + position] = score;
    orders[firstOrder + position] = free;
    members[membersOf(block) + free] = member;
  }

  /** Removes a run of entries. */
  remove(block: number, count: number, position: number, run: number): void {
    const { scores, orders, members } = this.#page(block);
    const firstScore = scoresOf(block);
    const firstOrder = orderOf(block);
    const firstMember = membersOf(block);
    for (let i = 0; i < run; i++) {
      const order = orders[firstOrder + position + i] as number;
      freed[i] = order;
      members[firstMember + order] = undefined;
    }
    const left = count - run;
    for (let i = position; i < left; i++) {
      scores[firstScore + i] = scores[firstScore + i + run] as number;
      orders[firstOrder + i] = orders[firstOrder + i + run] as number;
    }
    for (let i = 0; i < run; i++) {
      scores[firstScore + left + i] = NO_SCORE;
      orders[firstOrder + left + i] = freed[i] as number;
    }
  }

  /** Gives an entry another score, and moves it to the position where it belongs with that. */
  move(block: number, from: number, to: number, score: number): void {
    const { scores, orders } = this.#page(block);
    const firstScore = scoresOf(block);
    const firstOrder = orderOf(block);
    const order = orders[firstOrder + from] as number;
    const step = to > from ? 1 : -1;
    for (let i = from; i !== to; i += step) {
      scores[firstScore + i] = scores[firstScore + i + step] as number;
      orders[firstOrder + i] = orders[firstOrder + i + step] as number;
    }
    scores[firstScore + to] = score;
    orders[firstOrder + to] = order;
  }

  /** Moves the last `run` of `count` entries to the end of another block, which has `into`. */
  transfer(block: number, count: number, run: number, target: number, into: number): void {
    for (let i = 0; i < run; i++) {
      const from = count - run + i;
      this.insert(
        target,
        into + i,
        into + i,
        this.scoreAt(block, from),
        this.memberAt(block, from),
      );
    }
    this.remove(block, count, count - run, run);
  }

  /** Reads `run` entries from a position on, or down from it, into `entries` from `done` on. */
  read(
    block: number,
    position: number,
    run: number,
    reverse: boolean,
    entries: ZMember[],
    done: number,
  ): void {
    const { scores, orders, members } = this.#page(block);
    const firstScore = scoresOf(block);
    const firstOrder = orderOf(block);
    const firstMember = membersOf(block);
    const step = reverse ? -1 : 1;
    for (let i = 0; i < run; i++) {
      const at = position + i * step;
      const score = scores[firstScore + at] as number;
      const small = score | 0;
      // See MEMBER_SHAPE; -0 is no small integer and stays itself.
      entries[done + i] = {
        member: members[firstMember + (orders[firstOrder + at] as number)] as string,
        score: small === score && small !== 0 ? small : score,
      };
    }
  }

  #page(block: number): BlockPage {
    return this.#pages[block >> PLACE_BITS] as BlockPage;
  }

  #grow(): void {
    const share = Math.floor(this.#capacity * PAGE_SHARE);
    const blocks = Math.max(PAGE_BLOCKS_MIN, Math.min(share, PAGE_BLOCKS_MAX));
    this.#pages.push(new BlockPage(blocks));
    this.#capacity += blocks;
    this.#pageUsed = 0;
  }
}

function scoresOf(block: number): number {
  return (block & PLACE_MASK) * BLOCK_DOUBLES;
}

function orderOf(block: number): number {
  return (block & PLACE_MASK) * BLOCK_BYTES + ORDER_BYTES;
}

function membersOf(block: number): number {
  return (block & PLACE_MASK) * BLOCK_CAPACITY;
}
