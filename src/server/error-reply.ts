import { CacheError, type CacheErrorCode } from "../errors.ts";
import { ReplyTooLongError } from "../protocol/reply-writer.ts";
import { NOT_AN_INTEGER, OUT_OF_MEMORY, ReplyError, WRONG_TYPE } from "../commands/reply-error.ts";

/** What the wire says where an operation throws; a command that says it otherwise throws itself. */
const TEXT_BY_CODE: Partial<Record<CacheErrorCode, string>> = {
  WRONG_TYPE: WRONG_TYPE.message,
  NOT_INTEGER: NOT_AN_INTEGER.message,
  OVERFLOW: "ERR increment or decrement would overflow",
  INVALID_SCORE: "ERR resulting score is not a number (NaN)",
  CACHE_FULL: OUT_OF_MEMORY.message,
};

/**
 * The text of the error reply for what a command threw; `undefined` for what no client caused, and
 * so is a fault of the server.
 */
export function errorReply(error: unknown): string | undefined {
  if (error instanceof ReplyError) return error.message;
  if (error instanceof ReplyTooLongError) return `ERR ${error.message}`;
  if (!(error instanceof CacheError)) return undefined;
  return TEXT_BY_CODE[error.code] ?? `ERR ${error.message}`;
}
