import { CacheError, show } from "../errors.ts";
import type { CallOptions } from "./contract.ts";
import { type OptionNames, unknownOption } from "./option-names.ts";

/** Throws the signal's reason when it is aborted, and `INVALID_OPTIONS` for what cannot be options. */
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

/**
 * Throws `INVALID_OPTIONS` for an option of another name. It is for calls that take long by their nature:
 * in the others nothing is spent on it.
 */
export function checkOptionNames<Options extends object>(
  task: string,
  options: Options,
  names: OptionNames<NoInfer<Options>>,
): void {
  const reason = unknownOption(options, names);
  if (reason !== undefined) throw new CacheError("INVALID_OPTIONS", `Cannot ${task}: ${reason}`);
}

/** What every call after `close` is refused with. */
export function cacheClosed(): CacheError {
  return new CacheError(
    "CLOSED",
    "Cannot use the cache: it must be open: received a call after close",
  );
}
