import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { CacheError } from "../errors.ts";
import { seededRandom } from "./random.ts";
import { SkipList } from "./skip-list.ts";
import { AFTER_ALL, isLess, type ZMember } from "./z-member.ts";

/** The same list, a sorted array, as plainly as it can be written. */
class PlainList {
  readonly pairs: ZMember[] = [];

  get length(): number {
    return this.pairs.length;
  }

  rank(score: number, member: string): number | undefined {
    const rank = this.pairs.findIndex((one) => one.score === score && one.member === member);
    return rank < 0 ? undefined : rank;
  }

  scoreOf(member: string): number | undefined {
    return this.pairs.find((one) => one.member === member)?.score;
  }

  insert(score: number, member: string): boolean {
    if (this.rank(score, member) !== undefined) return false;
    this.pairs.splice(this.countBelow(score, member), 0, { member, score });
    return true;
  }

  delete(score: number, member: string): boolean {
    const rank = this.rank(score, member);
    if (rank !== undefined) this.pairs.splice(rank, 1);
    return rank !== undefined;
  }

  countBelow(score: number, member: string | typeof AFTER_ALL): number {
    return this.pairs.filter((one) =>
      member === AFTER_ALL ? one.score <= score : isLess(one.score, one.member, score, member),
    ).length;
  }

  within(min: number, max: number): ZMember[] {
    return this.pairs.filter(({ score }) => score >= min && score <= max);
  }
}

/** Members are unique in the histories, as they are in a sorted set. */
type Step =
  | readonly [move: "put", member: string, score: number]
  | readonly [move: "drop", member: string]
  | readonly [move: "dropRange", start: number, count: number]
  | readonly [move: "crowd", from: number, count: number, scores: number];

const MEMBERS = 400;
/** Enough for several blocks. */
const ENTRIES = 400;
const TIED = [0, -0, 1, 2, 2.5, -7, Infinity, -Infinity];

const member = fc.nat({ max: MEMBERS }).map((i) => `m${i}`);
const score = fc.oneof(fc.constantFrom(...TIED), fc.double({ noNaN: true }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant("put" as const), member, score) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("drop" as const), member) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constant("dropRange" as const), fc.nat(MEMBERS), fc.nat(150)),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant("crowd" as const),
      fc.nat(MEMBERS),
      fc.nat(200),
      fc.constantFrom(1, 3, 1000),
    ),
  },
);

function put(list: SkipList, plain: PlainList, member: string, score: number): void {
  const from = plain.scoreOf(member);
  if (from === undefined) {
    expect(list.insert(score, member)).toBe(plain.insert(score, member));
    return;
  }
  expect(list.insert(from, member)).toBe(false);
  expect(list.update(from, member, score)).toBe(true);
  plain.delete(from, member);
  plain.insert(score, member);
}

function apply(list: SkipList, plain: PlainList, step: Step): void {
  switch (step[0]) {
    case "put":
      put(list, plain, step[1], step[2]);
      break;
    case "drop": {
      const from = plain.scoreOf(step[1]) ?? 0;
      expect(list.delete(from, step[1])).toBe(plain.delete(from, step[1]));
      break;
    }
    case "dropRange": {
      const start = Math.min(step[1], list.length);
      const count = Math.min(step[2], list.length - start);
      expect(list.deleteRange(start, count)).toEqual(plain.pairs.splice(start, count));
      break;
    }
    case "crowd":
      for (let i = 0; i < step[2]; i++) {
        put(list, plain, `m${(step[1] + i * 3) % MEMBERS}`, (i * 7) % step[3]);
      }
  }
}

/** Every question that has an answer at every rank. */
function expectAlike(list: SkipList, plain: PlainList): void {
  expect([...list]).toEqual(plain.pairs);
  expect([...list.reversed()]).toEqual(plain.pairs.toReversed());
  for (const [rank, { score, member }] of plain.pairs.entries()) {
    expect(list.at(rank)).toEqual({ score, member });
    expect(list.rank(score, member)).toBe(rank);
    expect(list.countBelow(score, member)).toBe(rank);
  }
}

/** A list of `m0000`, `m0001`, ..., whose scores follow from the number. */
function listOf(count: number, scoreOf: (i: number) => number, random = seededRandom(1)): SkipList {
  const list = new SkipList({ random });
  for (let i = 0; i < count; i++) list.insert(scoreOf(i), nameOf(i));
  return list;
}

function nameOf(i: number): string {
  return `m${String(i).padStart(4, "0")}`;
}

