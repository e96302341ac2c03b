/**
 * A span of time: milliseconds, or a decimal number with a unit: `"500ms"`, `"30s"`, `"10m"`, `"1h"`,
 * `"7d"`, `"2w"`. It is above 0, and `Infinity` is without end; a fraction of a millisecond rounds up.
 */
export type Duration = number | string;

/** What every call takes. */
export interface CallOptions {
  /** Ends the call early: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Options of `set` and `setMany`. */
export interface SetOptions extends CallOptions {
  /** How long the key lives. Default: the cache's `defaultTtl`; `Infinity`: it never expires. */
  ttl?: Duration | undefined;
  /**
   * The same moment as an absolute time, in milliseconds of the cache's clock; it decides where both
   * are given. `Infinity`: never. One that is not after now removes the key.
   */
  expiresAt?: number | undefined;
}

/** Options of `expire`. */
export interface ExpireOptions extends CallOptions {
  /**
   * The same moment as an absolute time, in milliseconds of the cache's clock; it decides instead of
   * the ttl. `Infinity`: never. One that is not after now removes the key.
   */
  expiresAt?: number | undefined;
}

/**
 * The byte-level contract that every backend keeps. A miss is a value (`undefined`, `false`, `0`),
 * never an exception; an error is a `CacheError` with a stable code; every call rejects, none
 * throws. Text is stored as its UTF-8. At the end of a block, `await using` closes the cache.
 *
 * Every call rejects with `CLOSED` after `close`, with the signal's reason when it is aborted, with
 * `INVALID_OPTIONS` for what cannot be options; and where it takes a key, with `INVALID_KEY` for one that
 * is empty or no text, and `KEY_TOO_LONG` beyond `maxKeyBytes`. Where the data is elsewhere, calls may
 * also reject with `TIMEOUT`, `CONNECTION_FAILED` or `ACCESS_DENIED`; over several nodes with
 * `ALL_OWNERS_FAILED`, and writes with `INSUFFICIENT_REPLICAS` or `PARTIAL_WRITE`; a write of a cache
 * that keeps its data in files, with `PERSISTENCE_FAILED`. What a call may reject with besides stands
 * with it.
 */
export interface Cache extends AsyncDisposable {
  /**
   * The value of a key, `undefined` where there is none. O(1)
   * @throws {CacheError} `WRONG_TYPE` where the key holds no string
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("greeting", "hello");
   * console.log(String(await cache.get("greeting"))); // hello
   * console.log(await cache.get("farewell")); // undefined
   * ```
   */
  get(key: string, options?: CallOptions): Promise<Buffer | undefined>;
  /**
   * Gives a key a value and a ttl, whatever it held. O(1)
   * @throws {CacheError} `INVALID_VALUE` for what is neither text nor bytes, `INVALID_TTL`,
   * `CACHE_FULL` where there is no room and nothing is evicted
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("session:42", "ada", { ttl: "30m" });
   * await cache.set("pixel", new Uint8Array([0, 255]));
   * console.log(await cache.get("pixel")); // <Buffer 00 ff>
   * ```
   */
  set(key: string, value: string | Uint8Array, options?: SetOptions): Promise<void>;
  /**
   * Removes a key of any type; whether it was there. O(1)
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("greeting", "hello");
   * console.log(await cache.delete("greeting")); // true
   * console.log(await cache.delete("greeting")); // false
   * ```
   */
  delete(key: string, options?: CallOptions): Promise<boolean>;
  /**
   * Whether a key is there. Does not count as use. O(1)
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("greeting", "hello");
   * console.log(await cache.exists("greeting"), await cache.exists("farewell")); // true false
   * ```
   */
  exists(key: string, options?: CallOptions): Promise<boolean>;
  /**
   * Removes all keys. At most O(N)
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("greeting", "hello");
   * await cache.clear();
   * console.log(await cache.exists("greeting")); // false
   * ```
   */
  clear(options?: CallOptions): Promise<void>;
  /**
   * Adds an integer (1) to a counter, which starts at 0, and returns the sum. O(1)
   * @throws {CacheError} `NOT_INTEGER` where the value or the delta is no integer, `OVERFLOW` where the
   * value or the sum is outside of ±(2^53 − 1), `WRONG_TYPE`; the counter stays as it was
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * console.log(await cache.incr("visits")); // 1
   * console.log(await cache.incr("visits", 10)); // 11
   * ```
   */
  incr(key: string, delta?: number, options?: CallOptions): Promise<number>;
  /**
   * Subtracts an integer (1) from a counter, which starts at 0, and returns the rest. O(1)
   * @throws {CacheError} as {@link Cache.incr}
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("tickets", "100");
   * console.log(await cache.decr("tickets", 3)); // 97
   * ```
   */
  decr(key: string, delta?: number, options?: CallOptions): Promise<number>;
  /**
   * Appends to a value, which starts empty, and returns its new length in bytes. O(length)
   * @throws {CacheError} `INVALID_VALUE`, `WRONG_TYPE`, `CACHE_FULL`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.append("log", "started;");
   * console.log(await cache.append("log", "ready;")); // 14
   * ```
   */
  append(key: string, data: string | Uint8Array, options?: CallOptions): Promise<number>;
  /**
   * The values of the keys, in order; `undefined` also for another type. O(M)
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("a", "1");
   * const [a, b] = await cache.getMany(["a", "b"]);
   * console.log(String(a), b); // 1 undefined
   * ```
   */
  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]>;
  /**
   * Sets all pairs or, on one cache, none. Where keys are evicted the pairs are as sets one after
   * the other: more of them than there is room for evict each other. O(M)
   * @throws {CacheError} `INVALID_VALUE`, `INVALID_TTL`, `CACHE_FULL`; nothing is set then. Over several
   * nodes `PARTIAL_WRITE`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.setMany([["a", "1"], ["b", "2"]], { ttl: "1h" });
   * console.log(await cache.getMany(["a", "b"])); // [ <Buffer 31>, <Buffer 32> ]
   * ```
   */
  setMany(
    entries: Iterable<readonly [key: string, value: string | Uint8Array]>,
    options?: SetOptions,
  ): Promise<void>;
  /**
   * Removes keys; how many were there. O(M)
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.setMany([["a", "1"], ["b", "2"]]);
   * console.log(await cache.deleteMany(["a", "b", "c"])); // 2
   * ```
   */
  deleteMany(keys: readonly string[], options?: CallOptions): Promise<number>;
  /**
   * Milliseconds that a key still has, more than 0; `Infinity`: it stays; `undefined`: no key. O(1)
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("greeting", "hello");
   * console.log(await cache.ttl("greeting"), await cache.ttl("farewell")); // Infinity undefined
   * ```
   */
  ttl(key: string, options?: CallOptions): Promise<number | undefined>;
  /**
   * Gives a key another ttl, `Infinity` for none; whether the key is there. O(1)
   * @throws {CacheError} `INVALID_TTL`
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * let now = 0;
   * await using cache = new MemoryCache({ clock: { now: () => now } });
   * await cache.set("greeting", "hello");
   * console.log(await cache.expire("greeting", "10s")); // true
   * now += 10_000;
   * console.log(await cache.exists("greeting")); // false
   * ```
   */
  expire(key: string, ttl: Duration, options?: ExpireOptions): Promise<boolean>;
  /**
   * The keys that match a Redis glob (`*`, `?`, `[a-z]`, `[^a]`, and a backslash before what is meant as
   * it stands), all by default, in no order. A key that stays throughout is seen; one that comes or goes
   * meanwhile may be. O(N), a step at a time
   * @throws {CacheError} `INVALID_OPTIONS` for a pattern that is no string
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.setMany([["user:1", "ada"], ["page:1", "home"]]);
   * for await (const key of cache.keys("user:*")) console.log(key); // user:1
   * ```
   */
  keys(pattern?: string, options?: CallOptions): AsyncIterable<string>;
  /**
   * Names this incarnation of the store: another one after a restart. O(1)
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await using other = new MemoryCache();
   * console.log((await cache.bootId()) === (await cache.bootId())); // true
   * console.log((await cache.bootId()) === (await other.bootId())); // false
   * ```
   */
  bootId(options?: CallOptions): Promise<string>;
  /**
   * Ends the cache. Idempotent; every later call rejects with `CLOSED`.
   *
   * @example
   * ```ts
   * import { CacheError, MemoryCache } from "laurel";
   *
   * const cache = new MemoryCache();
   * await cache.close();
   * await cache.get("greeting").catch((error: unknown) => {
   *   if (error instanceof CacheError) console.log(error.code); // CLOSED
   * });
   * ```
   */
  close(): Promise<void>;
}
