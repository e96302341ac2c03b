import { OptionBag } from "../../cache/option-bag.ts";
import { CacheError, type CacheErrorCode, show } from "../../errors.ts";
import { toByteString } from "../../structures/byte-string.ts";
import { CacheNode } from "../cache-node.ts";
import { type HashFunction, resolveHash, type RingHash } from "./hash-function.ts";
import { placingBytes } from "./placing-bytes.ts";
import { RingPoints } from "./ring-points.ts";

/** Options of a {@link HashRing}. */
export interface HashRingOptions {
  /** How many points a node of weight 1 has on the ring. Default 150. */
  virtualNodes?: number | undefined;
  /** What places nodes and keys. Default `"fnv1a"`, with an avalanche at its end. */
  hash?: RingHash | undefined;
}

const TASK = "create a HashRing";
const VIRTUAL_NODES = 150;

/** The most points of one ring: some 20 MB. Weights without measure end here. */
export const RING_POINTS_MAX = 1_000_000;

/**
 * A consistent hash ring: a map from key to an ordered list of nodes, in which a node that comes
 * or goes moves only the keys that it gets or had (D. Karger et al., "Consistent Hashing and
 * Random Trees", 1997).
 *
 * A node has points at the hashes of `id#0`, `id#1`, ..., `virtualNodes` for each unit of weight
 * and at least one; a key belongs to the first point at or after its own hash, around the circle.
 * Whoever has the same nodes and options has the same ring, whatever the order of adding. Of a key
 * with a `{tag}` the tag alone counts, as in Redis Cluster.
 *
 * @example
 * ```ts
 * import { MemoryCache } from "laurel";
 * import { CacheNode, HashRing } from "laurel/distributed";
 *
 * const ring = new HashRing();
 * for (const id of ["node-us-east", "node-us-west", "node-eu"]) {
 *   ring.add(new CacheNode(id, new MemoryCache()));
 * }
 * console.log(ring.get("user:42").id); // node-eu
 * console.log(ring.getN("user:42", 2).map((node) => node.id)); // [ 'node-eu', 'node-us-east' ]
 * ```
 */
export class HashRing {
  /** How many points a node of weight 1 has. */
  readonly virtualNodes: number;
  #hash: HashFunction;
  #nodes: readonly CacheNode[] = [];
  /** The ids' byte strings, in the order of `#nodes`: points at one position stand in theirs. */
  #ids: readonly string[] = [];
  #points = RingPoints.none;

  /** @throws {CacheError} `INVALID_CONFIG`, for an unknown option, too */
  constructor(options: HashRingOptions = {}) {
    new OptionBag(TASK, options).only({ virtualNodes: true, hash: true });
    const { virtualNodes = VIRTUAL_NODES, hash } = options;
    if (!Number.isSafeInteger(virtualNodes) || virtualNodes <= 0) {
      const reason = "virtualNodes must be a positive integer";
      throw invalidConfig(TASK, reason, virtualNodes);
    }
    this.virtualNodes = virtualNodes;
    this.#hash = resolveHash(hash);
  }

