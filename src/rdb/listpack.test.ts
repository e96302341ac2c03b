import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ListpackWriter, readListpack } from "./listpack.ts";
import { RdbError } from "./rdb-error.ts";

function read(hex: string): string[] {
  return readListpack(Buffer.from(hex, "hex"));
}

function listpackOf(elements: readonly string[]): Buffer {
  const writer = new ListpackWriter();
  for (const element of elements) writer.add(element);
  return writer.end();
}

function written(...elements: string[]): string {
  return listpackOf(elements).toString("hex");
}

const element = fc.oneof(
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.integer().map(String),
  fc.integer({ min: -5000, max: 5000 }).map(String),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc
    .constantFrom(0, 63, 64, 125, 126, 4095, 4096, 16_377, 16_378, 16_379, 20_000)
    .map((length) => "x".repeat(length)),
);

describe("a listpack", () => {
  const integers: readonly [text: string, encoded: string][] = [
    ["0", "0001"],
    ["127", "7f01"],
    ["128", "c08002"],
    ["-1", "dfff02"],
    ["4095", "cfff02"],
    ["-4096", "d00002"],
    ["4096", "f1001003"],
    ["-4097", "f1ffef03"],
    ["32767", "f1ff7f03"],
    ["32768", "f200800004"],
    ["8388607", "f2ffff7f04"],
    ["8388608", "f30000800005"],
    ["2147483647", "f3ffffff7f05"],
    ["2147483648", "f4000000800000000009"],
    ["-2147483649", "f4ffffff7fffffffff09"],
    ["9223372036854775807", "f4ffffffffffffff7f09"],
    ["-9223372036854775808", "f4000000000000008009"],
  ];
  test.each(integers)("keeps %s as an integer", (text, encoded) => {
    const size = (7 + encoded.length / 2).toString(16).padStart(2, "0");
    expect(written(text)).toBe(`${size}0000000100${encoded}ff`);
    expect(read(written(text))).toEqual([text]);
  });

  test.each(["", "-", "-0", "00", "+1", " 1", "1.5", "9223372036854775808"])(
    "keeps %j as text",
    (text) => {
      const encoded = Buffer.from(text).toString("hex");
      expect(written(text)).toContain(`0100${(0x80 + text.length).toString(16)}${encoded}`);
      expect(read(written(text))).toEqual([text]);
    },
  );

  const backwards: readonly [chars: number, encoded: string][] = [
    [125, "7f"],
    [126, "0180"],
    [16_377, "7ffe"],
    [16_378, "00ffff"],
    [2_097_146, "00ffffff"],
  ];
  test.each(backwards)("says backwards that a text of %d chars is %s", (chars, encoded) => {
    const end = `78${encoded}ff`;
    expect(written("x".repeat(chars)).slice(-end.length)).toBe(end);
  });

  test("gives back every element", () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 20 }), (elements) => {
        expect(readListpack(listpackOf(elements))).toEqual(elements);
      }),
    );
  });

  test("of more elements than two bytes count says that it did not count", () => {
    const elements = Array.from({ length: 70_000 }, (_, i) => String(i % 100));
    const bytes = listpackOf(elements);
    expect(bytes.readUInt16LE(4)).toBe(65_535);
    expect(readListpack(bytes)).toEqual(elements);
  });

  const damaged: readonly [damage: string, hex: string][] = [
    ["nothing at all", ""],
    ["a header without an end", "060000000000"],
    ["a size above the bytes", "0a00000001000101ff"],
    ["a size below the bytes", "0800000001000101ff"],
    ["no end", "090000000100010100"],
    ["an end too early", "0a0000000100ff0101ff"],
    ["a count that is too high", "0900000002000101ff"],
    ["a count that is too low", "0900000000000101ff"],
    ["another length backwards", "0900000001000102ff"],
    ["a length backwards in the long form", "0a0000000100018001ff"],
    ["a text beyond the end", "0a000000010085616202ff"],
    ["a long text beyond the end", "0d0000000100f0ffffffff6106ff"],
    ["an integer beyond the end", "090000000100f301ff"],
    ["an unknown encoding", "090000000100f501ff"],
    ["an element without a length backwards", "08000000010001ff"],
  ];
  test.each(damaged)("is refused with %s", (_damage, hex) => {
    expect(() => read(hex)).toThrow(RdbError);
  });
});
