import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromByteString, fromBytes, isAscii, toBytes, toByteString } from "./byte-string.ts";

const text = fc.string({ unit: "grapheme" });
const bytes = fc.uint8Array({ maxLength: 64 });

describe("text as a byte string", () => {
  test("is its UTF-8, one char a byte", () => {
    expect(toByteString("aé€😀")).toBe("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  });

  test("comes back for every well-formed text", () => {
    fc.assert(
      fc.property(text, (text) => {
        expect(fromByteString(toByteString(text))).toBe(text);
      }),
    );
  });

  test("has no char beyond a byte, and is as long as the text has bytes", () => {
    fc.assert(
      fc.property(text, (text) => {
        const byteString = toByteString(text);
        expect(byteString).toHaveLength(Buffer.byteLength(text));
        // oxlint-disable-next-line no-control-regex -- every byte is meant
        expect(byteString).toMatch(/^[\x00-\xff]*$/);
      }),
    );
  });

  test("keeps a byte order mark and NUL", () => {
    for (const text of ["\ufeffa", "a\0b", "\0", ""]) {
      expect(fromByteString(toByteString(text))).toBe(text);
    }
  });

  test("turns lone surrogates, and bytes that are no UTF-8, into U+FFFD", () => {
    expect(fromByteString(toByteString("a\ud800b"))).toBe("a\ufffdb");
    expect(fromByteString("a\xffb")).toBe("a\ufffdb");
  });
});

describe("bytes as a byte string", () => {
  test("come back, whatever they are", () => {
    fc.assert(
      fc.property(bytes, (bytes) => {
        expect(toBytes(fromBytes(bytes))).toEqual(bytes);
      }),
    );
  });

  test("come back beyond the arguments that one call takes", () => {
    for (const length of [8191, 8192, 8193, 300_001]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
      expect(Buffer.from(fromBytes(bytes), "latin1").equals(bytes)).toBe(true);
    }
  });

  test("are ordered by < as memcmp orders them", () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(fromBytes(a) < fromBytes(b)).toBe(Buffer.compare(a, b) < 0);
      }),
    );
  });

  test("are a copy", () => {
    const bytes = Uint8Array.of(1, 2);
    const byteString = fromBytes(bytes);
    bytes[0] = 9;
    expect(byteString).toBe("\x01\x02");
  });
});

test("isAscii holds up to U+007F and at no char beyond it", () => {
  expect(isAscii("")).toBe(true);
  expect(isAscii("\0 az~\x7f")).toBe(true);
  for (const char of ["\x80", "\xff", "\u0100", "\ud83d"]) {
    expect(isAscii(char)).toBe(false);
    expect(isAscii(`abc${char}`)).toBe(false);
    expect(isAscii(`${char}abc`)).toBe(false);
  }
});
