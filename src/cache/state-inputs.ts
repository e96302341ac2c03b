import { CacheError, show } from "../errors.ts";

/** The cursor of a chunk, 0 where none is given. @throws {CacheError} `INVALID_OPTIONS` */
export function checkCursor(cursor = 0): number {
  if (Number.isSafeInteger(cursor) && cursor >= 0) return cursor;
  throw new CacheError(
    "INVALID_OPTIONS",
    "Cannot read a state: cursor must be 0, or that of the chunk before: " +
      `received ${show(cursor)}`,
  );
}

/** The name of a transfer, where it has one. @throws {CacheError} `INVALID_OPTIONS` */
export function checkTransfer(transfer: unknown): void {
  if (transfer === undefined || (typeof transfer === "string" && transfer !== "")) return;
  throw new CacheError(
    "INVALID_OPTIONS",
    `Cannot write a state: transfer must be a non-empty string: received ${show(transfer)}`,
  );
}

/** The error for what is the state of no key. */
export function notState(received: unknown): CacheError {
  return new CacheError(
    "INVALID_VALUE",
    `Cannot write a state: it must be that of a key: received ${show(received)}`,
  );
}
