import type { Cache, CallOptions, Duration, ExpireOptions, SetOptions } from "laurel";
import { checkCallOptions } from "../../src/cache/call-options.ts";
import { parseDuration } from "../../src/cache/duration.ts";
import {
  checkDeadline,
  encodeKey,
  encodeKeys,
  encodePairs,
  encodeValue,
} from "../../src/cache/inputs.ts";
import { checkDelta } from "../../src/engine/counters.ts";
import { CacheError, show } from "../../src/errors.ts";
import { bytesArgument, integerArgument } from "./arguments.ts";
import { CallOrder } from "./call-order.ts";
import { checkSum } from "./counter-range.ts";
import type { Argument, ClientPort, Connection, Reply } from "./port.ts";
import { asBytes, asCount, asList, asPage, asText } from "./replies.ts";
import { transact } from "./transaction.ts";

/** Options of a cache over a client. */
export interface ClientCacheOptions {
  /** The ttl of keys that are created without one. Default `Infinity`. */
  readonly defaultTtl?: Duration | undefined;
  /** The longest key, in bytes of its UTF-8. Default: no limit. */
  readonly maxKeyBytes?: number | undefined;
}

/** How many keys one step of a listing asks the server to visit. */
export const SCAN_COUNT = "256";

/**
 * The contract of a cache over one client of a server that speaks Redis' protocol. A call is one
 * command where one does it; where none does, WATCH and MULTI make it take effect at once.
 */
export class ClientCache implements Cache {
  readonly #port: ClientPort;
  readonly #order = new CallOrder();
  readonly #defaultTtlMs: number;
  readonly #maxKeyBytes: number;
  #closing: Promise<void> | undefined;

  constructor(port: ClientPort, options: ClientCacheOptions = {}) {
    this.#port = port;
    this.#defaultTtlMs = parseDuration(options.defaultTtl ?? Infinity);
    this.#maxKeyBytes = options.maxKeyBytes ?? Infinity;
  }

