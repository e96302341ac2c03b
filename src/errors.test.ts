import { describe, expect, test } from "vitest";
import { CacheError, show } from "./errors.ts";

describe("CacheError", () => {
  test("is an Error with a name, a code, a message and the cause", () => {
    const cause = new RangeError("below");
    const error = new CacheError("TIMEOUT", "Cannot wait: it took too long: received 5", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "CacheError", code: "TIMEOUT", cause });
    expect(String(error)).toBe("CacheError: Cannot wait: it took too long: received 5");
  });

  test("has no cause of its own where none is given", () => {
    expect(Object.hasOwn(new CacheError("CLOSED", "closed"), "cause")).toBe(false);
  });
});

describe("show", () => {
  const shown: readonly [kind: string, value: unknown, text: string][] = [
    ["a string", 'say "hi"\n', String.raw`"say \"hi\"\n"`],
    ["a number", 1.5, "1.5"],
    ["negative zero", -0, "-0"],
    ["NaN", Number.NaN, "NaN"],
    ["an infinity", -Infinity, "-Infinity"],
    ["a bigint", 12n, "12n"],
    ["a boolean", false, "false"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["an array", [1, 2], "an array"],
    ["an object", { a: 1 }, "an object"],
    ["a date", new Date(0), "an object"],
    ["a function", () => 1, "a function"],
    ["a symbol", Symbol("secret"), "a symbol"],
  ];
  test.each(shown)("shows %s by its value or its kind", (_kind, value, text) => {
    expect(show(value)).toBe(text);
  });

  test("cuts a string after 60 chars and says how long it was", () => {
    expect(show("x".repeat(60))).toBe(`"${"x".repeat(60)}"`);
    expect(show("x".repeat(61))).toBe(`"${"x".repeat(60)}"... (61 chars)`);
  });

  test("stays short whatever the string is made of", () => {
    expect(show("\u0000".repeat(1_000_000)).length).toBeLessThan(400);
  });

  test("never runs what a stranger's value brings along", () => {
    let runs = 0;
    const count = (): string => {
      runs++;
      return "run";
    };
    const stranger = {
      toString: count,
      valueOf: count,
      toJSON: count,
      [Symbol.toPrimitive]: count,
      get [Symbol.toStringTag]() {
        return count();
      },
    };
    const strangers = [stranger, Object.assign(() => 1, stranger), Object.assign([], stranger)];
    runs = 0;
    expect(strangers.map(show)).toEqual(["an object", "a function", "an array"]);
    expect(runs).toBe(0);
  });
});
