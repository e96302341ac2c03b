import { CacheError, type CacheErrorCode, show } from "../../src/errors.ts";

/** What a server's error begins with, and the code that means the same; the first one counts. */
const CODES: readonly (readonly [start: string, code: CacheErrorCode])[] = [
  ["WRONGTYPE ", "WRONG_TYPE"],
  ["OOM ", "CACHE_FULL"],
  ["ERR value is not an integer or out of range", "NOT_INTEGER"],
  ["ERR increment or decrement would overflow", "OVERFLOW"],
  ["ERR resulting score is not a number (NaN)", "INVALID_SCORE"],
  ["ERR ", "CAPABILITY_UNSUPPORTED"],
];

/** The error of the cache for one that the server replied. */
export function replyError(cause: Error): CacheError {
  const code = CODES.find(([start]) => cause.message.startsWith(start))?.[1];
  return new CacheError(
    code ?? "CONNECTION_FAILED",
    `Cannot use the server: it refused the call: received ${show(cause.message)}`,
    { cause },
  );
}

/** The error of the cache where no reply came. */
export function connectionError(cause: unknown): CacheError {
  const said = cause instanceof Error ? cause.message : cause;
  return new CacheError(
    "CONNECTION_FAILED",
    `Cannot use the server: the connection failed: received ${show(said)}`,
    { cause },
  );
}
