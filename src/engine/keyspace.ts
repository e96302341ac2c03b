import { type Random, seededRandom } from "../structures/random.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import type { SlotWatcher } from "../structures/slot-watcher.ts";
import { SortedSet } from "../structures/sorted-set.ts";
import { RememberingHash } from "../structures/string-hash.ts";
import { type Clock, STANDING_CLOCK } from "./clock.ts";
import type { Effect } from "./effects.ts";
import { createPolicy } from "./eviction/create-policy.ts";
import { HeldKeys } from "./held-keys.ts";
import { KeyNotes } from "./key-notes.ts";
import {
  hasLimit,
  hasLimitForSets,
  type KeyspaceConfig,
  type KeyspaceLimits,
  NO_LIMITS,
} from "./keyspace-config.ts";
import { Room, type Tenant } from "./room.ts";
import { isSortedSet, type Value } from "./value.ts";

/** Is told what happens to keys while it happens: by whoever watches keys, or waits for them. */
export interface KeyspaceObserver {
  /** The key came, changed or went. */
  changed(key: string): void;
  /** The key holds a sorted set now that it did not hold before. */
  filled(key: string): void;
  /** All keys are about to go; where another keyspace is given, its keys come instead. */
  clearing(replacement: Keyspace | undefined): void;
}

/** Counters that only grow. */
export interface KeyspaceStats {
  /** Of reads of strings; the metrics of a cache tell these alone. */
  hits: number;
  misses: number;
  /** Of reads of sorted sets. */
  leaderboardHits: number;
  leaderboardMisses: number;
  sets: number;
  deletes: number;
  evictions: number;
  expirations: number;
}

/** What is in force again when keys have been loaded. */
interface Suspended {
  readonly config: KeyspaceConfig;
  readonly stats: KeyspaceStats;
}

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
export class Keyspace implements Tenant {
  readonly stats: KeyspaceStats = {
    hits: 0,
    misses: 0,
    leaderboardHits: 0,
    leaderboardMisses: 0,
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
  #clock: Clock;
  /** All keyspaces that share the limits, this one included. */
  readonly #family: Keyspace[];
  readonly #room: Room;
  readonly #hash: RememberingHash;
  readonly #setRandom: Random;
  #held: HeldKeys;
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
    this.#room = sibling === undefined ? new Room(this.#family, config) : sibling.#room;
    this.#isLimited = hasLimit(config);
    this.#isLimitedForSets = hasLimitForSets(config);
    this.#held = this.#holdNothing(sibling?.takesNotes === true, 0);
    if (sibling?.isLoading === true) this.#suspend(sibling.#suspended?.config ?? config);
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
    return this.#held.size;
  }

  /** All slots in use are below it. */
  get slotsEnd(): number {
    return this.#held.slotsEnd;
  }

  /** What all keys and values cost, in bytes. */
  get memoryBytes(): number {
    return this.#held.memoryBytes;
  }

  /** How many keys hold a sorted set. */
  get leaderboards(): number {
    return this.#held.leaderboards;
  }

  /** How many members all sorted sets have together. */
  get members(): number {
    return this.#held.members;
  }

  /** How many keys have a deadline. O(1). */
  get expiring(): number {
    return this.#held.deadlines.size;
  }

  /** When to look for expired keys next: no deadline is before it. Infinity: there is none. */
  get earliestDeadline(): number {
    return this.#held.deadlines.earliest;
  }

  /** Whether keys are evicted at a limit, so that a write is refused only if it fits nowhere. */
  get evicts(): boolean {
    return this.#held.policy !== undefined;
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
    const slot = this.#held.find(key, this.#hash.hash(key));
    if (slot !== NO_SLOT && this.#isExpired(slot)) {
      this.#expire(slot);
      return NO_SLOT;
    }
    return slot;
  }

  /** Counts as a use of the key. O(1). */
  touch(slot: number): void {
    const { policy, notes } = this.#held;
    policy?.touched(slot);
    notes?.use(slot, this.now());
  }

  keyAt(slot: number): string {
    return this.#held.keyAt(slot) as string;
  }

