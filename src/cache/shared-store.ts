import type { Cache, CallOptions } from "./contract.ts";

/**
 * What a cache over a connection may offer beside its contract: a face of itself for one who has to
 * know which incarnation of the store it speaks with. Whoever needs it asks {@link canBeFenced}.
 */
export interface Fenceable {
  /**
   * The same cache, with the same methods, held to this:
   *
   * - A call is refused with `CONNECTION_FAILED`, and not sent, while the connection is not the one over
   *   which this face was last asked for its `bootId`, or was not when the call was made: the one who
   *   made it did not know the answer.
   * - `bootId` answers when nothing that was sent over connections before the present one can take
   *   effect any more.
   * - A call has no time limit but the caller's: it settles when it is answered, or when the connection
   *   is lost. An aborted one rejects at once.
   *
   * Closing it closes the cache.
   */
  fenced(): Cache;
}

/**
 * What a cache over a store that other processes use, too, may offer: texts under names that no listing
 * shows, no `clear` removes and no key of a user can be. Whoever needs it asks {@link isSharedStore}.
 */
export interface SharedStore {
  /** Keeps a text under a name unless there is one; which one is there now. */
  reserve(name: string, text: string, options?: CallOptions): Promise<string>;
  /** Removes what is kept under a name. */
  release(name: string, options?: CallOptions): Promise<void>;
}

/** Whether a cache offers {@link Fenceable}, whatever class it is of. */
export function canBeFenced(cache: object): cache is Fenceable {
  return typeof (cache as Partial<Fenceable>).fenced === "function";
}

/** Whether a cache offers {@link SharedStore}, whatever class it is of. */
export function isSharedStore(cache: object): cache is SharedStore {
  const { reserve, release } = cache as Partial<SharedStore>;
  return typeof reserve === "function" && typeof release === "function";
}