/** How often a list draws for its first tower when each draw is this number. */
function drawsOf(number: number): number {
  let draws = 0;
  new SkipList({
    random: () => {
      draws++;
      return number;
    },
  }).insert(1, "a");
  return draws;
}

/** The numbers that a list draws of a generator with this seed. */
function drawn(seed: number): number[] {
  const numbers: number[] = [];
  const random = seededRandom(seed);
  const record = (): number => {
    const number = random();
    numbers.push(number);
    return number;
  };
  listOf(2000, (i) => (i * 37) % 501, record);
  return numbers;
}

describe("a skip list", () => {
  test("answers as a sorted array does, whatever comes, moves and goes", () => {
    const histories = fc.array(step, { minLength: 1, maxLength: 30, size: "max" });
    const property = fc.property(histories, fc.integer(), (history, seed) => {
      const list = new SkipList({ random: seededRandom(seed) });
      const plain = new PlainList();
      for (const step of history) {
        apply(list, plain, step);
        list.checkInvariants();
        expect(list.length).toBe(plain.length);
      }
      expectAlike(list, plain);
    });
    fc.assert(property, { numRuns: 60 });
  });

  test("counts and finds in score ranges as a sorted array does", () => {
    const pairs = fc.array(fc.tuple(score, member), { maxLength: 150, size: "max" });
    fc.assert(
      fc.property(pairs, score, score, fc.option(member, { nil: AFTER_ALL }), (pairs, a, b, m) => {
        const list = new SkipList();
        const plain = new PlainList();
        for (const [score, member] of pairs) {
          expect(list.insert(score, member)).toBe(plain.insert(score, member));
        }
        expect(list.countBelow(a, m)).toBe(plain.countBelow(a, m));
        expect(list.firstInScoreRange(a, b)).toEqual(plain.within(a, b)[0]);
        expect(list.lastInScoreRange(a, b)).toEqual(plain.within(a, b).at(-1));
      }),
    );
  });

  test("counts and finds among members of equal scores as a sorted array does", () => {
    const names = fc.uniqueArray(fc.string({ maxLength: 2 }), { maxLength: 200, size: "max" });
    const name = fc.string({ maxLength: 2 });
    fc.assert(
      fc.property(names, name, name, fc.constantFrom(...TIED), (names, min, max, score) => {
        const list = new SkipList();
        for (const name of names) list.insert(score, name);
        const within = names.toSorted(compare).filter((name) => name >= min && name <= max);
        expect(list.countBelowMember(min)).toBe(names.filter((name) => name < min).length);
        expect(list.firstInLexRange(min, max)?.member).toBe(within[0]);
        expect(list.lastInLexRange(min, max)?.member).toBe(within.at(-1));
      }),
    );
  });

  test("reads a run of ranks in either direction", () => {
    const list = listOf(500, (i) => i);
    const all = [...list];
    fc.assert(
      fc.property(fc.nat(499), fc.nat(500), (start, wanted) => {
        const up = Math.min(wanted, 500 - start);
        expect(list.read(start, up)).toEqual(all.slice(start, start + up));
        const down = Math.min(wanted, start + 1);
        const below = all.slice(start + 1 - down, start + 1).reverse();
        expect(list.read(start, down, true)).toEqual(below);
      }),
    );
  });

  const orders: readonly [kind: string, scoreOf: (i: number) => number][] = [
    ["ascending", (i) => i],
    ["descending", (i) => -i],
    ["from both ends to the middle", (i) => (i % 2 === 0 ? i : 10_000 - i)],
    ["from the middle to both ends", (i) => (i % 2 === 0 ? i : -i)],
    ["all at one score", () => 5],
    ["at three scores in turn", (i) => i % 3],
    ["at scores that only differ in the last bit", (i) => 1 + (i % 7) * Number.EPSILON],
    ["at the infinities and zero", (i) => [Infinity, 0, -Infinity, -0][i % 4] as number],
    ["from infinity down", (i) => (i === 0 ? Infinity : -i)],
  ];
  test.each(orders)("is whole at every step of inserts %s", (_kind, scoreOf) => {
    const list = new SkipList();
    const plain = new PlainList();
    for (let i = 0; i < ENTRIES; i++) {
      expect(list.insert(scoreOf(i), nameOf(i))).toBe(true);
      plain.insert(scoreOf(i), nameOf(i));
      list.checkInvariants();
    }
    expectAlike(list, plain);
    for (let i = 0; i < ENTRIES; i++) {
      expect(list.delete(scoreOf(i), nameOf(i))).toBe(true);
      list.checkInvariants();
    }
    expect(list.length).toBe(0);
    expect(list.insert(1, "again")).toBe(true);
    list.checkInvariants();
  });

  test("moves a pair past any number of others, and back", () => {
    const list = listOf(1000, (i) => i);
    for (const to of [-1, 0.5, 499.5, 998.5, 1000, Infinity, -Infinity]) {
      expect(list.update(500, nameOf(500), to)).toBe(true);
      list.checkInvariants();
      expect(list.rank(500, nameOf(500))).toBeUndefined();
      const below = [...list].filter((one) => isLess(one.score, one.member, to, nameOf(500)));
      expect(list.rank(to, nameOf(500))).toBe(below.length);
      expect(list.update(to, nameOf(500), 500)).toBe(true);
      list.checkInvariants();
    }
    expect(list.rank(500, nameOf(500))).toBe(500);
  });

  test("takes a pair that is there for no new one, and misses what is not there", () => {
    const list = listOf(200, (i) => i);
    expect(list.insert(7, nameOf(7))).toBe(false);
    for (const [score, member] of [
      [7, "m"],
      [8, nameOf(7)],
      [-1, "a"],
      [1000, "z"],
    ] as const) {
      expect(list.delete(score, member)).toBe(false);
      expect(list.update(score, member, 3)).toBe(false);
      expect(list.rank(score, member)).toBeUndefined();
    }
    expect(list.length).toBe(200);
    list.checkInvariants();
  });

  test("has nothing in it when it is empty, or was emptied", () => {
    const emptied = listOf(300, (i) => i);
    emptied.deleteRange(0, 300);
    for (const list of [new SkipList(), emptied]) {
      expect(list.length).toBe(0);
      expect(list.at(0)).toBeUndefined();
      expect(list.countBelow(Infinity, AFTER_ALL)).toBe(0);
      expect(list.countBelowMember("a")).toBe(0);
      expect(list.firstInScoreRange(-Infinity, Infinity)).toBeUndefined();
      expect(list.lastInScoreRange(-Infinity, Infinity)).toBeUndefined();
      expect(list.firstInLexRange("", "\xff")).toBeUndefined();
      expect(list.lastInLexRange("", "\xff")).toBeUndefined();
      expect(list.delete(1, "a")).toBe(false);
      expect(list.update(1, "a", 2)).toBe(false);
      expect([...list, ...list.reversed(), ...list.read(0, 0)]).toEqual([]);
      list.checkInvariants();
    }
  });

  test("has no pair at a rank outside of it", () => {
    const list = listOf(3, (i) => i);
    for (const rank of [-1, 3, Infinity, -Infinity, Number.NaN]) {
      expect(list.at(rank)).toBeUndefined();
    }
  });

  test("removes any run of ranks, however it lies over the blocks", () => {
    for (const start of [0, 1, 63, 64, 65, 200]) {
      for (const count of [0, 1, 63, 64, 65, 128, 300]) {
        const list = listOf(500, (i) => i % 5);
        const left = [...list];
        expect(list.deleteRange(start, count)).toEqual(left.splice(start, count));
        list.checkInvariants();
        expect([...list]).toEqual(left);
      }
    }
  });

  test("takes -0 and 0 for one score", () => {
    const list = new SkipList();
    expect(list.insert(-0, "a")).toBe(true);
    expect(list.insert(0, "a")).toBe(false);
    expect(list.insert(0, "b")).toBe(true);
    expect(list.insert(-0, "c")).toBe(true);
    expect([...list].map(({ member }) => member)).toEqual(["a", "b", "c"]);
    expect(list.rank(0, "c")).toBe(2);
    expect(list.countBelow(-0, AFTER_ALL)).toBe(3);
    expect(list.delete(0, "a")).toBe(true);
  });

  test("gives back each score as it was given: -0, fractions, integers beyond 32 bits", () => {
    const list = new SkipList();
    const scores = [-Infinity, -(2 ** 31) - 1, -(2 ** 31), -1.5, -0, 1, 2 ** 31, 2 ** 53, Infinity];
    for (const score of scores) list.insert(score, "m");
    expect(list.read(0, scores.length).map(({ score }) => score)).toEqual(scores);
    expect([...list].map(({ score }) => score)).toEqual(scores);
    expect(scores.map((_, rank) => list.at(rank)?.score)).toEqual(scores);
  });

  test("hands out entries that are the caller's", () => {
    const list = listOf(2, (i) => i);
    for (const one of [list.at(0), list.read(0, 1)[0], [...list][0]]) {
      if (one !== undefined) one.score = 99;
    }
    expect(list.at(0)).toEqual({ member: nameOf(0), score: 0 });
    list.checkInvariants();
  });

  test("refuses NaN, and is as it was", () => {
    const list = listOf(100, (i) => i);
    const refusal = expect.objectContaining({ code: "INVALID_SCORE" }) as unknown;
    const refused = [
      (): unknown => list.insert(Number.NaN, "new"),
      (): unknown => list.update(5, nameOf(5), Number.NaN),
    ].map((call) => {
      try {
        return call();
      } catch (error) {
        return error;
      }
    });
    expect(refused).toEqual([refusal, refusal]);
    expect(refused[0]).toBeInstanceOf(CacheError);
    expect([list.length, list.rank(5, nameOf(5))]).toEqual([100, 5]);
    list.checkInvariants();
  });

  test("is not disturbed by the calls of another list in between", () => {
    const a = new SkipList();
    const b = new SkipList();
    for (let i = 0; i < 500; i++) {
      a.insert(i % 11, nameOf(i));
      b.insert(-i, nameOf(i));
      if (i % 3 === 0) a.delete(i % 11, nameOf(i));
      if (i % 5 === 0) b.update(-i, nameOf(i), i);
      a.checkInvariants();
      b.checkInvariants();
    }
  });
});

