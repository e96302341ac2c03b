import { describe, expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readLength, writeLength } from "./length.ts";
import { RdbError } from "./rdb-error.ts";

function read(hex: string): number {
  const reader = new ByteReader(Buffer.from(hex, "hex"));
  const length = readLength(reader);
  reader.expectEnd();
  return length;
}

describe("a length", () => {
  const forms: readonly [length: number, hex: string][] = [
    [0, "00"],
    [63, "3f"],
    [64, "4040"],
    [700, "42bc"],
    [16_383, "7fff"],
    [16_384, "8000004000"],
    [4_294_967_295, "80ffffffff"],
    [4_294_967_296, "810000000100000000"],
    [2 ** 53 - 1, "81001fffffffffffff"],
  ];
  test.each(forms)("%d is %s", (length, hex) => {
    const writer = new ByteWriter();
    writeLength(writer, length);
    expect(writer.written().toString("hex")).toBe(hex);
    expect(read(hex)).toBe(length);
  });

  test("is read in forms that are longer than need be", () => {
    expect(read("4001")).toBe(1);
    expect(read("8000000001")).toBe(1);
    expect(read("810000000000000001")).toBe(1);
  });

  test.each(["", "40", "80000000", "8100000000000000", "82", "bf00000000", "c0", "ff"])(
    "is refused as %j",
    (hex) => {
      expect(() => read(hex)).toThrow(RdbError);
    },
  );
});
