import type { ZMember } from "../structures/z-member.ts";
import type { Databases } from "./databases.ts";
import { FrozenSet } from "./frozen-set.ts";
import { type FrozenKey, FrozenTable } from "./frozen-table.ts";
import type { ListpackLimits } from "./sorted-set-encoding.ts";

/** Takes the keys of frozen databases. */
export interface FrozenSink {
  /**
   * What follows is of this database, which had about so many keys, and so many of them with a
   * deadline. Told before its first key, and whenever the database changes, so perhaps repeatedly.
   */
  database(index: number, keys: number, expiring: number): void;
  string(key: string, value: string, expiresAt: number): void;
  /** A sorted set at once, lowest member first. */
  sortedSet(key: string, members: readonly ZMember[], expiresAt: number, isListpack: boolean): void;
  /**
   * A large sorted set: its members follow in parts and in any order until `size` have come;
   * nothing else comes in between.
   */
  beginSet(key: string, size: number, expiresAt: number): void;
  members(part: readonly ZMember[]): void;
}

/** Databases that are frozen now: twice at once they cannot be. */
const frozen = new WeakSet<Databases>();

/**
 * The keys of all databases as they were at one instant, handed over step by step while they go on
 * changing: what is about to change is kept before, key by key, and of large sets member by member.
 * So nothing is copied at once, and what changes often costs no more than what changes once.
 *
 * Keys that were expired at that instant are left out. What is kept and not yet handed over grows
 * with what changes between two calls of {@link read}, which hands it over first; only of a large
 * set that waits for its turn it may be more.
 */
export class FrozenDatabases {
  /** How many keys there were, expired ones that nobody had collected included. */
  readonly keys: number;
  readonly #databases: Databases;
  readonly #tables: FrozenTable[];
  /** Keys that changed before their turn, in no order that matters. */
  readonly #kept: FrozenKey[] = [];
  /** The table that the walk is in. */
  #walked = 0;
  /** The table of which the sink was told last. */
  #told: FrozenTable | undefined;
  /** The large set of which some members have been handed over. */
  #begun: FrozenSet | undefined;
  #isReleased = false;

  /**
   * From now on keeps what changes. O(databases), plus one bit a slot.
   * @throws {Error} where they are frozen already
   */
  constructor(databases: Databases, limits: ListpackLimits) {
    if (frozen.has(databases)) throw new Error("the databases are frozen already");
    frozen.add(databases);
    this.#databases = databases;
    this.keys = databases.size;
    const keep = (kept: FrozenKey): void => void this.#kept.push(kept);
    this.#tables = [...databases.entries()].map(
      ([index, keyspace]) => new FrozenTable(index, keyspace, limits, keep),
    );
  }

  /**
   * Hands over more, visiting about `steps` slots and members, at least 1; a small set may make it
   * some hundred more.
   * @returns false when everything has been handed over, and nothing is kept any more
   */
  read(sink: FrozenSink, steps: number): boolean {
    let left = steps;
    while (left > 0 && !this.#isReleased) {
      if (this.#begun !== undefined) left -= this.#goOn(this.#begun, sink, left);
      else {
        const key = this.#kept.pop() ?? this.#walkOn();
        left -= key === undefined ? 1 : this.#handOver(key, sink);
      }
    }
    return !this.#isReleased;
  }

  /** Keeps nothing any more, and has nothing more to hand over. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    frozen.delete(this.#databases);
    // The tables may be in any of the databases by now.
    for (const [, keyspace] of this.#databases.entries()) keyspace.preserve(undefined);
    this.#begun?.release();
    for (const { value } of this.#kept) if (value instanceof FrozenSet) value.release();
    this.#kept.length = 0;
    this.#tables.length = 0;
  }

  /** One step of the walk over all tables. @returns the key there, if there is one */
  #walkOn(): FrozenKey | undefined {
    const table = this.#tables[this.#walked];
    if (table === undefined) {
      this.release();
      return undefined;
    }
    if (!table.isOver) return table.next();
    this.#walked++;
    return undefined;
  }

  /** @returns how many steps it took */
  #handOver({ table, key, value, expiresAt }: FrozenKey, sink: FrozenSink): number {
    if (table !== this.#told) sink.database(table.index, table.keys, table.expiring);
    this.#told = table;
    if (typeof value === "string") sink.string(key, value, expiresAt);
    else if (value instanceof FrozenSet) {
      sink.beginSet(key, value.size, expiresAt);
      this.#begun = value;
    } else {
      sink.sortedSet(key, value.members, expiresAt, value.isListpack);
      return 1 + value.members.length;
    }
    return 1;
  }

  #goOn(set: FrozenSet, sink: FrozenSink, steps: number): number {
    const visited = set.read((part) => sink.members(part), steps);
    if (set.isOver) this.#begun = undefined;
    return visited;
  }
}
