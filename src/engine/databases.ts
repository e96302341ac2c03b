import type { Effect } from "./effects.ts";
import type { Keyspace } from "./keyspace.ts";
import type { KeyspaceLimits } from "./keyspace-config.ts";

/** Is told of everything that happens to the databases, in order. */
export interface DatabasesListener {
  effect(database: number, effect: Effect): void;
  /** Two databases have exchanged their keys. */
  swapped(a: number, b: number): void;
}

/**
 * The numbered keyspaces of a server, as Redis' databases: keys of one are not seen from another,
 * limits hold for all together. Database 0 is there from the beginning; another one is made when it
 * is asked for first.
 */
export class Databases {
  /** How many there may be: numbers are below it. */
  readonly count: number;
  /** Is told of every database but the first, when it is made. */
  onCreate: ((keyspace: Keyspace, index: number) => void) | undefined;
  readonly #keyspaces: (Keyspace | undefined)[] = [];
  #listener: DatabasesListener | undefined;

  constructor(
    first: Keyspace,
    count: number,
    onCreate?: (keyspace: Keyspace, index: number) => void,
  ) {
    this.count = count;
    this.onCreate = onCreate;
    this.#keyspaces[0] = first;
  }

  /** The database of a number that is below the count. O(1). */
  at(index: number): Keyspace {
    const existing = this.#keyspaces[index];
    if (existing !== undefined) return existing;
    const made = this.first.sibling();
    this.#keyspaces[index] = made;
    if (this.#listener !== undefined && !this.isLoading) tell(made, index, this.#listener);
    this.onCreate?.(made, index);
    return made;
  }

  /** Database 0. */
  get first(): Keyspace {
    return this.#keyspaces[0] as Keyspace;
  }

  /** The databases that were made so far, with their numbers. */
  *entries(): IterableIterator<readonly [index: number, keyspace: Keyspace]> {
    for (const [index, keyspace] of this.#keyspaces.entries()) {
      if (keyspace !== undefined) yield [index, keyspace];
    }
  }

  /** Keys of all databases. */
  get size(): number {
    let size = 0;
    for (const [, keyspace] of this.entries()) size += keyspace.size;
    return size;
  }

  /** What all keys and values of all databases cost, in bytes. */
  get memoryBytes(): number {
    let bytes = 0;
    for (const [, keyspace] of this.entries()) bytes += keyspace.memoryBytes;
    return bytes;
  }

  /** Puts other limits in force for all databases. */
  configure(limits: Partial<KeyspaceLimits>): void {
    this.first.configure(limits);
  }

  /** Exchanges the keys of two databases, in constant time. */
  swap(a: number, b: number): void {
    if (a === b) return;
    this.at(a).exchange(this.at(b));
    if (!this.isLoading) this.#listener?.swapped(a, b);
  }

  /** Removes all keys of all databases. */
  clear(): void {
    for (const [, keyspace] of this.entries()) keyspace.clear();
  }

  /**
   * From now on tells a listener of everything, in the place of a former one; `undefined`: nobody.
   * It has the effects of all databases, those that are made later included, to itself.
   */
  listen(listener: DatabasesListener | undefined): void {
    this.#listener = listener;
    if (!this.isLoading) this.#tellListener();
  }

  /** Whether keys are being loaded. */
  get isLoading(): boolean {
    return this.first.isLoading;
  }

  /**
   * Begins to load keys that were there before: until {@link endLoading} the clock stands at 0, so
   * that nothing expires, there are no limits and no default ttl, and no listener is told.
   */
  beginLoading(): void {
    for (const [, keyspace] of this.entries()) keyspace.onEffect = undefined;
    this.first.beginLoading();
  }

  /**
   * Ends the loading: what does not fit the limits is evicted, where keys are evicted, and the
   * listener is told of it. Nothing was counted meanwhile, and every key was used just now. O(n).
   */
  endLoading(): void {
    this.#tellListener();
    this.first.endLoading();
  }

  #tellListener(): void {
    for (const [index, keyspace] of this.entries()) tell(keyspace, index, this.#listener);
  }
}

function tell(keyspace: Keyspace, index: number, listener: DatabasesListener | undefined): void {
  keyspace.onEffect =
    listener === undefined ? undefined : (effect): void => listener.effect(index, effect);
}
