import { hasMethods } from "../client-pattern.ts";
import type { Command, Reply } from "../port.ts";

/**
 * What `createClient()` of `redis` (node-redis 5 or 6) returns, as far as it is used. The types that
 * its users see name no type of the library, which need not be installed.
 */
export interface NodeRedisClient {
  readonly isReady: boolean;
  duplicate(overrides?: never): unknown;
  sendCommand(args: never, options?: never): Promise<unknown>;
  withTypeMapping(mapping: never): unknown;
}

/** What `createSentinel()` of `redis` returns, as far as it is used. */
export interface NodeRedisSentinel {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
  destroy(): unknown;
  getMasterNode(): NodeRedisAddress | undefined;
  getSentinelNode(): NodeRedisAddress | undefined;
}

/** What `createCluster()` of `redis` returns, as far as it is used. */
export interface NodeRedisCluster {
  duplicate(overrides?: never): unknown;
  nodeClient(node: never): unknown;
  sendCommand(firstKey: never, isReadonly: never, args: never, options?: never): Promise<unknown>;
}

/** Where a server is, as the library says it. */
export interface NodeRedisAddress {
  readonly host: string;
  readonly port: number;
}

/** The library's options of one connection, as far as they are read. */
export interface NodeRedisOptions {
  readonly url?: string | undefined;
  readonly socket?: Readonly<Record<string, unknown>> | undefined;
  readonly keyPrefix?: string | Buffer | undefined;
}

/** The library's client behind one connection. */
export interface ConnectionClient {
  on(event: string, listener: (cause?: unknown) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
  sendCommand(command: Command): Promise<Reply>;
}

/** The client as a pattern for connections. */
export interface PatternClient {
  readonly options?: NodeRedisOptions | undefined;
  duplicate(overrides: object): ConnectionClient;
}

/** The bytes by which replies are told apart on the wire, and which name them in a type mapping. */
const TYPE = { number: 58, double: 44, blob: 36, simple: 43, verbatim: 61, map: 37, set: 126 };

/**
 * Every kind of string as its bytes, numbers as their text: what the library makes of integers is
 * wrong from 9007199254740984 on, where its sum of the digits passes 2^53, and version 5 loses the
 * last bits of doubles.
 */
const REPLY_TYPES = {
  [TYPE.number]: String,
  [TYPE.double]: String,
  [TYPE.blob]: Buffer,
  [TYPE.simple]: Buffer,
  [TYPE.verbatim]: Buffer,
  [TYPE.map]: Array,
  [TYPE.set]: Array,
};

/** The library's own limit of a connection attempt, milliseconds. */
const CONNECT_MS_DEFAULT = 5000;

/**
 * What is different for a connection of ours: it ends when it is lost, it refuses what it cannot send
 * now, and its replies are plain values; the rest stays as the user wants it.
 */
export function connectionOptions(
  { socket }: NodeRedisOptions,
  address?: NodeRedisAddress,
): NodeRedisOptions {
  const options = {
    // It has been read already: it would be read again, over the socket's options.
    url: undefined,
    socket: { ...socket, ...address, reconnectStrategy: false },
    commandOptions: { typeMapping: REPLY_TYPES, timeout: undefined },
    disableOfflineQueue: true,
    commandsQueueMaxLength: undefined,
    pingInterval: undefined,
    keyPrefix: undefined,
    clientSideCache: undefined,
    emitInvalidate: undefined,
    // It moves a connection elsewhere, with what is under way on it.
    maintNotifications: "disabled",
  };
  return options;
}

/** How long an attempt may take to connect, and then to be greeted; milliseconds. */
export function connectMsMax({ socket }: NodeRedisOptions): number {
  const wanted = socket?.["connectTimeout"];
  return typeof wanted === "number" && wanted > 0 ? wanted : CONNECT_MS_DEFAULT;
}

/** Where the server is, as a message says it. */
export function addressOf({ socket = {} }: NodeRedisOptions): string {
  const { path, host = "localhost", port = 6379 } = socket;
  return typeof path === "string" ? path : `${String(host)}:${String(port)}`;
}

/** Whether it is a client of `redis` for one server. */
export function isNodeRedis(client: object): client is NodeRedisClient {
  return (
    hasMethods(client, "duplicate", "sendCommand", "withTypeMapping") &&
    !isNodeRedisCluster(client) &&
    !isNodeRedisSentinel(client)
  );
}

/** Whether it is a client of `redis` for the master that Sentinels name. */
export function isNodeRedisSentinel(client: object): client is NodeRedisSentinel {
  return hasMethods(client, "getMasterNode", "getSentinelNode", "_execute", "connect");
}

/** Whether it is a client of `redis` for a Cluster. */
export function isNodeRedisCluster(client: object): client is NodeRedisCluster {
  return hasMethods(client, "duplicate", "sendCommand", "nodeClient");
}
