import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "./long-double.ts";

/** What a text reads back as. */
function read(text: string): string | undefined {
  const number = parseLongDouble(text);
  return number === undefined ? undefined : formatLongDouble(number);
}

/** The sum of two texts; `undefined` where it is no finite number. */
function sum(a: string, b: string): string | undefined {
  const [left, right] = [parseLongDouble(a), parseLongDouble(b)];
  if (left === undefined || right === undefined) throw new Error("no number");
  const result = addLongDoubles(left, right);
  return result === undefined ? undefined : formatLongDouble(result);
}

// Expected are the answers of Redis 7.0.15 to INCRBYFLOAT, on x86-64 Linux.
describe("a long double", () => {
  test.each([
    ["0", "0"],
    ["-0", "0"],
    ["3.0e3", "3000"],
    ["5.", "5"],
    ["+.5", "0.5"],
    ["0.1", "0.1"],
    ["3.3", "3.3"],
    ["-1e-30", "0"],
    ["1e-17", "0.00000000000000001"],
    ["5e-18", "0"],
    ["5.1e-18", "0.00000000000000001"],
    ["1.0000000000000000150", "1.00000000000000001"],
    ["3.14159265358979323846", "3.14159265358979324"],
    ["0x1.8p-17", "0.00001144409179688"],
    ["7.62939453125e-6", "0.00000762939453125"],
    ["0x1.8p3", "12"],
    ["-0X.8P-1", "-0.25"],
    ["18446744073709551615", "18446744073709551615"],
    ["18446744073709551617", "18446744073709551616"],
    ["18446744073709551619", "18446744073709551620"],
    ["123456789012345678901234567890", "123456789012345678899921813504"],
    ["36893488147419103233", "36893488147419103232"],
    ["9223372036854775808.5", "9223372036854775808"],
    ["9223372036854775808.50000000000000000000000000000001", "9223372036854775809"],
    ["9223372036854775809.5", "9223372036854775810"],
    ["0e99999999999999999999", "0"],
  ])("reads %s as %s", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test.each([
    "",
    ".",
    "+-5",
    "1e",
    "1e+",
    " 1",
    "1 ",
    "1\0",
    "0x",
    "0x.",
    "0x1p",
    "nan",
    "infinit",
  ])("does not read %j", (text) => {
    expect(parseLongDouble(text)).toBeUndefined();
  });

  test.each(["1e4933", "-1.19e4932", "0x1p16384", "1e99999999999999999999"])(
    "refuses %s, too large",
    (text) => {
      expect(parseLongDouble(text)).toBeUndefined();
    },
  );

  test.each(["1e-4952", "1.8e-4951", "0x1p-16446", "1e-99999999999999999999"])(
    "refuses %s, too small for any number but zero",
    (text) => {
      expect(parseLongDouble(text)).toBeUndefined();
    },
  );

  test("reaches from the smallest subnormal to just below 2^16384", () => {
    expect(parseLongDouble("1.9e-4951")).toEqual({ mantissa: 1n, exponent: -16_445 });
    expect(parseLongDouble("0x1.1p-16446")).toEqual({ mantissa: 1n, exponent: -16_445 });
    expect(read("0x1p16383")).toBe(String(2n ** 16_383n));
    // Nearer to 2^16384 than to the largest number below it.
    expect(parseLongDouble("0x1.ffffffffffffffffp16383")).toBeUndefined();
  });

  test("is read from 5119 bytes, and not from more", () => {
    expect(read(`0.${"0".repeat(5116)}1`)).toBeUndefined();
    expect(read(`${"0".repeat(5118)}1`)).toBe("1");
    expect(read(`${"0".repeat(5119)}1`)).toBeUndefined();
  });
});

describe("the sum of two long doubles", () => {
  test.each([
    ["3", "0.1", "3.1"],
    ["0.1", "0.2", "0.3"],
    ["1", "-1.1", "-0.1"],
    ["1e19", "0.5", "10000000000000000000"],
    ["1e18", "0.1", "1000000000000000000.125"],
    ["1234567890.123456789", "0.000000001", "1234567890.12345678999554366"],
    ["18446744073709551615", "1", "18446744073709551616"],
    ["18446744073709551616", "1", "18446744073709551616"],
    ["18446744073709551616", "3", "18446744073709551620"],
  ])("of %s and %s is %s", (a, b, expected) => {
    expect(sum(a, b)).toBe(expected);
  });

  test("is none where it is infinite or no number", () => {
    expect(sum("inf", "1")).toBeUndefined();
    expect(sum("-Infinity", "inf")).toBeUndefined();
    expect(sum("1.18e4932", "1.18e4932")).toBeUndefined();
  });

  test("is exact for integers of 63 bits, and does not depend on the order", () => {
    const integer = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        expect(sum(String(a), String(b))).toBe(String(a + b));
        expect(sum(String(b), String(a))).toBe(String(a + b));
      }),
    );
  });

  test("is as near to the sum of doubles as their spelling and rounding allow", () => {
    const double = fc.double({ noNaN: true, min: -1e15, max: 1e15 });
    fc.assert(
      fc.property(double, double, (a, b) => {
        const apart = Math.abs(Number(sum(String(a), String(b))) - (a + b));
        const rounded = Math.abs(a) + Math.abs(b) + Math.abs(a + b);
        expect(apart).toBeLessThanOrEqual(rounded * 2 ** -53 + 1e-17);
      }),
    );
  });
});
