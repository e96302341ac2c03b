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
  /**
   * What the cache's clock says, in milliseconds: deadlines are by it. Where it is left out, the
   * asker's own clock holds.
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache({ clock: { now: () => 1_000 } });
   * console.log(await cache.time()); // 1000
   * ```
   */
  time?(options?: CallOptions): Promise<number>;
  /**
   * Some keys from a cursor on (0: the first), with the guarantee of `keys`. Where it is left out,
   * `keys` serves.
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("greeting", "hello");
   * console.log(await cache.listKeys(0)); // { keys: [ 'greeting' ], cursor: 0 }
   * ```
   */
  listKeys?(cursor: number, options?: CallOptions): Promise<KeyPage>;
  /**
   * What a key holds, a sorted set in chunks of up to 1000 members; `undefined`: no such key. Chunks
   * whose version differs are of different sets: begin again. O(log N + chunk)
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using cache = new MemoryCache();
   * await cache.set("greeting", "hello");
   * const state = await cache.readState("greeting");
   * console.log(state?.type, state?.expiresAt); // string Infinity
   * ```
   */
  readState(key: string, options?: ReadStateOptions): Promise<KeyState | undefined>;
  /**
   * Makes a key hold exactly this, whatever it held; a deadline that is not after now removes it.
   * Chunks of a sorted set with a `cursor` other than 0 wait, in no listing, under the `transfer`
   * that they share; the one with `cursor` 0 puts the whole set in place in one step.
   * @throws {CacheError} `INVALID_VALUE` when the members do not add up to `size`; nothing changes then
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   *
   * await using from = new MemoryCache();
   * await using to = new MemoryCache();
   * await from.set("greeting", "hello", { ttl: "1h" });
   * const state = await from.readState("greeting");
   * if (state !== undefined) await to.writeState("greeting", state);
   * console.log(String(await to.get("greeting"))); // hello
   * ```
   */
  writeState(key: string, state: KeyState, options?: WriteStateOptions): Promise<void>;
  /**
   * The scores of members; `undefined`: no such key. O(M)
   * @throws {CacheError} `WRONG_TYPE` where the key holds no sorted set
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", { member: "ada", score: 1200 });
   * const found = await cache.readScores("scores", ["ada", "bob"]);
   * console.log(found?.scores, found?.size); // [ 1200, undefined ] 1
   * ```
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
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using from = new MemoryLeaderboardCache();
   * await using to = new MemoryLeaderboardCache();
   * await from.zAdd("scores", { member: "ada", score: 1200 });
   * const scores = await from.readScores("scores", ["ada"]);
   * if (scores !== undefined) console.log(await to.writeScores("scores", ["ada"], scores)); // true
   * ```
   */
  writeScores(
    key: string,
    members: readonly string[],
    scores: Scores,
    options?: CallOptions,
  ): Promise<boolean>;
}

const METHODS = ["readState", "writeState", "readScores", "writeScores"] as const;

/**
 * Whether a cache offers {@link StateTransfer}, whatever class it is of.
 *
 * @example
 * ```ts
 * import { canTransferState, MemoryCache } from "laurel";
 *
 * await using cache = new MemoryCache();
 * console.log(canTransferState(cache), canTransferState({})); // true false
 * ```
 */
export function canTransferState(cache: object): cache is StateTransfer {
  const candidate: Partial<StateTransfer> = cache;
  return METHODS.every((name) => typeof candidate[name] === "function");
}
