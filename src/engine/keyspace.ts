import { CacheError } from "../errors.ts";
import { DeadlineHeap } from "../structures/deadline-heap.ts";
import { REFERENCE_BYTES, stringBytes } from "../structures/heap-cost.ts";
import { type Random, seededRandom } from "../structures/random.ts";
import { NO_SLOT, SlotTable } from "../structures/slot-table.ts";
import type { SlotWatcher } from "../structures/slot-watcher.ts";
import { SortedSet } from "../structures/sorted-set.ts";
import { RememberingHash } from "../structures/string-hash.ts";
import type { Effect } from "./effects.ts";
import { createPolicy, type Eviction } from "./eviction/create-policy.ts";
import type { EvictionPolicy } from "./eviction/policy.ts";
import { KeyNotes } from "./key-notes.ts";

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

/** The limits that may change while a keyspace is in use. */
export type KeyspaceLimits = Pick<KeyspaceConfig, "eviction" | "maxEntries" | "maxMemoryBytes">;

/** Is told what happens to keys while it happens: by whoever watches keys, or waits for them. */
export interface KeyspaceObserver {
  /** The key came, changed or went. */
  changed(key: string): void;
  /** The key holds a sorted set now that it did not hold before. */
  filled(key: string): void;
  /** All keys are about to go; where another keyspace is given, its keys come instead. */
  clearing(replacement: Keyspace | undefined): void;
}

/** The keys that a keyspace held when it was asked, wherever they are now. */
export interface HeldKeys {
  /** A key's number is its deadline. */
  readonly table: SlotTable<Value>;
  /** All slots were below it. */
  readonly slotsEnd: number;
  readonly keys: number;
  /** How many of the keys had a deadline. */
  readonly expiring: number;
  /** Where the marks of values are, if there are any. */
  readonly notes: KeyNotes | undefined;
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

/** While keys are loaded nothing expires: no deadline is before it. */
const STANDING_CLOCK: Clock = Object.freeze({ now: () => 0 });
const NO_LIMITS = Object.freeze({
  maxEntries: Infinity,
  maxMemoryBytes: Infinity,
  maxLeaderboards: Infinity,
  maxMembersPerSet: Infinity,
  defaultTtl: Infinity,
});

/** What is in force again when keys have been loaded. */
interface Suspended {
  readonly config: KeyspaceConfig;
  readonly stats: KeyspaceStats;
}

/** A slot's record of 24 bytes, its bucket, and references to key and value. */
const ENTRY_BYTES = 24 + 4 + 2 * REFERENCE_BYTES + 2;
const WITH_VALUES = Object.freeze({ hasValues: true });
/** Which of a key's notes in the table is its version. */
const VERSION = 0;
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
 * - *Preserving.* Whoever wants to know what keys were is told before they change (`changing`).
 * - *Siblings.* Several keyspaces, the databases of a server, may share limits, hash and values.
 */
export class Keyspace {
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
  /** Is told what happens to keys; nobody there costs nothing. */
  observer: KeyspaceObserver | undefined;
  /** Whether `sweep` collects expired keys; who looks one up collects it in any case. */
  sweeps = true;

  #config: KeyspaceConfig;
  #isLimited: boolean;
  #isLimitedForSets: boolean;
  /** All keyspaces that share the limits, this one included. */
  readonly #family: Keyspace[];
  #clock: Clock;
  readonly #hash: RememberingHash;
  readonly #setRandom: Random;

  /** A key's number in the table is its deadline. */
  #table: SlotTable<Value>;
  #expiry = new DeadlineHeap();
  #policy: EvictionPolicy | undefined;
  #notes: KeyNotes | undefined;
  #version = 0;
  #memoryBytes = 0;
  #leaderboards = 0;
  #members = 0;
  /** Goes with the keys when they are exchanged, and hears no more of them when all are dropped. */
  #preserver: SlotWatcher | undefined;
  /** Only while keys are loaded. */
  #suspended: Suspended | undefined;

