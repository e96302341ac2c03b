import { systemTimers, type Timers } from "../../cache/platform.ts";
import { prefixText } from "../client-pattern.ts";
import type { NodeAddress } from "../cluster-slots.ts";
import type { ClusterConnector } from "../cluster-topology.ts";
import type { Connector } from "../port.ts";
import {
  type ConnectionClient,
  connectMsMax,
  connectionOptions,
  type NodeRedisCluster,
  type NodeRedisOptions,
} from "./node-redis-client.ts";
import { openLink } from "./node-redis-link.ts";

/** The library's options of a Cluster, as far as they are read. */
interface ClusterOptions {
  readonly rootNodes: readonly NodeRedisOptions[];
  readonly defaults?: NodeRedisOptions | undefined;
  readonly keyPrefix?: string | Buffer | undefined;
  readonly nodeAddressMap?: unknown;
  readonly maxCommandRedirections?: number | undefined;
}

/** The library's Cluster client as what makes clients of nodes. */
interface PatternCluster {
  readonly _options: ClusterOptions;
  duplicate(overrides: object): PatternCluster;
  on(event: string, listener: () => void): unknown;
  nodeClient(node: ClusterNodeEntry): Promise<unknown>;
}

/** A node as the library notes it; its client is there as soon as it begins to connect. */
interface ClusterNodeEntry extends NodeAddress {
  readonly id: string;
  readonly address: string;
  readonly readonly: false;
  client?: ConnectionClient | undefined;
  connectPromise?: Promise<unknown> | undefined;
}

const PORT_DEFAULT = 6379;
/** The library's own limit. */
const REDIRECTIONS_MAX_DEFAULT = 16;

/**
 * Connections to the nodes of a Cluster by the client of `redis` for one, whose duplicates make a
 * client of each node with the user's options, credentials and map of addresses. They never look for
 * the Cluster nor send a command themselves: when a master is lost they would go on asking for it.
 */
export class NodeRedisClusterConnector implements ClusterConnector {
  readonly keyPrefix: string;
  readonly redirectionsMax: number;
  readonly seeds: readonly { readonly address: NodeAddress; readonly connector: Connector }[];
  readonly #cluster: PatternCluster;
  readonly #timers: Timers;
  readonly #greetingMsMax: number;

  constructor(cluster: NodeRedisCluster, timers: Timers = systemTimers) {
    const given = cluster as unknown as PatternCluster;
    // oxlint-disable-next-line no-underscore-dangle -- the library shows its options under this name only
    const options = given._options;
    const { rootNodes, defaults = {}, keyPrefix, nodeAddressMap, maxCommandRedirections } = options;
    this.#timers = timers;
    this.#cluster = duplicate(given, defaults);
    this.#greetingMsMax = connectMsMax(defaults);
    this.keyPrefix = prefixText(keyPrefix);
    this.redirectionsMax = maxCommandRedirections ?? REDIRECTIONS_MAX_DEFAULT;
    this.seeds = rootNodes.map((root) => {
      const { address, options: own } = rootOptions(root, defaults);
      // Where the seed has options of its own its clients are those of another copy, which takes the
      // library long to make. The map of addresses is for those that the nodes give themselves.
      const isPlain = isAddressAlone(root) && nodeAddressMap === undefined;
      let at: PatternCluster | undefined = isPlain ? this.#cluster : undefined;
      const copy = () => (at ??= duplicate(given, own, { nodeAddressMap: undefined }));
      return { address, connector: this.#connector(copy, address) };
    });
  }

  connectorOf(address: NodeAddress): Connector {
    return this.#connector(() => this.#cluster, address);
  }

  #connector(clusterOf: () => PatternCluster, { host, port }: NodeAddress): Connector {
    const open = async () => {
      const cluster = clusterOf();
      const name = `${host}:${port}`;
      const node: ClusterNodeEntry = { host, port, id: name, address: name, readonly: false };
      const connecting = cluster.nodeClient(node);
      const client = node.client as ConnectionClient;
      return openLink(client, () => connecting, this.#greetingMsMax, this.#timers, name);
    };
    return { keyPrefix: this.keyPrefix, open };
  }
}

function duplicate(
  cluster: PatternCluster,
  defaults: NodeRedisOptions,
  overrides: object = {},
): PatternCluster {
  const copy = cluster.duplicate({
    defaults: { ...defaults, ...connectionOptions(defaults) },
    useReplicas: false,
    minimizeConnections: true,
    clientSideCache: undefined,
    ...overrides,
  });
  copy.on("error", () => undefined);
  return copy;
}

/** Whether a root node says where it is, and nothing else. */
function isAddressAlone({ socket = {}, ...others }: NodeRedisOptions): boolean {
  const { host: _host, port: _port, ...options } = socket as Record<string, unknown>;
  return Object.keys(others).length === 0 && Object.keys(options).length === 0;
}

/** Where a root node is, and the options that are its own, as its URL may say them. */
function rootOptions(
  { url, ...root }: NodeRedisOptions,
  defaults: NodeRedisOptions,
): { readonly address: NodeAddress; readonly options: NodeRedisOptions } {
  const options: Record<string, unknown> = { ...defaults, ...root };
  const socket: Record<string, unknown> = { ...defaults.socket, ...root.socket };
  if (url !== undefined) {
    const { hostname, port, protocol, username, password } = new URL(url);
    socket["host"] = hostname.replace(/^\[(.*)\]$/, "$1");
    if (port !== "") socket["port"] = Number(port);
    if (protocol === "rediss:") socket["tls"] = true;
    if (username !== "") options["username"] = decodeURIComponent(username);
    if (password !== "") options["password"] = decodeURIComponent(password);
    // It stands for the credentials of the defaults.
    if (username !== "" || password !== "") options["credentialsProvider"] = undefined;
  }
  const host = typeof socket["host"] === "string" ? socket["host"] : "localhost";
  const port = typeof socket["port"] === "number" ? socket["port"] : PORT_DEFAULT;
  return { address: { host, port }, options: { ...options, socket } };
}
