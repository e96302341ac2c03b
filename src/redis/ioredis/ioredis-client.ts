import { hasMethods } from "../client-pattern.ts";
import type { Argument } from "../port.ts";

/** The library's options of one connection, as far as they are read. */
export interface IoredisOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** A socket of the file system, in place of both. */
  readonly path?: string | undefined;
  readonly keyPrefix?: string | Buffer | null | undefined;
  readonly username?: string | null | undefined;
  readonly password?: string | null | undefined;
  readonly db?: number | undefined;
  readonly connectionName?: string | null | undefined;
  readonly connectTimeout?: number | undefined;
  readonly sentinels?: readonly unknown[] | null | undefined;
  readonly sentinelCommandTimeout?: number | undefined;
}

/**
 * What `new Redis()` of `ioredis` returns, as far as it is used. The types that its users see name no
 * type of the library, which need not be installed.
 */
export interface IoredisClient {
  readonly options: object;
  duplicate(overrides?: object): unknown;
  callBuffer(name: string, args: never): Promise<unknown>;
  disconnect(): void;
}

/** What `new Cluster()` of `ioredis` returns, as far as it is used. */
export interface IoredisCluster {
  readonly options: object;
  readonly isCluster: boolean;
  duplicate(startupNodes?: never, overrides?: object): unknown;
  nodes(role?: never): readonly unknown[];
  callBuffer(name: string, args: never): Promise<unknown>;
}

/** The library's client behind one connection. */
export interface ConnectionClient {
  /** There is none before the client connects. */
  readonly stream?: { cork(): void; uncork(): void };
  on(event: string, listener: (cause?: unknown) => void): unknown;
  connect(): Promise<unknown>;
  disconnect(): void;
  callBuffer(name: string, args: readonly Argument[]): Promise<unknown>;
  pipeline(): Pipeline;
}

/** Commands that go out in one write when they are executed. */
interface Pipeline {
  callBuffer(name: string, args: Argument | readonly Argument[] | undefined): unknown;
  /** What each command failed with, or else its reply. */
  exec(): Promise<readonly (readonly [error: unknown, reply?: unknown])[] | null>;
}

/** Whether it is a client of `ioredis` for one server, or for one that Sentinels name. */
export function isIoredis(client: object): client is IoredisClient {
  return hasMethods(client, "duplicate", "callBuffer", "disconnect") && !isIoredisCluster(client);
}

/** Whether it is a client of `ioredis` for a Cluster. */
export function isIoredisCluster(client: object): client is IoredisCluster {
  const { isCluster } = client as Partial<IoredisCluster>;
  return isCluster === true && hasMethods(client, "duplicate", "callBuffer", "nodes");
}
