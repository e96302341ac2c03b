import { CacheError, type CacheErrorCode, show } from "../errors.ts";

/** The longest text of a server's words that a message repeats. */
const SAID_CHARS_MAX = 200;

/**
 * What a server's error begins with, and the code that means the same; the first one counts. What
 * says that the server cannot do its work now is `NODE_UNHEALTHY`: nothing was done.
 */
const CODES: readonly (readonly [start: string, code: CacheErrorCode])[] = [
  ["WRONGTYPE ", "WRONG_TYPE"],
  ["OOM ", "CACHE_FULL"],
  ["CROSSSLOT ", "CROSS_NODE"],
  ["READONLY ", "NODE_UNHEALTHY"],
  ["LOADING ", "NODE_UNHEALTHY"],
  ["MASTERDOWN ", "NODE_UNHEALTHY"],
  ["CLUSTERDOWN ", "NODE_UNHEALTHY"],
  ["TRYAGAIN ", "NODE_UNHEALTHY"],
  ["BUSY ", "NODE_UNHEALTHY"],
  ["MISCONF ", "NODE_UNHEALTHY"],
  ["NOREPLICAS ", "NODE_UNHEALTHY"],
  ["NOAUTH ", "ACCESS_DENIED"],
  ["WRONGPASS ", "ACCESS_DENIED"],
  ["NOPERM ", "ACCESS_DENIED"],
  ["DENIED ", "ACCESS_DENIED"],
  ["ERR invalid password", "ACCESS_DENIED"],
  ["ERR AUTH ", "ACCESS_DENIED"],
  // What a user may not do, told to a script: by Redis, by Valkey.
  ["ERR The user executing the script can't", "ACCESS_DENIED"],
  ["ERR ACL failure in script", "ACCESS_DENIED"],
  ["ERR Client sent AUTH", "ACCESS_DENIED"],
  ["ERR max number of clients", "CONNECTION_FAILED"],
  ["ERR value is not an integer or out of range", "NOT_INTEGER"],
  ["ERR increment or decrement would overflow", "OVERFLOW"],
  ["ERR resulting score is not a number (NaN)", "INVALID_SCORE"],
  ["ERR string exceeds maximum allowed size", "INVALID_VALUE"],
];

/** What comes before the reason when EXEC itself is refused. */
const ABORTED = /^EXECABORT .* because of: /;

/** What a node of a Cluster sends elsewhere, which only a client of the Cluster follows. */
const REDIRECTION = /^(?:MOVED|ASK) /;

/** The error of the cache for one that the server replied, which becomes its cause. */
export function replyError(error: Error): CacheError {
  const { message } = error;
  const reason = message.replace(ABORTED, "");
  if (REDIRECTION.test(reason)) {
    return new CacheError(
      "INVALID_CONFIG",
      `Cannot use the server: it is a node of a Cluster: hand in a Cluster client: received ${said(message)}`,
      { cause: error },
    );
  }
  const code = CODES.find(([start]) => reason.startsWith(start))?.[1];
  return new CacheError(
    code ?? "CAPABILITY_UNSUPPORTED",
    `Cannot use the server: it refused the call: received ${said(message)}`,
    { cause: error },
  );
}

/**
 * The error of the cache where no reply came.
 * @param address where the server is, if that is known
 */
export function connectionError(cause: unknown, address?: string): CacheError {
  const received = cause instanceof Error ? said(cause.message) : show(cause);
  return new CacheError(
    "CONNECTION_FAILED",
    `Cannot use the server: the connection${address === undefined ? "" : ` to ${address}`} failed: received ${received}`,
    { cause },
  );
}

/** The error of calls that come after `close`. */
export function closed(): CacheError {
  return new CacheError(
    "CLOSED",
    "Cannot use the cache: it must be open: received a call after close",
  );
}

/** What the server itself said, where an error is one of {@link replyError}. */
export function replyOf(error: unknown): string | undefined {
  if (!(error instanceof CacheError) || error.code === "CONNECTION_FAILED") return undefined;
  return error.cause instanceof Error ? error.cause.message : undefined;
}

/** A text in quotes, cut where it is very long. */
function said(text: string): string {
  if (text.length <= SAID_CHARS_MAX) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, SAID_CHARS_MAX))}... (${text.length} chars)`;
}