  /**
   * Puts a node on the ring. O(points)
   * @throws {CacheError} `NODE_EXISTS` where one of its id is there; `INVALID_CONFIG` where the ring
   * would have more than a million points, or its hash function fails; the ring stays as it was
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing({ virtualNodes: 100 });
   * ring.add(new CacheNode("a", new MemoryCache()));
   * ring.add(new CacheNode("b", new MemoryCache(), { weight: 2 }));
   * console.log(ring.points); // 300
   * ```
   */
  add(node: CacheNode): void {
    if (!(node instanceof CacheNode)) {
      throw invalidConfig("add a node", "it must be a CacheNode", node);
    }
    if (this.#nodes.some(({ id }) => id === node.id)) {
      const reason = "the ring has a node of this id";
      throw refusal("NODE_EXISTS", "add a node", reason, node.id);
    }
    const ids = [...this.#ids, toByteString(node.id)];
    this.#points = this.#points.with(this.#positionsOf(node), ids);
    this.#ids = ids;
    this.#nodes = [...this.#nodes, node];
  }

  /**
   * Takes a node off the ring. O(points)
   * @throws {CacheError} `NODE_NOT_FOUND`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing();
   * for (const id of ["a", "b"]) ring.add(new CacheNode(id, new MemoryCache()));
   * ring.remove("a");
   * console.log(ring.get("user:42").id); // b
   * ```
   */
  remove(id: string): void {
    const removed = this.#nodes.findIndex((node) => node.id === id);
    if (removed === -1) {
      throw refusal("NODE_NOT_FOUND", "remove a node", "the ring has none of this id", id);
    }
    this.#points = this.#points.without(removed);
    this.#ids = this.#ids.filter((_, number) => number !== removed);
    this.#nodes = this.#nodes.filter((_, number) => number !== removed);
  }

  /**
   * The node that a key belongs to. O(length of the key)
   * @throws {CacheError} `NO_NODES`, `INVALID_KEY`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing();
   * for (const id of ["a", "b", "c"]) ring.add(new CacheNode(id, new MemoryCache()));
   * console.log(ring.get("{team:7}:scores") === ring.get("{team:7}:names")); // true
   * ```
   */
  get(key: string): CacheNode {
    return this.#nodes[this.#points.ownerOf(this.pointOf(key))] as CacheNode;
  }

  /**
   * The first `n` different nodes from a key's point on, or all where there are fewer: its owners,
   * the primary first. For a few of many nodes of like weight expected O(n^2).
   * @throws {CacheError} `NO_NODES`, `INVALID_KEY`, `INVALID_OPTIONS`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing();
   * for (const id of ["a", "b", "c"]) ring.add(new CacheNode(id, new MemoryCache()));
   * const [primary, replica] = ring.getN("user:42", 2);
   * console.log(primary === ring.get("user:42"), primary === replica); // true false
   * ```
   */
  getN(key: string, n: number): CacheNode[] {
    return this.nodesFrom(this.pointOf(key), n);
  }

  /**
   * The nodes, in the order of their adding.
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing();
   * for (const id of ["a", "b"]) ring.add(new CacheNode(id, new MemoryCache()));
   * console.log(ring.nodes().map(({ id }) => id)); // [ 'a', 'b' ]
   * ```
   */
  nodes(): CacheNode[] {
    return [...this.#nodes];
  }

  /** How many points the ring has. */
  get points(): number {
    return this.#points.count;
  }

  /** Bytes that the points take; copies of a ring share them until one changes. */
  get byteSize(): number {
    return this.#points.byteSize;
  }

  /**
   * The index, from 0 to `points` − 1, of the point that a key belongs to. Keys of one point have
   * the same owners. Indexes hold until a node comes or goes. O(length of the key), without allocation.
   * @throws {CacheError} `NO_NODES`, `INVALID_KEY`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing();
   * ring.add(new CacheNode("a", new MemoryCache()));
   * const point = ring.pointOf("user:42");
   * console.log(point === ring.pointAt(ring.hashKey("user:42"))); // true
   * ```
   */
  pointOf(key: string): number {
    const bits = this.#hash(placingBytes(key));
    if (this.#points.count === 0) {
      throw refusal("NO_NODES", "find a key's node", "the ring has no nodes", key);
    }
    return this.#points.find(bits);
  }

  /**
   * The index of the point that a position of the circle belongs to. O(log points)
   * @throws {CacheError} `NO_NODES`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing();
   * ring.add(new CacheNode("a", new MemoryCache()));
   * console.log(ring.pointAt(ring.positionAt(7))); // 7
   * ```
   */
  pointAt(position: number): number {
    if (this.#points.count === 0) {
      throw refusal("NO_NODES", "find a point", "the ring has no nodes", position);
    }
    return this.#points.find(position);
  }

  /**
   * The first `n` different nodes from a point on, or all where there are fewer. O(n) for each point
   * that is passed, of which all of N nodes of like weight take about N log N.
   * @throws {CacheError} `INVALID_OPTIONS`, `INVALID_RANGE` for a point that the ring does not have
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing();
   * for (const id of ["a", "b"]) ring.add(new CacheNode(id, new MemoryCache()));
   * console.log(ring.nodesFrom(ring.pointOf("user:42"), 9).length); // 2
   * ```
   */
  nodesFrom(point: number, n: number): CacheNode[] {
    if (!Number.isSafeInteger(n) || n <= 0) {
      const reason = "their number must be a positive integer";
      throw refusal("INVALID_OPTIONS", "list nodes", reason, n);
    }
    this.#checkPoint(point);
    const wanted = Math.min(n, this.#nodes.length);
    const found: CacheNode[] = [];
    for (let at = point; found.length < wanted; at = at + 1 === this.points ? 0 : at + 1) {
      const node = this.#nodes[this.#points.ownerOf(at)] as CacheNode;
      if (!found.includes(node)) found.push(node);
    }
    return found;
  }

  /**
   * Where a key lies, from 0 to 2^32 − 1, by its tag where it has one. O(length of the key)
   * @throws {CacheError} `INVALID_KEY`
   *
   * @example
   * ```ts
   * import { HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing({ hash: "murmur3" });
   * console.log(ring.hashKey("{team:7}:scores") === ring.hashKey("team:7")); // true
   * ```
   */
  hashKey(key: string): number {
    return this.#hash(placingBytes(key)) >>> 0;
  }

  /**
   * Where a point lies, from 0 to 2^32 − 1. O(1)
   * @throws {CacheError} `INVALID_RANGE`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing();
   * ring.add(new CacheNode("a", new MemoryCache()));
   * console.log(ring.positionAt(0) < ring.positionAt(1)); // true
   * ```
   */
  positionAt(point: number): number {
    this.#checkPoint(point);
    return this.#points.positionAt(point);
  }

  /**
   * A ring with the same nodes and options, which then goes its own way. O(1)
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, HashRing } from "laurel/distributed";
   *
   * const ring = new HashRing();
   * ring.add(new CacheNode("a", new MemoryCache()));
   * const next = ring.copy();
   * next.add(new CacheNode("b", new MemoryCache()));
   * console.log(ring.nodes().length, next.nodes().length); // 1 2
   * ```
   */
  copy(): HashRing {
    const copy = new HashRing({ virtualNodes: this.virtualNodes });
    copy.#hash = this.#hash;
    copy.#points = this.#points;
    copy.#ids = this.#ids;
    copy.#nodes = this.#nodes;
    return copy;
  }

  /** The positions of a node's points, unsorted. @throws {CacheError} `INVALID_CONFIG` */
  #positionsOf({ id, weight }: CacheNode): Uint32Array {
    const count = Math.max(1, Math.round(this.virtualNodes * weight));
    if (count > RING_POINTS_MAX - this.points) {
      const reason = `a ring has at most ${RING_POINTS_MAX} points, and this one has ${this.points}`;
      throw invalidConfig("add a node", reason, count);
    }
    const positions = new Uint32Array(count);
    for (let i = 0; i < count; i++) positions[i] = this.#hash(toByteString(`${id}#${i}`));
    return positions;
  }

  #checkPoint(point: number): void {
    if (Number.isInteger(point) && point >= 0 && point < this.points) return;
    const reason = `a point's index is below ${this.points}`;
    throw refusal("INVALID_RANGE", "look at a point", reason, point);
  }
}

function invalidConfig(action: string, reason: string, received: unknown): CacheError {
  return refusal("INVALID_CONFIG", action, reason, received);
}

function refusal(
  code: CacheErrorCode,
  action: string,
  reason: string,
  received: unknown,
): CacheError {
  return new CacheError(code, `Cannot ${action}: ${reason}: received ${show(received)}`);
}
