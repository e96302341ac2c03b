import { describe, expect, test } from "vitest";
import { KeyNames } from "./key-names.ts";
import { slotOf } from "./slot.ts";

describe("the names of keys", () => {
  const names = new KeyNames("app:");

  test("a key is called by the prefix and itself, and the way back", () => {
    expect(names.nameOf("k")).toBe("app:k");
    expect(names.keyOf("app:k")).toBe("k");
    expect(names.keyOf("app:")).toBe("");
    expect(names.keyOf("app:caf\xc3\xa9")).toBe("café");
  });

  test("an argument is text where prefix and key are ASCII, else bytes", () => {
    expect(names.argumentOf("k", "k")).toBe("app:k");
    expect(names.argumentOf("\xc3\xa9", "é")).toEqual(Buffer.from("app:é"));
    expect(new KeyNames("\xc3\xa9:").argumentOf("k", "k")).toEqual(Buffer.from("é:k"));
  });

  test("no key is one of the cache's own names, and none of these is a key", () => {
    const own = names.reserved("ring");
    expect(names.keyOf(own)).toBeUndefined();
    expect(() => names.nameOf(own.slice("app:".length))).toThrow(
      expect.objectContaining({ code: "INVALID_KEY" }),
    );
    expect(names.nameOf("\0laurel")).toBe("app:\0laurel");
  });

  test("the prefix of a pattern stands for itself", () => {
    expect(new KeyNames("a*[b]?\\:").matching("x*")).toBe("a\\*\\[b\\]\\?\\\\:x*");
  });
});

describe("names for staging", () => {
  test.each(["", "app:", "{app}:", "{}:", "a{b:", "a}{b:"])(
    "with the prefix %j they are of the target's slot, and the cache's own",
    (prefix) => {
      const names = new KeyNames(prefix);
      for (const key of ["k", "board:1", "{t}x", "a}b", "{}x", "\xff\x80"]) {
        const target = names.nameOf(key);
        const staging = names.stagingName(target, "transfer-1");
        expect(slotOf(staging)).toBe(slotOf(target));
        expect(names.keyOf(staging)).toBeUndefined();
        expect(names.stagingName(target, "transfer-1")).toBe(staging);
        expect(names.stagingName(target, "transfer-2")).not.toBe(staging);
        expect(names.stagingName(names.nameOf(`${key}2`), "transfer-1")).not.toBe(staging);
      }
    },
  );
});
