import { describe, expect, test } from "vitest";
import type { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import type { Effect } from "./effects.ts";
import { expiresAt } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { type KeyspaceLimits, NO_LIMITS } from "./keyspace-config.ts";
import { zAdd } from "./sorted-sets.ts";
import {
  append,
  get,
  getAndDelete,
  getAndSetIf,
  set,
  setIf,
  setManyIfAbsent,
  VALUE_BYTES_MAX,
} from "./strings.ts";

function newKeyspace(limits: Partial<KeyspaceLimits> = {}): Keyspace {
  return new Keyspace({
    clock: { now: () => 1000 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
    defaultTtl: 9000,
    ...limits,
  });
}

describe("the longest value", () => {
  // `repeat` links strings and joins them only when they are read, so this costs no memory.
  const nearlyFull = "x".repeat(VALUE_BYTES_MAX - 1);

  test("can be filled to its last byte", () => {
    const keyspace = newKeyspace();
    set(keyspace, "key", nearlyFull, Infinity);
    expect(append(keyspace, "key", "y")).toBe(VALUE_BYTES_MAX);
  });

  test("takes no byte more, and stays as it was", () => {
    const keyspace = newKeyspace();
    set(keyspace, "key", nearlyFull, Infinity);
    let refusal: unknown;
    try {
      append(keyspace, "key", "yz");
    } catch (error) {
      refusal = error;
    }
    expect((refusal as CacheError).code).toBe("OVERFLOW");
    expect(get(keyspace, "key")?.length).toBe(VALUE_BYTES_MAX - 1);
  });
});

describe("a value set on terms", () => {
  test("is set only where there is no key, or only where there is one", () => {
    const keyspace = newKeyspace();
    expect(setIf(keyspace, "a", "1", { onlyIf: "present", expiresAt: Infinity })).toBe(false);
    expect(setIf(keyspace, "a", "2", { onlyIf: "absent", expiresAt: Infinity })).toBe(true);
    expect(setIf(keyspace, "a", "3", { onlyIf: "absent", expiresAt: Infinity })).toBe(false);
    expect(get(keyspace, "a")).toBe("2");
    expect(setIf(keyspace, "a", "4", { onlyIf: "present", expiresAt: Infinity })).toBe(true);
    expect(get(keyspace, "a")).toBe("4");
  });

  test("counts as a use of the key also where it is not set", () => {
    const keyspace = newKeyspace({ eviction: "lru", maxEntries: 2 });
    for (const key of ["a", "b"]) set(keyspace, key, "1", Infinity);
    setIf(keyspace, "a", "2", { onlyIf: "absent", expiresAt: Infinity });
    set(keyspace, "c", "1", Infinity);
    expect([get(keyspace, "a"), get(keyspace, "b")]).toEqual(["1", undefined]);
  });

  test("keeps the deadline on demand; a new key has the default one then", () => {
    const keyspace = newKeyspace();
    set(keyspace, "a", "1", 5000);
    setIf(keyspace, "a", "2", { onlyIf: "always", expiresAt: "kept" });
    setIf(keyspace, "b", "2", { onlyIf: "always", expiresAt: "kept" });
    expect([expiresAt(keyspace, "a"), expiresAt(keyspace, "b")]).toEqual([5000, 10_000]);
  });

  test("with a deadline that is over leaves no key, where the condition holds", () => {
    const keyspace = newKeyspace();
    set(keyspace, "a", "1", Infinity);
    const effects: Effect[] = [];
    keyspace.onEffect = (effect) => effects.push(effect);
    expect(setIf(keyspace, "b", "2", { onlyIf: "always", expiresAt: 1000 })).toBe(true);
    expect(setIf(keyspace, "a", "2", { onlyIf: "absent", expiresAt: 1000 })).toBe(false);
    expect(setIf(keyspace, "a", "2", { onlyIf: "always", expiresAt: 1000 })).toBe(true);
    expect(keyspace.size).toBe(0);
    expect(effects).toEqual([{ type: "delete", key: "a", reason: "deleted" }]);
  });

  test("replaces another type, but not where the former value is asked for", () => {
    const keyspace = newKeyspace();
    zAdd(keyspace, "set", [{ member: "a", score: 1 }], {});
    const terms = { onlyIf: "always", expiresAt: Infinity } as const;
    expect(() => getAndSetIf(keyspace, "set", "1", terms)).toThrow("must hold a string");
    expect(keyspace.leaderboards).toBe(1);
    expect(setIf(keyspace, "set", "1", terms)).toBe(true);
    expect(getAndSetIf(keyspace, "set", "2", terms)).toBe("1");
  });

  test("tells the former one, whether it is replaced or not", () => {
    const keyspace = newKeyspace();
    const absent = { onlyIf: "absent", expiresAt: Infinity } as const;
    expect(getAndSetIf(keyspace, "a", "1", absent)).toBeUndefined();
    expect(getAndSetIf(keyspace, "a", "2", absent)).toBe("1");
    expect(getAndDelete(keyspace, "a")).toBe("1");
    expect(getAndDelete(keyspace, "a")).toBeUndefined();
  });
});

describe("several values", () => {
  test("are set where none of the keys exists, a key given twice in order", () => {
    const keyspace = newKeyspace();
    const twice = [
      ["a", "1"],
      ["a", "2"],
    ] as const;
    expect(setManyIfAbsent(keyspace, twice, Infinity)).toBe(true);
    expect(setManyIfAbsent(keyspace, [["b", "3"], ...twice], Infinity)).toBe(false);
    expect([get(keyspace, "a"), get(keyspace, "b")]).toEqual(["2", undefined]);
  });
});

describe("append", () => {
  test("is refused beyond a limit that is given, unless it creates the key", () => {
    const keyspace = newKeyspace();
    expect(append(keyspace, "a", "12345", 4)).toBe(5);
    expect(() => append(keyspace, "a", "6", 5)).toThrow("at most 5 bytes: received 6");
    expect(append(keyspace, "a", "6", 6)).toBe(6);
  });
});
