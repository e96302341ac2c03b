/** An argument of a command: text, which goes out as its UTF-8, or bytes. */
export type Argument = string | Buffer;

/**
 * A reply: strings as bytes, integers and doubles as numbers or as their text; an error is one only
 * inside an array, as EXEC gives them.
 */
export type Reply = null | number | string | Buffer | Error | readonly Reply[];

/** One connection to a server: each command's reply, in the order of sending. */
export interface Connection {
  /** Rejects with a `CacheError`: the server's own error, or `CONNECTION_FAILED`. */
  send(argv: readonly Argument[]): Promise<Reply>;
}

/** What a cache needs of a client library. */
export interface ClientPort extends Connection {
  /** Gives the work a connection that nobody else sends on: what WATCH and MULTI need. */
  exclusive<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Ends all connections; replies that are under way still come. */
  close(): Promise<void>;
}
