import { describe, expect, test } from "vitest";
import { hashTag, placingBytes } from "./hash-tag.ts";

describe("a hash tag", () => {
  // The examples of "Hash tags" in the specification of Redis Cluster.
  test.each([
    ["{user1000}.following", "user1000"],
    ["foo{}{bar}", "foo{}{bar}"],
    ["foo{{bar}}zap", "{bar"],
    ["foo{bar}{zap}", "bar"],
  ])("of %j is %j, as Redis Cluster's documentation has it", (key, tag) => {
    expect(hashTag(key)).toBe(tag);
  });

  test.each(["plain", "", "{", "}", "{}", "open{only", "close}only", "}before{", "}{", "a{}b}c"])(
    "is all of %j, in which no pair of braces holds anything",
    (key) => {
      expect(hashTag(key)).toBe(key);
    },
  );

  test("begins after the first opening brace though a closing one comes before it", () => {
    expect(hashTag("a}b{c}d")).toBe("c");
  });
});

describe("the bytes that place a key", () => {
  test("are an ASCII key itself, and the UTF-8 of any other", () => {
    expect(placingBytes("user:42")).toBe("user:42");
    expect(placingBytes("π")).toBe("\xcf\x80");
    expect(placingBytes("\x7f")).toBe("\x7f");
    expect(placingBytes("\x80")).toBe("\xc2\x80");
  });

  test("are those of the tag alone, which may be more than ASCII", () => {
    expect(placingBytes("board{eu}:1")).toBe("eu");
    expect(placingBytes("ü{π}")).toBe("\xcf\x80");
  });

  test.each([[""], [undefined], [42], [null], [["key"]], ["\ud800"], ["tag{a}\udfff"]])(
    "do not exist for %j: INVALID_KEY",
    (key) => {
      expect(() => placingBytes(key as string)).toThrow(
        expect.objectContaining({ code: "INVALID_KEY" }),
      );
    },
  );
});
