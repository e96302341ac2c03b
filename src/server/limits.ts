/**
 * What clients may ask of the server, from its configuration. CONFIG SET changes it in place, so
 * that it holds for all connections at once. Amounts are bytes; 0: without limit.
 */
export interface ClientLimits {
  /** `maxclients`. */
  clients: number;
  /** `timeout`: a client that sends nothing for so long is closed. */
  idleSeconds: number;
  /** `tcp-keepalive`. */
  keepAliveSeconds: number;
  /** `proto-max-bulk-len`. */
  bulkBytes: number;
  /** `client-query-buffer-limit`. */
  queryBufferBytes: number;
  /**
   * `client-output-buffer-limit` of normal clients, where it says nothing
   * {@link UNREAD_BYTES_HARD_MAX}: a client that leaves more unread is closed at once ...
   */
  outputHardBytes: number;
  /** ... or when it was beyond this ... */
  outputSoftBytes: number;
  /** ... for so long. */
  outputSoftSeconds: number;
}

/**
 * A client that leaves more unread than this is closed, where `client-output-buffer-limit` says
 * nothing else: a transaction, or one reply, would take all memory there is.
 */
export const UNREAD_BYTES_HARD_MAX = 1024 * 1024 * 1024;

/** What holds until a configuration says otherwise. */
export const NO_LIMITS: Readonly<ClientLimits> = {
  clients: Infinity,
  idleSeconds: 0,
  keepAliveSeconds: 0,
  bulkBytes: Infinity,
  queryBufferBytes: Infinity,
  outputHardBytes: UNREAD_BYTES_HARD_MAX,
  outputSoftBytes: 0,
  outputSoftSeconds: 0,
};

/** The most arguments of one command, as Redis has it. */
export const ARGUMENTS_MAX = 2 ** 31 - 1;
/** The longest line of an inline command, as Redis has it. */
export const INLINE_BYTES_MAX = 64 * 1024;
/** What is read ahead of a client whose commands are held back; then the socket is not read. */
export const HELD_BYTES_MAX = 1024 * 1024;
/** Replies of so many bytes leave before the next command is carried out. */
export const FLUSH_BYTES = 256 * 1024;
/** A client that leaves so much unread is not read until it has caught up ... */
export const UNREAD_BYTES_MAX = 64 * 1024 * 1024;
/** ... and one that leaves anything unread, when all clients together leave so much. */
export const UNREAD_BYTES_TOTAL_MAX = 256 * 1024 * 1024;
/**
 * What is done must be on the disk before it is told (`appendfsync always`): when so much waits to be
 * told, the server waits for the disk, too.
 */
export const HELD_REPLY_BYTES_MAX = 64 * 1024 * 1024;
/** How many commands of one client are carried out between two looks at the clock ... */
export const COMMANDS_PER_LOOK = 64;
/** ... and how long, before others have their turn. */
export const TURN_MS_MAX = 10;
