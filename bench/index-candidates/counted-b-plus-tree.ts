import { FAN_OUT_MAX, InnerNodes, LEAF_MAX, Leaves } from "./b-plus-tree-nodes.ts";
import type { Entry, OrderedIndex } from "./ordered-index.ts";

/** A node with fewer takes in a neighbour, or takes some of its entries where both do not fit. */
const LEAF_MIN = LEAF_MAX / 4;
const FAN_OUT_MIN = FAN_OUT_MAX / 4;
const LEAF_MERGED_MAX = (LEAF_MAX * 3) / 4;
const FAN_OUT_MERGED_MAX = (FAN_OUT_MAX * 3) / 4;
const HEIGHT_MAX = 16;

/**
 * A B+ tree whose inner nodes count the entries below each child (R. Bayer and E. McCreight, 1972;
 * D. Knuth, TAOCP 3, 6.2.4, for the counts), over typed arrays. Leaves are linked in order.
 *
 * Child i of an inner node holds what is not less than separator i, and less than separator i + 1.
 * Separator 0 of a node is never searched; it is the one that its parent has for the node.
 */
export class CountedBPlusTree implements OrderedIndex {
  readonly #leaves = new Leaves();
  readonly #inner = new InnerNodes();
  /** The way of the latest descent: on each level the inner node, and the child that was taken. */
  readonly #pathNode = new Int32Array(HEIGHT_MAX);
  readonly #pathChild = new Int32Array(HEIGHT_MAX);
  #root = this.#leaves.take();
  /** Levels of inner nodes; level 1 is above the leaves. */
  #height = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  insert(score: number, member: string): boolean {
    const leaf = this.#descend(score, member);
    const position = this.#leaves.positionOf(leaf, score, member);
    if (this.#leaves.isAt(leaf, position, score, member)) return false;
    if (this.#leaves.sizes[leaf] === LEAF_MAX) {
      this.#splitLeaf(leaf);
      return this.insert(score, member);
    }
    this.#leaves.insert(leaf, position, score, member);
    this.#addToCounts(1);
    return true;
  }

