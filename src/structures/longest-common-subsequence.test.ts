import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  commonSubsequenceBytes,
  longestCommonSubsequence,
  textOf,
} from "./longest-common-subsequence.ts";

/** The length by the recurrence itself. */
function naiveLength(a: string, b: string): number {
  if (a === "" || b === "") return 0;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return naiveLength(restA, restB) + 1;
  return Math.max(naiveLength(restA, b), naiveLength(a, restB));
}

/** Whether `part` is there in `whole`, in order. */
function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const char of whole) if (char === part[at]) at++;
  return at === part.length;
}

const text = fc.string({ unit: fc.constantFrom("a", "b", "\0", "\xff"), maxLength: 8 });

describe("the longest common subsequence", () => {
  test("of two words is found with its runs, the last one first", () => {
    const common = longestCommonSubsequence("ohmytext", "mynewtext");
    expect(textOf(common, "ohmytext")).toBe("mytext");
    expect(common).toEqual({
      length: 6,
      runs: [
        { aStart: 4, aEnd: 7, bStart: 5, bEnd: 8 },
        { aStart: 2, aEnd: 3, bStart: 0, bEnd: 1 },
      ],
    });
  });

  test("of several equally long ones is the one that Redis chooses", () => {
    expect(textOf(longestCommonSubsequence("ab", "ba"), "ab")).toBe("b");
  });

  test("of nothing with anything is nothing", () => {
    expect(longestCommonSubsequence("", "abc")).toEqual({ length: 0, runs: [] });
    expect(longestCommonSubsequence("abc", "")).toEqual({ length: 0, runs: [] });
  });

  test("is as long as any, and is in both strings where its runs say", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const common = longestCommonSubsequence(a, b);
        expect(common.length).toBe(naiveLength(a, b));
        expect(textOf(common, a)).toHaveLength(common.length);
        expect(isSubsequence(textOf(common, a), b)).toBe(true);
        for (const { aStart, aEnd, bStart, bEnd } of common.runs) {
          expect(a.slice(aStart, aEnd + 1)).toBe(b.slice(bStart, bEnd + 1));
        }
      }),
    );
  });

  test("takes four bytes for each pair of prefixes", () => {
    expect(commonSubsequenceBytes(0, 0)).toBe(4);
    expect(commonSubsequenceBytes(9, 99)).toBe(4000);
  });
});
