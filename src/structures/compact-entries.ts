import type { Entries } from "./entries.ts";
import { AFTER_ALL, isLess, type ZMember } from "./z-member.ts";

/**
 * The entries of a small sorted set: two plain arrays in order of rank, searched from the front.
 *
 * Most boards are small. Up to a few dozen members a walk over one array is as fast as a hash
 * table, and the two arrays cost 16 bytes a member where the tables of a large set would cost
 * kilobytes before the first member. An entry's handle is its rank.
 */
export class CompactEntries implements Entries {
  readonly #members: string[] = [];
  readonly #scores: number[] = [];

  get size(): number {
    return this.#members.length;
  }

  find(member: string): number {
    return this.#members.indexOf(member);
  }

  scoreOf(handle: number): number {
    return this.#scores[handle] as number;
  }

  rankOf(handle: number): number {
    return handle;
  }

  insert(member: string, score: number): void {
    let at = this.#members.length;
    while (at > 0 && isLess(score, member, this.#score(at - 1), this.#member(at - 1))) {
      this.#move(at - 1, at);
      at--;
    }
    this.#members[at] = member;
    this.#scores[at] = score;
  }

  update(handle: number, score: number): void {
    const member = this.#member(handle);
    const last = this.#members.length - 1;
    let at = handle;
    while (at < last && isLess(this.#score(at + 1), this.#member(at + 1), score, member)) {
      this.#move(at + 1, at);
      at++;
    }
    while (at > 0 && isLess(score, member, this.#score(at - 1), this.#member(at - 1))) {
      this.#move(at - 1, at);
      at--;
    }
    this.#members[at] = member;
    this.#scores[at] = score;
  }

  remove(handle: number): void {
    this.#members.splice(handle, 1);
    this.#scores.splice(handle, 1);
  }

  countBelow(score: number, member: string | typeof AFTER_ALL): number {
    let count = 0;
    while (count < this.#members.length && this.#isBelow(count, score, member)) count++;
    return count;
  }

  countBelowMember(member: string): number {
    let count = 0;
    while (count < this.#members.length && this.#member(count) < member) count++;
    return count;
  }

  read(start: number, count: number, reverse: boolean): ZMember[] {
    const entries: ZMember[] = [];
    const step = reverse ? -1 : 1;
    for (let i = 0, at = start; i < count; i++, at += step) entries.push(this.#entry(at));
    return entries;
  }

  removeRange(start: number, count: number): ZMember[] {
    const removed = this.read(start, count, false);
    this.#members.splice(start, count);
    this.#scores.splice(start, count);
    return removed;
  }

  scan(_cursor: number, _count: number, into: ZMember[]): number {
    for (let at = 0; at < this.size; at++) into.push(this.#entry(at));
    return 0;
  }

  *[Symbol.iterator](): IterableIterator<ZMember> {
    for (let at = 0; at < this.size; at++) yield this.#entry(at);
  }

  checkInvariants(): void {
    if (this.#scores.length !== this.#members.length) throw new Error("two lengths");
    for (let at = 1; at < this.size; at++) {
      if (!isLess(this.#score(at - 1), this.#member(at - 1), this.#score(at), this.#member(at))) {
        throw new Error(`${this.#member(at - 1)} stands before ${this.#member(at)}`);
      }
    }
  }

  #isBelow(at: number, score: number, member: string | typeof AFTER_ALL): boolean {
    const own = this.#score(at);
    return own < score || (own === score && (member === AFTER_ALL || this.#member(at) < member));
  }

  #entry(at: number): ZMember {
    return { member: this.#member(at), score: this.#score(at) };
  }

  #move(from: number, to: number): void {
    this.#members[to] = this.#member(from);
    this.#scores[to] = this.#score(from);
  }

  #member(at: number): string {
    return this.#members[at] as string;
  }

  #score(at: number): number {
    return this.#scores[at] as number;
  }
}
