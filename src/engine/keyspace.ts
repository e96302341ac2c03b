import { CacheError } from "../errors.ts";
import { DeadlineHeap } from "../structures/deadline-heap.ts";
import { REFERENCE_BYTES, stringBytes } from "../structures/heap-cost.ts";
import { PagedInt32, PagedRefs } from "../structures/paged-array.ts";
import { type Random, seededRandom } from "../structures/random.ts";
import { NO_SLOT, SlotTable } from "../structures/slot-table.ts";
import { SortedSet } from "../structures/sorted-set.ts";
import { RememberingHash } from "../structures/string-hash.ts";
import type { Effect } from "./effects.ts";
import { createPolicy, type Eviction } from "./eviction/create-policy.ts";
import type { EvictionPolicy } from "./eviction/policy.ts";

/** What a key can hold: a byte string, or a sorted set. */
export type Value = string | SortedSet;

/** Where the time comes from, in milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

/** Everything that a keyspace is made of, resolved: no limit is Infinity. */
export interface KeyspaceConfig {
  readonly clock: Clock;
  readonly random: Random;
  readonly eviction: Eviction;
  readonly maxEntries: number;
  readonly maxMemoryBytes: number;
  readonly maxLeaderboards: number;
  readonly maxMembersPerSet: number;
  /** How long a key lives that is created without a ttl, in milliseconds. */
  readonly defaultTtl: number;
}

/** Counters that only grow. */
export interface KeyspaceStats {
  hits: number;
  misses: number;
  sets: number;
  deletes: number;
  evictions: number;
  expirations: number;
}

/** A slot's record of 16 bytes, its bucket and its version, and references to key and value. */
const ENTRY_BYTES = 16 + 4 + 4 + 2 * REFERENCE_BYTES + 2;
/** A deadline, its slot, and its place in the heap. */
const EXPIRY_BYTES = 8 + 4 + 4;

/**
 * The synchronous engine: byte-string keys to typed values, with expiry, eviction, accounting and
 * versions. Behaviour that users know by name (`incr`, `zAdd`, ...) is written as operations over
 * it; the keyspace itself only knows what holds for every key.
 *
 * - *Slots.* A key is looked up once; from then on it is a slot, until the keyspace changes.
 * - *Expiry.* A key is gone when now >= its deadline. Who looks it up finds nothing and collects
 *   it; `sweep` collects, a bounded number at a time, what nobody looks up.
 * - *Room.* Whoever is about to write asks for room first (`makeRoom`), while nothing has changed:
 *   expired keys go, then the policy's victims; or the write is refused with `CACHE_FULL`.
 * - *Accounting.* Memory is the sum of what each key costs, so that a limit acts evenly, and not
 *   in the steps in which tables grow.
 * - *Versions.* Every change gives its key another version; a key that is not there has version 0.
 * - *Effects.* Operations report what they did to `onEffect`; nobody listening costs nothing.
 */
export class Keyspace {
  readonly config: KeyspaceConfig;
  /** Whether there is a limit on entries or memory at all. */
  readonly isLimited: boolean;
  /** Whether there is any limit that a sorted set can run into. */
  readonly isLimitedForSets: boolean;
  readonly stats: KeyspaceStats = {
    hits: 0,
    misses: 0,
    sets: 0,
    deletes: 0,
    evictions: 0,
    expirations: 0,
  };
  /** Is told of every effect, in order. */
  onEffect: ((effect: Effect) => void) | undefined;
  /** Is told of each deadline that is now the earliest of all. */
  onEarliestDeadline: ((deadline: number) => void) | undefined;

  readonly #clock: Clock;
  readonly #hash: RememberingHash;
  readonly #setRandom: Random;

  /** A key's number in the table is its deadline. */
  #table: SlotTable;
  #values = new PagedRefs<Value>();
  #versions = new PagedInt32();
  #expiry = new DeadlineHeap();
  #policy: EvictionPolicy | undefined;
  #version = 0;
  #memoryBytes = 0;
  #leaderboards = 0;
  #members = 0;

