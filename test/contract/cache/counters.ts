import type { Cache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { bytes, expectRefusal, expectUnchanged, text } from "../expectations.ts";

const MAX = Number.MAX_SAFE_INTEGER;

/** What Redis does not read as an integer, however close it looks. */
const ODD_SPELLINGS = [
  "",
  " ",
  "-",
  "+",
  "01",
  "00",
  "-01",
  "-0",
  "+1",
  "+0",
  " 1",
  "1 ",
  "1\n",
  "1\0",
  "\t1",
  "1e3",
  "1E3",
  "1.0",
  "1.5",
  ".5",
  "0x10",
  "1n",
  "1_000",
  "1,000",
  "--1",
  "1-",
  "NaN",
  "Infinity",
  "abc",
  "１",
  "٣",
];

/** Integers in Redis' spelling, outside ±(2^53 − 1), some outside 64 bits. */
const BEYOND_SAFE = [
  "9007199254740992",
  "-9007199254740992",
  "9007199254740993",
  "9223372036854775807",
  "-9223372036854775808",
  "9223372036854775808",
  "99999999999999999999999999999999",
  "-99999999999999999999999999999999",
];

const NO_INTEGERS: readonly unknown[] = [
  1.5,
  -0.1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  "1",
  "",
  null,
  true,
  {},
  [],
  1n,
];

/** incr and decr. */
export function describeCounters(backend: Backend<Cache>): void {
  describe("counters", () => {
    describeCounting(backend);
    describeSafeRange(backend);
    describeSpelling(backend);
    describeDeltas(backend);
  });
}

function describeCounting(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("incr and decr start from 0 and step by 1", async (cache) => {
    expect(await cache.incr("up")).toBe(1);
    expect(await cache.incr("up")).toBe(2);
    expect(await cache.decr("down")).toBe(-1);
    expect(await cache.decr("down")).toBe(-2);
  });

  test("incr and decr take a delta of either sign", async (cache) => {
    expect(await cache.incr("n", 40)).toBe(40);
    expect(await cache.incr("n", -50)).toBe(-10);
    expect(await cache.decr("n", 5)).toBe(-15);
    expect(await cache.decr("n", -20)).toBe(5);
  });

  test("a delta of 0 creates the counter and leaves it", async (cache) => {
    expect(await cache.incr("n", 0)).toBe(0);
    expect(await text(cache, "n")).toBe("0");
    expect(await cache.incr("n", 7)).toBe(7);
    expect(await cache.decr("n", 0)).toBe(7);
  });

  test("there is no negative zero", async (cache) => {
    expect(await cache.incr("a", -0)).toBe(0);
    expect(await cache.decr("b", 0)).toBe(0);
    expect(await cache.incr("c", 1)).toBe(1);
    expect(await cache.decr("c", 1)).toBe(0);
    for (const key of ["a", "b", "c"]) expect(await text(cache, key)).toBe("0");
  });

  test("a counter reads as decimal text", async (cache) => {
    await cache.incr("n", -12_345);
    expect(await cache.get("n")).toEqual(bytes("-12345"));
  });

  test("text and bytes that spell an integer count on", async (cache) => {
    await cache.set("text", "41");
    await cache.set("bytes", bytes("-41"));
    expect(await cache.incr("text")).toBe(42);
    expect(await cache.decr("bytes")).toBe(-42);
  });

  test("a counter takes appended digits", async (cache) => {
    await cache.incr("n", 5);
    expect(await cache.append("n", "0")).toBe(2);
    expect(await cache.incr("n")).toBe(51);
  });

  test("set and delete start a counter anew", async (cache) => {
    await cache.incr("n", 5);
    await cache.set("n", "10");
    expect(await cache.incr("n")).toBe(11);
    await cache.delete("n");
    expect(await cache.incr("n")).toBe(1);
  });
}

function describeSafeRange(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("the whole safe range counts, to both its ends", async (cache) => {
    expect(await cache.incr("n", MAX - 1)).toBe(MAX - 1);
    expect(await cache.incr("n")).toBe(MAX);
    expect(await text(cache, "n")).toBe("9007199254740991");
    expect(await cache.decr("n", MAX)).toBe(0);
    expect(await cache.decr("n", MAX)).toBe(-MAX);
    expect(await text(cache, "n")).toBe("-9007199254740991");
    expect(await cache.incr("n")).toBe(-MAX + 1);
  });

  test("a step past either end is OVERFLOW and leaves the counter", async (cache) => {
    await cache.incr("high", MAX);
    await cache.incr("low", -MAX);
    await expectUnchanged(cache, async () => {
      await expectRefusal(() => cache.incr("high"), "OVERFLOW");
      await expectRefusal(() => cache.incr("high", MAX), "OVERFLOW");
      await expectRefusal(() => cache.decr("high", -1), "OVERFLOW");
      await expectRefusal(() => cache.decr("low"), "OVERFLOW");
      await expectRefusal(() => cache.decr("low", MAX), "OVERFLOW");
      await expectRefusal(() => cache.incr("low", -1), "OVERFLOW");
    });
  });

  for (const stored of BEYOND_SAFE) {
    test(`a stored ${stored} is OVERFLOW, whichever way it is to go`, async (cache) => {
      await cache.set("n", stored);
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => cache.incr("n"), "OVERFLOW", stored);
        await expectRefusal(() => cache.decr("n"), "OVERFLOW", stored);
        await expectRefusal(() => cache.incr("n", 0), "OVERFLOW", stored);
      });
    });
  }
}

function describeSpelling(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  for (const stored of ODD_SPELLINGS) {
    test(`a stored ${JSON.stringify(stored)} is NOT_INTEGER`, async (cache) => {
      await cache.set("n", stored);
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => cache.incr("n"), "NOT_INTEGER");
        await expectRefusal(() => cache.decr("n", 2), "NOT_INTEGER");
      });
    });
  }

  test("bytes that are no text are NOT_INTEGER", async (cache) => {
    await cache.set("n", Uint8Array.of(0xff, 0x31));
    await expectRefusal(() => cache.incr("n"), "NOT_INTEGER");
  });
}

function describeDeltas(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  for (const delta of NO_INTEGERS) {
    const spelt = typeof delta === "string" ? JSON.stringify(delta) : String(delta);
    test(`a delta of ${typeof delta} ${spelt} is NOT_INTEGER`, async (cache) => {
      await cache.set("n", "7");
      const received = typeof delta === "number" ? spelt : undefined;
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => cache.incr("n", delta as number), "NOT_INTEGER", received);
        await expectRefusal(() => cache.incr("new", delta as number), "NOT_INTEGER", received);
        await expectRefusal(() => cache.decr("n", delta as number), "NOT_INTEGER");
      });
    });
  }

  for (const delta of [1e300, -1e300, 2 ** 53, -(2 ** 53), Number.MAX_VALUE]) {
    test(`a delta of ${delta} is OVERFLOW`, async (cache) => {
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => cache.incr("new", delta), "OVERFLOW");
        await expectRefusal(() => cache.decr("new", delta), "OVERFLOW");
      });
    });
  }
}
