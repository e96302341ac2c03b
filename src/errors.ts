/** Stable names of what can go wrong. Match on these, never on a message. */
export type CacheErrorCode =
  | "INVALID_CONFIG"
  | "INVALID_OPTIONS"
  | "INVALID_KEY"
  | "INVALID_VALUE"
  | "INVALID_MEMBER"
  | "KEY_TOO_LONG"
  | "INVALID_TTL"
  | "NOT_INTEGER"
  | "OVERFLOW"
  | "WRONG_TYPE"
  | "INVALID_SCORE"
  | "INVALID_RANGE"
  | "CACHE_FULL"
  | "LEADERBOARD_FULL"
  | "CAPABILITY_UNSUPPORTED"
  | "CLOSED"
  | "TIMEOUT"
  | "NO_NODES"
  | "NODE_UNHEALTHY"
  | "NODE_EXISTS"
  | "NODE_NOT_FOUND"
  | "INSUFFICIENT_REPLICAS"
  | "PARTIAL_WRITE"
  | "ALL_OWNERS_FAILED"
  | "CROSS_NODE"
  | "CONNECTION_FAILED"
  | "ACCESS_DENIED"
  | "PERSISTENCE_FAILED";

/**
 * The one error class of Laurel: a stable {@link CacheErrorCode}, a message of the form
 * `Cannot X: reason: received Y`, and the `cause` where there is one.
 *
 * @example
 * ```ts
 * import { CacheError, MemoryCache } from "laurel";
 *
 * const cache = new MemoryCache();
 * try {
 *   await cache.set("greeting", "hello", { ttl: -1 });
 * } catch (error) {
 *   if (error instanceof CacheError) console.log(error.code); // INVALID_TTL
 * }
 * ```
 */
export class CacheError extends Error {
  override readonly name = "CacheError";
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The longest text of a received value that a message repeats. */
const SHOWN_CHARS_MAX = 60;

/**
 * How an error message shows a value that it refuses: strings quoted and cut, numbers as they are,
 * everything else by its kind only, so that a message never runs a stranger's `toString`.
 */
export function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.length <= SHOWN_CHARS_MAX
        ? JSON.stringify(value)
        : `${JSON.stringify(value.slice(0, SHOWN_CHARS_MAX))}... (${value.length} chars)`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "an array" : "an object";
    default:
      return `a ${typeof value}`;
  }
}
