import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ABSENT, type Change, costOf, isWhole, merge, OTHER } from "./change.ts";

/** What a key holds, a string or scores, as plainly as it can be written. */
type State = { holds: string | Record<string, number>; expiresAt: number } | undefined;

/** What a replica makes of a change; `"lost"` where it cannot follow. */
function follow(state: State, change: Change): State | "lost" {
  const { type } = change;
  if (type === "other") return "lost";
  if (type === "absent") return undefined;
  if (type === "string") return { holds: String(change.value), expiresAt: change.expiresAt };
  if (type === "expiry") return state && { ...state, expiresAt: change.expiresAt };
  const before = isWhole(change) || typeof state?.holds !== "object" ? {} : state.holds;
  const after = Object.entries({ ...before, ...Object.fromEntries(change.scores) });
  const left = after.filter((pair): pair is [string, number] => pair[1] !== undefined);
  if (left.length !== change.size) return "lost";
  return { holds: Object.fromEntries(left), expiresAt: change.expiresAt };
}

/** What a caller does to a key. Scores are given to members (undefined: none), or replace all there were. */
type Write =
  | "delete"
  | { set: string }
  | { expireAt: number }
  | { scores: Scores; replace: boolean; until: number | undefined };
type Scores = readonly (readonly [member: string, score: number | undefined])[];

const member = fc.constantFrom("a", "b", "c", "d");
const score = fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined, freq: 3 });
const scores = fc.uniqueArray(fc.tuple(member, score), { minLength: 1, selector: ([m]) => m });
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.constant("delete" as const),
  fc.record({ set: fc.string() }),
  fc.record({ expireAt: fc.constantFrom(1000, 2000, Infinity) }),
  {
    weight: 4,
    arbitrary: fc.record({
      scores,
      replace: fc.boolean(),
      until: fc.constantFrom(undefined, undefined, 4000),
    }),
  },
);

/** The change that a write leaves behind: of a sorted set that is another than before, all is told. */
function changeBy(write: Write, state: State): Change {
  if (write === "delete") return ABSENT;
  if ("set" in write) return { type: "string", value: write.set, expiresAt: 3000 };
  if ("expireAt" in write) {
    return state === undefined ? ABSENT : { type: "expiry", expiresAt: write.expireAt };
  }
  const isNew = write.replace || typeof state?.holds !== "object";
  const after = new Map<string, number | undefined>(isNew ? [] : Object.entries(state.holds));
  for (const [member, score] of write.scores) {
    if (score === undefined) after.delete(member);
    else after.set(member, score);
  }
  if (after.size === 0) return ABSENT;
  const scores = isNew ? after : new Map(write.scores);
  const expiresAt = write.until ?? state?.expiresAt ?? Infinity;
  return { type: "scores", scores, size: after.size, expiresAt };
}

/** The life of a key: its states, the first before any change, and what led from one to the next. */
const life = fc.array(write, { maxLength: 12 }).map((writes) => {
  const states: State[] = [undefined];
  const changes = writes.map((write) => {
    const change = changeBy(write, states.at(-1));
    states.push(follow(states.at(-1), change) as State);
    return change;
  });
  return { states, changes };
});

function some(scores: Record<string, number | undefined>, size: number): Change {
  return { type: "scores", scores: new Map(Object.entries(scores)), size, expiresAt: Infinity };
}

describe("merged changes", () => {
  test("say what they do one after the other, however many they are", () => {
    fc.assert(
      fc.property(life, fc.nat(10), ({ states, changes }, first) => {
        let merged: Change | undefined;
        for (let i = first; i < changes.length; i++) {
          // A merge takes the scores of the first change over.
          const next = structuredClone(changes[i] as Change);
          merged = merged === undefined ? next : merge(merged, next);
          if (merged === undefined) return;
          expect(follow(states[first], merged)).toEqual(states[i + 1]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("cost no more than each for itself", () => {
    fc.assert(
      fc.property(life, ({ changes }) => {
        for (let i = 1; i < changes.length; i++) {
          const first = structuredClone(changes[i - 1] as Change);
          const second = changes[i] as Change;
          const both = costOf(first) + costOf(second);
          const merged = merge(first, second);
          if (merged !== undefined) expect(costOf(merged)).toBeLessThanOrEqual(both);
        }
      }),
    );
  });

  test.each<[what: string, first: Change, second: Change]>([
    ["some scores of what was no sorted set", ABSENT, some({ a: 1 }, 2)],
    [
      "some scores of what only got a deadline",
      { type: "expiry", expiresAt: 1 },
      some({ a: 1 }, 2),
    ],
    ["what is to be copied", some({ a: 1 }, 2), OTHER],
  ])("are none where the second is %s", (_, first, second) => {
    expect(merge(first, second)).toBeUndefined();
  });

  test.each([[ABSENT], [OTHER]])("leave %o as it is, whatever its deadline becomes", (first) => {
    expect(merge(first, { type: "expiry", expiresAt: 5 })).toBe(first);
  });
});

describe("a whole change", () => {
  test("leaves the same behind, whatever was there", () => {
    fc.assert(
      fc.property(life, life, ({ states, changes }, other) => {
        changes.forEach((change, i) => {
          if (!isWhole(change)) return;
          for (const state of other.states) expect(follow(state, change)).toEqual(states[i + 1]);
        });
      }),
    );
  });

  test.each<[is: string, what: string, change: Change]>([
    ["is", "a string", { type: "string", value: "", expiresAt: 1 }],
    ["is", "that the key is gone", ABSENT],
    ["is", "all scores of a sorted set", some({ a: 1, b: 2 }, 2)],
    ["is", "all scores of a sorted set, and who left it", some({ a: 1, b: 2, c: undefined }, 2)],
    ["is not", "another deadline", { type: "expiry", expiresAt: 1 }],
    ["is not", "what is to be copied", OTHER],
    ["is not", "one score of two", some({ a: 1 }, 2)],
    ["is not", "one score of two, and who left", some({ a: 1, c: undefined }, 2)],
  ])("%s %s", (is, _, change) => {
    expect(isWhole(change)).toBe(is === "is");
  });
});

test("a change costs more than the text that it holds", () => {
  const long = "x".repeat(1000);
  expect(costOf({ type: "string", value: long, expiresAt: 1 })).toBeGreaterThan(1000);
  expect(costOf({ type: "string", value: Buffer.from(long), expiresAt: 1 })).toBeGreaterThan(1000);
  expect(costOf(some({ [long]: 1, [`${long}2`]: undefined }, 9))).toBeGreaterThan(2000);
  for (const change of [ABSENT, OTHER]) expect(costOf(change)).toBeGreaterThan(0);
});
