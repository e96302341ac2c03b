import type { ZMember } from "../structures/z-member.ts";
import type { CallOptions } from "./contract.ts";

/** The most members of a sorted set that one state carries; a larger set comes in several. */
export const STATE_CHUNK_MEMBERS = 1000;

/** What a string key holds. */
export interface StringState {
  readonly type: "string";
  readonly value: Buffer;
  /** When the key goes, in absolute milliseconds of the cache's clock; Infinity: never. */
  readonly expiresAt: number;
  /** What that clock said when the key was read: another clock's deadline follows from it. */
  readonly readAt: number;
}

/** What a key with a sorted set holds, or a chunk of it. */
export interface SortedSetState {
  readonly type: "sorted-set";
  /** Members in order of rank, from the cursor on that was asked for. */
  readonly members: readonly ZMember[];
  /** How many members the whole set has. */
  readonly size: number;
  /** When the key goes, in absolute milliseconds of the cache's clock; Infinity: never. */
  readonly expiresAt: number;
  /** What that clock said when the chunk was read. */
  readonly readAt: number;
  /** Another number after each change of the key: chunks of one version are of one set. */
  readonly version: number;
  /** Where the next chunk begins, as the cache counts it; 0: this was the last one. */
  readonly cursor: number;
}

/** What a key holds, whatever its type. */
export type KeyState = StringState | SortedSetState;

/** The scores of some members of a sorted set, and what else the set's owners agree on. */
export interface Scores {
  /** The scores in the order asked for; `undefined`: not a member. */
  readonly scores: readonly (number | undefined)[];
  /** How many members the whole set has. */
  readonly size: number;
  /** When the key goes, in absolute milliseconds of the cache's clock; Infinity: never. */
  readonly expiresAt: number;
  /** What that clock said when the scores were read. */
  readonly readAt: number;
}

/** Some of the keys of a cache. */
export interface KeyPage {
  readonly keys: readonly string[];
  /** Where to go on; 0: these were the last. */
  readonly cursor: number;
}

/** Options of `readState`. */
export interface ReadStateOptions extends CallOptions {
  /** Where to begin to read a sorted set: 0, or the cursor of the chunk before. Default 0. */
  cursor?: number | undefined;
}

/** Options of `writeState`. */
export interface WriteStateOptions extends CallOptions {
  /** Names the chunks of one sorted set: the same for all of them, and no other transfer's. */
  transfer?: string | undefined;
}

/**
 * What a cache may offer beside its contract, so that its keys can move to another one and be kept
 * equal there: the state of a key with its absolute deadline, in a form that no kind of cache
 * owns. Whoever needs it asks {@link canTransferState}. Reading a state is neither a hit nor a use.
 */
export interface StateTransfer {
  /** What the cache's clock says, in milliseconds: deadlines are by it. Default: as the asker's. */
  time?(options?: CallOptions): Promise<number>;
  /** Some keys from a cursor on (0: the first), with the guarantee of `keys`. Default: `keys` itself. */
  listKeys?(cursor: number, options?: CallOptions): Promise<KeyPage>;
  /**
   * What a key holds, a sorted set in chunks of up to {@link STATE_CHUNK_MEMBERS}; `undefined`: no
   * such key. Chunks whose version differs are of different sets: begin again. O(log N + chunk)
   */
  readState(key: string, options?: ReadStateOptions): Promise<KeyState | undefined>;
  /**
   * Makes a key hold exactly this, whatever it held; a deadline that is not after now removes it.
   * Chunks of a sorted set with a `cursor` other than 0 wait, in no listing, under the `transfer`
   * that they share; the one with `cursor` 0 puts the whole set in place in one step. Rejects with
   * `INVALID_VALUE` when the members do not add up to `size`; nothing changes then.
   */
  writeState(key: string, state: KeyState, options?: WriteStateOptions): Promise<void>;
  /**
   * The scores of members; `undefined`: no such key. Rejects with `WRONG_TYPE` where the key holds
   * no sorted set. O(M)
   */
  readScores(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<Scores | undefined>;
  /**
   * Gives each member its score, or removes it where that is `undefined`, and the key its deadline;
   * but only where the set then has `size` members, else nothing changes. No key is an empty set;
   * a set of size 0, or a deadline that is not after now, removes the key. O(M log N)
   * @returns whether the key is now as the scores say
   */
  writeScores(
    key: string,
    members: readonly string[],
    scores: Scores,
    options?: CallOptions,
  ): Promise<boolean>;
}

const METHODS = ["readState", "writeState", "readScores", "writeScores"] as const;

/** Whether a cache offers {@link StateTransfer}, whatever class it is of. */
export function canTransferState(cache: object): cache is StateTransfer {
  const candidate: Partial<StateTransfer> = cache;
  return METHODS.every((name) => typeof candidate[name] === "function");
}
