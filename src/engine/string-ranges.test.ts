import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import type { Effect } from "./effects.ts";
import { expireAt, expiresAt } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { NO_LIMITS } from "./keyspace-config.ts";
import { zAdd } from "./sorted-sets.ts";
import { getRange, setRange } from "./string-ranges.ts";
import { get, set, VALUE_BYTES_MAX } from "./strings.ts";

function newKeyspace(): Keyspace {
  return new Keyspace({
    clock: { now: () => 0 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return (error as CacheError).code;
  }
  return undefined;
}

describe("getRange", () => {
  test.each([
    [0, 3, "This"],
    [-3, -1, "ing"],
    [0, -1, "This is a string"],
    [10, 100, "string"],
    [5, 3, ""],
    [-1, -3, ""],
    [-100, -50, "T"],
    [-50, -100, ""],
    [16, 20, ""],
    [-(2 ** 63), 2 ** 63, "This is a string"],
  ])("from %d to %d gives %j", (start, end, expected) => {
    const keyspace = newKeyspace();
    set(keyspace, "key", "This is a string", Infinity);
    expect(getRange(keyspace, "key", start, end)).toBe(expected);
  });

  test("of an empty value, or of no key, is empty", () => {
    const keyspace = newKeyspace();
    set(keyspace, "empty", "", Infinity);
    expect(getRange(keyspace, "empty", 0, -1)).toBe("");
    expect(getRange(keyspace, "none", 0, -1)).toBe("");
  });
});

describe("setRange", () => {
  test("writes into an array of bytes that grows with zeros", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\0", "\xff"), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.nat(60), text, (former, offset, data) => {
        const keyspace = newKeyspace();
        set(keyspace, "key", former, Infinity);
        const bytes = Buffer.alloc(
          data === "" ? former.length : Math.max(former.length, offset + data.length),
        );
        bytes.write(former, "latin1");
        bytes.write(data, Math.min(offset, bytes.length), "latin1");
        expect(setRange(keyspace, "key", offset, data, VALUE_BYTES_MAX)).toBe(bytes.length);
        expect(get(keyspace, "key")).toBe(bytes.toString("latin1"));
      }),
    );
  });

  test("keeps the deadline, and tells the whole value", () => {
    const keyspace = newKeyspace();
    set(keyspace, "key", "Hello World", Infinity);
    expireAt(keyspace, "key", 5000);
    const effects: Effect[] = [];
    keyspace.onEffect = (effect) => effects.push(effect);
    setRange(keyspace, "key", 6, "Redis", VALUE_BYTES_MAX);
    expect(expiresAt(keyspace, "key")).toBe(5000);
    expect(effects).toEqual([{ type: "set", key: "key", value: "Hello Redis", expiresAt: 5000 }]);
  });

  test("of no data changes nothing, and creates no key", () => {
    const keyspace = newKeyspace();
    set(keyspace, "key", "value", Infinity);
    const version = keyspace.version("key");
    expect(setRange(keyspace, "key", 100, "", VALUE_BYTES_MAX)).toBe(5);
    expect(setRange(keyspace, "none", 100, "", VALUE_BYTES_MAX)).toBe(0);
    expect([keyspace.version("key"), keyspace.size]).toEqual([version, 1]);
  });

  test("is refused beyond a limit, and beyond what a string can hold", () => {
    const keyspace = newKeyspace();
    expect(setRange(keyspace, "key", 7, "abc", 10)).toBe(10);
    expect(codeOf(() => setRange(keyspace, "key", 8, "abc", 10))).toBe("OVERFLOW");
    expect(codeOf(() => setRange(keyspace, "key", 2 ** 63, "a", Infinity))).toBe("OVERFLOW");
    expect(codeOf(() => setRange(keyspace, "key", VALUE_BYTES_MAX, "a", Infinity))).toBe(
      "OVERFLOW",
    );
    expect(get(keyspace, "key")).toBe("\0\0\0\0\0\0\0abc");
  });

  test("of another type is refused, data or not", () => {
    const keyspace = newKeyspace();
    zAdd(keyspace, "set", [{ member: "a", score: 1 }], {});
    expect(codeOf(() => setRange(keyspace, "set", 0, "", 10))).toBe("WRONG_TYPE");
    expect(codeOf(() => getRange(keyspace, "set", 0, 1))).toBe("WRONG_TYPE");
  });
});
