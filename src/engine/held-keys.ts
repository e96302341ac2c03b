import { REFERENCE_BYTES, stringBytes } from "../structures/heap-cost.ts";
import { PagedInt32, PagedRefs } from "../structures/paged-array.ts";
import { SlotTable } from "../structures/slot-table.ts";
import type { SlotWatcher } from "../structures/slot-watcher.ts";
import type { StringHash } from "../structures/string-hash.ts";
import type { EvictionPolicy } from "./eviction/policy.ts";
import { KeyDeadlines } from "./key-deadlines.ts";
import { type KeyNotes, NOTE_BYTES } from "./key-notes.ts";
import { costOfValue, isSortedSet, type Value } from "./value.ts";

/** A slot's record of 16 bytes, its bucket, its version, and references to key and value. */
const ENTRY_BYTES = 16 + 4 + 4 + 2 * REFERENCE_BYTES + 2;
/** A deadline, its slot, and its place in the heap. */
const EXPIRY_BYTES = 8 + 4 + 4;

/**
 * The keys that a keyspace holds, with everything that goes with them when all of them go elsewhere
 * or are dropped: values, deadlines, versions, notes, their order of eviction, and what they cost.
 * It knows neither the time nor a limit, and tells no one but the preserver.
 *
 * A key owns a slot for as long as it stays; whatever is known of it stands in a column by slot.
 */
export class HeldKeys {
  readonly deadlines: KeyDeadlines;
  /** A key's number in the table is its deadline. */
  readonly #table: SlotTable;
  readonly #values = new PagedRefs<Value>();
  readonly #versions = new PagedInt32();
  #policy: EvictionPolicy | undefined;
  #notes: KeyNotes | undefined;
  /** What a key costs beside its text, its value and its deadline. */
  #entryBytes = ENTRY_BYTES;
  #version: number;
  #memoryBytes = 0;
  #leaderboards = 0;
  #members = 0;
  /** Is told of each key before it changes. */
  #preserver: SlotWatcher | undefined;

