import type { Duration } from "../cache/contract.ts";
import { parseDuration } from "../cache/duration.ts";
import { systemClock, systemRandom, systemTimers, type Timers } from "../cache/platform.ts";
import { TIMER_MS_MAX } from "../cache/sweeper.ts";
import type { Clock } from "../engine/keyspace.ts";
import { CacheError, show } from "../errors.ts";
import { type Random, seededRandom } from "../structures/random.ts";
import type { CacheNode } from "./cache-node.ts";
import type { RingHash } from "./ring/hash-function.ts";

/** How many owners take part in a write: one, the others later, or all at once. */
export type Replication = "none" | "async" | "sync";

/** Who is asked when an owner does not answer a read. */
export type Failover = "next-node" | "all-nodes" | "retry";

/** Asks a node whether it is well: rejects when it is not. */
export type Probe = (node: CacheNode, signal: AbortSignal) => Promise<void>;

/** How nodes are watched. */
export interface HealthCheckOptions {
  /** Between two probes of a node, give or take a tenth. Infinity: none. Default 10 s. */
  interval?: Duration | undefined;
  /** How long a probe may take. Default 2 s. */
  timeout?: Duration | undefined;
  /** Failures in a row that make a node unhealthy. Default 3. */
  failureThreshold?: number | undefined;
  /** Successes in a row that make it healthy again. Default 2. */
  successThreshold?: number | undefined;
  /** Asks a node whether it is well, beside its boot id. Default: nothing more. */
  probe?: Probe | undefined;
}

/** Options of a `DistributedCache`. A pause of more than 24.8 days, the longest of a timer, is that long. */
export interface DistributedCacheOptions {
  /** Points on the ring of a node of weight 1. Default 150. */
  virtualNodes?: number | undefined;
  /** What places nodes and keys on the ring. Default `"fnv1a"`, with an avalanche at its end. */
  hash?: RingHash | undefined;
  /** How many nodes own a key. Default 1. */
  replicationFactor?: number | undefined;
  /**
   * `"none"`: a key has one owner, whatever the factor. `"async"`: a write is acknowledged by the
   * first owner and sent on to the others. `"sync"`: by all of them. Default `"async"`.
   */
  replication?: Replication | undefined;
  /** With `"sync"`: owners that must acknowledge a write. Default: all. */
  writeQuorum?: number | undefined;
  /**
   * Who is asked when an owner does not answer a read: the next owners, after them every other node, or
   * the same one again. Default `"next-node"`.
   */
  failover?: Failover | undefined;
  /** With `failover: "retry"`: how often in all (3), and the first pause, which doubles (50 ms). */
  retry?: { attempts?: number | undefined; backoff?: Duration | undefined } | undefined;
  /** How long a call to a node may take. Default 2 s. */
  callTimeout?: Duration | undefined;
  /**
   * How long after its time limit a write may still land, so that its key waits for it on that node.
   * Default: as long as `callTimeout`.
   */
  fenceTimeout?: Duration | undefined;
  healthCheck?: HealthCheckOptions | undefined;
  /** Keys that one node may be behind with; beyond it the node is resynced whole. Default 1,000,000. */
  maxDirtyKeys?: number | undefined;
  /** Writes that may wait for one node; beyond it keys are read again when it is their turn. Default 100,000. */
  maxQueuedWrites?: number | undefined;
  /** What the writes that wait for one node may cost, in bytes. Default 64 MiB. */
  maxQueuedBytes?: number | undefined;
  /** Whether `close` closes the nodes' caches, too. Default false. */
  closeNodes?: boolean | undefined;
  /** Where the time comes from, in milliseconds. Default: `Date.now`. */
  clock?: Clock | undefined;
  /** What schedules probes and time limits. Default: the platform's, which do not keep a process alive. */
  timers?: Timers | undefined;
  /** Uniform numbers in [0, 1), for jitter and the boot id. Default: the platform's. */
  random?: Random | undefined;
}

/** {@link DistributedCacheOptions}, each decided. */
export interface DistributedConfig {
  readonly virtualNodes: number | undefined;
  readonly hash: RingHash | undefined;
  readonly replicationFactor: number;
  readonly replication: Replication;
  readonly writeQuorum: number;
  readonly failover: Failover;
  readonly retry: { readonly attempts: number; readonly backoffMs: number };
  readonly callTimeoutMs: number;
  readonly fenceTimeoutMs: number;
  readonly healthCheck: {
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly failureThreshold: number;
    readonly successThreshold: number;
    readonly probe: Probe | undefined;
  };
  readonly maxDirtyKeys: number;
  readonly maxQueuedWrites: number;
  readonly maxQueuedBytes: number;
  readonly closeNodes: boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Whether time is the platform's own, so that work may pause for the event loop alone. */
  readonly isRealTime: boolean;
}

