import type { Owners } from "./topology.ts";

/** Of so many keys it is remembered that a stale node has them, or since when it lacks them. */
const KEYS_MAX = 1_000_000;

/**
 * What a node may have missed that nobody remembers key by key: whole lists of owners. It has come back
 * as another incarnation, or it missed more than could be kept.
 *
 * - *Known*: keys of such lists that it was told all of since; it has these, whatever else it lacks.
 * - *Knew*: keys that it was told all of since, and missed something of later; it has what was before that.
 * - *Lacked*: keys that it lacked before it missed too much. Of all others it had everything until then.
 *
 * All are bounded. What is forgotten of them costs a comparison with another owner, or the order in
 * which owners are believed; it never makes a key fresh.
 */
export class Staleness {
  readonly #lists = new Set<Owners>();
  readonly #known = new Set<string>();
  readonly #knew = new Set<string>();
  /** Each with its place in the order of misses; undefined: nothing was missed beyond what is kept. */
  #lacked: Map<string, number> | undefined;
  #overflowedSince: number | undefined;
  /** The node held nothing when it was found to be another incarnation. */
  cameBackEmpty = false;
  /** The place in the order of misses at which it was found to be another incarnation. */
  cameBackAt = 0;

  // ---- the lists

  get size(): number {
    return this.#lists.size;
  }

  has(owners: Owners): boolean {
    return this.#lists.has(owners);
  }

  add(owners: Owners): void {
    this.#lists.add(owners);
  }

  /** The node has all of a list of owners, but for keys that it is behind with. */
  delete(owners: Owners): void {
    this.#lists.delete(owners);
    if (this.#lists.size === 0) this.clear();
  }

  /** There is nothing any more for which the node is stale. */
  clear(): void {
    this.#lists.clear();
    this.forgetAll();
    this.#lacked = undefined;
    this.#overflowedSince = undefined;
    this.cameBackEmpty = false;
  }

  /** The lists; may change meanwhile. */
  [Symbol.iterator](): IterableIterator<Owners> {
    return this.#lists.values();
  }

  // ---- single keys

  /** The node was told all of a key. */
  learn(key: string): void {
    if (this.#lists.size === 0) return;
    this.#lacked?.delete(key);
    this.#knew.delete(key);
    if (this.#known.size < KEYS_MAX) this.#known.add(key);
  }

  /** Whether the node was told all of a key since it became stale. */
  knows(key: string): boolean {
    return this.#known.has(key);
  }

  knownKeys(): IterableIterator<string> {
    return this.#known.values();
  }

  /** Whether the node was told all of a key since it became stale, until it missed something of it. */
  knew(key: string): boolean {
    return this.#knew.has(key);
  }

  knewKeys(): IterableIterator<string> {
    return this.#knew.values();
  }

  /** The node missed something of a key. @param isFirst whether it lacks nothing else of the key */
  forget(key: string, isFirst: boolean): void {
    if (this.#known.delete(key)) {
      if (this.#knew.size < KEYS_MAX) this.#knew.add(key);
    } else if (isFirst) this.#knew.delete(key);
  }

  /** The node has nothing of a key. */
  forgetKey(key: string): void {
    this.#known.delete(key);
    this.#knew.delete(key);
  }

  /** The node has lost whatever it was told. */
  forgetAll(): void {
    this.#known.clear();
    this.#knew.clear();
  }

  // ---- since when

  /** Since when the node has missed writes that nobody remembers one by one; undefined: it has not. */
  get overflowedSince(): number | undefined {
    return this.#overflowedSince;
  }

  /**
   * Notes that the node has missed too much. O(keys that it lacks)
   * @param now the place in the order of misses; the first one counts
   * @param lacks the keys that it lacks by now, each with since when
   */
  overflow(now: number, lacks: ReadonlyMap<string, number>): void {
    this.#overflowedSince ??= now;
    this.#lacked ??= new Map();
    for (const [key, since] of lacks) {
      this.forgetKey(key);
      const before = this.#lacked.get(key);
      if (before === undefined || since < before) this.#lacked.set(key, since);
    }
    // Of too many it is not remembered since when, either.
    if (this.#lacked.size > KEYS_MAX) this.#lacked.clear();
  }

  /** Since when the node may lack a key, as far as it has missed too much; undefined: it has not. */
  lacksSince(key: string): number | undefined {
    return this.#lacked?.get(key) ?? this.#overflowedSince;
  }
}
