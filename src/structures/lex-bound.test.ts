import { describe, expect, test } from "vitest";
import { checkLexBound, walkByLex } from "./lex-bound.ts";

describe("a bound of members", () => {
  test.each(["-", "+", "[", "(", "[a", "(a", "[-", "(+", "[[", "((", "[\0"] as const)(
    "%j is one",
    (bound) => {
      expect(checkLexBound(bound)).toBeUndefined();
    },
  );

  const noBounds = ["", "a", "--", "+a", "-a", " [a", "]a", ")a", 5, null, undefined, {}, ["[a"]];
  test.each(noBounds.map((bound) => ({ bound })))("$bound is none", ({ bound }) => {
    expect(() => checkLexBound(bound as never)).toThrow(
      expect.objectContaining({
        code: "INVALID_RANGE",
        message: expect.stringMatching(/^Cannot use a range of members: .*: received /) as string,
      }) as Error,
    );
  });
});

describe("a walk over members in no order", () => {
  // What redis-server 7.0.15 answers for ZADD k 1 b 2 a 3 d 4 c.
  const entries = ["b", "a", "d", "c"].map((member, score) => ({ member, score }));

  test.each([
    { min: "[a", max: "[b", reverse: false, offset: 0, found: "ba" },
    { min: "[c", max: "[d", reverse: false, offset: 0, found: "dc" },
    { min: "(b", max: "+", reverse: false, offset: 0, found: "dc" },
    { min: "-", max: "(b", reverse: false, offset: 0, found: "" },
    { min: "[d", max: "+", reverse: false, offset: 0, found: "" },
    { min: "[a", max: "[c", reverse: false, offset: 0, found: "ba" },
    { min: "[a", max: "[c", reverse: false, offset: 3, found: "c" },
    { min: "[a", max: "[c", reverse: false, offset: 9, found: "" },
    { min: "[a", max: "[c", reverse: true, offset: 0, found: "badc" },
    { min: "[a", max: "[c", reverse: true, offset: 2, found: "ba" },
    { min: "[b", max: "+", reverse: true, offset: 0, found: "dc" },
    { min: "[b", max: "+", reverse: true, offset: 9, found: "" },
    { min: "-", max: "+", reverse: true, offset: 1, found: "bad" },
    { min: "[c", max: "[c", reverse: false, offset: 1, found: "" },
    { min: "[b", max: "[b", reverse: true, offset: 1, found: "" },
    { min: "+", max: "-", reverse: false, offset: 0, found: "" },
    { min: "-", max: "-", reverse: true, offset: 0, found: "" },
  ] as const)(
    "from $min to $max, reverse: $reverse, offset: $offset, is $found",
    ({ min, max, reverse, offset, found }) => {
      const { start, end } = walkByLex(entries, min, max, reverse, offset);
      expect(
        entries
          .slice(start, end)
          .map(({ member }) => member)
          .join(""),
      ).toBe(found);
    },
  );

  test("finds nothing among none", () => {
    expect(walkByLex([], "-", "+", false, 0)).toEqual({ start: 0, end: 0 });
  });
});
