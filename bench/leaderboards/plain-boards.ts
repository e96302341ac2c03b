import type { Entry, RankedBoard } from "./ranked-board.ts";

/** What many write themselves: an array in order, whose entries are found by bisection. */
export class SortedArray implements RankedBoard<unknown> {
  readonly #scores = new Map<string, number>();
  #entries: Entry[] = [];

  fill(entries: readonly Entry[]): void {
    for (const [member, score] of entries) this.#scores.set(member, score);
    this.#entries = [...this.#scores].sort(byScore);
  }

  add(member: string, score: number): void {
    const former = this.#scores.get(member);
    if (former !== undefined) this.#entries.splice(this.#placeOf(member, former), 1);
    this.#scores.set(member, score);
    this.#entries.splice(this.#placeOf(member, score), 0, [member, score]);
  }

  increment(member: string, delta: number): number {
    const score = (this.#scores.get(member) ?? 0) + delta;
    this.add(member, score);
    return score;
  }

  rank(member: string): number | undefined {
    const score = this.#scores.get(member);
    return score === undefined ? undefined : this.#placeOf(member, score);
  }

  first(count: number): Entry[] {
    return this.#entries.slice(0, count);
  }

  /** Where an entry is, or would be. */
  #placeOf(member: string, score: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byScore(this.#entries[middle] as Entry, [member, score]) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What is written at first: a Map of scores, sorted whenever somebody asks. */
export class MapSortedAtRead implements RankedBoard<unknown> {
  readonly #scores = new Map<string, number>();

  fill(entries: readonly Entry[]): void {
    for (const [member, score] of entries) this.#scores.set(member, score);
  }

  add(member: string, score: number): void {
    this.#scores.set(member, score);
  }

  increment(member: string, delta: number): number {
    const score = (this.#scores.get(member) ?? 0) + delta;
    this.#scores.set(member, score);
    return score;
  }

  rank(member: string): number {
    return this.#sorted().findIndex(([other]) => other === member);
  }

  first(count: number): Entry[] {
    return this.#sorted().slice(0, count);
  }

  #sorted(): Entry[] {
    return [...this.#scores].sort(byScore);
  }
}

function byScore([member, score]: Entry, [otherMember, otherScore]: Entry): number {
  if (score !== otherScore) return score - otherScore;
  if (member === otherMember) return 0;
  return member < otherMember ? -1 : 1;
}
