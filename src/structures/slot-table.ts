import { PagedInt32, PagedRecords, PagedRefs } from "./paged-array.ts";
import { defaultStringHash, type StringHash } from "./string-hash.ts";

/** What a search returns that found nothing. */
export const NO_SLOT = -1;

/** The integers of a slot's record; its double is the key's number. */
const HASH = 0;
const NEXT = 1;

/**
 * A map from byte strings to numbers. Each key owns a small integer, its *slot*, for as long as it
 * stays; whatever else is known of a key stands in columns beside the table, indexed by slot.
 *
 * The table is a linear hash table (W. Litwin, "Linear Hashing", 1980; in memory: P.-A. Larson,
 * "Dynamic Hash Tables", 1988): with each key added one bucket is split, with each key removed at
 * most one is merged, so that no operation ever rehashes everything, where a `Map` rehashes all at
 * once as it grows or shrinks, and holds at most 2^24. Buckets are chains through records of 16
 * bytes, which hold the hash and the number, too: in a large table a key is found with four cache
 * misses, one of them its own text.
 *
 * Slots are stable: a key never moves, whatever is added or removed beside it. A walk over the
 * slots in order therefore sees each key that stays from its beginning to its end exactly once,
 * which is the guarantee of Redis' SCAN. Freed slots are used again, the last one first.
 *
 * Cost: `find`, `add` and `remove` are O(1) on average; the hash is drawn at random
 * ({@link StringHash}), so that no choice of keys makes chains long.
 */
export class SlotTable {
  readonly hash: StringHash;
  readonly #keys = new PagedRefs<string>();
  readonly #records = new PagedRecords();
  /** The first slot of each bucket's chain, plus one: 0 is an empty bucket. */
  readonly #heads = new PagedInt32();
  #buckets = 1;
  /** The smallest power of two that is not below the number of buckets, minus one. */
  #mask = 0;
  #size = 0;
  #slotsEnd = 0;
  #free = NO_SLOT;

  constructor(hash: StringHash = defaultStringHash) {
    this.hash = hash;
    this.#heads.ensure(1);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#size;
  }

  /** All slots in use are below it; columns need this much room. */
  get slotsEnd(): number {
    return this.#slotsEnd;
  }

  /** The slot of `key`, whose hash the caller has, or {@link NO_SLOT}. O(1). */
  find(key: string, hash: number): number {
    let slot = this.#heads.get(this.#bucketOf(hash)) - 1;
    while (slot !== NO_SLOT) {
      if (this.#records.int(slot, HASH) === hash && this.#keys.get(slot) === key) return slot;
      slot = this.#records.int(slot, NEXT);
    }
    return NO_SLOT;
  }

  /** Gives `key` a slot and a number. The caller knows that it is not there yet. O(1). */
  add(key: string, hash: number, number: number): number {
    const slot = this.#takeSlot();
    this.#records.setDouble(slot, number);
    this.#keys.set(slot, key);
    this.#records.setInt(slot, HASH, hash);
    this.#prepend(this.#bucketOf(hash), slot);
    this.#size++;
    if (this.#size > this.#buckets) this.#splitBucket();
    return slot;
  }

  /** Frees a slot that is in use. O(1). */
  remove(slot: number): void {
    this.#unlink(this.#bucketOf(this.#records.int(slot, HASH)), slot);
    this.#keys.set(slot, undefined);
    this.#records.setInt(slot, NEXT, this.#free);
    this.#free = slot;
    this.#size--;
    if (this.#size < this.#buckets >> 1) this.#mergeBucket();
  }

  /** The key that owns this slot, or `undefined` where the slot is free. O(1). */
  keyAt(slot: number): string | undefined {
    return slot < this.#slotsEnd ? this.#keys.get(slot) : undefined;
  }

  /** The number of the key that owns this slot. O(1). */
  numberAt(slot: number): number {
    return this.#records.double(slot);
  }

  /** Gives the key that owns this slot another number. O(1). */
  setNumber(slot: number, number: number): void {
    this.#records.setDouble(slot, number);
  }

  /** The hash of the key that owns this slot. O(1). */
  hashAt(slot: number): number {
    return this.#records.int(slot, HASH);
  }

  /** Throws where the structure contradicts itself. O(n); for tests. */
  checkInvariants(): void {
    let seen = 0;
    for (let bucket = 0; bucket < this.#buckets; bucket++) {
      let slot = this.#heads.get(bucket) - 1;
      for (; slot !== NO_SLOT; slot = this.#records.int(slot, NEXT)) {
        const key = this.#keys.get(slot);
        if (key === undefined) throw new Error(`slot ${slot} is in a chain and has no key`);
        const hash = this.hash(key);
        if (hash !== this.hashAt(slot)) throw new Error(`slot ${slot} has another key's hash`);
        if (this.#bucketOf(hash) !== bucket) throw new Error(`slot ${slot} is in a wrong chain`);
        if (++seen > this.#size) throw new Error("a chain has more keys than the table");
      }
    }
    if (seen !== this.#size) throw new Error(`chains have ${seen} of ${this.#size} keys`);
    let free = 0;
    for (let slot = this.#free; slot !== NO_SLOT; slot = this.#records.int(slot, NEXT)) free++;
    if (free + seen !== this.#slotsEnd) throw new Error(`${free} free slots of ${this.#slotsEnd}`);
  }

  #bucketOf(hash: number): number {
    const bucket = hash & this.#mask;
    return bucket < this.#buckets ? bucket : bucket & (this.#mask >> 1);
  }

  #takeSlot(): number {
    const slot = this.#free;
    if (slot !== NO_SLOT) {
      this.#free = this.#records.int(slot, NEXT);
      return slot;
    }
    this.#keys.ensure(this.#slotsEnd + 1);
    this.#records.ensure(this.#slotsEnd + 1);
    return this.#slotsEnd++;
  }

  #prepend(bucket: number, slot: number): void {
    this.#records.setInt(slot, NEXT, this.#heads.get(bucket) - 1);
    this.#heads.set(bucket, slot + 1);
  }

  #unlink(bucket: number, slot: number): void {
    const next = this.#records.int(slot, NEXT);
    let at = this.#heads.get(bucket) - 1;
    if (at === slot) {
      this.#heads.set(bucket, next + 1);
      return;
    }
    for (;;) {
      const following = this.#records.int(at, NEXT);
      if (following === slot) break;
      at = following;
    }
    this.#records.setInt(at, NEXT, next);
  }

  /** Opens one more bucket, and moves to it what belongs there from the one that it splits. */
  #splitBucket(): void {
    const opened = this.#buckets;
    this.#heads.ensure(opened + 1);
    this.#heads.set(opened, 0);
    this.#buckets++;
    if (opened > this.#mask) this.#mask = this.#mask * 2 + 1;

    const split = opened & (this.#mask >> 1);
    let slot = this.#heads.get(split) - 1;
    this.#heads.set(split, 0);
    while (slot !== NO_SLOT) {
      const next = this.#records.int(slot, NEXT);
      this.#prepend(this.#bucketOf(this.hashAt(slot)), slot);
      slot = next;
    }
  }

  /** Closes the last bucket; its chain goes back to the one that it was split from. */
  #mergeBucket(): void {
    const closed = --this.#buckets;
    const target = closed & (this.#mask >> 1);
    if (this.#buckets <= (this.#mask + 1) >> 1) this.#mask >>= 1;

    let slot = this.#heads.get(closed) - 1;
    while (slot !== NO_SLOT) {
      const next = this.#records.int(slot, NEXT);
      this.#prepend(target, slot);
      slot = next;
    }
    this.#heads.trim(this.#buckets);
  }
}
