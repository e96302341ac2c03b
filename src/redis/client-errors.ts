import type { CacheError } from "../errors.ts";
import { connectionError, replyError } from "./server-errors.ts";

/** How the client libraries name the errors that they make of replies. */
const REPLIES: ReadonlySet<string> = new Set([
  "ReplyError",
  "SimpleError",
  "BlobError",
  "ErrorReply",
]);

/**
 * The error of the cache for one of a client library's.
 * @param address where the server is, if that is known
 */
export function clientError(error: unknown, address?: string): CacheError {
  // Names of several addresses: each of them failed, and one says as much as all.
  const cause: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  return isReply(cause) ? replyError(cause) : connectionError(cause, address);
}

/**
 * Whether an error is what the server replied: by the name of its class, and where a bundler renamed
 * that, by its first word; the system's errors have a code.
 */
export function isReply(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const isNamedSo = REPLIES.has(error.name) || REPLIES.has(error.constructor.name);
  return isNamedSo || (!("code" in error) && /^[A-Z]+ /.test(error.message));
}
