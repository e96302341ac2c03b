import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDouble, parseDouble, parseInt64, parseInteger } from "./number-text.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

describe("an integer", () => {
  test.each([
    ["0", 0],
    ["1", 1],
    ["-1", -1],
    ["10", 10],
    ["2147483648", 2_147_483_648],
    ["999999999999999", 999_999_999_999_999],
    ["-9007199254740991", Number.MIN_SAFE_INTEGER],
    ["9223372036854775807", 2 ** 63],
    ["-9223372036854775808", -(2 ** 63)],
  ])("%s is read", (text, value) => {
    expect(parseInteger(text)).toBe(value);
  });

  const refused = [
    "",
    "-",
    "+1",
    "-0",
    "00",
    "01",
    "-01",
    " 1",
    "1 ",
    "1.0",
    "1e3",
    "0x1",
    "a",
    "--1",
  ];
  const tooLarge = ["9223372036854775808", "-9223372036854775809", "10000000000000000000"];
  const broken = ["1\0", "12345678901234567x", "9".repeat(100)];
  test.each([...refused, ...tooLarge, ...broken])("%j is none", (text) => {
    expect(parseInteger(text)).toBeUndefined();
    expect(parseInt64(text)).toBeUndefined();
  });

  test("of 64 bits is read exactly, and to the nearest double", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: INT64_MIN, max: INT64_MAX }), (value) => {
        expect(parseInt64(`${value}`)).toBe(value);
        expect(parseInteger(`${value}`)).toBe(Number(value));
      }),
    );
  });

  test("beyond 64 bits is none", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 80n }), (excess) => {
        expect(parseInt64(`${INT64_MAX + excess}`)).toBeUndefined();
        expect(parseInt64(`${INT64_MIN - excess}`)).toBeUndefined();
      }),
    );
  });
});

describe("a double that is read", () => {
  test.each([
    ["1", 1],
    ["+1", 1],
    ["-1.5", -1.5],
    ["007", 7],
    ["1.", 1],
    [".5", 0.5],
    ["-0", -0],
    ["1e5", 100_000],
    ["1E+5", 100_000],
    ["1e-5", 0.00001],
    ["inf", Infinity],
    ["+InF", Infinity],
    ["-infinity", -Infinity],
    ["0e-999999", 0],
    ["-0.000e99999", -0],
    ["5e-324", 5e-324],
    ["1.7976931348623157e308", Number.MAX_VALUE],
    ["0x10", 16],
    ["-0X1.8p3", -12],
    ["0x.8", 0.5],
    ["0x1.", 1],
    ["0xAp-1", 5],
    ["0x0p-99999", 0],
    ["0x0.0000000000000000000000000000000001p136", 1],
    ["0x1.fffffffffffffp1023", Number.MAX_VALUE],
    ["0x1p-1074", 5e-324],
    ["0x1.00000000000008p0", 1],
    ["0x1.0000000000000800000000001p0", 1 + Number.EPSILON],
    ["0x1.00000000000018p0", 1 + 2 * Number.EPSILON],
    ["0x1.8p-1074", 1e-323],
    ["-0x2.8p-1074", -1e-323],
  ])("may be spelt %s", (text, value) => {
    expect(parseDouble(text)).toBe(value);
  });

  const noNumbers = [
    "",
    " 1",
    "1 ",
    "\t1",
    "1\0",
    "--1",
    "+-1",
    "a",
    "1a",
    "1,5",
    "1_000",
    "0b1",
    "0o7",
  ];
  const halves = [
    ".",
    "-",
    "+",
    "1e",
    "1e+",
    "e5",
    ".e5",
    "0x",
    "0x.",
    "0xg",
    "0x1p",
    "0x1p+",
    "1.2.3",
  ];
  const names = ["nan", "-NaN", "nan(1)", "in", "infi", "infinityy", "Infinity "];
  const outOfRange = [
    "1e309",
    "-1e309",
    "1e-400",
    "0x1p1024",
    "0x1p-1076",
    "0x1p99999999999999999999",
  ];
  test.each([...noNumbers, ...halves, ...names, ...outOfRange])("is not %j", (text) => {
    expect(parseDouble(text)).toBeUndefined();
  });

  test("takes every spelling of JavaScript's for a finite number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseDouble(Object.is(value, -0) ? "-0" : String(value))).toBe(value);
      }),
    );
  });

  test("may have millions of digits", () => {
    const zeros = "0".repeat(4_000_000);
    expect(parseDouble(`${zeros}1.5${zeros}`)).toBe(1.5);
    expect(parseDouble(`0x${zeros}1.8${zeros}`)).toBe(1.5);
    expect(parseDouble(`${zeros}x`)).toBeUndefined();
  });
});

