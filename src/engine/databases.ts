import type { Keyspace, KeyspaceLimits } from "./keyspace.ts";

/**
 * The numbered keyspaces of a server, as Redis' databases: keys of one are not seen from another,
 * limits hold for all together. Database 0 is there from the beginning; another one is made when it
 * is asked for first.
 */
export class Databases {
  /** How many there may be: numbers are below it. */
  readonly count: number;
  readonly #onCreate: (keyspace: Keyspace) => void;
  readonly #keyspaces: (Keyspace | undefined)[] = [];

  /** `onCreate` is told of every database but the first, when it is made. */
  constructor(first: Keyspace, count: number, onCreate: (keyspace: Keyspace) => void) {
    this.count = count;
    this.#onCreate = onCreate;
    this.#keyspaces[0] = first;
  }

  /** The database of a number that is below the count. O(1). */
  at(index: number): Keyspace {
    const existing = this.#keyspaces[index];
    if (existing !== undefined) return existing;
    const made = this.first.sibling();
    this.#keyspaces[index] = made;
    this.#onCreate(made);
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
    this.at(a).exchange(this.at(b));
  }

  /** Removes all keys of all databases. */
  clear(): void {
    for (const [, keyspace] of this.entries()) keyspace.clear();
  }
}