  /** Versions go on from the one given, so that no key of its former holder has the next one. */
  constructor(hash: StringHash, version = 0) {
    this.#table = new SlotTable(hash);
    this.deadlines = new KeyDeadlines(this.#table);
    this.#version = version;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#table.size;
  }

  /** All slots in use are below it. */
  get slotsEnd(): number {
    return this.#table.slotsEnd;
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

  /** The version that was given last. */
  get version(): number {
    return this.#version;
  }

  get policy(): EvictionPolicy | undefined {
    return this.#policy;
  }

  get notes(): KeyNotes | undefined {
    return this.#notes;
  }

  // ---- looking up

  /** The slot of a key, whose hash the caller has, or -1. O(1). */
  find(key: string, hash: number): number {
    return this.#table.find(key, hash);
  }

  /** The key that owns this slot, or `undefined` where the slot is free. O(1). */
  keyAt(slot: number): string | undefined {
    return this.#table.keyAt(slot);
  }

  hashAt(slot: number): number {
    return this.#table.hashAt(slot);
  }

  valueAt(slot: number): Value {
    return this.#values.get(slot) as Value;
  }

  /** When the key goes, in absolute milliseconds; Infinity: never. */
  expiresAt(slot: number): number {
    return this.#table.numberAt(slot);
  }

  versionAt(slot: number): number {
    return this.#versions.get(slot);
  }

  // ---- costs

  /** What a new key would cost in bytes, given the cost of its value. */
  entryCost(key: string, valueBytes: number, expiresAt: number): number {
    return this.#entryBytes + costOfExpiry(expiresAt) + stringBytes(key.length) + valueBytes;
  }

  /** What the key costs now, in bytes. */
  costAt(slot: number): number {
    const key = this.keyAt(slot) as string;
    return this.entryCost(key, costOfValue(this.valueAt(slot)), this.expiresAt(slot));
  }

  // ---- changing

  /** Adds a key that is not there and stays; it {@link hold}s nothing yet. @returns its slot */
  add(key: string, hash: number): number {
    const slot = this.#table.add(key, hash, Infinity);
    this.#values.ensure(slot + 1);
    this.#versions.ensure(slot + 1);
    this.#preserver?.added(slot);
    this.#memoryBytes += this.entryCost(key, 0, Infinity);
    this.#policy?.added(slot, hash);
    return slot;
  }

  /** Gives a key that holds nothing a value, which has no mark. */
  hold(slot: number, value: Value): void {
    this.#values.set(slot, value);
    this.#memoryBytes += costOfValue(value);
    this.#notes?.setMark(slot, 0);
    if (isSortedSet(value)) {
      this.#leaderboards++;
      this.#members += value.size;
    }
  }

  /** Takes the value of a key away. */
  release(slot: number): void {
    const value = this.valueAt(slot);
    this.#memoryBytes -= costOfValue(value);
    if (isSortedSet(value)) {
      this.#leaderboards--;
      this.#members -= value.size;
    }
  }

  /** Gives a key another deadline. O(log n). @returns whether it is the earliest of all now */
  expireAt(slot: number, expiresAt: number): boolean {
    const before = this.expiresAt(slot);
    if (before === expiresAt) return false;
    this.#memoryBytes += costOfExpiry(expiresAt) - costOfExpiry(before);
    return this.deadlines.move(slot, before, expiresAt);
  }

  /** Notes that a key is about to change. */
  changing(slot: number): void {
    this.#preserver?.changing(slot);
  }

  /** Gives a key that changed another version. */
  changed(slot: number): void {
    this.#version = (this.#version + 1) | 0 || 1;
    this.#versions.set(slot, this.#version);
  }

  /** Accounts for a sorted set that was changed in place. */
  resized(bytesMore: number, membersMore: number): void {
    this.#memoryBytes += bytesMore;
    this.#members += membersMore;
  }

  /** Removes a key with its value. O(log n), O(1) for one without a deadline. */
  remove(slot: number): void {
    this.changing(slot);
    this.release(slot);
    this.deadlines.remove(slot);
    this.#memoryBytes -= this.entryCost(this.keyAt(slot) as string, 0, this.expiresAt(slot));
    this.#policy?.removed(slot);
    this.#values.set(slot, undefined);
    this.#table.remove(slot);
  }

  // ---- what is known beside

  /** From now on tells a preserver of each key before it changes, in place of a former one. */
  preserve(preserver: SlotWatcher | undefined): void {
    this.#preserver = preserver;
  }

  /** From now on another policy chooses the victims: it is told of all keys. O(n). */
  follow(policy: EvictionPolicy | undefined): void {
    this.#policy = policy;
    this.#accountEntries();
    if (policy === undefined) return;
    for (let slot = 0; slot < this.slotsEnd; slot++) {
      if (this.keyAt(slot) !== undefined) policy.added(slot, this.hashAt(slot));
    }
  }

  /** Takes notes of all keys, which begin now; marks that there were stay. O(n). */
  takeNotes(notes: KeyNotes, nowMs: number): void {
    const former = this.#notes;
    this.#notes = notes;
    this.#accountEntries();
    this.restartNotes(nowMs);
    if (former === undefined) return;
    for (let slot = 0; slot < this.slotsEnd; slot++) notes.setMark(slot, former.mark(slot));
  }

  /** Notes that every key came just now. O(n). */
  restartNotes(nowMs: number): void {
    for (let slot = 0; this.#notes !== undefined && slot < this.slotsEnd; slot++) {
      this.#notes.start(slot, nowMs);
    }
  }

  /** What each key costs has changed. */
  #accountEntries(): void {
    const before = this.#entryBytes;
    const noteBytes = this.#notes === undefined ? 0 : NOTE_BYTES;
    this.#entryBytes = ENTRY_BYTES + noteBytes + (this.#policy?.entryBytes ?? 0);
    this.#memoryBytes += this.size * (this.#entryBytes - before);
  }
}

function costOfExpiry(expiresAt: number): number {
  return expiresAt === Infinity ? 0 : EXPIRY_BYTES;
}
