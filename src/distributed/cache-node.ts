import type { Cache } from "../cache/contract.ts";
import { OptionBag } from "../cache/option-bag.ts";
import { CacheError, show } from "../errors.ts";

/** How a coordinator stands to a node. */
export type NodeHealth =
  /** It serves. */
  | "healthy"
  /** It failed lately, serves, and is asked last. */
  | "degraded"
  /** It does not serve: it failed too often, refused a connection, or was marked by hand. */
  | "unhealthy"
  /** It is back, takes writes, and serves nothing that it may have missed. */
  | "syncing";

/** Options of a {@link CacheNode}. */
export interface CacheNodeOptions {
  /** Its share of the keys, beside a node of weight 1. Default 1. */
  weight?: number | undefined;
}

/** What a coordinator counts for one node. */
export interface CacheNodeMetrics {
  /** Calls that were sent to the node. */
  readonly requests: number;
  /** Calls among them that the node did not answer. */
  readonly failures: number;
  /** Keys of which the node missed a write. */
  readonly dirtyKeys: number;
  /** Writes that wait to be sent to the node. */
  readonly queuedWrites: number;
}

/** What a coordinator shows of a node: read when asked, so its fields may change or be getters. */
export interface NodeView extends CacheNodeMetrics {
  readonly health: NodeHealth;
}

const UNOBSERVED: NodeView = Object.freeze({
  health: "healthy",
  requests: 0,
  failures: 0,
  dirtyKeys: 0,
  queuedWrites: 0,
});

let replaceView: (node: CacheNode, view: NodeView) => void;

/**
 * An identity and a weight around one cache, local or remote: what a ring spreads keys over.
 * Its health and metrics are those of the coordinator that took it last.
 *
 * @example
 * ```ts
 * import { MemoryCache } from "laurel";
 * import { CacheNode } from "laurel/distributed";
 *
 * const node = new CacheNode("node-eu", new MemoryCache(), { weight: 2 });
 * console.log(node.id, node.weight, node.health); // node-eu 2 healthy
 * ```
 */
export class CacheNode {
  /** Names the node among its peers: its place on the ring follows from it. */
  readonly id: string;
  /** Where its keys are. */
  readonly cache: Cache;
  /** Its share of the keys, beside a node of weight 1. */
  readonly weight: number;
  #view = UNOBSERVED;

  static {
    replaceView = (node, view) => {
      node.#view = view;
    };
  }

  /** @throws {CacheError} `INVALID_CONFIG`, for an unknown option, too */
  constructor(id: string, cache: Cache, options: CacheNodeOptions = {}) {
    new OptionBag(TASK, options).only({ weight: true });
    const { weight = 1 } = options;
    if (typeof id !== "string" || id === "") throw invalid("id must be a non-empty string", id);
    // The ring places a node by its id's UTF-8, in which all lone surrogates are the same.
    if (LONE_SURROGATE.test(id)) throw invalid("id must not have lone surrogates", id);
    if (!isCache(cache)) throw invalid("cache must be an object with get and set", cache);
    if (!Number.isFinite(weight) || weight <= 0) {
      throw invalid("weight must be a positive finite number", weight);
    }
    this.id = id;
    this.cache = cache;
    this.weight = weight;
  }

  /** `"healthy"` until a coordinator says otherwise. */
  get health(): NodeHealth {
    return this.#view.health;
  }

  /**
   * A snapshot of what the coordinator counted; all 0 until one took the node.
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { CacheNode, DistributedCache } from "laurel/distributed";
   *
   * const node = new CacheNode("node-eu", new MemoryCache());
   * await using cache = new DistributedCache([node]);
   * await cache.set("greeting", "hello");
   * console.log(node.metrics().requests > 0, node.metrics().failures); // true 0
   * ```
   */
  metrics(): CacheNodeMetrics {
    const { requests, failures, dirtyKeys, queuedWrites } = this.#view;
    return { requests, failures, dirtyKeys, queuedWrites };
  }
}

/** Makes a coordinator's view of a node the one that the node shows. */
export function observe(node: CacheNode, view: NodeView): void {
  replaceView(node, view);
}

const TASK = "create a CacheNode";
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether this can be asked at all; each other call is checked by the answer to it. */
function isCache(value: unknown): value is Cache {
  if (typeof value !== "object" || value === null) return false;
  const { get, set } = value as Partial<Cache>;
  return typeof get === "function" && typeof set === "function";
}

function invalid(reason: string, received: unknown): CacheError {
  return new CacheError("INVALID_CONFIG", `Cannot ${TASK}: ${reason}: received ${show(received)}`);
}
