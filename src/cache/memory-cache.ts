import { CacheError, show } from "../errors.ts";
import { checkDelta, incrBy } from "../engine/counters.ts";
import { Databases } from "../engine/databases.ts";
import { compileGlob } from "../engine/glob.ts";
import { exists, expireAt, expiresAt, remove } from "../engine/keys.ts";
import { Keyspace } from "../engine/keyspace.ts";
import { expireAtOrVacate, isOver, readState, vacate, writeString } from "../engine/state.ts";
import { append, get, getOrNothing, set, setMany } from "../engine/strings.ts";
import { cacheClosed, checkCallOptions } from "./call-options.ts";
import type { Cache, CallOptions, Duration, ExpireOptions, SetOptions } from "./contract.ts";
import { parseDuration } from "./duration.ts";
import {
  checkDeadline,
  decodeMembers,
  decodeText,
  decodeValue,
  encodeKey,
  encodeKeys,
  encodePairs,
  encodeValue,
} from "./inputs.ts";
import { type MemoryCacheConfig, type MemoryCacheOptions, resolveOptions } from "./options.ts";
import type { KeptData, Persistence, PersistenceMetrics } from "./persistence.ts";
import { PersistenceGate } from "./persistence-gate.ts";
import { checkCursor, notState } from "./state-inputs.ts";
import {
  type KeyPage,
  type KeyState,
  type ReadStateOptions,
  type Scores,
  STATE_CHUNK_MEMBERS,
  type SortedSetState,
  type StateTransfer,
  type StringState,
  type WriteStateOptions,
} from "./state-transfer.ts";
import { SWEEP_KEYS, Sweeper } from "./sweeper.ts";

/** What a memory cache counts. All but `entries` and `memoryBytes` only grow. */
export interface MemoryCacheMetrics {
  /** Keys asked for by `get` and `getMany` that were there. */
  hits: number;
  /** Keys asked for by `get` and `getMany` that were not. */
  misses: number;
  /** Keys written by `set` and `setMany`. */
  sets: number;
  /** Keys removed by `delete` and `deleteMany`. */
  deletes: number;
  /** Keys that had to go to make room. */
  evictions: number;
  /** Keys whose time was over. */
  expirations: number;
  /** Keys of every type that there are now. */
  entries: number;
  /** What they cost, in bytes: keys, values and overhead. */
  memoryBytes: number;
  /** What is known of the data on the disk: only of a cache with `persistence`. */
  persistence?: PersistenceMetrics;
}

/** The keyspace of a cache: what a server that shares it with the process works on. */
export let keyspaceOf: (cache: MemoryCache) => Keyspace;

/**
 * The databases of a cache with `persistence`, of which it keeps and sweeps all; its own keyspace is
 * the first. `undefined`: it has none.
 */
export let databasesOf: (cache: MemoryCache) => Databases | undefined;

/** What keeps the data of a cache; `undefined`: nothing does. */
export let keptDataOf: (cache: MemoryCache) => KeptData | undefined;

/**
 * Calls back once, when a cache is closed, unless what it returns is called before; `undefined`: it
 * is closed already.
 */
export let onClose: (cache: MemoryCache, listener: () => void) => (() => void) | undefined;

/** Slots that one step of an iteration over all keys visits. */
const SCAN_SLOTS = 256;
const BOOT_ID_WORDS = 5;
/** How many databases are kept: as many as Redis has by default. */
const KEPT_DATABASES = 16;
const NO_OPTIONS: SetOptions = Object.freeze({});

/**
 * A cache in this process's memory: strings and counters with ttl, limits and eviction. Each call
 * does its work at once, in the order of calling; the promise it returns is already settled.
 *
 * @example
 * ```ts
 * import { MemoryCache } from "laurel";
 *
 * await using cache = new MemoryCache({ maxEntries: 10_000, defaultTtl: "10m" });
 * await cache.set("greeting", "hello");
 * const greeting = await cache.get("greeting");
 * console.log(greeting?.toString()); // hello
 * ```
 */