const CALL_TIMEOUT_MS = 2000;
const MEBIBYTE = 2 ** 20;

/** Decides all options. @throws {CacheError} `INVALID_CONFIG` for one that is none */
export function resolveOptions(options: DistributedCacheOptions): DistributedConfig {
  const all = bag("options", options);
  const { virtualNodes, hash } = options;
  const replication = oneOf("replication", options.replication, ["async", "sync", "none"]);
  const factor = positiveInteger("replicationFactor", all, 1);
  const replicationFactor = replication === "none" ? 1 : factor;
  const writeQuorum = positiveInteger("writeQuorum", all, factor);
  if (writeQuorum > factor) {
    throw invalid("writeQuorum", `must be at most replicationFactor, ${factor}`, writeQuorum);
  }
  const retry = bag("retry", options.retry, {});
  const healthCheck = bag("healthCheck", options.healthCheck, {});
  const callTimeoutMs = duration("callTimeout", all, CALL_TIMEOUT_MS);
  return Object.freeze({
    virtualNodes,
    hash,
    replicationFactor,
    replication,
    writeQuorum: replication === "sync" ? writeQuorum : 1,
    failover: oneOf("failover", options.failover, ["next-node", "all-nodes", "retry"]),
    retry: Object.freeze({
      attempts: positiveInteger("attempts", retry, 3),
      backoffMs: duration("backoff", retry, 50),
    }),
    callTimeoutMs,
    fenceTimeoutMs: duration("fenceTimeout", all, callTimeoutMs),
    healthCheck: Object.freeze({
      intervalMs: duration("interval", healthCheck, 10_000),
      timeoutMs: duration("timeout", healthCheck, 2000),
      failureThreshold: positiveInteger("failureThreshold", healthCheck, 3),
      successThreshold: positiveInteger("successThreshold", healthCheck, 2),
      probe: functionOption("probe", options.healthCheck?.probe),
    }),
    maxDirtyKeys: positiveInteger("maxDirtyKeys", all, 1_000_000),
    maxQueuedWrites: positiveInteger("maxQueuedWrites", all, 100_000),
    maxQueuedBytes: positiveInteger("maxQueuedBytes", all, 64 * MEBIBYTE),
    closeNodes: flag("closeNodes", options.closeNodes),
    clock: withMethods("clock", options.clock, systemClock, ["now"]),
    timers: bounded(
      withMethods("timers", options.timers, systemTimers, ["setTimeout", "clearTimeout"]),
    ),
    random: functionOption("random", options.random) ?? seededRandom(systemRandom() * 2 ** 32),
    isRealTime: options.timers === undefined && options.clock === undefined,
  });
}

type Bag = Readonly<Record<string, unknown>>;

function bag(name: string, value: unknown, otherwise?: Bag): Bag {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Bag;
  throw invalid(name, "must be an object", value);
}

function positiveInteger(name: string, options: Bag, otherwise: number): number {
  const value = options[name];
  if (value === undefined) return otherwise;
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(name, "must be a positive integer", value);
}

function duration(name: string, options: Bag, otherwise: number): number {
  const value = options[name];
  if (value === undefined) return otherwise;
  try {
    return parseDuration(value as Duration);
  } catch (cause) {
    throw invalid(name, 'must be milliseconds above 0, or as "10s"', value, cause);
  }
}

function oneOf<T extends string>(name: string, value: T | undefined, names: readonly T[]): T {
  if (value === undefined) return names[0] as T;
  if (names.includes(value)) return value;
  throw invalid(name, `must be one of ${names.join(", ")}`, value);
}

function flag(name: string, value: boolean | undefined): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw invalid(name, "must be a boolean", value);
}

function functionOption<T>(name: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw invalid(name, "must be a function", value);
}

function withMethods<T extends object>(
  name: string,
  value: T | undefined,
  otherwise: T,
  methods: readonly (keyof T)[],
): T {
  if (value === undefined) return otherwise;
  for (const method of methods) {
    // What a caller without types hands in may be null.
    if (typeof (value as T | null)?.[method] !== "function") {
      throw invalid(name, `must have a method ${String(method)}`, value);
    }
  }
  return value;
}

/** Timers fire at once where a delay is too long for them: here it is the longest that they take. */
function bounded(timers: Timers): Timers {
  return {
    setTimeout: (fn, ms) => timers.setTimeout(fn, Math.min(ms, TIMER_MS_MAX)),
    clearTimeout: (handle) => timers.clearTimeout(handle),
  };
}

function invalid(name: string, reason: string, received: unknown, cause?: unknown): CacheError {
  const message = `Cannot create a distributed cache: ${name} ${reason}: received ${show(received)}`;
  return new CacheError("INVALID_CONFIG", message, cause === undefined ? undefined : { cause });
}
