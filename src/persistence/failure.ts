import { CacheError, reasonOf } from "../errors.ts";

/** What background work does, as the errors of its failures say it. */
export const TAKE_SNAPSHOT = "take a snapshot";
export const REWRITE_JOURNAL = "rewrite the journal";

/**
 * The error of everything that cannot be kept or loaded: what, and the reason of the system or of
 * the file.
 */
export function persistenceFailed(what: string, cause: unknown): CacheError {
  if (cause instanceof CacheError && cause.code === "PERSISTENCE_FAILED") return cause;
  return new CacheError("PERSISTENCE_FAILED", `Cannot ${what}: ${reasonOf(cause)}`, { cause });
}

/** The error of what is asked for at a time when it cannot be done. */
export function notNow(reason: string): CacheError {
  return new CacheError("PERSISTENCE_FAILED", `Cannot do that now: ${reason}`);
}

/** The error of a write of which nobody knows whether it will be found again. */
export function notKept(cause: unknown): CacheError {
  return persistenceFailed("keep what was written", cause);
}

/** The error of a write that is refused, since it could not be kept. */
export function refusedWrite(cause: Error, of: "journal" | "snapshot"): CacheError {
  const [what, deed] =
    of === "journal"
      ? ["the journal fails", REWRITE_JOURNAL]
      : ["the last snapshot failed", TAKE_SNAPSHOT];
  // Said already: what is left is the reason.
  const reason = cause.message.replace(`Cannot ${deed}: `, "");
  return new CacheError("PERSISTENCE_FAILED", `Cannot write: ${what}: ${reason}`, { cause });
}