export class MemoryCache implements Cache, StateTransfer {
  static {
    keyspaceOf = (cache) => cache.keyspace;
    databasesOf = (cache) => cache.#kept?.databases;
    keptDataOf = (cache) => cache.#kept?.data;
    onClose = (cache, listener) => {
      if (cache.#isClosed) return undefined;
      cache.#closeListeners.add(listener);
      return () => cache.#closeListeners.delete(listener);
    };
  }

  protected readonly config: MemoryCacheConfig;
  protected readonly keyspace: Keyspace;
  /** One of each keyspace; the first is of the cache's own. */
  readonly #sweepers: Sweeper[] = [];
  readonly #bootId: string;
  readonly #closeListeners = new Set<() => void>();
  #isClosed = false;
  #closing: Promise<void> | undefined;
  /** All that a cache without persistence has not. */
  readonly #kept: Kept | undefined;

  /** @throws {CacheError} `INVALID_CONFIG` for an invalid or unknown option */
  constructor(options: MemoryCacheOptions = {}) {
    this.config = resolveOptions(options);
    this.keyspace = new Keyspace(this.config);
    this.#sweep(this.keyspace);
    this.#bootId = Array.from({ length: BOOT_ID_WORDS }, () =>
      Math.floor(this.config.random() * 2 ** 32)
        .toString(16)
        .padStart(8, "0"),
    ).join("");
    const { persistence } = this.config;
    this.#kept = persistence === undefined ? undefined : this.#keep(persistence);
  }

  /** How long a key lives that is created without a ttl, in milliseconds; Infinity: it stays. */
  get defaultTtl(): number {
    return this.config.defaultTtl;
  }

  /** The longest key, in bytes of its UTF-8; Infinity: any. */
  get maxKeyBytes(): number {
    return this.config.maxKeyBytes;
  }

