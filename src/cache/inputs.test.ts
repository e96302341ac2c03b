import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkScore,
  decodeMembers,
  decodeText,
  decodeValue,
  encodeKey,
  encodeKeys,
  encodeMember,
  encodeMembers,
  encodePairs,
  encodeScoredMembers,
  encodeValue,
} from "./inputs.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 200, size: "max" });

function expectRefused(call: () => unknown, code: string): void {
  expect(call).toThrow(
    expect.objectContaining({
      code,
      message: expect.stringMatching(/^Cannot .+: .+: received /) as string,
    }) as Error,
  );
}

describe("text", () => {
  test("is its UTF-8 whether it is a key, a value or a member, and comes back", () => {
    fc.assert(
      fc.property(text, (text) => {
        const utf8 = Buffer.from(text).toString("latin1");
        expect(encodeKey(text, Infinity)).toBe(utf8);
        expect(encodeValue(text)).toBe(utf8);
        expect(encodeMember(text)).toBe(utf8);
        expect(decodeText(utf8)).toBe(text);
      }),
    );
  });

  test("is the same however long it is: short and long texts take different ways", () => {
    for (const length of [62, 63, 64, 65, 200]) {
      for (const end of ["", "é", "€", "😀", "\x7f", "\x80", "\xff"]) {
        const text = "a".repeat(length) + end;
        expect(encodeMember(text)).toBe(Buffer.from(text).toString("latin1"));
      }
    }
  });

  test("with a lone surrogate is refused, short or long, wherever it stands", () => {
    for (const rest of ["", "a".repeat(10), "a".repeat(100), "é".repeat(100), "😀"]) {
      for (const lone of ["\ud800", "\udfff", "\udc00\ud800"]) {
        for (const text of [lone + rest, rest + lone]) {
          expectRefused(() => encodeKey(text, Infinity), "INVALID_KEY");
          expectRefused(() => encodeValue(text), "INVALID_VALUE");
          expectRefused(() => encodeMember(text), "INVALID_MEMBER");
        }
      }
    }
  });
});

describe("a key", () => {
  test("may have as many bytes as the limit says, not chars", () => {
    expect(encodeKey("éé", 4)).toHaveLength(4);
    expectRefused(() => encodeKey("ééa", 4), "KEY_TOO_LONG");
    expectRefused(() => encodeKey("a".repeat(1001), 1000), "KEY_TOO_LONG");
    expect(encodeKey("a".repeat(1000), 1000)).toHaveLength(1000);
  });

  const noKeys: readonly unknown[] = ["", 5, null, undefined, {}, ["k"], Buffer.from("k")];
  test.each(noKeys.map((key) => ({ key })))("$key is none", ({ key }) => {
    expectRefused(() => encodeKey(key as never, Infinity), "INVALID_KEY");
  });

  test("among several that is none refuses them all, and so does what is no list", () => {
    expect(encodeKeys([], Infinity)).toEqual([]);
    expect(encodeKeys(["a", "é", "a"], Infinity)).toEqual(["a", "\xc3\xa9", "a"]);
    expectRefused(() => encodeKeys(["a", ""], Infinity), "INVALID_KEY");
    for (const keys of [null, undefined, 5, "ab", {}]) {
      expectRefused(() => encodeKeys(keys as never, Infinity), "INVALID_KEY");
    }
  });
});

