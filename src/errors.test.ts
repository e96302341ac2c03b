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

function refuse(): never {
  throw new Error("no");
}

function refusingProxy(): object {
  return new Proxy({}, { getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse, get: refuse });
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** An object of a class with this for its name. */
function instance(name: PropertyDescriptor): object {
  const constructor = Object.defineProperty(() => undefined, "name", name);
  return Object.create({ constructor }) as object;
}

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
    ["a buffer", Buffer.from("secret"), "a Buffer"],
    ["bytes", new Uint8Array(3), "a Uint8Array"],
    ["a map", new Map(), "a Map"],
    ["a date", new Date(0), "a Date"],
    ["an error", new RangeError("secret"), "a RangeError"],
    ["what begins with a vowel", new AbortController(), "an AbortController"],
    ["an object of a class", new CacheError("CLOSED", "closed"), "a CacheError"],
    ["an object of a nameless class", instance({ value: "" }), "an object"],
    [
      "an object whose class has a name of its own making",
      instance({ value: "a\nb" }),
      "an object",
    ],
    ["an object whose class has a long name", instance({ value: "X".repeat(61) }), "an object"],
    ["an object without a prototype", Object.create(null), "an object"],
    ["an object that calls itself something", { constructor: Map }, "an object"],
    ["a proxy that refuses", refusingProxy(), "an object"],
    ["a proxy that is no more", revokedProxy(), "an object"],
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
    const strangers = [
      stranger,
      Object.assign(() => 1, stranger),
      Object.assign([], stranger),
      instance({ get: count }),
      Object.create(Object.defineProperty({}, "constructor", { get: count })),
    ];
    runs = 0;
    const kinds = ["an object", "a function", "an array", "an object", "an object"];
    expect(strangers.map(show)).toEqual(kinds);
    expect(runs).toBe(0);
  });
});