  async get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    this.enter(options);
    return decodeValue(get(this.keyspace, this.encodedKey(key)));
  }

  async set(key: string, value: string | Uint8Array, options?: SetOptions): Promise<void> {
    this.enter(options);
    const encoded = encodeValue(value);
    const encodedKey = this.encodedKey(key);
    if (options?.expiresAt === undefined) {
      set(this.keyspace, encodedKey, encoded, this.#deadline(options?.ttl));
      return;
    }
    const deadline = this.#givenDeadline(options.expiresAt, options.ttl);
    if (isOver(this.keyspace, deadline)) vacate(this.keyspace, encodedKey);
    else set(this.keyspace, encodedKey, encoded, deadline);
  }

  async delete(key: string, options?: CallOptions): Promise<boolean> {
    this.enter(options);
    return remove(this.keyspace, this.encodedKey(key));
  }

  async exists(key: string, options?: CallOptions): Promise<boolean> {
    this.enter(options);
    return exists(this.keyspace, this.encodedKey(key));
  }

  async clear(options?: CallOptions): Promise<void> {
    this.enter(options);
    this.empty();
  }

  async incr(key: string, delta = 1, options?: CallOptions): Promise<number> {
    this.enter(options);
    return incrBy(this.keyspace, this.encodedKey(key), delta);
  }

  async decr(key: string, delta = 1, options?: CallOptions): Promise<number> {
    this.enter(options);
    const encoded = this.encodedKey(key);
    checkDelta(delta);
    return incrBy(this.keyspace, encoded, -delta);
  }

  async append(key: string, data: string | Uint8Array, options?: CallOptions): Promise<number> {
    this.enter(options);
    return append(this.keyspace, this.encodedKey(key), encodeValue(data));
  }

  async getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    this.enter(options);
    return this.encodedKeys(keys).map((key) => decodeValue(getOrNothing(this.keyspace, key)));
  }

  async setMany(
    entries: Iterable<readonly [key: string, value: string | Uint8Array]>,
    options?: SetOptions,
  ): Promise<void> {
    this.enter(options);
    const { ttl, expiresAt } = options ?? NO_OPTIONS;
    const deadline =
      expiresAt === undefined ? this.#deadline(ttl) : this.#givenDeadline(expiresAt, ttl);
    const pairs = encodePairs(entries, this.config.maxKeyBytes);
    // The iterable is the caller's code: it may have closed the cache.
    this.enter(options);
    if (expiresAt !== undefined && isOver(this.keyspace, deadline)) {
      for (const [key] of pairs) vacate(this.keyspace, key);
    } else setMany(this.keyspace, pairs, deadline);
  }

  async deleteMany(keys: readonly string[], options?: CallOptions): Promise<number> {
    this.enter(options);
    let deleted = 0;
    for (const key of this.encodedKeys(keys)) if (remove(this.keyspace, key)) deleted++;
    return deleted;
  }

  async ttl(key: string, options?: CallOptions): Promise<number | undefined> {
    this.enter(options);
    const deadline = expiresAt(this.keyspace, this.encodedKey(key));
    if (deadline === undefined) return undefined;
    // The clock may have gone on since the key was looked up: then the key is gone.
    const left = Math.ceil(deadline - this.keyspace.now());
    return left > 0 ? left : undefined;
  }

  async expire(key: string, ttl: Duration, options?: ExpireOptions): Promise<boolean> {
    this.enter(options);
    const encoded = this.encodedKey(key);
    if (options?.expiresAt === undefined) {
      return expireAt(this.keyspace, encoded, this.#deadlineOf(ttl));
    }
    const deadline = this.#givenDeadline(options.expiresAt, ttl);
    return expireAtOrVacate(this.keyspace, encoded, deadline);
  }

  async *keys(pattern = "*", options?: CallOptions): AsyncIterableIterator<string> {
    this.enter(options);
    if (typeof pattern !== "string") {
      throw new CacheError(
        "INVALID_OPTIONS",
        `Cannot list keys: the pattern must be a string: received ${show(pattern)}`,
      );
    }
    const matches = compileGlob(encodeValue(pattern));
    let cursor = 0;
    do {
      this.enter(options);
      const batch: string[] = [];
      cursor = this.keyspace.scan(cursor, SCAN_SLOTS, batch);
      for (const key of batch) {
        if (!matches(key) || !exists(this.keyspace, key)) continue;
        yield decodeText(key);
        this.enter(options);
      }
    } while (cursor !== 0);
  }

  async listKeys(cursor: number, options?: CallOptions): Promise<KeyPage> {
    this.enter(options);
    const keys: string[] = [];
    const next = this.keyspace.scan(cursor, SCAN_SLOTS, keys);
    for (let i = 0; i < keys.length; i++) keys[i] = decodeText(keys[i] as string);
    return { keys, cursor: next };
  }

  async time(options?: CallOptions): Promise<number> {
    this.enter(options);
    return this.keyspace.now();
  }

  async bootId(options?: CallOptions): Promise<string> {
    this.enter(options);
    return this.#bootId;
  }

  async readState(key: string, options?: ReadStateOptions): Promise<KeyState | undefined> {
    this.enter(options);
    const from = options === undefined ? 0 : checkCursor(options.cursor);
    const held = readState(this.keyspace, this.encodedKey(key), from, STATE_CHUNK_MEMBERS);
    if (held === undefined) return undefined;
    if (held.type === "sorted-set") return { ...held, members: decodeMembers(held.members) };
    const { expiresAt, readAt } = held;
    return { type: "string", value: decodeValue(held.value), expiresAt, readAt };
  }

  /** As {@link StateTransfer}; without leaderboards a sorted set is `CAPABILITY_UNSUPPORTED`. */
  async writeState(key: string, state: KeyState, options?: WriteStateOptions): Promise<void> {
    this.enter(options);
    const encoded = this.encodedKey(key);
    // What a caller without types hands in may be anything.
    const type = (state as KeyState | null | undefined)?.type;
    if (type === "sorted-set") this.writeSortedSet(encoded, state as SortedSetState, options);
    else if (type !== "string") throw notState(state);
    else {
      const { value, expiresAt } = state as StringState;
      writeString(this.keyspace, encoded, encodeValue(value), checkDeadline(expiresAt));
    }
  }

  /** Always rejects with `CAPABILITY_UNSUPPORTED`: there are no sorted sets here. */
  async readScores(
    _key: string,
    _members: readonly string[],
    options?: CallOptions,
  ): Promise<Scores | undefined> {
    this.enter(options);
    throw withoutSets();
  }

  /** Always rejects with `CAPABILITY_UNSUPPORTED`: there are no sorted sets here. */
  async writeScores(
    _key: string,
    _members: readonly string[],
    _scores: Scores,
    options?: CallOptions,
  ): Promise<boolean> {
    this.enter(options);
    throw withoutSets();
  }

  /**
   * Resolves when what was kept is loaded, without `persistence` at once. Calls that were made
   * before wait for it, too.
   * @throws {CacheError} `PERSISTENCE_FAILED` where it cannot be loaded; so does every call then
   *
   * @example
   * ```ts
   * import { mkdtemp } from "node:fs/promises";
   * import { tmpdir } from "node:os";
   * import { join } from "node:path";
   * import { MemoryCache } from "laurel";
   * import { files } from "laurel/persistence";
   *
   * const dir = await mkdtemp(join(tmpdir(), "cache-"));
   * await using cache = new MemoryCache({ persistence: files({ dir }) });
   * await cache.ready();
   * console.log(cache.metrics().persistence?.loading); // false
   * ```
   */
  async ready(): Promise<void> {
    this.enter(undefined);
    await this.#kept?.gate.ready();
  }

  /**
   * Resolves when everything so far is on the disk, whatever `fsync` is; without `persistence` at
   * once.
   * @throws {CacheError} `PERSISTENCE_FAILED` where it cannot be
   *
   * @example
   * ```ts
   * import { mkdtemp } from "node:fs/promises";
   * import { tmpdir } from "node:os";
   * import { join } from "node:path";
   * import { MemoryCache } from "laurel";
   * import { files } from "laurel/persistence";
   *
   * const dir = await mkdtemp(join(tmpdir(), "cache-"));
   * await using cache = new MemoryCache({ persistence: files({ dir, fsync: "no" }) });
   * await cache.set("greeting", "hello");
   * await cache.flush();
   * console.log(cache.metrics().persistence?.unsyncedBytes); // 0
   * ```
   */
  async flush(): Promise<void> {
    this.enter(undefined);
    await this.#kept?.gate.flush();
  }

  /**
   * What was counted so far, and what is held now. Also after `close`.
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("greeting", "hello");
   * await cache.getMany(["greeting", "farewell"]);
   * const { hits, misses, entries } = cache.metrics();
   * console.log(hits, misses, entries); // 1 1 1
   * ```
   */
  metrics(): MemoryCacheMetrics {
    // What is due is collected first, as far as one step goes: few keys are then counted exactly.
    this.keyspace.sweep(SWEEP_KEYS);
    const { size: entries, memoryBytes, stats } = this.keyspace;
    const { hits, misses, sets, deletes, evictions, expirations } = stats;
    const metrics = { hits, misses, sets, deletes, evictions, expirations, entries, memoryBytes };
    return this.#kept === undefined
      ? metrics
      : { ...metrics, persistence: this.#kept.data.metrics() };
  }

  /**
   * As {@link Cache.close}. With `persistence` it resolves when calls made before have ended and
   * everything is on the disk; where that cannot be it rejects with `PERSISTENCE_FAILED`, and the
   * cache is closed all the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What every call begins with. */
  protected enter(options: CallOptions | undefined): void {
    if (this.#isClosed) throw cacheClosed();
    if (options !== undefined) checkCallOptions(options);
  }

  /** Drops everything that is held. */
  protected empty(): void {
    this.keyspace.clear();
  }

  /** Writes the state of a sorted set, or a chunk of it. */
  protected writeSortedSet(
    _key: string,
    _state: SortedSetState,
    _options: WriteStateOptions | undefined,
  ): void {
    throw withoutSets();
  }

  protected encodedKey(key: string): string {
    return encodeKey(key, this.config.maxKeyBytes, this.keyspace);
  }

  protected encodedKeys(keys: readonly string[]): string[] {
    return encodeKeys(keys, this.config.maxKeyBytes);
  }

  /** Collects the expired keys of a keyspace in the background. */
  #sweep(keyspace: Keyspace): void {
    const sweeper = new Sweeper(keyspace, this.config.timers, this.config.sweepIntervalMs);
    keyspace.onEarliestDeadline = (deadline) => sweeper.expect(deadline);
    this.#sweepers.push(sweeper);
  }

  #keep(persistence: Persistence): Kept {
    const databases = new Databases(this.keyspace, KEPT_DATABASES, (made) => this.#sweep(made));
    const data = persistence.open({ databases, timers: this.config.timers });
    return { databases, data, gate: new PersistenceGate(this, data) };
  }

  async #close(): Promise<void> {
    const waiting = this.#kept?.gate.close();
    if (waiting !== undefined) await waiting;
    this.#isClosed = true;
    // To close is not to delete: nobody is told.
    const keeping = this.#kept?.data.close();
    this.keyspace.onEffect = undefined;
    // Whoever serves the keys must not go on doing so: nothing is recorded any more.
    if (keeping !== undefined) this.#tellClosed();
    try {
      if (keeping !== undefined) await keeping;
    } finally {
      this.empty();
      this.#kept?.databases.clear();
      // What was being loaded until now may have had deadlines.
      for (const sweeper of this.#sweepers) sweeper.stop();
      this.#tellClosed();
    }
  }

  #tellClosed(): void {
    for (const listener of this.#closeListeners) {
      this.#closeListeners.delete(listener);
      listener();
    }
  }

  #deadline(ttl: Duration | undefined): number {
    return ttl === undefined ? this.keyspace.defaultExpiry() : this.#deadlineOf(ttl);
  }

  /** A deadline that decides beside a ttl, which must be one all the same. */
  #givenDeadline(expiresAt: number, ttl: Duration | undefined): number {
    if (ttl !== undefined) parseDuration(ttl);
    return checkDeadline(expiresAt);
  }

  #deadlineOf(ttl: Duration): number {
    const ms = parseDuration(ttl);
    return ms === Infinity ? Infinity : this.keyspace.now() + ms;
  }
}

/** A cache's data beyond its process. */
interface Kept {
  readonly databases: Databases;
  readonly data: KeptData;
  readonly gate: PersistenceGate;
}

function withoutSets(): CacheError {
  return new CacheError(
    "CAPABILITY_UNSUPPORTED",
    "Cannot transfer a sorted set: the cache must be one with leaderboards: received one without",
  );
}
