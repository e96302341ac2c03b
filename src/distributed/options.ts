import type { Duration } from "../cache/contract.ts";
import { OptionBag } from "../cache/option-bag.ts";
import type { OptionNames } from "../cache/option-names.ts";
import { systemClock, systemRandom, systemTimers, type Timers } from "../cache/platform.ts";
import { TIMER_MS_MAX } from "../cache/sweeper.ts";
import type { Clock } from "../engine/clock.ts";
import { type Random, seededRandom } from "../structures/random.ts";
import type { CacheNode } from "./cache-node.ts";
import type { RingHash } from "./ring/hash-function.ts";

/** How many owners take part in a write: one, the others later, or all at once. */
export type Replication =
  /** A key has one owner, whatever the factor. */
  | "none"
  /** The first owner acknowledges a write, which is then sent on to the others. */
  | "async"
  /** All owners are awaited, and `writeQuorum` of them must acknowledge. */
  | "sync";

/** Who is asked when an owner does not answer a read. */
export type Failover =
  /** The next owners of the key. */
  | "next-node"
  /** The next owners, then every other node that serves, of which only a hit is an answer. */
  | "all-nodes"
  /** The same owner again, after a pause. */
  | "retry";

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

/** How a node is asked again that did not answer a read. */
export interface RetryOptions {
  /** How often it is asked in all. Default 3. */
  attempts?: number | undefined;
  /** The first pause; each one is twice as long as the one before. Default 50 ms. */
  backoff?: Duration | undefined;
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
  /** With `"sync"`: owners that must acknowledge a write. Default: all. Otherwise it is checked, and has no effect. */
  writeQuorum?: number | undefined;
  /**
   * Who is asked when an owner does not answer a read: the next owners, after them every other node, or
   * the same one again. Default `"next-node"`.
   */
  failover?: Failover | undefined;
  /** With `failover: "retry"`: how a node is asked again. Default: as {@link RetryOptions} say. */
  retry?: RetryOptions | undefined;
  /** How long a call to a node may take. Default 2 s. */
  callTimeout?: Duration | undefined;
  /**
   * How long after its time limit a write may still land, so that its key waits for it on that node.
   * Default: as long as `callTimeout`.
   */
  fenceTimeout?: Duration | undefined;
  /** How nodes are watched. Default: as {@link HealthCheckOptions} say. */
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

const NAMES: OptionNames<DistributedCacheOptions> = {
  virtualNodes: true,
  hash: true,
  replicationFactor: true,
  replication: true,
  writeQuorum: true,
  failover: true,
  retry: true,
  callTimeout: true,
  fenceTimeout: true,
  healthCheck: true,
  maxDirtyKeys: true,
  maxQueuedWrites: true,
  maxQueuedBytes: true,
  closeNodes: true,
  clock: true,
  timers: true,
  random: true,
};
const RETRY_NAMES: OptionNames<RetryOptions> = { attempts: true, backoff: true };
const HEALTH_CHECK_NAMES: OptionNames<HealthCheckOptions> = {
  interval: true,
  timeout: true,
  failureThreshold: true,
  successThreshold: true,
  probe: true,
};
const TASK = "create a distributed cache";
const CALL_TIMEOUT_MS = 2000;
const MEBIBYTE = 2 ** 20;

/** Decides all options. @throws {CacheError} `INVALID_CONFIG` for an invalid or unknown one */
export function resolveOptions(options: DistributedCacheOptions): DistributedConfig {
  const bag = new OptionBag(TASK, options).only(NAMES);
  const { virtualNodes, hash } = options;
  const replication = bag.oneOf("replication", ["async", "sync", "none"], "async");
  const factor = bag.integer("replicationFactor", 1, 1);
  const writeQuorum = bag.integer("writeQuorum", 1, factor);
  if (writeQuorum > factor) {
    const reason = `must be at most replicationFactor, ${factor}`;
    throw bag.invalid("writeQuorum", reason, writeQuorum);
  }
  const callTimeoutMs = bag.duration("callTimeout", CALL_TIMEOUT_MS);
  return Object.freeze({
    virtualNodes,
    hash,
    replicationFactor: replication === "none" ? 1 : factor,
    replication,
    writeQuorum: replication === "sync" ? writeQuorum : 1,
    failover: bag.oneOf("failover", ["next-node", "all-nodes", "retry"], "next-node"),
    retry: retryOf(options.retry),
    callTimeoutMs,
    fenceTimeoutMs: bag.duration("fenceTimeout", callTimeoutMs),
    healthCheck: healthCheckOf(options.healthCheck),
    maxDirtyKeys: bag.integer("maxDirtyKeys", 1, 1_000_000),
    maxQueuedWrites: bag.integer("maxQueuedWrites", 1, 100_000),
    maxQueuedBytes: bag.integer("maxQueuedBytes", 1, 64 * MEBIBYTE),
    closeNodes: bag.flag("closeNodes"),
    clock: bag.withMethods("clock", ["now"], systemClock),
    timers: bounded(bag.withMethods("timers", ["setTimeout", "clearTimeout"], systemTimers)),
    random: bag.function("random", undefined) ?? seededRandom(systemRandom() * 2 ** 32),
    isRealTime: options.timers === undefined && options.clock === undefined,
  });
}

function retryOf(retry: RetryOptions = {}): DistributedConfig["retry"] {
  const bag = new OptionBag(TASK, retry, "retry").only(RETRY_NAMES);
  return Object.freeze({
    attempts: bag.integer("attempts", 1, 3),
    backoffMs: bag.duration("backoff", 50),
  });
}

function healthCheckOf(healthCheck: HealthCheckOptions = {}): DistributedConfig["healthCheck"] {
  const bag = new OptionBag(TASK, healthCheck, "healthCheck").only(HEALTH_CHECK_NAMES);
  return Object.freeze({
    intervalMs: bag.duration("interval", 10_000),
    timeoutMs: bag.duration("timeout", 2000),
    failureThreshold: bag.integer("failureThreshold", 1, 3),
    successThreshold: bag.integer("successThreshold", 1, 2),
    probe: bag.function("probe", undefined),
  });
}

/** Timers fire at once where a delay is too long for them: here it is the longest that they take. */
function bounded(timers: Timers): Timers {
  return {
    setTimeout: (fn, ms) => timers.setTimeout(fn, Math.min(ms, TIMER_MS_MAX)),
    clearTimeout: (handle) => timers.clearTimeout(handle),
  };
}
