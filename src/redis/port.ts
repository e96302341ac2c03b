/** An argument of a command: text, which goes out as its UTF-8, or bytes. */
export type Argument = string | Buffer;

/** A command's name and its arguments. */
export type Command = readonly Argument[];

/**
 * A reply: strings as bytes (or text), integers and doubles as numbers or as their text; an error is
 * one only inside an array, or among the replies of several commands.
 */
export type Reply = null | number | string | Buffer | Error | readonly Reply[];

/** One connection to one server: each command's reply, in the order of sending. */
export interface Connection {
  /**
   * The reply to a command. Rejects with a `CacheError`: what the server replied, by its code, or
   * `CONNECTION_FAILED`. A command that was sent is never sent again, whatever becomes of it.
   */
  send(command: Command): Promise<Reply>;
  /**
   * The replies to commands that take effect together, between them nobody else's: MULTI, them and
   * EXEC in one go. `undefined`: a key that was watched on this connection had changed, and nothing was done.
   * What a single command of them failed with is an Error among the replies; one that is refused before
   * it is queued rejects the whole.
   */
  transaction(commands: readonly Command[]): Promise<readonly Reply[] | undefined>;
}

/** A connection that is used until it ends, and never opened again. */
export interface Link extends Connection {
  /**
   * As `send` with each of the commands, at less cost: all go out at once, and what one of them failed
   * with is a `CacheError` in its place. Without it they are sent one by one.
   */
  pipeline?(commands: readonly Command[]): Promise<Reply[]>;
  /** Resolves when it has ended, for whatever reason; what was under way has failed by then. */
  readonly ended: Promise<unknown>;
  /** Ends it when the replies that are under way have come. */
  close(): Promise<void>;
  /** Ends it at once: what is under way fails with `CONNECTION_FAILED`. */
  destroy(): void;
}

/** What opens connections to one server: a client library and where the server is. */
export interface Connector {
  /**
   * The prefix that the user gave the client for its keys, which the port does not add: it is part of
   * the cache's own.
   */
  readonly keyPrefix: string;
  /** A connection that is ready to be used. Rejects with a `CacheError`. */
  open(): Promise<Link>;
}

/**
 * What a cache needs of a client library, whatever it is connected to: one server, the master that
 * Sentinels name, or a Cluster. It connects when it is first used, and again after a connection was lost.
 */
export interface ClientPort {
  /** Whether keys are spread over several servers by their slot. */
  readonly isCluster: boolean;
  /** See {@link Connector.keyPrefix}. */
  readonly keyPrefix: string;
  /** Grows with each connection that is opened in place of another one: to a server, or to any of a Cluster. */
  readonly epoch: number;
  /**
   * Whether there is the connection that `epoch` counts, so that what is sent now goes over it: else it
   * waits for the next one. In a Cluster: whether none of the masters' connections is known to be lost.
   */
  readonly isConnected: boolean;
  /**
   * The reply to a command.
   * @param key the key by which a Cluster finds the server; `undefined`: any master
   * @param elsewhere what is sent in place of the command where it turns out that another server than
   * {@link serverOf} has said has the key
   */
  send(command: Command, key: Argument | undefined, elsewhere?: Command): Promise<Reply>;
  /** Names the server to which a key's commands go now, among all of the port's; `""`: the only one. */
  serverOf(key: Argument): string;
  /**
   * The replies to several commands, sent at once, each to the server of its key (a Cluster's key may be
   * any of the command's). What a command failed with is an Error (a `CacheError`) in its place; rejects
   * only when nothing at all was sent.
   */
  pipeline(commands: readonly Command[], keys: readonly Argument[]): Promise<Reply[]>;
  /** {@link Connection.transaction} on the connection that everybody shares; all keys are of one slot. */
  transaction(commands: readonly Command[], key: Argument): Promise<readonly Reply[]>;
  /**
   * Gives the work a connection, to the server of a key, that nobody else sends on: what WATCH needs.
   * When the work fails by anything but a reply, or takes longer than the connection lives, the
   * connection is not used again.
   */
  exclusive<T>(key: Argument, work: (connection: Connection) => Promise<T>): Promise<T>;
  /** A connection to each master: one, but for a Cluster. */
  masters(): Promise<readonly Connection[]>;
  /** Is told of each connection that is opened, the first one included. */
  onConnection(listener: () => void): void;
  /**
   * Resolves when nothing that was sent on connections before the present one can take effect any
   * more: they are closed on the server, too. Connects first where there is no connection.
   */
  fence(): Promise<void>;
  /**
   * Gives up the present connection, which has not answered for too long, for a new one.
   * @param silentMs for how long it has to have been silent, milliseconds, where there are several
   */
  reset(silentMs?: number): void;
  /** Ends all connections; replies that are under way still come. Idempotent. */
  close(): Promise<void>;
}
