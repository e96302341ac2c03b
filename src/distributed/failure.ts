import { CacheError } from "../errors.ts";

/** The code of the cause that says that a call was not sent, as the connection was a new one. */
const NOT_SENT = "NOT_SENT";

/**
 * Whether an error says that the node could not do its work, so that another owner is to be asked:
 * it could not be reached, does not let this process in, did not answer in time, is closed, cannot
 * serve now (a server that is loading or read-only says `NODE_UNHEALTHY`, a distributed cache behind a node
 * that or `ALL_OWNERS_FAILED`), has done a write in part ({@link isPartlyDone}), or threw what is no
 * `CacheError`. Every other error is its answer.
 */
export function isNodeFailure(error: unknown): boolean {
  if (!(error instanceof CacheError)) return true;
  switch (error.code) {
    case "CONNECTION_FAILED":
    case "TIMEOUT":
    case "CLOSED":
    case "ACCESS_DENIED":
    case "NODE_UNHEALTHY":
    case "ALL_OWNERS_FAILED":
    case "PARTIAL_WRITE":
      return true;
    default:
      return false;
  }
}

/**
 * Whether a node says that it has a write in part, or has it without the replicas of its own that it is to
 * have: it is well enough to answer, but what it holds now, and would still hold tomorrow, nobody knows.
 */
export function isPartlyDone(error: unknown): boolean {
  return error instanceof CacheError && error.code === "PARTIAL_WRITE";
}

/**
 * Whether a failure is sure to have left the node as it was: nothing reached it, or it said no.
 * `ALL_OWNERS_FAILED` is none: one of the nodes behind the node may have been reached.
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof CacheError)) return false;
  switch (error.code) {
    case "CLOSED":
    case "ACCESS_DENIED":
    case "NODE_UNHEALTHY":
      return true;
    default:
      return isUnreached(error) || isUnsent(error);
  }
}

/** Whether nobody listens where the node should be. */
export function isUnreached(error: unknown): boolean {
  return isConnectionFailure(error) && codeOf(error.cause) === "ECONNREFUSED";
}

/** Whether a fenced face refused a call, since the connection is another one than was asked for its boot id. */
export function isUnsent(error: unknown): boolean {
  return isConnectionFailure(error) && codeOf(error.cause) === NOT_SENT;
}

export function isConnectionFailure(error: unknown): error is CacheError {
  return error instanceof CacheError && error.code === "CONNECTION_FAILED";
}

/** Whether nobody knows if the call was carried out: no reply came in time. */
export function isSilence(error: unknown): boolean {
  return error instanceof CacheError && error.code === "TIMEOUT";
}

/** The error of a call for which no owner could be asked, or all of them failed. */
export function allOwnersFailed(key: string | undefined, causes: readonly unknown[]): CacheError {
  const what = key === undefined ? "the call" : `a call on ${JSON.stringify(key.slice(0, 60))}`;
  return new CacheError(
    "ALL_OWNERS_FAILED",
    `Cannot answer ${what}: at least one owner must be healthy and up to date: ` +
      `received ${causes.length === 1 ? "1 failure" : `${causes.length} failures`}`,
    { cause: new AggregateError(causes, "the failures of the owners, in the order of asking") },
  );
}

/** The cause that is given for an owner that was not asked. */
export function notUsable(id: string, reason: string, cause?: unknown): CacheError {
  return new CacheError(
    "NODE_UNHEALTHY",
    `Cannot use node ${id}: it must be usable: received one that ${reason}`,
    cause === undefined ? undefined : { cause },
  );
}

/** A write that fewer owners acknowledged than were asked for; nothing was rolled back. */
export interface PartialWrite extends CacheError {
  /** Says which error it is. */
  readonly code: "PARTIAL_WRITE";
  /** Ids of the nodes that have it. */
  readonly applied: readonly string[];
  /** Ids of the nodes that did not acknowledge it. */
  readonly failed: readonly string[];
}

/** The error of a write that not enough owners acknowledged. */
export function partialWrite(
  applied: readonly string[],
  failed: readonly string[],
  causes: readonly unknown[],
): CacheError {
  const error = new CacheError(
    "PARTIAL_WRITE",
    `Cannot complete the write: more owners must acknowledge it: ` +
      `received ${applied.length} of ${applied.length + failed.length}, not from ${failed.join(", ")}`,
    { cause: new AggregateError(causes, "the failures of the owners") },
  );
  return Object.assign(error, { applied, failed });
}

function codeOf(cause: unknown): unknown {
  return typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
}

/** The error of a call that had no answer, or not all of it, when the cache was closed. */
export function closedMeanwhile(cause: unknown): CacheError {
  return new CacheError(
    "CLOSED",
    "Cannot answer the call: the cache must be open until it is answered: received a close before",
    cause === undefined ? undefined : { cause },
  );
}

/**
 * Whether an error is a {@link PartialWrite}, and not of a cache that has that code, but no nodes.
 *
 * @example
 * ```ts
 * import { MemoryCache } from "laurel";
 * import { CacheNode, DistributedCache, isPartialWrite } from "laurel/distributed";
 *
 * class Broken extends MemoryCache {
 *   override async set(): Promise<void> {
 *     throw new Error("the disk is full");
 *   }
 *   override async writeState(): Promise<void> {
 *     throw new Error("the disk is full");
 *   }
 * }
 * const nodes = [new CacheNode("a", new MemoryCache()), new CacheNode("b", new Broken())];
 * await using cache = new DistributedCache(nodes, { replicationFactor: 2, replication: "sync" });
 * try {
 *   await cache.set("greeting", "hello");
 * } catch (error) {
 *   if (isPartialWrite(error)) console.log(error.applied, error.failed); // [ 'a' ] [ 'b' ]
 * }
 * ```
 */
export function isPartialWrite(error: unknown): error is PartialWrite {
  if (!(error instanceof CacheError) || error.code !== "PARTIAL_WRITE") return false;
  const { applied, failed } = error as Partial<PartialWrite>;
  return Array.isArray(applied) && Array.isArray(failed);
}