describe("the towers", () => {
  const coins: readonly [kind: string, random: () => number][] = [
    ["all of 32 levels", () => 0],
    ["all of one level", () => 0.999],
  ];
  test.each(coins)("work when they are %s", (_kind, random) => {
    const list = new SkipList({ random });
    const plain = new PlainList();
    for (let i = 0; i < 500; i++) {
      const score = (i * 31) % 97;
      list.insert(score, nameOf(i));
      plain.insert(score, nameOf(i));
      if (i % 10 === 0) list.checkInvariants();
    }
    expectAlike(list, plain);
    for (let i = 0; i < 500; i += 2) list.delete((i * 31) % 97, nameOf(i));
    list.checkInvariants();
    expect(list.deleteRange(0, 250)).toHaveLength(250);
    list.checkInvariants();
  });

  test("rise a level with a probability of 1/4, up to 32 of them", () => {
    expect([0, 0.2499].map(drawsOf)).toEqual([31, 31]);
    expect([0.25, 0.999].map(drawsOf)).toEqual([1, 1]);
  });

  test("need no randomness from outside, and draw the same for the same seed", () => {
    const outside = vi.spyOn(Math, "random");
    const list = new SkipList();
    for (let i = 0; i < 1000; i++) list.insert((i * 37) % 501, nameOf(i));
    expect(outside).not.toHaveBeenCalled();
    outside.mockRestore();

    expect(drawn(5)).toEqual(drawn(5));
    expect(drawn(5)).not.toEqual(drawn(6));
  });
});