/** As Python spells them, whose `%` asks the C library: `'%.17g' % x`. */
const SPELLINGS: readonly (readonly [literal: string, spelling: string])[] = [
  ["1.00000762939453125", "1.0000076293945312"],
  ["1.00002288818359375", "1.0000228881835938"],
  ["1000000000000000.25", "1000000000000000.2"],
  ["1000000000000000.75", "1000000000000000.8"],
  ["-1000000000000001.25", "-1000000000000001.2"],
  ["500000000000000.125", "500000000000000.12"],
  ["0.0000152587890625", "1.52587890625e-05"],
  ["5e-324", "4.9406564584124654e-324"],
  ["2.2250738585072009e-308", "2.2250738585072009e-308"],
  ["2.2250738585072014e-308", "2.2250738585072014e-308"],
  ["1.7976931348623157e308", "1.7976931348623157e+308"],
  ["-1.7976931348623157e308", "-1.7976931348623157e+308"],
  ["1e20", "1e+20"],
  ["1e21", "1e+21"],
  ["1e22", "1e+22"],
  ["1e23", "9.9999999999999992e+22"],
  ["123456789012345680000", "1.2345678901234568e+20"],
  ["1e15", "1000000000000000"],
  ["1e16", "10000000000000000"],
  ["1e17", "1e+17"],
  ["12345678901234567", "12345678901234568"],
  ["99999999999999999", "1e+17"],
  ["9007199254740992", "9007199254740992"],
  ["9007199254740994", "9007199254740994"],
  ["-9007199254740993", "-9007199254740992"],
  ["0.1", "0.10000000000000001"],
  ["0.2", "0.20000000000000001"],
  ["0.3", "0.29999999999999999"],
  ["0.30000000000000004", "0.30000000000000004"],
  ["3.1", "3.1000000000000001"],
  ["-3.1", "-3.1000000000000001"],
  ["3.14", "3.1400000000000001"],
  ["3.141592653589793", "3.1415926535897931"],
  ["2.718281828459045", "2.7182818284590451"],
  ["1e-2", "0.01"],
  ["1e-3", "0.001"],
  ["1e-4", "0.0001"],
  ["1e-5", "1.0000000000000001e-05"],
  ["1e-6", "9.9999999999999995e-07"],
  ["1.5e-5", "1.5e-05"],
  ["0.00012345", "0.00012344999999999999"],
  ["0.000099999", "9.9999000000000003e-05"],
  ["1.5", "1.5"],
  ["-1.5", "-1.5"],
  ["0.25", "0.25"],
  ["0.015625", "0.015625"],
  ["0.0078125", "0.0078125"],
  ["999999999.984375", "999999999.984375"],
  ["1000000000.015625", "1000000000.015625"],
  ["1e100", "1e+100"],
  ["1e-100", "1e-100"],
  ["1e300", "1.0000000000000001e+300"],
  ["1.0000000000000002", "1.0000000000000002"],
  ["0.9999999999999999", "0.99999999999999989"],
  ["5.5", "5.5"],
  ["17179869184", "17179869184"],
  ["4.35", "4.3499999999999996"],
  ["100.1", "100.09999999999999"],
  ["1e9", "1000000000"],
  ["123456.789", "123456.789"],
  ["33.3", "33.299999999999997"],
  ["0.3333333333333333", "0.33333333333333331"],
  ["0.6666666666666666", "0.66666666666666663"],
  ["0", "0"],
  ["-0", "-0"],
  ["-17", "-17"],
  ["2.9802322387695312e-08", "2.9802322387695312e-08"],
  ["8.225440979003906e-05", "8.2254409790039062e-05"],
  ["0.6442298889160156", "0.64422988891601562"],
  ["233.55294799804688", "233.55294799804688"],
  ["75447584.24902344", "75447584.249023438"],
  ["9254905328381.344", "9254905328381.3438"],
];

describe("a double that is written", () => {
  test.each(SPELLINGS)("%s is spelt %s", (literal, spelling) => {
    expect(formatDouble(Number(literal))).toBe(spelling);
  });

  test("may be no finite number", () => {
    expect([Infinity, -Infinity, Number.NaN].map(formatDouble)).toEqual(["inf", "-inf", "nan"]);
  });

  test("reads back as the same double", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(parseDouble(formatDouble(value))).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });

  test("has the 17 digits of its exact value, without the zeros at the end", () => {
    // Scores as people type them, of which none lies between two decimals of 17 digits.
    const decimals = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(decimals, ([digits, places]) => {
        const value = digits / 10 ** places;
        const expected = value.toPrecision(17).replace(/\.?0+$/, "");
        expect(formatDouble(value)).toBe(Object.is(value, -0) ? "-0" : expected);
      }),
    );
  });
});
