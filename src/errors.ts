/** Stable names of what can go wrong. Match on these, never on a message. */
export type CacheErrorCode =
  /** What a constructor, or `serve`, or `files` was given cannot be. */
  | "INVALID_CONFIG"
  /** The options of a call cannot be, or contradict each other. */
  | "INVALID_OPTIONS"
  /** A key is empty, no string, or has a lone surrogate. */
  | "INVALID_KEY"
  /** A value is neither text nor bytes. */
  | "INVALID_VALUE"
  /** A member of a sorted set is no string, or has a lone surrogate. */
  | "INVALID_MEMBER"
  /** A key is longer than `maxKeyBytes`. */
  | "KEY_TOO_LONG"
  /** A ttl is zero, negative, or misspelt. */
  | "INVALID_TTL"
  /** What should be counted is no integer. */
  | "NOT_INTEGER"
  /** A counter would leave, or has left, the integers that a number holds exactly. */
  | "OVERFLOW"
  /** A key holds something of another type than the call is for. */
  | "WRONG_TYPE"
  /** A score is, or would become, NaN. */
  | "INVALID_SCORE"
  /** A bound, a rank, an offset or a count is invalid. */
  | "INVALID_RANGE"
  /** A limit of entries or memory is reached, and nothing may be evicted. */
  | "CACHE_FULL"
  /** A limit of sorted sets, or of the members of one, is reached. */
  | "LEADERBOARD_FULL"
  /** This cache, or the server behind it, cannot do that. */
  | "CAPABILITY_UNSUPPORTED"
  /** The cache was closed before the call, or before its answer. */
  | "CLOSED"
  /** No answer came in time; whether the call was carried out is unknown. */
  | "TIMEOUT"
  /** A ring without nodes was asked for one, or the last one was to go. */
  | "NO_NODES"
  /** A node that is needed cannot serve now. */
  | "NODE_UNHEALTHY"
  /** There is a node of this id already. */
  | "NODE_EXISTS"
  /** There is no node of this id. */
  | "NODE_NOT_FOUND"
  /** Fewer owners can take the write than must acknowledge it; nothing was written. */
  | "INSUFFICIENT_REPLICAS"
  /** Fewer acknowledged the write than were asked for; nothing was rolled back. */
  | "PARTIAL_WRITE"
  /** No owner of the key could answer; the causes say why. */
  | "ALL_OWNERS_FAILED"
  /** A call over several keys needs them on one node, by a `{tag}` that they share. */
  | "CROSS_NODE"
  /** The connection to the server is lost, or could not be made. */
  | "CONNECTION_FAILED"
  /** The server does not let this client in, or not do this. */
  | "ACCESS_DENIED"
  /** What should be kept cannot be written, or what was kept cannot be loaded. */
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
  /** What went wrong. */
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The longest text of a received value that a message repeats. */
const SHOWN_CHARS_MAX = 60;

/** A name as people give it, and short. */
const CLASS_NAME = /^[A-Za-z_$][\w$]{0,59}$/;
/** Spoken as one: not as in `a URL`. */
const VOWEL = /^[AEIO]/i;

/**
 * How an error message shows a value that it refuses: strings quoted and cut, numbers as they are,
 * everything else by its kind only, an object by the name of its class: a message never runs a
 * stranger's code, neither `toString` nor a getter.
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
      return value === null ? "null" : kindOf(value);
    default:
      return `a ${typeof value}`;
  }
}

/** What an object is: `an array`, `a Buffer`, or `an object` where its class has no plain name. */
function kindOf(value: object): string {
  try {
    if (Array.isArray(value)) return "an array";
    const className = classNameOf(value);
    if (className === "Object" || !CLASS_NAME.test(className)) return "an object";
    return `${VOWEL.test(className) ? "an" : "a"} ${className}`;
  } catch {
    // A proxy may refuse to be looked at.
    return "an object";
  }
}

/** The name of its class, empty where it has none; of properties the values alone are read. */
function classNameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const constructor = valueOf(prototype, "constructor");
  const name = typeof constructor === "function" ? valueOf(constructor, "name") : undefined;
  return typeof name === "string" ? name : "";
}

function valueOf(owner: unknown, name: string): unknown {
  return Object.getOwnPropertyDescriptor(owner ?? {}, name)?.value;
}

/** What an error says, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
