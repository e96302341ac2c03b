import { expect, test } from "vitest";
import { textOf } from "./byte-text.ts";
import { NameCache } from "./name-cache.ts";

const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => 255 - i));
const text = bytes.toString("latin1");

test("a text has a char a byte, whatever its length", () => {
  for (let length = 0; length <= 40; length++) {
    expect(textOf(bytes, 3, 3 + length)).toBe(text.slice(3, 3 + length));
  }
  expect(textOf(bytes, 0, 256)).toBe(text);
});

test("a remembered text is the text of its bytes, whatever came before", () => {
  const names = new NameCache();
  for (let round = 0; round < 2; round++) {
    for (let start = 0; start < 200; start++) {
      for (const length of [0, 1, 2, 3, 8, 32, 33]) {
        expect(names.textOf(bytes, start, start + length)).toBe(text.slice(start, start + length));
      }
    }
  }
});
