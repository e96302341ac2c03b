/** Which replies a client gets (CLIENT REPLY): `skip` leaves the next one out. */
export type ReplyMode = "on" | "off" | "skip";

/** What CLIENT PAUSE holds back: every command, or those that may write. */
export type PauseMode = "all" | "write";

/** How CLIENT UNBLOCK ends a wait: as if its time were over, or by an error. */
export type UnblockMode = "timeout" | "error";

/** Which clients are meant: those for which everything given here holds. */
export interface ClientFilter {
  readonly ids?: readonly number[];
  readonly address?: string;
  readonly localAddress?: string;
  readonly type?: ClientType;
  /** The name of a user that exists. */
  readonly user?: string;
  /** A client that is not meant. */
  readonly except?: ClientPort;
}

/** What a client is to the server; there are only normal ones so far. */
export type ClientType = "normal" | "replica" | "pubsub" | "master";

/** The transaction of a client, from MULTI to EXEC, and the keys it watches. */
export interface TransactionPort {
  /** Whether MULTI was called. */
  readonly isOpen: boolean;
  /** Whether a watched key changed, or a command could not be queued. */
  readonly isDirty: boolean;
  /** From now on commands are queued. */
  begin(): void;
  /** Carries out what was queued, and replies; forgets the watched keys. */
  exec(): void;
  /** Forgets what was queued, and the watched keys. */
  discard(): void;
  /** From now on, a change of these keys of the selected database makes EXEC fail. */
  watch(keys: readonly string[]): void;
  /** Forgets the watched keys, and that they changed. */
  unwatch(): void;
}

/** The clients of a server. */
export interface ClientsPort {
  /** How many are connected. */
  readonly size: number;
  /** How many wait for keys. */
  readonly blocked: number;
  /** In the order in which they came. */
  list(filter: ClientFilter): readonly ClientPort[];
  /** Ends connections; that of the caller after the reply to this command. @returns how many */
  kill(filter: ClientFilter, caller: ClientPort): number;
  /** Ends the wait of a client. @returns false where there is no such client, or it does not wait */
  unblock(id: number, mode: UnblockMode): boolean;
  /** Holds commands back until a time on the server's clock; a longer pause is not shortened. */
  pause(mode: PauseMode, durationMs: number): void;
  unpause(): void;
}

/** What commands see of the client that sent them, and may change of it. */
export interface ClientPort {
  /** Consecutive; no two clients of a server have the same. */
  readonly id: number;
  /** `host:port`, or the path of the Unix socket with `:0`. */
  readonly address: string;
  /** Where the client came in, spelt as the address. */
  readonly localAddress: string;
  /** Whether it came by loopback or a Unix socket. */
  readonly isLocal: boolean;
  readonly type: ClientType;
  /** As CLIENT SETNAME gave it; empty: none. */
  name: string;
  /** As CLIENT SETINFO gave it; empty: none. */
  libraryName: string;
  libraryVersion: string;
  readonly isAuthenticated: boolean;
  readonly protocol: 2 | 3;
  readonly transaction: TransactionPort;
  /** All clients of this server, this one included. */
  readonly clients: ClientsPort;
  /** Whether `maxmemory-clients` may close it. */
  isKeptFromEviction: boolean;
  /** Whether a password is asked for at all. */
  readonly needsPassword: boolean;
  /** Logs in. Takes the same time whether the password is nearly right or not at all. */
  authenticate(user: string, password: string): boolean;
  /** Goes on in this version of the protocol, with the reply to this command. */
  useProtocol(version: 2 | 3): void;
  /** Goes on in another database, whose number is below the count. */
  select(index: number): void;
  /** From the next command on, or with `on` from this one. */
  setReplyMode(mode: ReplyMode): void;
  /** Forgets everything that commands changed of the client, as a new one. */
  reset(): void;
  /** Ends the connection once the replies so far are sent. */
  closeAfterReply(): void;
  /** The line about it in CLIENT LIST. */
  describe(): string;
}
