import { describe, expect, test } from "vitest";
import { checkLexBound } from "./lex-bound.ts";

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
