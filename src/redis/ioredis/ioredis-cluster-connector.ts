import type { Timers } from "../../cache/platform.ts";
import { CacheError } from "../../errors.ts";
import { prefixText } from "../client-pattern.ts";
import type { NodeAddress } from "../cluster-slots.ts";
import { nameOf } from "../cluster-slots.ts";
import type { ClusterConnector } from "../cluster-topology.ts";
import type { Connector } from "../port.ts";
import { type IoredisClient, type IoredisCluster } from "./ioredis-client.ts";
import { IoredisConnector } from "./ioredis-connector.ts";

type NatMap =
  | Readonly<Record<string, NodeAddress>>
  | ((name: string) => NodeAddress | null | undefined);

/** The library's options of a Cluster, as far as they are read. */
interface ClusterOptions {
  readonly keyPrefix?: string | Buffer | null | undefined;
  readonly maxRedirections?: number | undefined;
  readonly natMap?: NatMap | null | undefined;
  readonly useSRVRecords?: boolean | undefined;
}

/** The library's Cluster client as what makes clients of nodes. */
interface PatternCluster {
  readonly options: ClusterOptions;
  readonly startupNodes: readonly StartupNode[];
  readonly connectionPool: { findOrCreate(node: object): IoredisClient };
  duplicate(startupNodes: readonly StartupNode[], overrides: object): PatternCluster;
}

/** A node that the user named: a URL, a port, or options. */
type StartupNode = string | number | object;

const HOST_DEFAULT = "127.0.0.1";
const PORT_DEFAULT = 6379;
/** The library's own limit. */
const REDIRECTIONS_MAX_DEFAULT = 16;

/**
 * Connections to the nodes of a Cluster by the client of `ioredis` for one. A duplicate of it, which
 * never connects, makes a client of each node with the user's options, credentials and map of
 * addresses.
 */
export class IoredisClusterConnector implements ClusterConnector {
  readonly keyPrefix: string;
  readonly redirectionsMax: number;
  readonly seeds: readonly { readonly address: NodeAddress; readonly connector: Connector }[];
  readonly #cluster: PatternCluster;
  readonly #natMap: NatMap | null | undefined;
  readonly #timers: Timers;

  constructor(cluster: IoredisCluster, timers: Timers) {
    const given = cluster as unknown as PatternCluster;
    const { keyPrefix, maxRedirections, natMap, useSRVRecords } = given.options;
    if (useSRVRecords === true) {
      throw new CacheError(
        "INVALID_CONFIG",
        "Cannot create a Redis cache: the Cluster client must name its nodes: received useSRVRecords",
      );
    }
    this.#timers = timers;
    this.#natMap = natMap;
    this.#cluster = given.duplicate([], { lazyConnect: true });
    this.keyPrefix = prefixText(keyPrefix);
    this.redirectionsMax = maxRedirections ?? REDIRECTIONS_MAX_DEFAULT;
    this.seeds = given.startupNodes.map((node) => {
      const options = startupOptions(node);
      return { address: addressOf(options), connector: this.#connector(options) };
    });
  }

  connectorOf(address: NodeAddress): Connector {
    return this.#connector({ ...this.#mapped(address) });
  }

  #connector(options: NodeAddress & object): Connector {
    const client = this.#cluster.connectionPool.findOrCreate(options);
    return new IoredisConnector(client, this.#timers);
  }

  #mapped(address: NodeAddress): NodeAddress {
    const map = this.#natMap;
    if (map === null || map === undefined) return address;
    const name = nameOf(address);
    return (typeof map === "function" ? map(name) : map[name]) ?? address;
  }
}

function addressOf({ host, port }: NodeAddress): NodeAddress {
  return { host, port };
}

/** What the user said of a node, with its address. */
function startupOptions(node: StartupNode): NodeAddress & object {
  if (typeof node === "number") return { host: HOST_DEFAULT, port: node };
  const given: Readonly<Record<string, unknown>> =
    typeof node === "string" ? urlOptions(node) : { ...node };
  const { host, port } = given;
  return {
    ...given,
    host: typeof host === "string" && host !== "" ? host : HOST_DEFAULT,
    port: port ? Number(port) : PORT_DEFAULT,
  };
}

/** The options in a URL, which may come without a scheme: `host:port`. */
function urlOptions(text: string): Record<string, unknown> {
  const url = new URL(/^\w+:\/\//.test(text) ? text : `redis://${text}`);
  const options: Record<string, unknown> = {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port,
  };
  if (url.username !== "") options["username"] = decodeURIComponent(url.username);
  if (url.password !== "") options["password"] = decodeURIComponent(url.password);
  if (url.protocol === "rediss:") options["tls"] = {};
  return options;
}