  constructor(config: KeyspaceConfig) {
    this.config = config;
    this.#clock = config.clock;
    this.#hash = new RememberingHash(config.random);
    this.#setRandom = seededRandom(Math.floor(config.random() * 2 ** 32));
    this.isLimited = config.maxEntries !== Infinity || config.maxMemoryBytes !== Infinity;
    this.isLimitedForSets =
      this.isLimited || config.maxLeaderboards !== Infinity || config.maxMembersPerSet !== Infinity;
    this.#table = new SlotTable(this.#hash.hash);
    this.#policy = this.#newPolicy();
  }

  /** How many keys there are, expired ones that nobody collected yet included. */
  get size(): number {
    return this.#table.size;
  }

  /** What all keys and values cost, in bytes. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** How many keys hold a sorted set. */
  get leaderboards(): number {
    return this.#leaderboards;
  }

  /** How many members all sorted sets have together. */
  get members(): number {
    return this.#members;
  }

  /** When to look for expired keys next: no deadline is before it. Infinity: there is none. */
  get earliestDeadline(): number {
    return this.#expiry.earliestDeadline;
  }

  /** Whether keys are evicted at a limit, so that a write is refused only if it fits nowhere. */
  get evicts(): boolean {
    return this.#policy !== undefined;
  }

  /**
   * Whether a text that is about to be used as a key or a member is ASCII, and so its own byte
   * string. In the same pass it is hashed. O(length).
   */
  isAscii(text: string): boolean {
    return this.#hash.isAscii(text);
  }

  now(): number {
    return this.#clock.now();
  }

  // ---- looking up

  /** The slot of a key that is alive, or -1. Does not count as use. O(1). */
  lookup(key: string): number {
    const slot = this.#table.find(key, this.#hash.hash(key));
    if (slot !== NO_SLOT && this.#isExpired(slot)) {
      this.#expire(slot);
      return NO_SLOT;
    }
    return slot;
  }

  /** Counts as a use of the key. O(1). */
  touch(slot: number): void {
    this.#policy?.touched(slot);
  }

  keyAt(slot: number): string {
    return this.#table.keyAt(slot) as string;
  }

  valueAt(slot: number): Value {
    return this.#values.get(slot) as Value;
  }

  /** When the key goes, in absolute milliseconds; Infinity: never. */
  expiresAt(slot: number): number {
    return this.#table.numberAt(slot);
  }

  /** A number that every change of the key changes; 0 where there is no such key. O(1). */
  version(key: string): number {
    const slot = this.lookup(key);
    return slot === NO_SLOT ? 0 : this.#versions.get(slot);
  }

