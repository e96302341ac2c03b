import type { Entry } from "./ordered-index.ts";

/** Entries of a full leaf, and children of a full inner node. */
export const LEAF_MAX = 64;
export const FAN_OUT_MAX = 32;

const NODES_MIN = 4;
const GROWTH = 1.5;

/** The leaves of a tree: entry i of leaf n is at n * LEAF_MAX + i of each column. */
export class Leaves {
  scores = new Float64Array(NODES_MIN * LEAF_MAX);
  readonly members: (string | undefined)[] = [];
  sizes = new Int32Array(NODES_MIN);
  next = new Int32Array(NODES_MIN);
  #end = 0;
  readonly #free: number[] = [];

  /** An empty leaf. */
  take(): number {
    const leaf = this.#free.pop() ?? this.#end++;
    if (leaf >= this.sizes.length) {
      const capacity = Math.ceil(this.sizes.length * GROWTH);
      this.scores = grownFloat64(this.scores, capacity * LEAF_MAX);
      this.sizes = grownInt32(this.sizes, capacity);
      this.next = grownInt32(this.next, capacity);
    }
    while (this.members.length < (leaf + 1) * LEAF_MAX) this.members.push(undefined);
    this.sizes[leaf] = 0;
    return leaf;
  }

  release(leaf: number): void {
    this.#free.push(leaf);
  }

  /** How many entries of the leaf are less than the pair. */
  positionOf(leaf: number, score: number, member: string): number {
    const scores = this.scores;
    const base = leaf * LEAF_MAX;
    let low = base;
    let high = base + (this.sizes[leaf] as number);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = scores[middle] as number;
      if (at < score || (at === score && (this.members[middle] as string) < member)) {
        low = middle + 1;
      } else high = middle;
    }
    return low - base;
  }

  isAt(leaf: number, position: number, score: number, member: string): boolean {
    const at = leaf * LEAF_MAX + position;
    return (
      position < (this.sizes[leaf] as number) &&
      this.scores[at] === score &&
      this.members[at] === member
    );
  }

  insert(leaf: number, position: number, score: number, member: string): void {
    const size = this.sizes[leaf] as number;
    const at = leaf * LEAF_MAX + position;
    this.#shift(at, at + 1, size - position);
    this.scores[at] = score;
    this.members[at] = member;
    this.sizes[leaf] = size + 1;
  }

  remove(leaf: number, position: number): void {
    const size = this.sizes[leaf] as number;
    const at = leaf * LEAF_MAX + position;
    this.#shift(at + 1, at, size - position - 1);
    this.members[leaf * LEAF_MAX + size - 1] = undefined;
    this.sizes[leaf] = size - 1;
  }

  /** Moves the last `count` entries of a leaf to the front of the next one. */
  moveToFront(from: number, to: number, count: number): void {
    const kept = (this.sizes[from] as number) - count;
    const target = to * LEAF_MAX;
    this.#shift(target, target + count, this.sizes[to] as number);
    this.#shift(from * LEAF_MAX + kept, target, count);
    this.#forget(from, kept, count);
    this.sizes[to] = (this.sizes[to] as number) + count;
  }

  /** Moves the first `count` entries of a leaf to the end of the one before. */
  moveToEnd(from: number, to: number, count: number): void {
    const source = from * LEAF_MAX;
    const kept = (this.sizes[from] as number) - count;
    this.#shift(source, to * LEAF_MAX + (this.sizes[to] as number), count);
    this.#shift(source + count, source, kept);
    this.#forget(from, kept, count);
    this.sizes[to] = (this.sizes[to] as number) + count;
  }

  read(leaf: number, position: number, count: number, entries: Entry[], done: number): void {
    const first = leaf * LEAF_MAX + position;
    for (let i = 0; i < count; i++) {
      entries[done + i] = {
        member: this.members[first + i] as string,
        score: this.scores[first + i] as number,
      };
    }
  }

  #forget(leaf: number, kept: number, count: number): void {
    const first = leaf * LEAF_MAX + kept;
    for (let i = 0; i < count; i++) this.members[first + i] = undefined;
    this.sizes[leaf] = kept;
  }

  #shift(from: number, to: number, count: number): void {
    shiftDoubles(this.scores, from, to, count);
    shiftMembers(this.members, from, to, count);
  }
}

/** The inner nodes: child i of node n is at n * FAN_OUT_MAX + i of each column. */
export class InnerNodes {
  children = new Int32Array(NODES_MIN * FAN_OUT_MAX);
  /** Entries below each child. */
  counts = new Int32Array(NODES_MIN * FAN_OUT_MAX);
  /** Separators: no entry below a child is less than its own. */
  scores = new Float64Array(NODES_MIN * FAN_OUT_MAX);
  readonly members: (string | undefined)[] = [];
  sizes = new Int32Array(NODES_MIN);
  #end = 0;
  readonly #free: number[] = [];

