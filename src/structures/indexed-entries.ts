import type { Entries } from "./entries.ts";
import type { Random } from "./random.ts";
import { SkipList } from "./skip-list.ts";
import { type AFTER_ALL, type ZMember } from "./z-member.ts";
import { NO_SLOT, SlotTable } from "./slot-table.ts";
import type { SlotWatcher } from "./slot-watcher.ts";
import type { StringHash } from "./string-hash.ts";

/**
 * The entries of a large sorted set: a hash table from member to score, and a skip list over
 * (score, member), always changed together. An entry's handle is its slot in the table.
 */
export class IndexedEntries implements Entries {
  /** Is told of every entry before it changes; nobody there costs nothing. */
  watcher: SlotWatcher | undefined;
  readonly #table: SlotTable;
  readonly #index: SkipList;

  constructor(random: Random, hash: StringHash) {
    this.#table = new SlotTable(hash);
    this.#index = new SkipList({ random });
  }

  get size(): number {
    return this.#table.size;
  }

  /** All slots in use are below it. */
  get slotsEnd(): number {
    return this.#table.slotsEnd;
  }

  /** The member at a slot, or `undefined` where it is free. O(1). */
  memberAt(slot: number): string | undefined {
    return this.#table.keyAt(slot);
  }

  find(member: string): number {
    return this.#table.find(member, this.#table.hash(member));
  }

  scoreOf(handle: number): number {
    return this.#table.numberAt(handle);
  }

  rankOf(handle: number): number {
    return this.#index.rankOfKnown(this.#table.numberAt(handle), this.#member(handle));
  }

  insert(member: string, score: number): void {
    const slot = this.#table.add(member, this.#table.hash(member), score);
    this.watcher?.added(slot);
    this.#index.insert(score, member);
  }

  update(handle: number, score: number): void {
    this.watcher?.changing(handle);
    this.#index.update(this.#table.numberAt(handle), this.#member(handle), score, true);
    this.#table.setNumber(handle, score);
  }

  remove(handle: number): void {
    this.watcher?.changing(handle);
    this.#index.delete(this.#table.numberAt(handle), this.#member(handle));
    this.#table.remove(handle);
  }

  countBelow(score: number, member: string | typeof AFTER_ALL): number {
    return this.#index.countBelow(score, member);
  }

  countBelowMember(member: string): number {
    return this.#index.countBelowMember(member);
  }

  read(start: number, count: number, reverse: boolean): ZMember[] {
    return this.#index.read(start, count, reverse);
  }

  removeRange(start: number, count: number): ZMember[] {
    const removed = this.#index.deleteRange(start, count);
    for (const { member } of removed) {
      const slot = this.find(member);
      this.watcher?.changing(slot);
      this.#table.remove(slot);
    }
    return removed;
  }

  scan(cursor: number, count: number, into: ZMember[]): number {
    const end = this.#table.slotsEnd;
    let slot = cursor;
    for (let visited = 0; slot < end && visited < count; slot++, visited++) {
      const member = this.#table.keyAt(slot);
      if (member !== undefined) into.push({ member, score: this.#table.numberAt(slot) });
    }
    return slot < end ? slot : 0;
  }

  [Symbol.iterator](): IterableIterator<ZMember> {
    return this.#index[Symbol.iterator]();
  }

  checkInvariants(): void {
    this.#table.checkInvariants();
    this.#index.checkInvariants();
    if (this.#table.size !== this.#index.length) throw new Error("table and index differ in size");
    for (const { member, score } of this.#index) {
      const slot = this.find(member);
      if (slot === NO_SLOT) throw new Error(`${member} is in the index and not in the table`);
      if (!Object.is(this.#table.numberAt(slot), score))
        throw new Error(`${member} has two scores`);
    }
  }

  #member(handle: number): string {
    return this.#table.keyAt(handle) as string;
  }
}
