import type { Duration } from "../cache/contract.ts";
import { encodeValue } from "../cache/inputs.ts";
import { OptionBag } from "../cache/option-bag.ts";
import type { OptionNames } from "../cache/option-names.ts";
import { systemTimers, type Timers } from "../cache/platform.ts";
import type { Clock } from "../engine/clock.ts";
import type { Confirmation } from "./confirming-connector.ts";

/** Options of a cache over a client. */
export interface RedisCacheOptions {
  /** What the names of all its keys begin with on the server, after the client's own. Default: nothing. */
  prefix?: string | undefined;
  /** The ttl of keys that are created without one. Default `Infinity`. */
  defaultTtl?: Duration | undefined;
  /** The longest key, in bytes of its UTF-8, without the prefix. Default: no limit. */
  maxKeyBytes?: number | undefined;
  /**
   * How long a call may take. Then it rejects with `TIMEOUT`, though it may have been carried out, unless it
   * was not sent yet: then it never is; and a connection on which nothing at all was answered for so long is given up for a new one. Of `clear` and
   * of listings, each step may take so long. Default 5 s.
   */
  timeout?: Duration | undefined;
  /**
   * How many replicas must have a write before it is acknowledged (WAIT); one that fewer have within
   * `replicaTimeout` rejects with `PARTIAL_WRITE`, though the master has it. Default 0: the master
   * suffices, and what it has not yet passed on is lost when it dies. (Laurel's own server has no replicas.)
   *
   * It costs a round trip between the servers, for which the connection waits: what is called meanwhile,
   * reads too, comes after it. Writes of one turn of the event loop share one wait, and so do those that come
   * while another one is under way.
   *
   * It is no consensus: what was acknowledged is lost all the same when all that have it are gone, or when
   * a replica that does not have it is made the master.
   */
  replicas?: number | undefined;
  /**
   * How long the replicas may take. It must be shorter than `timeout`. While too few of them are there every
   * write takes so long, and what comes meanwhile up to twice as long. Default 1 s.
   */
  replicaTimeout?: Duration | undefined;
  /** Whether `clear` empties the whole database where there is no prefix. Default: it refuses. */
  allowFlush?: boolean | undefined;
  /** What measures how long calls take, in milliseconds. Default: the platform's monotonic clock. */
  clock?: Clock | undefined;
  /** What schedules the time limit. Default: the platform's timers, which do not keep a process alive. */
  timers?: Timers | undefined;
}

/** {@link RedisCacheOptions}, each decided. */
export interface RedisCacheConfig {
  /** A byte string. */
  readonly prefix: string;
  readonly defaultTtlMs: number;
  readonly maxKeyBytes: number;
  readonly timeoutMs: number;
  readonly confirmation: Confirmation | undefined;
  readonly allowFlush: boolean;
  readonly clock: Clock;
  readonly timers: Timers;
}

const NAMES: OptionNames<RedisCacheOptions> = {
  prefix: true,
  defaultTtl: true,
  maxKeyBytes: true,
  timeout: true,
  replicas: true,
  replicaTimeout: true,
  allowFlush: true,
  clock: true,
  timers: true,
};
const TIMEOUT_MS = 5000;
const REPLICA_TIMEOUT_MS = 1000;

/** Goes on evenly, whatever happens to the wall clock. */
const monotonicClock: Clock = { now: () => performance.now() };

/** Decides all options. @throws {CacheError} `INVALID_CONFIG` for an invalid or unknown one */
export function resolveOptions(options: RedisCacheOptions): RedisCacheConfig {
  const bag = new OptionBag("create a Redis cache", options).only(NAMES);
  const timeoutMs = bag.duration("timeout", TIMEOUT_MS);
  return Object.freeze({
    prefix: prefixOf(options, bag),
    defaultTtlMs: bag.duration("defaultTtl", Infinity),
    maxKeyBytes: bag.limit("maxKeyBytes"),
    timeoutMs,
    confirmation: confirmationOf(options, bag, timeoutMs),
    allowFlush: bag.flag("allowFlush"),
    clock: bag.withMethods("clock", ["now"], monotonicClock),
    timers: bag.withMethods("timers", ["setTimeout", "clearTimeout"], systemTimers),
  });
}

type Bag = OptionBag<RedisCacheOptions>;

function prefixOf({ prefix = "" }: RedisCacheOptions, bag: Bag): string {
  if (typeof prefix !== "string") throw bag.invalid("prefix", "must be a string", prefix);
  try {
    return encodeValue(prefix);
  } catch (cause) {
    throw bag.invalid("prefix", "must not have lone surrogates", prefix, cause);
  }
}

function confirmationOf(
  { replicaTimeout }: RedisCacheOptions,
  bag: Bag,
  callTimeoutMs: number,
): Confirmation | undefined {
  const replicas = bag.integer("replicas", 0, 0);
  const timeoutMs = bag.duration("replicaTimeout", REPLICA_TIMEOUT_MS);
  if (replicas === 0) return undefined;
  if (timeoutMs < callTimeoutMs) return { replicas, timeoutMs };
  throw bag.invalid("replicaTimeout", "must be shorter than timeout", replicaTimeout ?? timeoutMs);
}
