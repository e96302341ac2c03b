import { describe, expect, test } from "vitest";
import { placingBytes } from "./placing-bytes.ts";

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
