import { describe, expect, test } from "vitest";
import { hashTag } from "./hash-tag.ts";

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
