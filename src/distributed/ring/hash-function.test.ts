import { describe, expect, test } from "vitest";
import { fnv1a, fnv1aRaw } from "./fnv1a.ts";
import { type RingHash, resolveHash } from "./hash-function.ts";
import { murmur3 } from "./murmur3.ts";
import { xxhash32 } from "./xxhash32.ts";

const invalid: unknown = expect.objectContaining({ name: "CacheError", code: "INVALID_CONFIG" });

describe("the hash of a ring", () => {
  test("is one of ours by its name, and FNV-1a with the avalanche by default", () => {
    expect(resolveHash()).toBe(fnv1a);
    expect(resolveHash("fnv1a")).toBe(fnv1a);
    expect(resolveHash("fnv1a-raw")).toBe(fnv1aRaw);
    expect(resolveHash("murmur3")).toBe(murmur3);
    expect(resolveHash("xxhash32")).toBe(xxhash32);
  });

  test.each([["md5"], [""], [null], [1], [{}], ["constructor"]])("is not %j", (hash) => {
    expect(() => resolveHash(hash as RingHash)).toThrow(invalid);
  });
});

describe("a function of the user's", () => {
  test.each([
    [0, 0],
    [-0, 0],
    [1, 1],
    [-1, 0xffff_ffff],
    [-(2 ** 31), 2 ** 31],
    [2 ** 32 - 1, 0xffff_ffff],
  ])("may return %d, which is the position %d", (returned, position) => {
    expect(resolveHash(() => returned)("key") >>> 0).toBe(position);
  });

  test.each([[NaN], [0.5], [Infinity], [2 ** 32], [-(2 ** 31) - 1], ["1"], [1n], [undefined]])(
    "must not return %s",
    (returned) => {
      expect(() => resolveHash(() => returned as number)("key")).toThrow(invalid);
    },
  );

  test("that throws is an invalid configuration, and the cause is kept", () => {
    const cause = new Error("no entropy");
    const hash = resolveHash(() => {
      throw cause;
    });
    expect(() => hash("key")).toThrow(expect.objectContaining({ code: "INVALID_CONFIG", cause }));
  });

  test("receives byte strings", () => {
    const received: string[] = [];
    resolveHash((bytes) => received.push(bytes))("\xcf\x80");
    expect(received).toEqual(["\xcf\x80"]);
  });
});