  /**
   * Pushes keys that are alive, visiting up to `count` slots from the cursor on, and returns the cursor
   * that goes on from there, 0 at the end. A key that stays from the first call to the last is
   * seen once; this is the guarantee of Redis' SCAN.
   */
  scan(cursor: number, count: number, into: string[]): number {
    const end = Math.min(this.#table.slotsEnd, cursor + count);
    for (let slot = cursor; slot < end; slot++) {
      const key = this.#table.keyAt(slot);
      if (key !== undefined && !this.#isExpired(slot)) into.push(key);
    }
    return end < this.#table.slotsEnd ? end : 0;
  }

  // ---- changing

  /** When a key goes that is created now without a ttl. */
  defaultExpiry(): number {
    const { defaultTtl } = this.config;
    return defaultTtl === Infinity ? Infinity : this.now() + defaultTtl;
  }

  /** What a new key would cost in bytes, given the cost of its value. */
  entryCost(key: string, valueBytes: number, expiresAt: number): number {
    const policyBytes = this.#policy?.entryBytes ?? 0;
    return (
      ENTRY_BYTES + policyBytes + costOfExpiry(expiresAt) + stringBytes(key.length) + valueBytes
    );
  }

  /** What the key costs now, in bytes. */
  costAt(slot: number): number {
    const valueBytes = costOfValue(this.valueAt(slot));
    return this.entryCost(this.keyAt(slot), valueBytes, this.expiresAt(slot));
  }

  /** Adds a key that is not there. Room was made before. @returns its slot */
  insert(key: string, value: Value, expiresAt: number): number {
    const hash = this.#hash.hash(key);
    const slot = this.#table.add(key, hash, Infinity);
    this.#values.ensure(slot + 1);
    this.#versions.ensure(slot + 1);
    this.#memoryBytes += this.entryCost(key, 0, Infinity);
    this.#policy?.added(slot, hash);
    this.#hold(slot, value);
    this.setExpiry(slot, expiresAt);
    return slot;
  }

  /** Gives a key another value. Room was made before. */
  replace(slot: number, value: Value): void {
    this.#release(slot);
    this.#hold(slot, value);
  }

  /** Gives a key another deadline, Infinity for none. */
  setExpiry(slot: number, expiresAt: number): void {
    const before = this.expiresAt(slot);
    if (before !== expiresAt) {
      this.#memoryBytes += costOfExpiry(expiresAt) - costOfExpiry(before);
      this.#table.setNumber(slot, expiresAt);
      this.#moveDeadline(slot, before, expiresAt);
    }
    this.#changed(slot);
  }

  /** Notes that a sorted set was changed in place. */
  resized(slot: number, bytesMore: number, membersMore: number): void {
    this.#memoryBytes += bytesMore;
    this.#members += membersMore;
    this.#changed(slot);
  }

  /** Removes a key. Tells no one: the operation knows what it did. */
  remove(slot: number): void {
    this.#release(slot);
    const hasExpiry = this.#table.numberAt(slot) !== Infinity;
    if (hasExpiry) this.#expiry.remove(slot);
    this.#memoryBytes -= this.entryCost(this.keyAt(slot), 0, this.#table.numberAt(slot));
    this.#policy?.removed(slot);
    this.#values.set(slot, undefined);
    this.#table.remove(slot);
  }

  /** Removes all keys, in constant time. */
  clear(): void {
    this.#table = new SlotTable(this.#hash.hash);
    this.#values = new PagedRefs();
    this.#versions = new PagedInt32();
    this.#expiry = new DeadlineHeap();
    this.#policy = this.#newPolicy();
    this.#memoryBytes = 0;
    this.#leaderboards = 0;
    this.#members = 0;
    this.onEffect?.({ type: "clear" });
  }

  /** A sorted set for this keyspace, with its hash and its randomness. */
  newSortedSet(): SortedSet {
    return new SortedSet({ random: this.#setRandom, hash: this.#hash.hash });
  }

  // ---- expiry

  /**
   * Collects up to `limit` expired keys.
   * @returns whether there are more
   */
  sweep(limit: number): boolean {
    if (this.#expiry.size === 0) return false;
    const now = this.now();
    for (let i = 0; i < limit; i++) {
      if (this.#expiry.earliestDeadline > now) return false;
      const slot = this.#expiry.earliest;
      if (this.expiresAt(slot) <= now) this.#expire(slot);
      else this.#expiry.set(slot, this.expiresAt(slot));
    }
    return this.#expiry.earliestDeadline <= now;
  }

  // ---- room

  /**
   * Makes room for a write that adds `entries` keys and `bytes` bytes, those of the key at `kept`
   * excluded from eviction (-1: none). Expired keys go first, then what the policy chooses.
   * @throws {CacheError} `CACHE_FULL` when it cannot fit; no living key was touched then
   */
  makeRoom(entries: number, bytes: number, kept: number): void {
    if (!this.isLimited || this.#fits(entries, bytes)) return;
    if (entries === 0 && bytes <= 0) return;
    if (entries > this.config.maxEntries) throw this.#full(entries, bytes);
    this.checkFitsAlone((kept === NO_SLOT ? 0 : this.costAt(kept)) + bytes);
    while (!this.#fits(entries, bytes) && this.#expireOne(kept));
    if (this.#fits(entries, bytes)) return;
    const policy = this.#policy;
    if (policy === undefined) throw this.#full(entries, bytes);
    while (!this.#fits(entries, bytes)) {
      const victim = policy.victim(kept);
      if (victim === NO_SLOT) throw this.#full(entries, bytes);
      this.#evict(victim, policy);
    }
  }

  /** Throws `CACHE_FULL` when a key of this cost would not fit into the empty cache. */
  checkFitsAlone(cost: number): void {
    if (cost > this.config.maxMemoryBytes) throw this.#full(0, cost);
  }

  /**
   * Makes sure that one more sorted set may be created, without collecting the key at `kept`.
   * @throws {CacheError} `LEADERBOARD_FULL` when there are as many as there may be
   */
  makeRoomForLeaderboard(kept: number): void {
    const { maxLeaderboards } = this.config;
    while (this.#leaderboards >= maxLeaderboards && this.#expireOne(kept));
    if (this.#leaderboards < maxLeaderboards) return;
    throw new CacheError(
      "LEADERBOARD_FULL",
      `Cannot create a leaderboard: maxLeaderboards is ${maxLeaderboards}: received one more`,
    );
  }

  #fits(entries: number, bytes: number): boolean {
    return (
      this.#table.size + entries <= this.config.maxEntries &&
      this.#memoryBytes + bytes <= this.config.maxMemoryBytes
    );
  }

  #full(entries: number, bytes: number): CacheError {
    const { maxEntries, maxMemoryBytes } = this.config;
    const isEntries = this.#table.size + entries > maxEntries;
    const limit = isEntries
      ? `maxEntries is ${maxEntries}: received ${entries} more than the ${this.#table.size} held`
      : `maxMemoryBytes is ${maxMemoryBytes}: received ${bytes} bytes more than the ` +
        `${this.#memoryBytes} held`;
    return new CacheError("CACHE_FULL", `Cannot write: the cache is full, ${limit}`);
  }

  #evict(slot: number, policy: EvictionPolicy): void {
    const key = this.keyAt(slot);
    policy.evicted(slot, this.#table.hashAt(slot));
    this.remove(slot);
    this.stats.evictions++;
    this.onEffect?.({ type: "delete", key, reason: "evicted" });
  }

  #isExpired(slot: number): boolean {
    const deadline = this.#table.numberAt(slot);
    return deadline !== Infinity && this.#clock.now() >= deadline;
  }

  /**
   * Keeps the heap at or before the deadline. One that only moves later is left where it is, as a
   * key that is written again and again would move through the heap each time; it is put right
   * when its former deadline comes.
   */
  #moveDeadline(slot: number, before: number, expiresAt: number): void {
    if (expiresAt === Infinity) this.#expiry.remove(slot);
    else if (before === Infinity || expiresAt < before) {
      this.#expiry.set(slot, expiresAt);
      if (this.#expiry.earliest === slot) this.onEarliestDeadline?.(expiresAt);
    }
  }

  /** Collects one expired key. @returns whether there was one, other than `kept` */
  #expireOne(kept: number): boolean {
    const now = this.now();
    while (this.#expiry.earliestDeadline <= now) {
      const slot = this.#expiry.earliest;
      if (this.expiresAt(slot) > now) this.#expiry.set(slot, this.expiresAt(slot));
      else if (slot === kept) return false;
      else {
        this.#expire(slot);
        return true;
      }
    }
    return false;
  }

  #expire(slot: number): void {
    const key = this.keyAt(slot);
    this.remove(slot);
    this.stats.expirations++;
    this.onEffect?.({ type: "delete", key, reason: "expired" });
  }

  #hold(slot: number, value: Value): void {
    this.#values.set(slot, value);
    this.#memoryBytes += costOfValue(value);
    if (typeof value !== "string") {
      this.#leaderboards++;
      this.#members += value.size;
    }
    this.#changed(slot);
  }

  #release(slot: number): void {
    const value = this.valueAt(slot);
    this.#memoryBytes -= costOfValue(value);
    if (typeof value !== "string") {
      this.#leaderboards--;
      this.#members -= value.size;
    }
  }

  #changed(slot: number): void {
    this.#version = (this.#version + 1) | 0 || 1;
    this.#versions.set(slot, this.#version);
  }

  #newPolicy(): EvictionPolicy | undefined {
    return this.isLimited ? createPolicy(this.config.eviction) : undefined;
  }
}

/** What a value costs in bytes, beside its key's entry. */
function costOfValue(value: Value): number {
  return typeof value === "string" ? stringBytes(value.length) : value.byteSize;
}

function costOfExpiry(expiresAt: number): number {
  return expiresAt === Infinity ? 0 : EXPIRY_BYTES;
}
