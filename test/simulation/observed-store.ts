import { MemoryLeaderboardCache, type CallOptions, type MemoryCacheOptions } from "laurel";
import type { KeyState, ReadStateOptions } from "../../src/cache/state-transfer.ts";
import type { Effect } from "../../src/engine/effects.ts";

/** What a store holds under a key, as the checker compares it. */
export interface Held {
  /** The string, or each member with its score in order of rank. */
  readonly content: string;
  /** In absolute milliseconds; Infinity: it stays. */
  readonly expiresAt: number;
}

/** Is told what an operation did to a store, at the moment when it did it. */
export type EffectListener = (store: ObservedStore, effect: Effect) => void;

/**
 * The memory of one incarnation of a simulated process: a real cache into which the checker looks
 * without being a caller. What a crash leaves behind is another one.
 */
export class ObservedStore extends MemoryLeaderboardCache {
  /** The node and its incarnation, such as `n2#1`. */
  name: string;
  /** Whether what it held is gone for good: it crashed, or its node was removed as dead. */
  isLost = false;
  /** Whether it is no longer the incarnation that it began as. */
  #isAnother = false;
  readonly #chunkMembers: number;
  readonly #listener: EffectListener;

  constructor(
    name: string,
    options: MemoryCacheOptions,
    chunkMembers: number,
    listener: EffectListener,
  ) {
    super(options);
    this.name = name;
    this.#chunkMembers = chunkMembers;
    this.#listener = listener;
    this.keyspace.onEffect = (effect) => listener(this, effect);
  }

  /** Goes on as another incarnation, with all that it holds. */
  beginAnew(name: string): void {
    this.name = name;
    this.#isAnother = true;
  }

  override async bootId(options?: CallOptions): Promise<string> {
    const id = await super.bootId(options);
    return this.#isAnother ? `${id} as ${this.name}` : id;
  }

  /** As always, with the chunks cut smaller. */
  override async readState(key: string, options?: ReadStateOptions): Promise<KeyState | undefined> {
    const state = await super.readState(key, options);
    if (state?.type !== "sorted-set" || state.members.length <= this.#chunkMembers) return state;
    const members = state.members.slice(0, this.#chunkMembers);
    return { ...state, members, cursor: (options?.cursor ?? 0) + members.length };
  }

  /** A key that is not there is told of, too: the store knows then that it must not be. */
  override async delete(key: string, options?: CallOptions): Promise<boolean> {
    const wasThere = await super.delete(key, options);
    if (!wasThere) this.#listener(this, { type: "delete", key, reason: "deleted" });
    return wasThere;
  }

  override async deleteMany(keys: readonly string[], options?: CallOptions): Promise<number> {
    const missing = keys.filter((key) => this.peek(key) === undefined);
    const deleted = await super.deleteMany(keys, options);
    for (const key of missing) this.#listener(this, { type: "delete", key, reason: "deleted" });
    return deleted;
  }

  /** What a key holds now; `undefined`: nothing. */
  peek(key: string): Held | undefined {
    const slot = this.keyspace.lookup(key);
    if (slot < 0) return undefined;
    const value = this.keyspace.valueAt(slot);
    const content =
      typeof value === "string"
        ? value
        : value
            .range(0, -1)
            .map(({ member, score }) => `${member}=${score}`)
            .join(" ");
    return { content, expiresAt: this.keyspace.expiresAt(slot) };
  }

  /** The score of a member; `undefined`: it is not there, or the key holds no sorted set. */
  peekScore(key: string, member: string): number | undefined {
    const slot = this.keyspace.lookup(key);
    if (slot < 0) return undefined;
    const value = this.keyspace.valueAt(slot);
    return typeof value === "string" ? undefined : value.score(member);
  }

  /** All keys that are there now. */
  heldKeys(): string[] {
    const keys: string[] = [];
    let cursor = 0;
    do cursor = this.keyspace.scan(cursor, 1024, keys);
    while (cursor !== 0);
    return keys.sort();
  }
}
