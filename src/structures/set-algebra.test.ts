import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Aggregate,
  type AlgebraOptions,
  checkAlgebra,
  countIntersection,
  difference,
  intersection,
  union,
} from "./set-algebra.ts";
import { SortedSet } from "./sorted-set.ts";

type Scores = Readonly<Record<string, number>>;

function setOf(scores: Scores): SortedSet {
  const set = new SortedSet();
  for (const [member, score] of Object.entries(scores)) set.set(member, score);
  return set;
}

/** Of two equal scores, which zero it is does not matter. */
function scoresOf(set: SortedSet): Scores {
  return Object.fromEntries([...set].map(({ member, score }) => [member, score + 0]));
}

/** The scores of a union or an intersection; `undefined` is a key that is not there. */
function combined(
  combine: typeof union,
  sets: readonly (Scores | undefined)[],
  options: AlgebraOptions = {},
): Scores {
  const result = new SortedSet();
  combine(
    sets.map((scores) => (scores === undefined ? undefined : setOf(scores))),
    options,
    result,
  );
  result.checkInvariants();
  return scoresOf(result);
}

function differenceOf(...sets: readonly (Scores | undefined)[]): Scores {
  const result = new SortedSet();
  difference(
    sets.map((scores) => (scores === undefined ? undefined : setOf(scores))),
    result,
  );
  return scoresOf(result);
}

const member = fc.constantFrom("a", "b", "c", "d", "e");
const scores = fc.dictionary(
  member,
  fc.oneof(fc.constantFrom(Infinity, -Infinity, 0), fc.integer({ min: -9, max: 9 })),
);
const operands = fc.array(fc.option(scores, { nil: undefined }), { minLength: 1, maxLength: 4 });
const aggregate = fc.constantFrom<Aggregate>("sum", "min", "max");

/** A set and a weight for it. */
const weighted = fc.array(
  fc.tuple(fc.option(scores, { nil: undefined }), fc.constantFrom(0, 1, -2, 0.5, Infinity)),
  { minLength: 1, maxLength: 4 },
);

/**
 * Redis' rules, one member at a time: the smallest set first; what would be NaN counts as 0, in an
 * intersection only the first product and every sum.
 */
function aggregated(
  member: string,
  sets: readonly (readonly [Scores | undefined, number])[],
  aggregate: Aggregate,
  combination: "union" | "intersection",
): number | undefined {
  const size = (scores: Scores | undefined): number => Object.keys(scores ?? {}).length;
  let result: number | undefined;
  for (const [scores, weight] of sets.toSorted(([a], [b]) => size(a) - size(b))) {
    const score = scores?.[member];
    if (score === undefined) continue;
    const product = score * weight;
    const isZeroed = Number.isNaN(product) && (combination === "union" || result === undefined);
    const next = isZeroed ? 0 : product;
    if (result === undefined) result = next;
    else if (aggregate === "min") result = next < result ? next : result;
    else if (aggregate === "max") result = next > result ? next : result;
    else result = Number.isNaN(result + next) ? 0 : result + next;
  }
  return result === undefined ? undefined : result + 0;
}

describe("a union", () => {
  test("has each member of each set, its scores added, or the least or the greatest", () => {
    const sets = [
      { a: 1, b: 2 },
      { b: 3, c: 4 },
    ];
    expect(combined(union, sets)).toEqual({ a: 1, b: 5, c: 4 });
    expect(combined(union, sets, { aggregate: "min" })).toEqual({ a: 1, b: 2, c: 4 });
    expect(combined(union, sets, { aggregate: "max" })).toEqual({ a: 1, b: 3, c: 4 });
  });

  test("of one set is that set", () => {
    fc.assert(
      fc.property(scores, aggregate, (scores, aggregate) => {
        expect(combined(union, [scores], { aggregate })).toEqual(scores);
      }),
    );
  });
});

describe("an intersection", () => {
  test("has the members that every set has", () => {
    const sets = [
      { a: 1, b: 2, c: 3 },
      { b: 10, c: 20, d: 30 },
      { c: 100, b: 200 },
    ];
    expect(combined(intersection, sets)).toEqual({ b: 212, c: 123 });
  });

  test("with a set that is not there is empty, wherever it stands", () => {
    expect(combined(intersection, [undefined, { a: 1 }])).toEqual({});
    expect(combined(intersection, [{ a: 1 }, undefined])).toEqual({});
    expect(combined(intersection, [undefined])).toEqual({});
  });

  test("of a set with itself counts it twice", () => {
    expect(combined(intersection, [{ a: 3 }, { a: 3 }])).toEqual({ a: 6 });
  });

  test("gives each set its own weight, though it begins with the smallest", () => {
    const sets = [{ a: 1, b: 1, c: 1 }, { a: 1, b: 1 }, { a: 1 }];
    expect(combined(intersection, sets, { weights: [100, 10, 1] })).toEqual({ a: 111 });
  });
});

