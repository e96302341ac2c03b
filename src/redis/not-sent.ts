import { CacheError } from "../errors.ts";

/**
 * The error of a call that was not sent, as something might take effect by it after a fence that must not.
 * Its cause has the code `NOT_SENT`: whoever asks for the boot id may make the same call once more.
 */
export function notSent(received: string): CacheError {
  return new CacheError(
    "CONNECTION_FAILED",
    `Cannot use the server: it must be the one whose boot id was asked: received ${received}`,
    { cause: Object.assign(new Error(received), { code: "NOT_SENT" }) },
  );
}

/** That of a call that was turned away or waited while a fence was raised. */
export function fencedOff(): CacheError {
  return notSent("a fence that was raised before the call could be sent");
}