  delete(score: number, member: string): boolean {
    const leaf = this.#descend(score, member);
    const position = this.#leaves.positionOf(leaf, score, member);
    if (!this.#leaves.isAt(leaf, position, score, member)) return false;
    this.#leaves.remove(leaf, position);
    this.#addToCounts(-1);
    if ((this.#leaves.sizes[leaf] as number) < LEAF_MIN && this.#height > 0) this.#refillLeaf();
    return true;
  }

  update(from: number, member: string, to: number): boolean {
    return this.delete(from, member) && this.insert(to, member);
  }

  rank(score: number, member: string): number | undefined {
    let node = this.#root;
    let rank = 0;
    for (let level = this.#height; level > 0; level--) {
      const child = this.#inner.childFor(node, score, member);
      rank += this.#inner.countBefore(node, child);
      node = this.#inner.children[node * FAN_OUT_MAX + child] as number;
    }
    const position = this.#leaves.positionOf(node, score, member);
    return this.#leaves.isAt(node, position, score, member) ? rank + position : undefined;
  }

  at(rank: number): Entry | undefined {
    return rank >= 0 && rank < this.#length ? this.read(rank, 1)[0] : undefined;
  }

  read(start: number, count: number): Entry[] {
    const entries = new Array<Entry>(count);
    let node = this.#root;
    let position = start;
    for (let level = this.#height; level > 0; level--) {
      let at = node * FAN_OUT_MAX;
      for (;;) {
        const below = this.#inner.counts[at] as number;
        if (position < below) break;
        position -= below;
        at++;
      }
      node = this.#inner.children[at] as number;
    }
    for (let done = 0; done < count;) {
      const run = Math.min((this.#leaves.sizes[node] as number) - position, count - done);
      this.#leaves.read(node, position, run, entries, done);
      done += run;
      node = this.#leaves.next[node] as number;
      position = 0;
    }
    return entries;
  }

  /** Finds the leaf in which the pair is or would be, and leaves the way in the path. */
  #descend(score: number, member: string): number {
    let node = this.#root;
    for (let level = this.#height; level > 0; level--) {
      const child = this.#inner.childFor(node, score, member);
      this.#pathNode[level] = node;
      this.#pathChild[level] = child;
      node = this.#inner.children[node * FAN_OUT_MAX + child] as number;
    }
    return node;
  }

  #addToCounts(entries: number): void {
    const counts = this.#inner.counts;
    for (let level = this.#height; level > 0; level--) {
      const at =
        (this.#pathNode[level] as number) * FAN_OUT_MAX + (this.#pathChild[level] as number);
      counts[at] = (counts[at] as number) + entries;
    }
    this.#length += entries;
  }

  #splitLeaf(leaf: number): void {
    const right = this.#leaves.take();
    this.#leaves.next[right] = this.#leaves.next[leaf] as number;
    this.#leaves.next[leaf] = right;
    const half = LEAF_MAX / 2;
    this.#leaves.moveToFront(leaf, right, half);
    const score = this.#leaves.scores[right * LEAF_MAX] as number;
    this.#addChild(1, right, half, score, this.#leaves.members[right * LEAF_MAX] as string);
  }

  /** Puts a child behind the one that the path took on this level, from which it was split. */
  #addChild(level: number, child: number, count: number, score: number, member: string): void {
    if (level > this.#height) {
      const root = this.#inner.take();
      this.#inner.insert(root, 0, this.#root, this.#length, 0, "");
      this.#root = root;
      this.#height++;
      this.#pathNode[level] = root;
      this.#pathChild[level] = 0;
    }
    let node = this.#pathNode[level] as number;
    let position = this.#pathChild[level] as number;
    if (this.#inner.sizes[node] === FAN_OUT_MAX) {
      const right = this.#inner.take();
      const half = FAN_OUT_MAX / 2;
      this.#inner.moveToFront(node, right, half);
      const first = right * FAN_OUT_MAX;
      const separator = this.#inner.scores[first] as number;
      const below = this.#inner.countBefore(right, half);
      this.#addChild(level + 1, right, below, separator, this.#inner.members[first] as string);
      if (position >= half) {
        node = right;
        position -= half;
      }
    }
    const from = node * FAN_OUT_MAX + position;
    this.#inner.counts[from] = (this.#inner.counts[from] as number) - count;
    this.#inner.insert(node, position + 1, child, count, score, member);
  }

  /** The leaf at the end of the path has become too small. */
  #refillLeaf(): void {
    const { children, counts, scores, members, sizes } = this.#inner;
    const parent = this.#pathNode[1] as number;
    const position = Math.min(this.#pathChild[1] as number, (sizes[parent] as number) - 2);
    const at = parent * FAN_OUT_MAX + position;
    const left = children[at] as number;
    const right = children[at + 1] as number;
    const total = (counts[at] as number) + (counts[at + 1] as number);
    if (total <= LEAF_MERGED_MAX) {
      this.#leaves.moveToEnd(right, left, counts[at + 1] as number);
      this.#leaves.next[left] = this.#leaves.next[right] as number;
      this.#leaves.release(right);
      counts[at] = total;
      this.#inner.remove(parent, position + 1);
      this.#refillInner(1);
      return;
    }
    const toRight = (counts[at] as number) - (total >> 1);
    if (toRight > 0) this.#leaves.moveToFront(left, right, toRight);
    else this.#leaves.moveToEnd(right, left, -toRight);
    counts[at] = total >> 1;
    counts[at + 1] = total - (total >> 1);
    scores[at + 1] = this.#leaves.scores[right * LEAF_MAX] as number;
    members[at + 1] = this.#leaves.members[right * LEAF_MAX];
  }

  /** The inner node of the path on this level has lost a child. */
  #refillInner(level: number): void {
    const inner = this.#inner;
    const node = this.#pathNode[level] as number;
    if (level === this.#height) {
      if (inner.sizes[node] !== 1) return;
      this.#root = inner.children[node * FAN_OUT_MAX] as number;
      this.#height--;
      inner.release(node);
      return;
    }
    if ((inner.sizes[node] as number) >= FAN_OUT_MIN) return;
    const parent = this.#pathNode[level + 1] as number;
    const position = Math.min(
      this.#pathChild[level + 1] as number,
      (inner.sizes[parent] as number) - 2,
    );
    const at = parent * FAN_OUT_MAX + position;
    const left = inner.children[at] as number;
    const right = inner.children[at + 1] as number;
    const both = (inner.sizes[left] as number) + (inner.sizes[right] as number);
    const total = (inner.counts[at] as number) + (inner.counts[at + 1] as number);
    if (both <= FAN_OUT_MERGED_MAX) {
      inner.moveToEnd(right, left, inner.sizes[right] as number);
      inner.release(right);
      inner.counts[at] = total;
      inner.remove(parent, position + 1);
      this.#refillInner(level + 1);
      return;
    }
    const toRight = (inner.sizes[left] as number) - (both >> 1);
    if (toRight > 0) inner.moveToFront(left, right, toRight);
    else inner.moveToEnd(right, left, -toRight);
    inner.counts[at] = inner.countBefore(left, inner.sizes[left] as number);
    inner.counts[at + 1] = total - inner.counts[at];
    inner.scores[at + 1] = inner.scores[right * FAN_OUT_MAX] as number;
    inner.members[at + 1] = inner.members[right * FAN_OUT_MAX];
  }
}
