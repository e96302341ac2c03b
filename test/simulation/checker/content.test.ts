import { assert, nat, property, uniqueArray } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deltaOf,
  NUMBER_BASES_MAX,
  NUMBER_TOKENS_MAX,
  numberOf,
  parseNumber,
  parseText,
  pieceOf,
  textOf,
} from "./content.ts";

const someTokens = uniqueArray(nat(NUMBER_TOKENS_MAX - 1));

describe("the content of a register", () => {
  it("tells of a number which write set it and which tokens were added", () => {
    assert(
      property(nat(NUMBER_BASES_MAX), someTokens, (base, tokens) => {
        // A base of 0 with a negative sum stands for an emptied counter that went below zero.
        const value = tokens.reduce((sum, token) => sum + deltaOf(token), numberOf(base));
        const sorted = tokens.toSorted((a, b) => a - b);
        expect(parseNumber(value)).toEqual({ base, tokens: sorted });
      }),
    );
  });

  it("tells a token that was added twice", () => {
    expect(parseNumber(numberOf(3) + 2 * deltaOf(5) + deltaOf(6))).toEqual({
      base: 3,
      tokens: [5, 5, 6],
    });
    expect(parseText(textOf(3) + pieceOf(7) + pieceOf(7))).toEqual({ base: 3, tokens: [7, 7] });
  });

  it("tells a text that pieces made alone", () => {
    expect(parseText(pieceOf(1) + pieceOf(2))).toEqual({ base: 0, tokens: [1, 2] });
  });

  it("is nothing for what no write makes", () => {
    for (const text of ["", "x", "v", "v1+", "1", "+1v2"]) {
      expect(parseText(text), text).toBeUndefined();
    }
    for (const number of [0.5, NaN, Infinity, numberOf(NUMBER_BASES_MAX + 1)]) {
      expect(parseNumber(number), String(number)).toBeUndefined();
    }
  });
});
