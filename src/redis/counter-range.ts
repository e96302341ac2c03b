import { CacheError, show } from "../errors.ts";

/** An integer in Redis' spelling, of any size. */
const INTEGER = /^(?:0|-?[1-9]\d*)$/;

/**
 * Throws `OVERFLOW` where a counter or its sum with the delta is beyond ±(2^53 - 1). A value that is
 * no integer passes: the server says so itself.
 */
export function checkSum(value: Buffer | undefined, delta: number): void {
  const text = value === undefined ? "0" : value.toString("latin1");
  if (!INTEGER.test(text)) return;
  const former = Number(text);
  if (!Number.isSafeInteger(former)) throw overflow("value", show(text));
  if (!Number.isSafeInteger(former + delta)) throw overflow("result", `${text} plus ${delta}`);
}

function overflow(what: string, received: string): CacheError {
  return new CacheError(
    "OVERFLOW",
    `Cannot change a counter: the ${what} must be within ±(2^53 - 1): received ${received}`,
  );
}