describe("a value", () => {
  test("may be any bytes, which are copied both ways", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const encoded = encodeValue(bytes);
        const before = Buffer.from(bytes);
        bytes.fill(0);
        const decoded = decodeValue(encoded);
        expect(decoded).toEqual(before);
        decoded?.fill(0);
        expect(decodeValue(encoded)).toEqual(before);
      }),
    );
  });

  test("may be a view into a part of a buffer, or the array of another realm", () => {
    const whole = Uint8Array.of(1, 2, 3, 4);
    expect(encodeValue(whole.subarray(1, 3))).toBe("\x02\x03");
    expect(encodeValue(Buffer.from(whole.buffer, 2, 1))).toBe("\x03");
    const foreign = runInNewContext("Uint8Array.of(65, 255)") as Uint8Array;
    expect(foreign).not.toBeInstanceOf(Uint8Array);
    expect(encodeValue(foreign)).toBe("A\xff");
  });

  test("may be empty, and a miss stays a miss", () => {
    expect(encodeValue("")).toBe("");
    expect(encodeValue(new Uint8Array())).toBe("");
    expect(decodeValue("")).toEqual(Buffer.alloc(0));
    expect(decodeValue(undefined)).toBeUndefined();
  });

  const noValues: readonly unknown[] = [
    [5, null, undefined, true, {}, [1], 5n, new ArrayBuffer(2), new Uint16Array(2)],
    [new DataView(new ArrayBuffer(2)), { [Symbol.toStringTag]: "Uint8Array" }],
  ].flat();
  test.each(noValues.map((value) => ({ value })))("$value is none", ({ value }) => {
    expectRefused(() => encodeValue(value as never), "INVALID_VALUE");
  });

  test("comes in pairs from any iterable, each a key and a value", () => {
    const pairs = new Map<string, string | Uint8Array>([
      ["é", "€"],
      ["b", Uint8Array.of(7)],
    ]);
    expect(encodePairs(pairs, Infinity)).toEqual([
      ["\xc3\xa9", "\xe2\x82\xac"],
      ["b", "\x07"],
    ]);
    expectRefused(() => encodePairs([["", "v"]], Infinity), "INVALID_KEY");
    expectRefused(() => encodePairs([["abc", "v"]], 2), "KEY_TOO_LONG");
    expectRefused(() => encodePairs([["a", 5 as never]], Infinity), "INVALID_VALUE");
    for (const pairs of [null, 5, "ab", {}, ["ab"], [{ 0: "a", 1: "v" }], [null]]) {
      expectRefused(() => encodePairs(pairs as never, Infinity), "INVALID_VALUE");
    }
  });
});

describe("members", () => {
  test("are one string or an iterable of them; the empty one is a member too", () => {
    expect(encodeMembers("é")).toEqual(["\xc3\xa9"]);
    expect(encodeMembers("")).toEqual([""]);
    expect(encodeMembers(new Set(["a", "é"]))).toEqual(["a", "\xc3\xa9"]);
    for (const members of [null, undefined, 5, {}, ["a", 5], [["a"]]]) {
      expectRefused(() => encodeMembers(members as never), "INVALID_MEMBER");
    }
  });

  test("with scores are one or an iterable of them, and are copied", () => {
    const given = { member: "é", score: 1, other: 2 };
    const [one] = encodeScoredMembers(given);
    expect(one).toEqual({ member: "\xc3\xa9", score: 1 });
    const many = [given, { member: "b", score: -0 }];
    expect(encodeScoredMembers(new Set(many))).toEqual([one, { member: "b", score: -0 }]);
    given.score = 9;
    expect(one?.score).toBe(1);
  });

  const noMembers: readonly unknown[] = [
    [null, undefined, "a", 5, {}, { score: 1 }, { member: 5, score: 1 }, [null], ["a"]],
    [[["a", 1]]],
  ].flat();
  test.each(noMembers.map((members) => ({ members })))("$members are none", ({ members }) => {
    expectRefused(() => encodeScoredMembers(members as never), "INVALID_MEMBER");
  });

  test("are refused with a score that is none", () => {
    for (const score of [Number.NaN, "1", null, undefined, 1n, {}]) {
      expectRefused(() => checkScore(score as never), "INVALID_SCORE");
      const entry = { member: "a", score: score as never };
      expectRefused(() => encodeScoredMembers([entry]), "INVALID_SCORE");
    }
    for (const score of [0, -0, 1.5, Infinity, -Infinity]) expect(checkScore(score)).toBe(score);
  });

  test("are decoded in place", () => {
    const entries = [
      { member: "\xc3\xa9", score: 1 },
      { member: "b", score: 2 },
    ];
    expect(decodeMembers(entries)).toBe(entries);
    expect(entries.map(({ member }) => member)).toEqual(["é", "b"]);
  });
});
