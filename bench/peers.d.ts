/** The parts that the benchmarks use of packages that come without types. */
declare module "tlhunter-sorted-set" {
  export default class SortedSet {
    add(member: string, score: number): number | null;
    incrBy(increment: number, member: string): number;
    score(member: string): number | null;
    rank(member: string): number | null;
    range(start: number, stop: number, options: { withScores: true }): [string, number][];
    rangeByScore(min: number, max: number, options: { withScores: true }): [string, number][];
    count(min: number, max: number): number;
  }
}

declare module "hashring" {
  export default class HashRing {
    constructor(servers: readonly string[]);
    /** Its answers to the latest keys. */
    cache: { get(key: string): string | undefined; set(key: string, server: string): void };
    get(key: string): string;
  }
}
