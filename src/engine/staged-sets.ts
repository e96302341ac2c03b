import { CacheError } from "../errors.ts";
import type { SortedSet } from "../structures/sorted-set.ts";
import type { Keyspace } from "./keyspace.ts";
import { checkMembers, storeSet } from "./sorted-sets.ts";
import { isOver, type SetChunk, vacate } from "./state.ts";

/** The most sorted sets that wait for their next chunk at once. */
export const STAGED_TRANSFERS_MAX = 16;

/** The members of a key that arrived so far. */
interface Staged {
  readonly key: string;
  readonly version: number;
  readonly set: SortedSet;
}

/**
 * Sorted sets that arrive chunk by chunk, outside of their keyspace until they are whole: no
 * listing shows them, no limit counts them. What each may hold is what one key may; there are at
 * most {@link STAGED_TRANSFERS_MAX}, and the one that waits longest gives way to one more.
 */
export class StagedSets {
  readonly #keyspace: Keyspace;
  /** By transfer, the one that waits longest first. */
  readonly #waiting = new Map<string, Staged>();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** How many sets wait for their next chunk. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Drops all that wait. */
  clear(): void {
    this.#waiting.clear();
  }

  /**
   * Takes a chunk. The last one puts the set in place of whatever the key held, in O(1) beside its
   * own members; a deadline that is not after now removes the key. O(M log N) for M members. A
   * chunk that is refused ends its transfer.
   * @throws {CacheError} `INVALID_OPTIONS` when a chunk that is not the only one belongs to no
   * transfer, or to that of another key; `INVALID_VALUE` when the members do not add up to the
   * size; `LEADERBOARD_FULL`, `CACHE_FULL`. The key is as it was then.
   */
  write(key: string, chunk: SetChunk, transfer: string | undefined): void {
    const { size, expiresAt, cursor } = chunk;
    const staged = this.#take(key, chunk, transfer);
    const { set } = staged;
    checkMembers(this.#keyspace, size);
    for (const { member, score } of chunk.members) set.set(member, score);
    this.#keyspace.checkFitsAlone(this.#keyspace.entryCost(key, set.byteSize, expiresAt));
    if (set.size > size || (cursor === 0 && set.size < size)) throw incomplete(size, set.size);
    if (cursor !== 0) this.#wait(transfer, staged);
    else if (isOver(this.#keyspace, expiresAt)) vacate(this.#keyspace, key);
    else storeSet(this.#keyspace, key, set, expiresAt);
  }

  /** What arrived before the chunk, which no longer waits; nothing of another version is of use. */
  #take(key: string, { version }: SetChunk, transfer: string | undefined): Staged {
    const staged = transfer === undefined ? undefined : this.#waiting.get(transfer);
    if (transfer !== undefined && staged !== undefined) {
      if (staged.key !== key) throw invalidTransfer("the transfer of another key");
      this.#waiting.delete(transfer);
      if (staged.version === version) return staged;
    }
    return { key, version, set: this.#keyspace.newSortedSet() };
  }

  #wait(transfer: string | undefined, staged: Staged): void {
    if (transfer === undefined) throw invalidTransfer("no transfer");
    if (this.#waiting.size >= STAGED_TRANSFERS_MAX) {
      for (const longest of this.#waiting.keys()) {
        this.#waiting.delete(longest);
        break;
      }
    }
    this.#waiting.set(transfer, staged);
  }
}

function incomplete(size: number, received: number): CacheError {
  return new CacheError(
    "INVALID_VALUE",
    `Cannot write a state: its members must be the ${size} of the set: received ${received}`,
  );
}

function invalidTransfer(received: string): CacheError {
  return new CacheError(
    "INVALID_OPTIONS",
    "Cannot write a state: a chunk with more to follow must name the transfer of its key: " +
      `received ${received}`,
  );
}
