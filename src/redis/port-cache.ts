import type { Cache, CallOptions, Duration, ExpireOptions, SetOptions } from "../cache/contract.ts";
import { parseDuration } from "../cache/duration.ts";
import { checkDeadline, encodePairs, encodeValue } from "../cache/inputs.ts";
import type { SharedStore } from "../cache/shared-store.ts";
import type {
  KeyState,
  ReadStateOptions,
  Scores,
  StateTransfer,
  WriteStateOptions,
} from "../cache/state-transfer.ts";
import { checkDelta } from "../engine/counters.ts";
import { CacheError, show } from "../errors.ts";
import { bytesArgument, integerArgument } from "./arguments.ts";
import {
  checkWrites,
  COMMAND_KEYS_MAX,
  commandsOf,
  firstKeysOf,
  groupsOf,
  readsOf,
  valuesOf,
} from "./bulk.ts";
import type { Calls } from "./calls.ts";
import { clearKeys } from "./clearing.ts";
import { checkSum } from "./counter-range.ts";
import { KeyStates } from "./key-states.ts";
import { deadlineArgument } from "./lifetimes.ts";
import type { Argument, Command, Connection, Reply } from "./port.ts";
import { asBytes, asCount, asList, asText, unlessFailed } from "./replies.ts";
import { scanNames } from "./scan.ts";
import { CREATE_WITH_TTL, INCREMENT, SCRIPT_ARGUMENTS_MAX } from "./scripts.ts";
import { transact } from "./transaction.ts";

/** What a cache over a client has counted since it was made. */
export interface RedisCacheMetrics {
  /** Keys asked for by `get` and `getMany` that were there. */
  hits: number;
  /** Keys asked for by `get` and `getMany` that were not. */
  misses: number;
  /** Keys written by `set` and `setMany`. */
  sets: number;
  /** Keys removed by `delete` and `deleteMany`. */
  deletes: number;
  /** Calls to the server; a listing and a `clear` take several. */
  calls: number;
  /** Those of them that failed. */
  errors: number;
  /** Those of these that did so by the time limit. */
  timeouts: number;
  /** Connections that were opened in place of others. */
  reconnections: number;
}

/**
 * The contract of a cache over the port of a client library. A call is one command where one does it;
 * where none does, a transaction or a script makes it take effect at once.
 */
export class PortCache implements Cache, StateTransfer, SharedStore {
  protected readonly calls: Calls;
  readonly #states: KeyStates;
  readonly #counts = { hits: 0, misses: 0, sets: 0, deletes: 0 };

  constructor(calls: Calls) {
    this.calls = calls;
    this.#states = new KeyStates(calls, calls.state.reads);
  }

  /** How long a key lives that is created without a ttl, in milliseconds; Infinity: it stays. */
  get defaultTtl(): number {
    return this.calls.config.defaultTtlMs;
  }

  /** The longest key, in bytes of its UTF-8 without the prefix; Infinity: any. */
  get maxKeyBytes(): number {
    return this.calls.config.maxKeyBytes;
  }

