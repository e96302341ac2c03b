import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import { incrByInt64, parseExactly } from "./counters.ts";
import type { Effect } from "./effects.ts";
import { incrByFloat } from "./float-counters.ts";
import { Keyspace } from "./keyspace.ts";
import { NO_LIMITS } from "./keyspace-config.ts";
import { get, set } from "./strings.ts";

const INT64_MAX = 2n ** 63n - 1n;

function newKeyspace(): Keyspace {
  return new Keyspace({
    clock: { now: () => 0 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
}

/** A keyspace whose key "n" holds a value. */
function holding(value: string): Keyspace {
  const keyspace = newKeyspace();
  set(keyspace, "n", value, 5000);
  return keyspace;
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return (error as CacheError).code;
  }
  return undefined;
}

describe("a counter of 64 bits", () => {
  test("is exact within its range, and refuses to leave it", () => {
    const int64 = fc.bigInt({ min: -INT64_MAX - 1n, max: INT64_MAX });
    fc.assert(
      fc.property(int64, int64, (former, delta) => {
        const keyspace = holding(String(former));
        const exactDelta = parseExactly(String(delta)) as number | bigint;
        const sum = former + delta;
        if (BigInt.asIntN(64, sum) === sum) {
          expect(String(incrByInt64(keyspace, "n", exactDelta))).toBe(String(sum));
          expect(get(keyspace, "n")).toBe(String(sum));
        } else {
          expect(codeOf(() => incrByInt64(keyspace, "n", exactDelta))).toBe("OVERFLOW");
          expect(get(keyspace, "n")).toBe(String(former));
        }
      }),
    );
  });

  test("passes 2^53 without losing a bit", () => {
    const keyspace = holding("9007199254740991");
    expect(incrByInt64(keyspace, "n", 1)).toBe(2n ** 53n);
    expect(incrByInt64(keyspace, "n", 1)).toBe(2n ** 53n + 1n);
    expect(get(keyspace, "n")).toBe("9007199254740993");
  });

  test("begins at 0, keeps its deadline, and tells its value", () => {
    const keyspace = holding("1");
    const effects: Effect[] = [];
    keyspace.onEffect = (effect) => effects.push(effect);
    incrByInt64(keyspace, "n", -1);
    incrByInt64(keyspace, "new", -0);
    expect(effects).toEqual([
      { type: "set", key: "n", value: "0", expiresAt: 5000 },
      { type: "set", key: "new", value: "0", expiresAt: Infinity },
    ]);
  });

  test.each(["", " 1", "+1", "01", "-0", "1.0", "9223372036854775808"])("is not %j", (value) => {
    expect(codeOf(() => incrByInt64(holding(value), "n", 1))).toBe("NOT_INTEGER");
  });
});

describe("a counter of fractions", () => {
  test.each([
    ["3", "-3", "0"],
    ["10.50", "0.1", "10.6"],
    ["1.5", "-0.5", "1"],
    ["999999999999999", "999999999999999", "1999999999999998"],
    ["9223372036854775807", "1", "9223372036854775808"],
  ])("at %s plus %s is %s", (former, increment, expected) => {
    const keyspace = holding(former);
    expect(incrByFloat(keyspace, "n", increment)).toBe(expected);
    expect(get(keyspace, "n")).toBe(expected);
    expect(keyspace.expiresAt(keyspace.lookup("n"))).toBe(5000);
  });

  test("begins at 0", () => {
    expect(incrByFloat(newKeyspace(), "new", "-0.25")).toBe("-0.25");
  });

  test("is neither text nor infinite, and stays as it was then", () => {
    const keyspace = holding("1.5");
    expect(codeOf(() => incrByFloat(keyspace, "n", "x"))).toBe("INVALID_VALUE");
    expect(codeOf(() => incrByFloat(keyspace, "n", "-inf"))).toBe("OVERFLOW");
    expect(get(keyspace, "n")).toBe("1.5");
    expect(codeOf(() => incrByFloat(holding(" 1"), "n", "1"))).toBe("INVALID_VALUE");
  });
});
