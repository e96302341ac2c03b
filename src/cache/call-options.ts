import { CacheError, show } from "../errors.ts";
import type { CallOptions } from "./contract.ts";

/** Throws the signal's reason when it is aborted, and `INVALID_OPTIONS` for options that are none. */
export function checkCallOptions(options: CallOptions): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new CacheError(
      "INVALID_OPTIONS",
      `Cannot use the cache: options must be an object: received ${show(options)}`,
    );
  }
  const { signal } = options;
  if (signal === undefined) return;
  // What a caller without types hands in may be anything.
  if (typeof (signal as AbortSignal | null)?.throwIfAborted !== "function") {
    throw new CacheError(
      "INVALID_OPTIONS",
      `Cannot use the cache: signal must be an AbortSignal: received ${show(signal)}`,
    );
  }
  signal.throwIfAborted();
}

/** What every call after `close` is refused with. */
export function cacheClosed(): CacheError {
  return new CacheError(
    "CLOSED",
    "Cannot use the cache: it must be open: received a call after close",
  );
}