  /** The key at a slot, `undefined` where there is none or it has expired. O(1). */
  livingAt(slot: number): string | undefined {
    const key = this.#held.keyAt(slot);
    return key === undefined || this.#isExpired(slot) ? undefined : key;
  }

  valueAt(slot: number): Value {
    return this.#held.valueAt(slot);
  }

  /** When the key goes, in absolute milliseconds; Infinity: never. */
  expiresAt(slot: number): number {
    return this.#held.expiresAt(slot);
  }

  /** A number that every change of the key changes; 0 where there is no such key. O(1). */
  version(key: string): number {
    const slot = this.lookup(key);
    return slot === NO_SLOT ? 0 : this.#held.versionAt(slot);
  }

  /**
   * Pushes keys that are alive, visiting up to `count` slots from the cursor on, and returns the cursor
   * that goes on from there, 0 at the end. A key that stays from the first call to the last is
   * seen once; this is the guarantee of Redis' SCAN.
   */
  scan(cursor: number, count: number, into: string[]): number {
    const end = Math.min(this.slotsEnd, cursor + count);
    for (let slot = cursor; slot < end; slot++) {
      const key = this.livingAt(slot);
      if (key !== undefined) into.push(key);
    }
    return end < this.slotsEnd ? end : 0;
  }

  // ---- notes