describe("ranks and counts outside of the list", () => {
  const list = new SkipList();
  for (let i = 0; i < 10; i++) list.insert(i, `m${i}`);

  test("read what there is, and nothing beyond", () => {
    expect(list.read(5, 20).map(({ score }) => score)).toEqual([5, 6, 7, 8, 9]);
    expect(list.read(2, 20, true).map(({ score }) => score)).toEqual([2, 1, 0]);
    for (const [start, count] of [
      [-3, 2],
      [10, 1],
      [0.5, 1],
      [NaN, 1],
      [0, -1],
      [0, NaN],
    ] as const) {
      expect(list.read(start, count)).toEqual([]);
      expect(list.deleteRange(start, count)).toEqual([]);
    }
    for (const rank of [-1, 10, 0.5, NaN]) expect(list.at(rank)).toBeUndefined();
    expect(new SkipList().read(0, 1)).toEqual([]);
  });

  test("delete what there is, and end", () => {
    const short = new SkipList();
    short.insert(1, "a");
    expect(short.deleteRange(0, 2)).toEqual([{ member: "a", score: 1 }]);
    expect(short.length).toBe(0);
    short.checkInvariants();
  });

  test("NaN is no score to look for either", () => {
    expect(() => list.rank(NaN, "m1")).toThrow(/score must be a number/);
    expect(() => list.delete(NaN, "m1")).toThrow(/score must be a number/);
  });
});

describe("an update to a pair that is there already", () => {
  test("makes one pair of the two", () => {
    const list = new SkipList();
    list.insert(1, "a");
    list.insert(2, "a");
    expect(list.update(1, "a", 2)).toBe(true);
    expect([...list]).toEqual([{ member: "a", score: 2 }]);
    list.checkInvariants();
  });

  test("changes nothing where the pair to be updated is not there", () => {
    const list = new SkipList();
    list.insert(2, "a");
    expect(list.update(1, "a", 2)).toBe(false);
    expect([...list]).toEqual([{ member: "a", score: 2 }]);
  });
});

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