  /** A node without children. */
  take(): number {
    const node = this.#free.pop() ?? this.#end++;
    if (node >= this.sizes.length) {
      const capacity = Math.ceil(this.sizes.length * GROWTH);
      this.children = grownInt32(this.children, capacity * FAN_OUT_MAX);
      this.counts = grownInt32(this.counts, capacity * FAN_OUT_MAX);
      this.scores = grownFloat64(this.scores, capacity * FAN_OUT_MAX);
      this.sizes = grownInt32(this.sizes, capacity);
    }
    while (this.members.length < (node + 1) * FAN_OUT_MAX) this.members.push(undefined);
    this.sizes[node] = 0;
    return node;
  }

  release(node: number): void {
    this.#free.push(node);
  }

  /** Which child holds the pair, or would. */
  childFor(node: number, score: number, member: string): number {
    const scores = this.scores;
    const base = node * FAN_OUT_MAX;
    let low = base + 1;
    let high = base + (this.sizes[node] as number);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = scores[middle] as number;
      if (at < score || (at === score && (this.members[middle] as string) <= member)) {
        low = middle + 1;
      } else high = middle;
    }
    return low - base - 1;
  }

  /** How many entries are below the children in front of this one. */
  countBefore(node: number, child: number): number {
    const counts = this.counts;
    const base = node * FAN_OUT_MAX;
    let count = 0;
    for (let at = base; at < base + child; at++) count += counts[at] as number;
    return count;
  }

  insert(
    node: number,
    position: number,
    child: number,
    count: number,
    score: number,
    member: string,
  ): void {
    const size = this.sizes[node] as number;
    const at = node * FAN_OUT_MAX + position;
    this.#shift(at, at + 1, size - position);
    this.children[at] = child;
    this.counts[at] = count;
    this.scores[at] = score;
    this.members[at] = member;
    this.sizes[node] = size + 1;
  }

  remove(node: number, position: number): void {
    const size = this.sizes[node] as number;
    const at = node * FAN_OUT_MAX + position;
    this.#shift(at + 1, at, size - position - 1);
    this.#forget(node, size - 1, 1);
  }

  /** Moves the last `count` children of a node to the front of the next one. */
  moveToFront(from: number, to: number, count: number): void {
    const kept = (this.sizes[from] as number) - count;
    const target = to * FAN_OUT_MAX;
    this.#shift(target, target + count, this.sizes[to] as number);
    this.#shift(from * FAN_OUT_MAX + kept, target, count);
    this.#forget(from, kept, count);
    this.sizes[to] = (this.sizes[to] as number) + count;
  }

  /** Moves the first `count` children of a node to the end of the one before. */
  moveToEnd(from: number, to: number, count: number): void {
    const source = from * FAN_OUT_MAX;
    const kept = (this.sizes[from] as number) - count;
    this.#shift(source, to * FAN_OUT_MAX + (this.sizes[to] as number), count);
    this.#shift(source + count, source, kept);
    this.#forget(from, kept, count);
    this.sizes[to] = (this.sizes[to] as number) + count;
  }

  #forget(node: number, kept: number, count: number): void {
    const first = node * FAN_OUT_MAX + kept;
    for (let i = 0; i < count; i++) this.members[first + i] = undefined;
    this.sizes[node] = kept;
  }

  #shift(from: number, to: number, count: number): void {
    shiftIntegers(this.children, from, to, count);
    shiftIntegers(this.counts, from, to, count);
    shiftDoubles(this.scores, from, to, count);
    shiftMembers(this.members, from, to, count);
  }
}

// One body for each kind of column: V8 gathers type feedback by function. For a few dozen entries
// a loop is faster than copyWithin.

function shiftDoubles(column: Float64Array, from: number, to: number, count: number): void {
  if (to < from) for (let i = 0; i < count; i++) column[to + i] = column[from + i] as number;
  else for (let i = count - 1; i >= 0; i--) column[to + i] = column[from + i] as number;
}

function shiftIntegers(column: Int32Array, from: number, to: number, count: number): void {
  if (to < from) for (let i = 0; i < count; i++) column[to + i] = column[from + i] as number;
  else for (let i = count - 1; i >= 0; i--) column[to + i] = column[from + i] as number;
}

function shiftMembers(
  column: (string | undefined)[],
  from: number,
  to: number,
  count: number,
): void {
  if (to < from) for (let i = 0; i < count; i++) column[to + i] = column[from + i];
  else for (let i = count - 1; i >= 0; i--) column[to + i] = column[from + i];
}

function grownFloat64(former: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(capacity);
  grown.set(former);
  return grown;
}

function grownInt32(former: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(capacity);
  grown.set(former);
  return grown;
}
