import type { CallOptions } from "../cache/contract.ts";

/**
 * The outcome of a call, or the reason of its signal where that is aborted first. What was begun
 * goes on to its end all the same, so that nodes never end up with half of a write.
 */
export async function orAborted<T>(
  options: CallOptions | undefined,
  pending: Promise<T>,
): Promise<T> {
  const signal = options?.signal;
  if (signal === undefined) return pending;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}
