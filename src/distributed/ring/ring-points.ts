/** Up to so many points a look at one after the other is faster than halving. */
const SCAN_POINTS = 8;

const POSITION_MAX = 0xffff_ffff;

interface PointArrays {
  readonly positions: Uint32Array;
  readonly owners: Int32Array;
}

/**
 * The points of a ring: where the virtual nodes lie on the circle of 2^32 positions, in order, and
 * which node each belongs to. Never changed: another set of nodes has another instance.
 *
 * Positions and owners are parallel arrays. A point is found by the high bits of a hash, which
 * choose a bucket; there are at least as many buckets as points, so a bucket has about one, and
 * a clumsy hash that fills few buckets costs O(log points).
 */
export class RingPoints {
  readonly count: number;
  /** Sorted; ends with a guard that no hash is greater than. */
  readonly #positions: Uint32Array;
  /** For each point, the number of the node that it belongs to. */
  readonly #owners: Int32Array;
  /** For each bucket the first point in or after it, and one entry more. */
  readonly #buckets: Uint32Array;
  readonly #bucketShift: number;

  private constructor({ positions, owners }: PointArrays) {
    this.count = owners.length;
    this.#positions = positions;
    this.#owners = owners;
    const bucketBits = Math.max(1, Math.ceil(Math.log2(this.count)));
    this.#bucketShift = 32 - bucketBits;
    this.#buckets = new Uint32Array(2 ** bucketBits + 1);
    let bucket = 0;
    for (let point = 0; point < this.count; point++) {
      const last = this.positionAt(point) >>> this.#bucketShift;
      for (; bucket <= last; bucket++) this.#buckets[bucket] = point;
    }
    this.#buckets.fill(this.count, bucket);
  }

  /** Those of a ring without nodes. */
  static readonly none = new RingPoints(emptyPoints(0));

  /** Bytes of the arrays. */
  get byteSize(): number {
    return this.#positions.byteLength + this.#owners.byteLength + this.#buckets.byteLength;
  }

  /**
   * The index of the first point at or after a hash (32 bits), around the circle. O(1) where the
   * hash spreads, O(log points) where it does not.
   */
  find(bits: number): number {
    const hash = bits >>> 0;
    const bucket = hash >>> this.#bucketShift;
    let low = this.#buckets[bucket] as number;
    let high = this.#buckets[bucket + 1] as number;
    while (high - low > SCAN_POINTS) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] as number) < hash) low = middle + 1;
      else high = middle;
    }
    while ((this.#positions[low] as number) < hash) low++;
    return low === this.count ? 0 : low;
  }

  /** The number of the node that a point belongs to. O(1) */
  ownerOf(point: number): number {
    return this.#owners[point] as number;
  }

  /** Where a point lies, from 0 to 2^32 − 1. O(1) */
  positionAt(point: number): number {
    return this.#positions[point] as number;
  }

  /**
   * These points and those of one more node, whose number is the next one. At one position the
   * nodes stand in the order of their ids, so that the ring does not depend on who came first.
   * `ids` are the byte strings of all ids, by number. O(points + added log added)
   */
  with(added: Uint32Array, ids: readonly string[]): RingPoints {
    const owner = ids.length - 1;
    const id = ids[owner] as string;
    const sorted = Uint32Array.from(added).sort();
    const merged = emptyPoints(this.count + added.length);
    let old = 0;
    for (let next = 0; next <= sorted.length; next++) {
      // After the last of the added ones follow all that are left.
      const position = sorted[next] ?? Infinity;
      for (; old < this.count; old++) {
        const oldPosition = this.positionAt(old);
        if (oldPosition > position) break;
        if (oldPosition === position && (ids[this.ownerOf(old)] as string) > id) break;
        merged.positions[old + next] = oldPosition;
        merged.owners[old + next] = this.ownerOf(old);
      }
      if (next === sorted.length) break;
      merged.positions[old + next] = position;
      merged.owners[old + next] = owner;
    }
    return new RingPoints(merged);
  }

  /** These points but those of one node; the nodes with greater numbers move up by one. O(points) */
  without(owner: number): RingPoints {
    const rest = emptyPoints(
      this.#owners.reduce((count, o) => (o === owner ? count : count + 1), 0),
    );
    let next = 0;
    for (let point = 0; point < this.count; point++) {
      const other = this.ownerOf(point);
      if (other === owner) continue;
      rest.positions[next] = this.positionAt(point);
      rest.owners[next++] = other > owner ? other - 1 : other;
    }
    return new RingPoints(rest);
  }
}

/** The arrays of so many points, the guard in its place. */
function emptyPoints(count: number): PointArrays {
  const positions = new Uint32Array(count + 1);
  positions[count] = POSITION_MAX;
  return { positions, owners: new Int32Array(count) };
}