describe("a difference", () => {
  test("has the members of the first set that no other has, with their scores", () => {
    expect(differenceOf({ a: 1, b: 2, c: 3 }, { b: 9 }, undefined, { d: 1 })).toEqual({
      a: 1,
      c: 3,
    });
  });

  test("from a set that is not there is empty, and without others the set itself", () => {
    expect(differenceOf(undefined, { a: 1 })).toEqual({});
    expect(differenceOf({ a: 1 })).toEqual({ a: 1 });
    expect(differenceOf({ a: 1 }, { a: 1 })).toEqual({});
  });
});

describe("union, intersection and difference", () => {
  test("score each member by the weights and the aggregate, the smallest set first", () => {
    fc.assert(
      fc.property(weighted, aggregate, (sets, aggregate) => {
        const options = { weights: sets.map(([, weight]) => weight), aggregate };
        const members = [...new Set(sets.flatMap(([scores]) => Object.keys(scores ?? {})))];
        const all = members.map((member) => [member, aggregated(member, sets, aggregate, "union")]);
        const common = members
          .filter((member) => sets.every(([scores]) => scores !== undefined && member in scores))
          .map((member) => [member, aggregated(member, sets, aggregate, "intersection")]);
        const operands = sets.map(([scores]) => scores);
        expect(combined(union, operands, options)).toEqual(Object.fromEntries(all));
        expect(combined(intersection, operands, options)).toEqual(Object.fromEntries(common));
      }),
    );
  });

  test("part a set: what it shares with another, and what it does not", () => {
    fc.assert(
      fc.property(scores, scores, (a, b) => {
        const shared = Object.keys(combined(intersection, [a, b]));
        const alone = Object.keys(differenceOf(a, b));
        expect([...shared, ...alone].sort()).toEqual(Object.keys(a).sort());
      }),
    );
  });

  test("leave the sets that they read as they were", () => {
    fc.assert(
      fc.property(operands, (operands) => {
        const sets = operands.map((scores) => scores && setOf(scores));
        union(sets, { weights: sets.map(() => 3) }, new SortedSet());
        intersection(sets, { weights: sets.map(() => 3) }, new SortedSet());
        difference(sets, new SortedSet());
        expect(sets.map((set) => set && scoresOf(set))).toEqual(operands);
      }),
    );
  });

  test("count infinities that cancel each other, and an infinity times 0, as 0", () => {
    const sets = [
      { a: Infinity, b: 1 },
      { a: -Infinity, b: 2 },
    ];
    expect(combined(union, sets)).toEqual({ a: 0, b: 3 });
    expect(combined(intersection, sets)).toEqual({ a: 0, b: 3 });
    expect(combined(union, [{ a: Infinity }], { weights: [0] })).toEqual({ a: 0 });
    expect(combined(intersection, [{ a: -Infinity }], { weights: [0] })).toEqual({ a: 0 });
    expect(combined(union, [{ a: 0 }], { weights: [Infinity] })).toEqual({ a: 0 });
  });
});

describe("the options", () => {
  test("may be left out, and may have any number as a weight", () => {
    expect(checkAlgebra(2, {})).toBeUndefined();
    expect(checkAlgebra(2, { weights: undefined, aggregate: undefined })).toBeUndefined();
    expect(checkAlgebra(3, { weights: [0, -1.5, Infinity], aggregate: "max" })).toBeUndefined();
  });

  const refused: readonly [what: string, sets: number, options: object][] = [
    ["no set", 0, {}],
    ["a weight too few", 2, { weights: [1] }],
    ["a weight too many", 1, { weights: [1, 2] }],
    ["a weight of NaN", 1, { weights: [Number.NaN] }],
    ["a weight that is no number", 1, { weights: ["1"] }],
    ["an unknown aggregate", 1, { aggregate: "avg" }],
    ["an aggregate of null", 1, { aggregate: null }],
  ];
  test.each(refused)("with %s are INVALID_OPTIONS", (_what, sets, options) => {
    expect(() => checkAlgebra(sets, options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }) as Error,
    );
  });
});

describe("the sign of a zero in a union", () => {
  test("is that of the sum, whatever the member had before", () => {
    const result = new SortedSet();
    union([setOf({ a: 0 }), setOf({ a: 0, b: 1 })], { weights: [-1, 1] }, result);
    expect(result.score("a")).toBe(0);
  });

  test("stays negative where nothing is added", () => {
    const result = new SortedSet();
    union([setOf({ a: 0 })], { weights: [-1] }, result);
    expect(result.score("a")).toBe(-0);
  });
});

describe("the size of an intersection", () => {
  const sets = [setOf({ a: 1, b: 2, c: 3 }), setOf({ b: 1, c: 1 }), setOf({ c: 5, b: 1, d: 1 })];

  test("counts the members that are in every set", () => {
    expect(countIntersection(sets, Infinity)).toBe(2);
  });

  test("is not counted beyond the limit", () => {
    expect(countIntersection(sets, 1)).toBe(1);
  });

  test("is 0 with a set that is not there", () => {
    expect(countIntersection([...sets, undefined], Infinity)).toBe(0);
  });
});