  /**
   * From now on notes the last use of each key, or where the policy is `lfu` how often it is used,
   * and a mark.
   */
  takeNotes(): void {
    if (this.takesNotes) return;
    for (const keyspace of this.#family) keyspace.#startNotes();
  }

  get takesNotes(): boolean {
    return this.#held.notes !== undefined;
  }

  /** Whether notes tell how often a key is used; else they tell when it was used last. */
  get countsUses(): boolean {
    return this.#config.eviction === "lfu";
  }

  /** How long ago the key was used, in whole seconds; 0 where that is not noted. O(1). */
  idleSeconds(slot: number): number {
    return this.#held.notes?.idleSeconds(slot, this.now()) ?? 0;
  }

  /** Notes that the key was last used so many seconds ago, where that is noted. */
  setIdleSeconds(slot: number, seconds: number): void {
    this.#held.notes?.setIdleSeconds(slot, seconds, this.now());
  }

  /** How often the key is used, from 0 to 255 and logarithmic; 0 where that is not noted. O(1). */
  useCount(slot: number): number {
    return this.#held.notes?.count(slot, this.now()) ?? 0;
  }

  /** Notes how often the key is used, where that is noted. */
  setUseCount(slot: number, count: number): void {
    this.#held.notes?.setCount(slot, count, this.now());
  }

  /** The mark of the value at a slot, 0 where there is none; another value has none. O(1). */
  markAt(slot: number): number {
    return this.#held.notes?.mark(slot) ?? 0;
  }

  /** Marks the value at a slot, from 0 to 3, where notes are taken. */
  mark(slot: number, mark: number): void {
    this.#held.notes?.setMark(slot, mark);
  }

  // ---- changing

  /** When a key goes that is created now without a ttl. */
  defaultExpiry(): number {
    const { defaultTtl } = this.#config;
    return defaultTtl === Infinity ? Infinity : this.now() + defaultTtl;
  }

  /** Adds a key that is not there. Room was made before. @returns its slot */
  insert(key: string, value: Value, expiresAt: number): number {
    const held = this.#held;
    const slot = held.add(key, this.#hash.hash(key));
    held.notes?.start(slot, this.now());
    held.hold(slot, value);
    this.#expireAt(slot, expiresAt);
    this.#tellHeld(slot, value);
    return slot;
  }

  /** Gives a key another value. Room was made before. */
  replace(slot: number, value: Value): void {
    const held = this.#held;
    held.changing(slot);
    held.release(slot);
    held.hold(slot, value);
    this.#tellHeld(slot, value);
  }

  /** Gives a key another value and another deadline. Room was made before. */
  overwrite(slot: number, value: Value, expiresAt: number): void {
    const held = this.#held;
    held.changing(slot);
    held.release(slot);
    held.hold(slot, value);
    this.#expireAt(slot, expiresAt);
    this.#tellHeld(slot, value);
  }

  /** Gives a key another deadline, Infinity for none. */
  setExpiry(slot: number, expiresAt: number): void {
    this.#held.changing(slot);
    this.#expireAt(slot, expiresAt);
    this.#changed(slot);
  }

  /** Notes that the sorted set at a slot is about to be changed in place. */
  changing(slot: number): void {
    this.#held.changing(slot);
  }

  /** Notes that a sorted set was changed in place, which {@link changing} was told before. */
  resized(slot: number, bytesMore: number, membersMore: number): void {
    this.#held.resized(bytesMore, membersMore);
    this.#changed(slot);
  }

  /** Removes a key. Tells no one but the observer: the operation knows what it did. */
  remove(slot: number): void {
    this.observer?.changed(this.keyAt(slot));
    this.#held.remove(slot);
  }

  /** Removes all keys, in constant time. */
  clear(): void {
    this.observer?.clearing(undefined);
    this.#held = this.#holdNothing(this.takesNotes, this.#held.version);
    this.onEffect?.({ type: "clear" });
  }

  /** Exchanges all keys with a sibling, in constant time. Tells no one but the observers. */
  exchange(other: Keyspace): void {
    if (other === this) return;
    this.observer?.clearing(other);
    other.observer?.clearing(this);
    [this.#held, other.#held] = [other.#held, this.#held];
    for (const keyspace of [this, other]) keyspace.#tellEarliestDeadline();
  }

  /** A sorted set for this keyspace, with its hash and its randomness. */
  newSortedSet(): SortedSet {
    return new SortedSet({ random: this.#setRandom, hash: this.#hash.hash });
  }

  /**
   * From now on tells a preserver before any of the keys changes that are held now, its value,
   * members or deadline, in the place of a former preserver; `undefined`: nobody. The keys may go to
   * a sibling meanwhile, or be dropped. O(1). @returns those keys, wherever they are
   */
  preserve(preserver: SlotWatcher | undefined): HeldKeys {
    this.#held.preserve(preserver);
    return this.#held;
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
    this.#room.evictUntilItFits(this);
    for (const keyspace of this.#family) keyspace.#tellEarliestDeadline();
  }

  #suspend(config: KeyspaceConfig): void {
    this.#suspended = { config, stats: { ...this.stats } };
    this.#apply(Object.freeze({ ...config, ...NO_LIMITS, clock: STANDING_CLOCK }));
  }

  #resume(config: KeyspaceConfig): void {
    Object.assign(this.stats, this.#suspended?.stats);
    this.#suspended = undefined;
    this.#apply(config);
    this.#held.restartNotes(this.now());
  }

  // ---- expiry

  /**
   * Collects up to `limit` expired keys.
   * @returns whether there are more
   */
  sweep(limit: number): boolean {
    const { deadlines } = this.#held;
    if (deadlines.size === 0 || !this.sweeps || this.isLoading) return false;
    const now = this.now();
    for (let i = 0; i < limit; i++) {
      if (deadlines.earliest > now) return false;
      const slot = deadlines.due(now);
      if (slot !== NO_SLOT) this.#expire(slot);
    }
    return deadlines.earliest <= now;
  }

  /** Collects one expired key. @returns whether there was one, other than `kept` */
  expireOne(kept: number): boolean {
    const { deadlines } = this.#held;
    const now = this.now();
    while (deadlines.earliest <= now) {
      const slot = deadlines.due(now);
      if (slot === NO_SLOT) continue;
      if (slot === kept) return false;
      this.#expire(slot);
      return true;
    }
    return false;
  }

  #isExpired(slot: number): boolean {
    const deadline = this.#held.expiresAt(slot);
    return deadline !== Infinity && this.#clock.now() >= deadline;
  }

  #expire(slot: number): void {
    const key = this.keyAt(slot);
    this.remove(slot);
    this.stats.expirations++;
    this.onEffect?.({ type: "delete", key, reason: "expired" });
  }

  #expireAt(slot: number, expiresAt: number): void {
    if (this.#held.expireAt(slot, expiresAt)) this.#tellEarliestDeadline();
  }

  #tellEarliestDeadline(): void {
    const { earliestDeadline } = this;
    if (earliestDeadline !== Infinity && !this.isLoading) {
      this.onEarliestDeadline?.(earliestDeadline);
    }
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
    this.#room.evictUntilItFits(this);
  }

  /** Whether not even an empty key could be added, whatever else would be evicted for it. */
  get isFull(): boolean {
    if (!this.#isLimited || this.evicts) return false;
    return !this.#room.fits(0, this.entryCost("", 0, Infinity));
  }

  /** What a new key would cost in bytes, given the cost of its value. */
  entryCost(key: string, valueBytes: number, expiresAt: number): number {
    return this.#held.entryCost(key, valueBytes, expiresAt);
  }

  /** What the key costs now, in bytes. */
  costAt(slot: number): number {
    return this.#held.costAt(slot);
  }

  /**
   * Makes room for a write that adds `entries` keys and `bytes` bytes, those of the key at `kept`
   * excluded from eviction (-1: none). Expired keys go first, then what the policy chooses.
   * @throws {CacheError} `CACHE_FULL` when it cannot fit; no living key was touched then
   */
  makeRoom(entries: number, bytes: number, kept: number): void {
    if (!this.#isLimited || this.#room.fits(entries, bytes)) return;
    if (entries === 0 && bytes <= 0) return;
    this.#room.make(this, entries, bytes, kept);
  }

  /** Throws `CACHE_FULL` when a key of this cost would not fit into the empty cache. */
  checkFitsAlone(cost: number): void {
    this.#room.checkFitsAlone(cost);
  }

  /**
   * Makes sure that one more sorted set may be created, without collecting the key at `kept`.
   * @throws {CacheError} `LEADERBOARD_FULL` when there are as many as there may be
   */
  makeRoomForLeaderboard(kept: number): void {
    this.#room.makeForLeaderboard(this, kept);
  }

  /** Evicts one key. @returns whether there was one, other than `kept` */
  evictOne(kept: number): boolean {
    const { policy } = this.#held;
    const slot = policy?.victim(kept) ?? NO_SLOT;
    if (policy === undefined || slot === NO_SLOT) return false;
    const key = this.keyAt(slot);
    policy.evicted(slot, this.#held.hashAt(slot));
    this.remove(slot);
    this.stats.evictions++;
    this.onEffect?.({ type: "delete", key, reason: "evicted" });
    return true;
  }

  #apply(config: KeyspaceConfig): void {
    const isOther = config.eviction !== this.#config.eviction;
    const hadPolicy = this.#isLimited;
    this.#config = config;
    this.#clock = config.clock;
    this.#room.limit(config);
    this.#isLimited = hasLimit(config);
    this.#isLimitedForSets = hasLimitForSets(config);
    if (this.#held.notes !== undefined && this.#held.notes.countsUses !== this.countsUses) {
      this.#startNotes();
    }
    if (isOther || hadPolicy !== this.#isLimited) this.#startPolicy(this.#held);
  }

  // ---- what every change ends with

  #tellHeld(slot: number, value: Value): void {
    if (isSortedSet(value)) this.observer?.filled(this.keyAt(slot));
    this.#changed(slot);
  }

  #changed(slot: number): void {
    this.#held.changed(slot);
    this.observer?.changed(this.keyAt(slot));
  }

  // ---- what is held anew

  #holdNothing(takesNotes: boolean, version: number): HeldKeys {
    const held = new HeldKeys(this.#hash.hash, version);
    this.#startPolicy(held);
    if (takesNotes) held.takeNotes(this.#newNotes(), this.now());
    return held;
  }

  #startPolicy(held: HeldKeys): void {
    held.follow(this.#isLimited ? createPolicy(this.#config.eviction) : undefined);
  }

  #startNotes(): void {
    this.#held.takeNotes(this.#newNotes(), this.now());
  }

  #newNotes(): KeyNotes {
    return new KeyNotes(this.countsUses, this.#config.random);
  }
}