  async get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    this.calls.enter(options);
    const name = this.calls.key(key);
    return this.#counted(asBytes(await this.calls.call(["GET", name], name, options)));
  }

  async set(key: string, value: string | Uint8Array, options?: SetOptions): Promise<void> {
    this.calls.enter(options);
    const data = bytesArgument(encodeValue(value));
    const name = this.calls.key(key);
    await this.calls.call(["SET", name, data, ...this.#expiry(options)], name, options);
    this.#counts.sets++;
  }

  async delete(key: string, options?: CallOptions): Promise<boolean> {
    this.calls.enter(options);
    const name = this.calls.key(key);
    const removed = asCount(await this.calls.call(["UNLINK", name], name, options));
    this.#counts.deletes += removed;
    return removed === 1;
  }

  async exists(key: string, options?: CallOptions): Promise<boolean> {
    this.calls.enter(options);
    const name = this.calls.key(key);
    return asCount(await this.calls.call(["EXISTS", name], name, options)) === 1;
  }

  /**
   * Removes all keys that begin with the prefix, step by step; other clients see it under way. O(keys of
   * the server)
   * @throws {CacheError} `CAPABILITY_UNSUPPORTED` without any prefix, unless `allowFlush` is set: then the
   * whole database is emptied
   *
   * @example
   * ```ts
   * import { RedisCache } from "laurel/redis";
   * import { serve } from "laurel/server";
   *
   * await using server = await serve({ port: 0 });
   * await using cache = new RedisCache(server.url, { prefix: "app:" });
   * await using other = new RedisCache(server.url);
   * await cache.set("greeting", "hello");
   * await other.set("untouched", "hello");
   * await cache.clear();
   * for await (const key of other.keys()) console.log(key); // untouched
   * ```
   */
  async clear(options?: CallOptions): Promise<void> {
    this.calls.enter(options);
    await clearKeys(this.calls, options);
  }

  async incr(key: string, delta = 1, options?: CallOptions): Promise<number> {
    this.calls.enter(options);
    return await this.#add(key, delta, options);
  }

  async decr(key: string, delta = 1, options?: CallOptions): Promise<number> {
    this.calls.enter(options);
    // The negative of a string would be a number, and pass for a delta.
    return await this.#add(key, typeof delta === "number" ? -delta : delta, options);
  }

  async append(key: string, data: string | Uint8Array, options?: CallOptions): Promise<number> {
    this.calls.enter(options);
    const tail = bytesArgument(encodeValue(data));
    const name = this.calls.key(key);
    const [length = null] = await this.creating(name, [["APPEND", name, tail]], options);
    return asCount(length);
  }

  async getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    this.calls.enter(options);
    const names = this.calls.keys(keys);
    if (names.length === 0) return [];
    if (!this.calls.isCluster && names.length <= COMMAND_KEYS_MAX) {
      const values = asList(await this.calls.call(["MGET", ...names], names[0], options));
      return values.map((value) => this.#counted(asBytes(value)));
    }
    const groups = groupsOf(names, this.calls.isCluster);
    const replies = await this.#inGroups(readsOf(names, groups), options);
    const values = valuesOf(replies, groups);
    for (const value of values) this.#counted(value);
    return values;
  }

  /**
   * Sets all pairs or none; in a Cluster those of one slot or none of them: where others fail it is
   * `PARTIAL_WRITE`, and with a ttl each pair is on its own. O(M)
   * @throws {CacheError} `INVALID_VALUE`, `INVALID_TTL`, `PARTIAL_WRITE`
   *
   * @example
   * ```ts
   * import { RedisCache } from "laurel/redis";
   * import { serve } from "laurel/server";
   *
   * await using server = await serve({ port: 0 });
   * await using cache = new RedisCache(server.url);
   * await cache.setMany([["{user:1}:name", "ada"], ["{user:1}:city", "London"]]);
   * console.log(String(await cache.get("{user:1}:city"))); // London
   * ```
   */
  async setMany(
    entries: Iterable<readonly [key: string, value: string | Uint8Array]>,
    options?: SetOptions,
  ): Promise<void> {
    this.calls.enter(options);
    const expiry = this.#expiry(options);
    const pairs = encodePairs(entries, this.maxKeyBytes);
    // The iterable is the caller's code: it may have closed the cache.
    this.calls.enter(options);
    if (pairs.length === 0) return;
    const names = pairs.map(([key]) => bytesArgument(this.calls.names.nameOf(key)));
    const values = pairs.map(([, value]) => bytesArgument(value));
    const commands =
      expiry.length > 0
        ? names.map((name, i): Command => ["SET", name, values[i] as Argument, ...expiry])
        : commandsOf("MSET", names, groupsOf(names, this.calls.isCluster), values);
    await this.#write(commands, options);
    this.#counts.sets += pairs.length;
  }

  async deleteMany(keys: readonly string[], options?: CallOptions): Promise<number> {
    this.calls.enter(options);
    const names = this.calls.keys(keys);
    if (names.length === 0) return 0;
    const groups = groupsOf(names, this.calls.isCluster);
    const replies = await this.#inGroups(commandsOf("UNLINK", names, groups), options);
    checkWrites(replies);
    const removed = replies.reduce<number>((sum, reply) => sum + asCount(reply), 0);
    this.#counts.deletes += removed;
    return removed;
  }

  async ttl(key: string, options?: CallOptions): Promise<number | undefined> {
    this.calls.enter(options);
    const name = this.calls.key(key);
    const ms = asCount(await this.calls.call(["PTTL", name], name, options));
    if (ms === -1) return Infinity;
    return ms > 0 ? ms : undefined;
  }

  async expire(key: string, ttl: Duration, options?: ExpireOptions): Promise<boolean> {
    this.calls.enter(options);
    const name = this.calls.key(key);
    const command = expireCommand(name, ttl, options?.expiresAt);
    if (command !== undefined) return asCount(await this.calls.call(command, name, options)) === 1;
    // PERSIST alone does not tell a key without a deadline from none.
    const commands = [
      ["PERSIST", name],
      ["EXISTS", name],
    ];
    const [, exists = null] = unlessFailed(await this.calls.together(commands, name, options));
    return asCount(exists) === 1;
  }

  /**
   * As {@link Cache.keys}; ends with `CONNECTION_FAILED` when the connection is lost meanwhile.
   *
   * @example
   * ```ts
   * import { RedisCache } from "laurel/redis";
   * import { serve } from "laurel/server";
   *
   * await using server = await serve({ port: 0 });
   * await using cache = new RedisCache(server.url, { prefix: "app:" });
   * await cache.set("user:1", "ada");
   * for await (const key of cache.keys("user:*")) console.log(key); // user:1
   * ```
   */
  async *keys(pattern = "*", options?: CallOptions): AsyncIterableIterator<string> {
    this.calls.enter(options);
    if (typeof pattern !== "string") {
      throw new CacheError(
        "INVALID_OPTIONS",
        `Cannot list keys: the pattern must be a string: received ${show(pattern)}`,
      );
    }
    const { names } = this.calls;
    const match = names.matching(encodeValue(pattern));
    const masters = await this.calls.masters(options);
    for await (const page of scanNames(this.calls, masters, match, options)) {
      for (const name of page) {
        this.calls.enter(options);
        const key = names.keyOf(name);
        if (key !== undefined) yield key;
      }
      this.calls.enter(options);
    }
  }

  /**
   * Names this incarnation of the server by the run id that it tells; of a Cluster, by those of all
   * masters, so that another name may also mean that one server took over from another one.
   *
   * @example
   * ```ts
   * import { RedisCache } from "laurel/redis";
   * import { serve } from "laurel/server";
   *
   * await using server = await serve({ port: 0 });
   * await using one = new RedisCache(server.url);
   * await using other = new RedisCache(server.url);
   * console.log((await one.bootId()) === (await other.bootId())); // true
   * ```
   */
  async bootId(options?: CallOptions): Promise<string> {
    this.calls.enter(options);
    return await this.calls.bootId(options);
  }

  async time(options?: CallOptions): Promise<number> {
    this.calls.enter(options);
    return await this.#states.time(options);
  }

  async readState(key: string, options?: ReadStateOptions): Promise<KeyState | undefined> {
    this.calls.enter(options);
    return await this.#states.readState(key, options);
  }

  async writeState(key: string, state: KeyState, options?: WriteStateOptions): Promise<void> {
    this.calls.enter(options);
    await this.#states.writeState(key, state, options);
  }

  async readScores(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<Scores | undefined> {
    this.calls.enter(options);
    return await this.#states.readScores(key, members, options);
  }

  async writeScores(
    key: string,
    members: readonly string[],
    scores: Scores,
    options?: CallOptions,
  ): Promise<boolean> {
    this.calls.enter(options);
    return await this.#states.writeScores(key, members, scores, options);
  }

  /**
   * For a distributed cache over this one: keeps a text that no listing shows.
   * @internal
   */
  async reserve(name: string, text: string, options?: CallOptions): Promise<string> {
    this.calls.enter(options);
    const { names, state } = this.calls;
    const reserved = names.reserved(encodeValue(name));
    const target = bytesArgument(reserved);
    const commands = [
      ["SET", target, bytesArgument(encodeValue(text)), "NX"],
      ["GET", target],
    ];
    const [, kept = null] = unlessFailed(await this.calls.together(commands, target, options));
    const held = asText(kept);
    state.reserved.set(reserved, encodeValue(held));
    return held;
  }

  /**
   * For a distributed cache over this one: removes such a text.
   * @internal
   */
  async release(name: string, options?: CallOptions): Promise<void> {
    this.calls.enter(options);
    const { names, state } = this.calls;
    const reserved = names.reserved(encodeValue(name));
    const target = bytesArgument(reserved);
    state.reserved.delete(reserved);
    await this.calls.call(["UNLINK", target], target, options);
  }

  /**
   * What was counted so far by this cache. Also after `close`.
   *
   * @example
   * ```ts
   * import { RedisCache } from "laurel/redis";
   * import { serve } from "laurel/server";
   *
   * await using server = await serve({ port: 0 });
   * await using cache = new RedisCache(server.url);
   * await cache.get("greeting");
   * const { calls, misses, errors } = cache.metrics();
   * console.log(calls, misses, errors); // 1 1 0
   * ```
   */
  metrics(): RedisCacheMetrics {
    const { limit, reconnections } = this.calls.state;
    const { calls, errors, timeouts } = limit;
    return { ...this.#counts, calls, errors, timeouts, reconnections };
  }

  /**
   * Ends the cache's own connections, not the client that it was made with.
   *
   * @example
   * ```ts
   * import { RedisCache } from "laurel/redis";
   * import { serve } from "laurel/server";
   * import { createClient } from "redis";
   *
   * await using server = await serve({ port: 0 });
   * const client = await createClient({ url: server.url }).connect();
   * const cache = new RedisCache(client);
   * await cache.set("greeting", "hello");
   * await cache.close();
   * console.log(await client.get("greeting")); // hello
   * client.destroy();
   * ```
   */
  async close(): Promise<void> {
    await this.calls.state.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Commands that may create a key, all at once: then it has the default ttl from the start. What one of
   * them fails with is thrown.
   */
  protected async creating(
    key: Argument,
    commands: readonly Command[],
    options: CallOptions | undefined,
  ): Promise<readonly Reply[]> {
    const [only] = commands;
    const isOne = commands.length === 1 && only !== undefined;
    if (this.defaultTtl === Infinity) {
      if (isOne) return [await this.calls.call(only, key, options)];
      return unlessFailed(await this.calls.together(commands, key, options));
    }
    const ttl = integerArgument(this.defaultTtl);
    const otherwise = (connection: Connection): Promise<readonly Reply[]> =>
      transact(connection, [key], async () => {
        const isThere = asCount(await connection.send(["EXISTS", key])) === 1;
        return isThere ? commands : [...commands, ["PEXPIRE", key, ttl]];
      });
    if (!isOne || only.length > SCRIPT_ARGUMENTS_MAX) {
      const replies = await this.calls.alone(key, otherwise, options);
      return replies.slice(0, commands.length);
    }
    const first = async (connection: Connection): Promise<Reply> => {
      const [reply = null] = await otherwise(connection);
      return reply;
    };
    return [await this.calls.run(CREATE_WITH_TTL, [key], [ttl, ...only], first, options)];
  }

  /** Counts within ±(2^53 - 1), where INCRBY goes to 64 bits. */
  async #add(key: string, delta: number, options: CallOptions | undefined): Promise<number> {
    const name = this.calls.key(key);
    checkDelta(delta);
    const ttl = this.defaultTtl === Infinity ? [] : [integerArgument(this.defaultTtl)];
    const otherwise = async (connection: Connection): Promise<Reply> => {
      const [sum = null] = await transact(connection, [name], async () => {
        const former = asBytes(await connection.send(["GET", name]));
        checkSum(former, delta);
        const count = ["INCRBY", name, integerArgument(delta)];
        return former !== undefined || ttl.length === 0
          ? [count]
          : [count, ["PEXPIRE", name, ...ttl]];
      });
      return sum;
    };
    // Not -0, which is no integer to the server.
    const args = [String(delta + 0), ...ttl];
    const reply = await this.calls.run(INCREMENT, [name], args, otherwise, options);
    if (Array.isArray(reply)) checkSum(asBytes((reply as readonly Reply[])[0] ?? null), delta);
    return asCount(reply);
  }

  /** Writes all at once on one server; in a Cluster each command to the server of its first key. */
  async #write(commands: readonly Command[], options: CallOptions | undefined): Promise<void> {
    const keys = firstKeysOf(commands);
    const [only] = commands;
    if (commands.length === 1 && only !== undefined) {
      await this.calls.call(only, keys[0], options);
    } else if (this.calls.isCluster) {
      checkWrites(await this.calls.pipeline(commands, keys, options));
    } else {
      unlessFailed(await this.calls.together(commands, keys[0] as Argument, options));
    }
  }

  /** The replies to the commands of groups of keys, each of which goes to the server of its first key. */
  async #inGroups(
    commands: readonly Command[],
    options: CallOptions | undefined,
  ): Promise<readonly Reply[]> {
    const firsts = firstKeysOf(commands);
    const [only] = commands;
    if (commands.length > 1 || only === undefined) {
      return await this.calls.pipeline(commands, firsts, options);
    }
    return [await this.calls.call(only, firsts[0], options)];
  }

  #counted(value: Buffer | undefined): Buffer | undefined {
    if (value === undefined) this.#counts.misses++;
    else this.#counts.hits++;
    return value;
  }

  /** What SET says of the lifetime. @throws {CacheError} `INVALID_TTL` */
  #expiry(options: SetOptions | undefined): Argument[] {
    const { ttl, expiresAt } = options ?? {};
    const ms = ttl === undefined ? this.defaultTtl : parseDuration(ttl);
    if (expiresAt === undefined) return ms === Infinity ? [] : ["PX", integerArgument(ms)];
    if (checkDeadline(expiresAt) === Infinity) return [];
    return ["PXAT", deadlineArgument(expiresAt)];
  }
}

/** Gives a key its deadline; `undefined`: it is to have none. @throws {CacheError} `INVALID_TTL` */
function expireCommand(
  key: Argument,
  ttl: Duration,
  expiresAt: number | undefined,
): Argument[] | undefined {
  if (expiresAt === undefined) {
    const ms = parseDuration(ttl);
    return ms === Infinity ? undefined : ["PEXPIRE", key, integerArgument(ms)];
  }
  // A ttl that decides nothing must be one all the same.
  if (ttl !== undefined) parseDuration(ttl);
  if (checkDeadline(expiresAt) === Infinity) return undefined;
  return ["PEXPIREAT", key, deadlineArgument(expiresAt)];
}