  async get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    this.enter(options);
    return asBytes(await this.call(["GET", this.key(key)]));
  }

  async set(key: string, value: string | Uint8Array, options?: SetOptions): Promise<void> {
    this.enter(options);
    const data = bytesArgument(encodeValue(value));
    await this.call(["SET", this.key(key), data, ...this.#expiry(options)]);
  }

  async delete(key: string, options?: CallOptions): Promise<boolean> {
    this.enter(options);
    return asCount(await this.call(["DEL", this.key(key)])) === 1;
  }

  async exists(key: string, options?: CallOptions): Promise<boolean> {
    this.enter(options);
    return asCount(await this.call(["EXISTS", this.key(key)])) === 1;
  }

  async clear(options?: CallOptions): Promise<void> {
    this.enter(options);
    await this.call(["FLUSHDB"]);
  }

  async incr(key: string, delta = 1, options?: CallOptions): Promise<number> {
    this.enter(options);
    return await this.#add(key, delta);
  }

  async decr(key: string, delta = 1, options?: CallOptions): Promise<number> {
    this.enter(options);
    // The negative of a string would be a number, and pass for a delta.
    return await this.#add(key, typeof delta === "number" ? -delta : delta);
  }

  async append(key: string, data: string | Uint8Array, options?: CallOptions): Promise<number> {
    this.enter(options);
    const tail = bytesArgument(encodeValue(data));
    return asCount(await this.creating("APPEND", this.key(key), [tail]));
  }

  async getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    this.enter(options);
    const asked = this.keyArguments(keys);
    if (asked.length === 0) return [];
    return asList(await this.call(["MGET", ...asked])).map(asBytes);
  }

  async setMany(
    entries: Iterable<readonly [key: string, value: string | Uint8Array]>,
    options?: SetOptions,
  ): Promise<void> {
    this.enter(options);
    const expiry = this.#expiry(options);
    const pairs = encodePairs(entries, this.#maxKeyBytes).map(
      ([key, value]) => [bytesArgument(key), bytesArgument(value)] as const,
    );
    // The iterable is the caller's code: it may have closed the cache.
    this.enter(options);
    if (pairs.length === 0) return;
    if (expiry.length === 0) await this.call(["MSET", ...pairs.flat()]);
    else await this.together([], async () => pairs.map(([k, v]) => ["SET", k, v].concat(expiry)));
  }

  async deleteMany(keys: readonly string[], options?: CallOptions): Promise<number> {
    this.enter(options);
    const asked = this.keyArguments(keys);
    return asked.length === 0 ? 0 : asCount(await this.call(["DEL", ...asked]));
  }

  async ttl(key: string, options?: CallOptions): Promise<number | undefined> {
    this.enter(options);
    const ms = asCount(await this.call(["PTTL", this.key(key)]));
    if (ms === -1) return Infinity;
    return ms > 0 ? ms : undefined;
  }

  async expire(key: string, ttl: Duration, options?: ExpireOptions): Promise<boolean> {
    this.enter(options);
    const target = this.key(key);
    const command = expireCommand(target, ttl, options?.expiresAt);
    if (command !== undefined) return asCount(await this.call(command)) === 1;
    // PERSIST alone does not tell a key without a deadline from none.
    const plan = async () => [
      ["PERSIST", target],
      ["EXISTS", target],
    ];
    const [, exists = null] = await this.together([], plan);
    return asCount(exists) === 1;
  }

  async *keys(pattern = "*", options?: CallOptions): AsyncIterableIterator<string> {
    this.enter(options);
    if (typeof pattern !== "string") {
      throw new CacheError(
        "INVALID_OPTIONS",
        `Cannot list keys: the pattern must be a string: received ${show(pattern)}`,
      );
    }
    const match = bytesArgument(encodeValue(pattern));
    let cursor = "0";
    do {
      this.enter(options);
      const page = await this.call(["SCAN", cursor, "MATCH", match, "COUNT", SCAN_COUNT]);
      const [next, found] = asPage(page);
      cursor = next;
      for (const key of asList(found)) {
        this.enter(options);
        yield asText(key);
      }
      this.enter(options);
    } while (cursor !== "0");
  }

  async bootId(options?: CallOptions): Promise<string> {
    this.enter(options);
    const info = asText(await this.call(["INFO", "server"]));
    const [, id] = /^run_id:(\S+)/m.exec(info) ?? [];
    if (id !== undefined) return id;
    throw new CacheError(
      "CAPABILITY_UNSUPPORTED",
      "Cannot name the server's incarnation: INFO must have a run_id: received none",
    );
  }

  async close(): Promise<void> {
    // What was called before has its reply first.
    this.#closing ??= this.#order.alone(() => this.#port.close());
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What every call begins with. */
  protected enter(options: CallOptions | undefined): void {
    if (this.#closing !== undefined) {
      throw new CacheError(
        "CLOSED",
        "Cannot use the cache: it must be open: received a call after close",
      );
    }
    if (options !== undefined) checkCallOptions(options);
  }

  protected key(key: string): Argument {
    return bytesArgument(encodeKey(key, this.#maxKeyBytes));
  }

  protected keyArguments(keys: readonly string[]): Argument[] {
    return encodeKeys(keys, this.#maxKeyBytes).map(bytesArgument);
  }

  /** One command. */
  protected call(argv: readonly Argument[]): Promise<Reply> {
    return this.#order.shared(() => this.#port.send(argv));
  }

  /** Commands that take effect together; see {@link transact}. */
  protected together(
    watched: readonly Argument[],
    plan: (connection: Connection) => Promise<readonly (readonly Argument[])[]>,
  ): Promise<readonly Reply[]> {
    return this.#order.alone(() =>
      this.#port.exclusive((connection) => transact(connection, watched, () => plan(connection))),
    );
  }

  /** One command that may create its key: then the key has the default ttl from the start. */
  protected async creating(name: string, key: Argument, rest: readonly Argument[]): Promise<Reply> {
    const command = [name, key, ...rest];
    if (this.#defaultTtlMs === Infinity) return await this.call(command);
    const [reply = null] = await this.together([key], async (connection) => {
      const isThere = asCount(await connection.send(["EXISTS", key])) === 1;
      return isThere ? [command] : [command, ...this.withDefaultTtl(key)];
    });
    return reply;
  }

  /** The command that gives a new key the default ttl, where there is one. */
  protected withDefaultTtl(key: Argument): Argument[][] {
    if (this.#defaultTtlMs === Infinity) return [];
    return [["PEXPIRE", key, integerArgument(this.#defaultTtlMs)]];
  }

  /** Counts within ±(2^53 - 1), where INCRBY goes to 64 bits. */
  async #add(key: string, delta: number): Promise<number> {
    const target = this.key(key);
    checkDelta(delta);
    const [sum = null] = await this.together([target], async (connection) => {
      const former = asBytes(await connection.send(["GET", target]));
      checkSum(former, delta);
      const count = ["INCRBY", target, integerArgument(delta)];
      return former === undefined ? [count, ...this.withDefaultTtl(target)] : [count];
    });
    return asCount(sum);
  }

  /** What SET says of the lifetime. @throws {CacheError} `INVALID_TTL` */
  #expiry(options: SetOptions | undefined): Argument[] {
    const { ttl, expiresAt } = options ?? {};
    const ms = ttl === undefined ? this.#defaultTtlMs : parseDuration(ttl);
    if (expiresAt === undefined) return ms === Infinity ? [] : ["PX", integerArgument(ms)];
    if (checkDeadline(expiresAt) === Infinity) return [];
    // A moment that is past removes the key, the first millisecond of all as much as an earlier one.
    return ["PXAT", integerArgument(Math.max(1, Math.ceil(expiresAt)))];
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
  return ["PEXPIREAT", key, integerArgument(Math.ceil(expiresAt))];
}