  /** A sibling shares limits, hash and randomness; who needs one calls {@link sibling}. */
  constructor(config: KeyspaceConfig, sibling?: Keyspace) {
    this.#config = config;
    this.#clock = config.clock;
    this.#hash = sibling === undefined ? new RememberingHash(config.random) : sibling.#hash;
    this.#setRandom =
      sibling === undefined
        ? seededRandom(Math.floor(config.random() * 2 ** 32))
        : sibling.#setRandom;
    this.#family = sibling === undefined ? [] : sibling.#family;
    this.#family.push(this);
    this.#isLimited = hasLimit(config);
    this.#isLimitedForSets = this.#isLimited || hasSetLimit(config);
    this.#table = new SlotTable(this.#hash.hash, WITH_VALUES);
    this.#policy = this.#newPolicy();
    if (sibling === undefined) return;
    if (sibling.#notes !== undefined) this.#notes = this.#newNotes();
    if (sibling.#suspended !== undefined) this.#suspend(sibling.#suspended.config);
  }

  /** Another keyspace, empty, under the same limits: they hold for both together. */
  sibling(): Keyspace {
    return new Keyspace(this.#config, this);
  }

  get config(): KeyspaceConfig {
    return this.#config;
  }

  /** Whether there is a limit on entries or memory at all. */
  get isLimited(): boolean {
    return this.#isLimited;
  }

  /** Whether there is any limit that a sorted set can run into. */
  get isLimitedForSets(): boolean {
    return this.#isLimitedForSets;
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

  /** How many keys have a deadline. O(1). */
  get expiring(): number {
    return this.#expiry.size;
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
    this.#notes?.use(slot, this.now());
  }

  keyAt(slot: number): string {
    return this.#table.keyAt(slot) as string;
  }

  valueAt(slot: number): Value {
    return this.#table.valueAt(slot);
  }

  /** When the key goes, in absolute milliseconds; Infinity: never. */
  expiresAt(slot: number): number {
    return this.#table.numberAt(slot);
  }

  /** A number that every change of the key changes; 0 where there is no such key. O(1). */
  version(key: string): number {
    const slot = this.lookup(key);
    return slot === NO_SLOT ? 0 : this.#table.noteAt(slot, VERSION);
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

  /** Some key that is alive, drawn at random; `undefined` where there is none. O(1) on average. */
  randomKey(random: Random): string | undefined {
    const { slotsEnd } = this.#table;
    for (let draw = 0; draw < RANDOM_DRAWS_MAX && this.#table.size > 0; draw++) {
      const key = this.#livingAt(Math.floor(random() * slotsEnd));
      if (key !== undefined) return key;
    }
    // Hardly a slot is in use: the first one from a random place on.
    const start = Math.floor(random() * slotsEnd);
    for (let i = 0; i < slotsEnd && this.#table.size > 0; i++) {
      const key = this.#livingAt((start + i) % slotsEnd);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  // ---- notes

  /**
   * From now on notes the last use of each key, or where the policy is `lfu` how often it is used,
   * and a mark.
   */
  takeNotes(): void {
    if (this.#notes !== undefined) return;
    for (const keyspace of this.#family) keyspace.#startNotes();
  }

  /** How long ago the key was used, in whole seconds; 0 where that is not noted. O(1). */
  idleSeconds(slot: number): number {
    return this.#notes?.idleSeconds(slot, this.now()) ?? 0;
  }

  /** Notes that the key was last used so many seconds ago, where that is noted. */
  setIdleSeconds(slot: number, seconds: number): void {
    this.#notes?.setIdleSeconds(slot, seconds, this.now());
  }

  /** How often the key is used, from 0 to 255 and logarithmic; 0 where that is not noted. O(1). */
  useCount(slot: number): number {
    return this.#notes?.count(slot, this.now()) ?? 0;
  }

  /** Notes how often the key is used, where that is noted. */
  setUseCount(slot: number, count: number): void {
    this.#notes?.setCount(slot, count, this.now());
  }

  /** The mark of the value at a slot, 0 where there is none; another value has none. O(1). */
  markAt(slot: number): number {
    return this.#notes?.mark(slot) ?? 0;
  }

  /** Marks the value at a slot, from 0 to 3, where notes are taken. */
  mark(slot: number, mark: number): void {
    this.#notes?.setMark(slot, mark);
  }

  // ---- changing

  /** When a key goes that is created now without a ttl. */
  defaultExpiry(): number {
    const { defaultTtl } = this.#config;
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
    this.#preserver?.added(slot);
    this.#notes?.start(slot, this.now());
    this.#memoryBytes += this.entryCost(key, 0, Infinity);
    this.#policy?.added(slot, hash);
    this.#hold(slot, value);
    this.#expireAt(slot, expiresAt);
    this.#changed(slot);
    return slot;
  }

  /** Gives a key another value. Room was made before. */
  replace(slot: number, value: Value): void {
    this.#preserver?.changing(slot);
    this.#release(slot);
    this.#hold(slot, value);
    this.#changed(slot);
  }

  /** Gives a key another value and another deadline. Room was made before. */
  overwrite(slot: number, value: Value, expiresAt: number): void {
    this.#preserver?.changing(slot);
    this.#release(slot);
    this.#hold(slot, value);
    this.#expireAt(slot, expiresAt);
    this.#changed(slot);
  }

  /** Gives a key another deadline, Infinity for none. */
  setExpiry(slot: number, expiresAt: number): void {
    this.#preserver?.changing(slot);
    this.#expireAt(slot, expiresAt);
    this.#changed(slot);
  }

  /** Notes that the sorted set at a slot is about to be changed in place. */
  changing(slot: number): void {
    this.#preserver?.changing(slot);
  }

  /** Notes that a sorted set was changed in place, which {@link changing} was told before. */
  resized(slot: number, bytesMore: number, membersMore: number): void {
    this.#memoryBytes += bytesMore;
    this.#members += membersMore;
    this.#changed(slot);
  }

  /** Removes a key. Tells no one: the operation knows what it did. */
  remove(slot: number): void {
    this.#preserver?.changing(slot);
    this.#release(slot);
    const hasExpiry = this.#table.numberAt(slot) !== Infinity;
    if (hasExpiry) this.#expiry.remove(slot);
    this.#memoryBytes -= this.entryCost(this.keyAt(slot), 0, this.#table.numberAt(slot));
    this.#policy?.removed(slot);
    this.observer?.changed(this.keyAt(slot));
    this.#table.remove(slot);
  }

  /** Removes all keys, in constant time. */
  clear(): void {
    this.observer?.clearing(undefined);
    this.#preserver = undefined;
    this.#table = new SlotTable(this.#hash.hash, WITH_VALUES);
    this.#expiry = new DeadlineHeap();
    this.#policy = this.#newPolicy();
    if (this.#notes !== undefined) this.#notes = this.#newNotes();
    this.#memoryBytes = 0;
    this.#leaderboards = 0;
    this.#members = 0;
    this.onEffect?.({ type: "clear" });
  }

  /** Exchanges all keys with a sibling, in constant time. Tells no one but the observers. */
  exchange(other: Keyspace): void {
    if (other === this) return;
    this.observer?.clearing(other);
    other.observer?.clearing(this);
    [this.#table, other.#table] = [other.#table, this.#table];
    [this.#version, other.#version] = [other.#version, this.#version];
    [this.#expiry, other.#expiry] = [other.#expiry, this.#expiry];
    [this.#policy, other.#policy] = [other.#policy, this.#policy];
    [this.#notes, other.#notes] = [other.#notes, this.#notes];
    [this.#memoryBytes, other.#memoryBytes] = [other.#memoryBytes, this.#memoryBytes];
    [this.#leaderboards, other.#leaderboards] = [other.#leaderboards, this.#leaderboards];
    [this.#members, other.#members] = [other.#members, this.#members];
    [this.#preserver, other.#preserver] = [other.#preserver, this.#preserver];
    for (const keyspace of [this, other]) keyspace.#tellEarliestDeadline();
  }

  /** A sorted set for this keyspace, with its hash and its randomness. */
  newSortedSet(): SortedSet {
    return new SortedSet({ random: this.#setRandom, hash: this.#hash.hash });
  }

  // ---- keeping what keys were

  /**
   * From now on tells a preserver before any of the keys changes that are held now, its value,
   * members or deadline, in the place of a former preserver; `undefined`: nobody. The keys may go to
   * a sibling meanwhile. O(1). @returns those keys
   */
  preserve(preserver: SlotWatcher | undefined): HeldKeys {
    this.#preserver = preserver;
    const { size: keys, slotsEnd } = this.#table;
    return { table: this.#table, slotsEnd, keys, notes: this.#notes, expiring: this.expiring };
  }

  // ---- loading

  /** Whether keys are being loaded. */
  get isLoading(): boolean {
    return this.#suspended !== undefined;
  }

  /**
   * Begins to load keys that were there before, for all siblings: the clock stands at 0, so that
   * nothing expires and deadlines of the past are kept, and no limit and no default ttl holds.
   */
  beginLoading(): void {
    if (this.isLoading) return;
    const { config } = this;
    for (const keyspace of this.#family) keyspace.#suspend(config);
  }

  /**
   * Ends the loading: makes what is held fit the limits where keys are evicted, counts nothing of
   * what was done, and notes that every key was used just now. O(n).
   */
  endLoading(): void {
    if (this.#suspended === undefined) return;
    const { config } = this.#suspended;
    for (const keyspace of this.#family) keyspace.#resume(config);
    this.#evictUntilItFits();
    for (const keyspace of this.#family) keyspace.#tellEarliestDeadline();
  }

  // ---- expiry

  /**
   * Collects up to `limit` expired keys.
   * @returns whether there are more
   */
  sweep(limit: number): boolean {
    if (this.#expiry.size === 0 || !this.sweeps || this.isLoading) return false;
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
   * Puts other limits in force, for all siblings, and makes what is held fit them where keys are
   * evicted. O(n) where the policy changes.
   */
  configure(limits: Partial<KeyspaceLimits>): void {
    const before = this.#suspended?.config ?? this.#config;
    const config = Object.freeze({ ...before, ...limits });
    for (const keyspace of this.#family) {
      if (keyspace.#suspended === undefined) keyspace.#apply(config);
      else keyspace.#suspended = { ...keyspace.#suspended, config };
    }
    this.#evictUntilItFits();
  }

  /** Whether not even an empty key could be added, whatever else would be evicted for it. */
  get isFull(): boolean {
    if (!this.#isLimited || this.evicts) return false;
    return !this.#fits(0, this.entryCost("", 0, Infinity));
  }

  /**
   * Makes room for a write that adds `entries` keys and `bytes` bytes, those of the key at `kept`
   * excluded from eviction (-1: none). Expired keys go first, then what the policy chooses.
   * @throws {CacheError} `CACHE_FULL` when it cannot fit; no living key was touched then
   */
  makeRoom(entries: number, bytes: number, kept: number): void {
    if (!this.#isLimited || this.#fits(entries, bytes)) return;
    if (entries === 0 && bytes <= 0) return;
    if (entries > this.#config.maxEntries) throw this.#full(entries, bytes);
    this.checkFitsAlone((kept === NO_SLOT ? 0 : this.costAt(kept)) + bytes);
    while (!this.#fits(entries, bytes) && this.#expireOne(kept));
    if (this.#fits(entries, bytes)) return;
    while (!this.#fits(entries, bytes)) {
      if (!this.#evictOne(kept)) throw this.#full(entries, bytes);
    }
  }

  /** Throws `CACHE_FULL` when a key of this cost would not fit into the empty cache. */
  checkFitsAlone(cost: number): void {
    if (cost > this.#config.maxMemoryBytes) throw this.#full(0, cost);
  }

  /**
   * Makes sure that one more sorted set may be created, without collecting the key at `kept`.
   * @throws {CacheError} `LEADERBOARD_FULL` when there are as many as there may be
   */
  makeRoomForLeaderboard(kept: number): void {
    const { maxLeaderboards } = this.#config;
    while (this.#leaderboards >= maxLeaderboards && this.#expireOne(kept));
    if (this.#leaderboards < maxLeaderboards) return;
    throw new CacheError(
      "LEADERBOARD_FULL",
      `Cannot create a leaderboard: maxLeaderboards is ${maxLeaderboards}: received one more`,
    );
  }

  #fits(entries: number, bytes: number): boolean {
    return (
      this.#heldEntries() + entries <= this.#config.maxEntries &&
      this.#heldBytes() + bytes <= this.#config.maxMemoryBytes
    );
  }

  /** Keys of the whole family. */
  #heldEntries(): number {
    let entries = 0;
    for (const keyspace of this.#family) entries += keyspace.#table.size;
    return entries;
  }

  /** Bytes of the whole family. */
  #heldBytes(): number {
    let bytes = 0;
    for (const keyspace of this.#family) bytes += keyspace.#memoryBytes;
    return bytes;
  }

  /** Evicts one key but `kept`, of this keyspace first. @returns whether there was one */
  #evictOne(kept: number): boolean {
    if (this.#evictOwn(kept)) return true;
    return this.#family.some((keyspace) => keyspace !== this && keyspace.#evictOwn(NO_SLOT));
  }

  #evictOwn(kept: number): boolean {
    const victim = this.#policy?.victim(kept) ?? NO_SLOT;
    if (this.#policy === undefined || victim === NO_SLOT) return false;
    this.#evict(victim, this.#policy);
    return true;
  }

  #evictUntilItFits(): void {
    while (!this.#fits(0, 0) && this.#evictOne(NO_SLOT));
  }

  #suspend(config: KeyspaceConfig): void {
    this.#suspended = { config, stats: { ...this.stats } };
    this.#apply(Object.freeze({ ...config, ...NO_LIMITS, clock: STANDING_CLOCK }));
  }

  #resume(config: KeyspaceConfig): void {
    Object.assign(this.stats, this.#suspended?.stats);
    this.#suspended = undefined;
    this.#apply(config);
    const now = this.now();
    for (let slot = 0; this.#notes !== undefined && slot < this.#table.slotsEnd; slot++) {
      this.#notes.start(slot, now);
    }
  }

  #apply(config: KeyspaceConfig): void {
    const isOther = config.eviction !== this.#config.eviction;
    this.#config = config;
    this.#clock = config.clock;
    const hadPolicy = this.#isLimited;
    this.#isLimited = hasLimit(config);
    this.#isLimitedForSets = this.#isLimited || hasSetLimit(config);
    if (isOther && this.#notes !== undefined) this.#startNotes(this.#notes);
    if (!isOther && hadPolicy === this.#isLimited) return;
    const bytesBefore = this.#policy?.entryBytes ?? 0;
    this.#policy = this.#newPolicy();
    this.#memoryBytes += this.size * ((this.#policy?.entryBytes ?? 0) - bytesBefore);
    if (this.#policy === undefined) return;
    for (let slot = 0; slot < this.#table.slotsEnd; slot++) {
      if (this.#table.keyAt(slot) !== undefined) this.#policy.added(slot, this.#table.hashAt(slot));
    }
  }

  #full(entries: number, bytes: number): CacheError {
    const { maxEntries, maxMemoryBytes } = this.#config;
    const held = this.#heldEntries();
    const limit =
      held + entries > maxEntries
        ? `maxEntries is ${maxEntries}: received ${entries} more than the ${held} held`
        : `maxMemoryBytes is ${maxMemoryBytes}: received ${bytes} bytes more than the ` +
          `${this.#heldBytes()} held`;
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
      if (this.#expiry.earliest === slot) this.#tellEarliestDeadline();
    }
  }

  #tellEarliestDeadline(): void {
    const { earliestDeadline } = this;
    if (earliestDeadline !== Infinity && !this.isLoading) {
      this.onEarliestDeadline?.(earliestDeadline);
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
    this.#table.setValue(slot, value);
    this.#memoryBytes += costOfValue(value);
    this.#notes?.setMark(slot, 0);
    if (typeof value !== "string") {
      this.#leaderboards++;
      this.#members += value.size;
      this.observer?.filled(this.keyAt(slot));
    }
  }

  #expireAt(slot: number, expiresAt: number): void {
    const before = this.expiresAt(slot);
    if (before === expiresAt) return;
    this.#memoryBytes += costOfExpiry(expiresAt) - costOfExpiry(before);
    this.#table.setNumber(slot, expiresAt);
    this.#moveDeadline(slot, before, expiresAt);
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
    this.#table.setNote(slot, VERSION, this.#version);
    this.observer?.changed(this.keyAt(slot));
  }

  #livingAt(slot: number): string | undefined {
    const key = this.#table.keyAt(slot);
    return key === undefined || this.#isExpired(slot) ? undefined : key;
  }

  /** Begins to take notes, or begins anew where others were taken; the marks stay. */
  #startNotes(former?: KeyNotes): void {
    const notes = this.#newNotes();
    if (former?.countsUses === notes.countsUses) return;
    this.#notes = notes;
    const now = this.now();
    for (let slot = 0; slot < this.#table.slotsEnd; slot++) {
      notes.start(slot, now);
      if (former !== undefined) notes.setMark(slot, former.mark(slot));
    }
  }

  #newNotes(): KeyNotes {
    return new KeyNotes(this.#config.eviction === "lfu", this.#config.random, this.#table);
  }

  #newPolicy(): EvictionPolicy | undefined {
    return this.#isLimited ? createPolicy(this.#config.eviction) : undefined;
  }
}

/** Slots drawn before a walk looks for one in use. */
const RANDOM_DRAWS_MAX = 64;

function hasLimit({ maxEntries, maxMemoryBytes }: KeyspaceConfig): boolean {
  return maxEntries !== Infinity || maxMemoryBytes !== Infinity;
}

function hasSetLimit({ maxLeaderboards, maxMembersPerSet }: KeyspaceConfig): boolean {
  return maxLeaderboards !== Infinity || maxMembersPerSet !== Infinity;
}

/** What a value costs in bytes, beside its key's entry. */
function costOfValue(value: Value): number {
  return typeof value === "string" ? stringBytes(value.length) : value.byteSize;
}

function costOfExpiry(expiresAt: number): number {
  return expiresAt === Infinity ? 0 : EXPIRY_BYTES;
}
