/** Entries that a queue starts with room for. */
const CAPACITY_MIN = 16;
const NONE = -1;

/**
 * A first-in first-out queue of hashes, with a question: is this hash in it? It remembers which keys were
 * evicted lately without keeping the keys; two keys of one hash are one to it, which costs a
 * misplaced key in four billion.
 *
 * A ring buffer holds the hashes, and chains through it, from buckets by the hash's low bits, find
 * them. Cost: `push`, `has` and `remove` O(1), but when the ring doubles; 16 bytes a hash.
 */
export class GhostQueue {
  #hashes = new Int32Array(CAPACITY_MIN);
  /** By place in the ring: the next place of the chain; a place that was removed is its own next. */
  #next = new Int32Array(CAPACITY_MIN);
  #heads = new Int32Array(CAPACITY_MIN).fill(NONE);
  /** Places are counted on and on; the ring holds `#oldest` up to `#end`. */
  #oldest = 0;
  #end = 0;
  #size = 0;

  /** How many hashes it holds. */
  get size(): number {
    return this.#size;
  }

  /** Adds a hash, unless it is there, and lets the oldest ones go beyond `limit`. O(1). */
  push(hash: number, limit: number): void {
    if (this.has(hash)) return;
    while (this.#size > 0 && this.#size >= limit) this.#dropOldest();
    if (limit < 1) return;
    if (this.#end - this.#oldest === this.#hashes.length) this.#makeRoom();
    this.#link(this.#end++ & this.#mask, hash);
    this.#size++;
  }

  /** Whether the hash is in the queue. O(1). */
  has(hash: number): boolean {
    let place = this.#heads[hash & this.#mask] as number;
    while (place !== NONE && this.#hashes[place] !== hash) place = this.#next[place] as number;
    return place !== NONE;
  }

  /** Takes a hash out. O(1). @returns whether it was there */
  remove(hash: number): boolean {
    if (!this.has(hash)) return false;
    this.#unlink(hash);
    this.#size--;
    return true;
  }

  /** Throws where the structure contradicts itself. O(n); for tests. */
  checkInvariants(): void {
    let seen = 0;
    for (let at = this.#oldest; at < this.#end; at++) {
      const place = at & this.#mask;
      if (this.#next[place] === place) continue;
      seen++;
      if (!this.has(this.#hashes[place] as number)) throw new Error(`place ${place} is not found`);
    }
    if (seen !== this.#size) throw new Error(`the ring has ${seen} of ${this.#size} hashes`);
  }

  get #mask(): number {
    return this.#hashes.length - 1;
  }

  #link(place: number, hash: number): void {
    const bucket = hash & this.#mask;
    this.#hashes[place] = hash;
    this.#next[place] = this.#heads[bucket] as number;
    this.#heads[bucket] = place;
  }

  #unlink(hash: number): void {
    const bucket = hash & this.#mask;
    let before = NONE;
    let place = this.#heads[bucket] as number;
    while (this.#hashes[place] !== hash) {
      before = place;
      place = this.#next[place] as number;
    }
    const next = this.#next[place] as number;
    if (before === NONE) this.#heads[bucket] = next;
    else this.#next[before] = next;
    this.#next[place] = place;
  }

  #dropOldest(): void {
    const place = this.#oldest++ & this.#mask;
    if (this.#next[place] === place) return;
    this.#unlink(this.#hashes[place] as number);
    this.#size--;
  }

  /** Makes a full ring half empty: by leaving out what was removed, or by doubling. */
  #makeRoom(): void {
    const hashes: number[] = [];
    for (let at = this.#oldest; at < this.#end; at++) {
      const place = at & this.#mask;
      if (this.#next[place] !== place) hashes.push(this.#hashes[place] as number);
    }
    const doubled = this.#hashes.length * 2;
    const capacity = hashes.length * 2 <= this.#hashes.length ? this.#hashes.length : doubled;
    this.#hashes = new Int32Array(capacity);
    this.#next = new Int32Array(capacity);
    this.#heads = new Int32Array(capacity).fill(NONE);
    this.#oldest = 0;
    this.#end = 0;
    for (const hash of hashes) this.#link(this.#end++, hash);
  }
}
