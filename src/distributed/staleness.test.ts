import { beforeEach, describe, expect, test } from "vitest";
import { Staleness } from "./staleness.ts";
import { Owners } from "./topology.ts";

const KEY = "key";
const first = new Owners([]);
const second = new Owners([]);
let stale: Staleness;

beforeEach(() => {
  stale = new Staleness();
});

describe("a node that is stale for nothing", () => {
  test("lacks nothing, and is told nothing that would have to be remembered", () => {
    stale.learn(KEY);
    expect(stale.knows(KEY)).toBe(false);
    expect(stale).toMatchObject({ size: 0, overflowedSince: undefined });
    expect(stale.lacksSince(KEY)).toBeUndefined();
  });
});

describe("a node that came back as another incarnation", () => {
  beforeEach(() => {
    stale.cameBackAt = 5;
    stale.cameBackEmpty = true;
    for (const owners of [first, second]) stale.add(owners);
  });

  test("is stale for the lists that it owns, list by list", () => {
    stale.delete(first);
    expect([...stale]).toEqual([second]);
    expect([stale.has(first), stale.has(second)]).toEqual([false, true]);
  });

  test("knows the keys that it was told all of since, until it misses something of them", () => {
    for (const key of [KEY, "other"]) stale.learn(key);
    stale.forget(KEY, true);
    expect([...stale.knownKeys()]).toEqual(["other"]);
    stale.forgetAll();
    expect(stale.knows("other")).toBe(false);
  });

  test("knew a key that it was told all of, however often it misses something of it", () => {
    stale.learn(KEY);
    expect(stale.knew(KEY)).toBe(false);
    stale.forget(KEY, true);
    stale.forget(KEY, false);
    expect([stale.knew(KEY), ...stale.knewKeys()]).toEqual([true, KEY]);
    stale.learn(KEY);
    expect([stale.knew(KEY), stale.knows(KEY)]).toEqual([false, true]);
  });

  test("does not know any more that it knew a key that came from elsewhere meanwhile", () => {
    stale.learn(KEY);
    stale.forget(KEY, true);
    stale.forget(KEY, true);
    expect(stale.knew(KEY)).toBe(false);
  });

  test("knew no key of which it has nothing, or after it has lost all", () => {
    for (const key of [KEY, "other"]) stale.learn(key);
    for (const key of [KEY, "other"]) stale.forget(key, true);
    stale.forgetKey(KEY);
    expect([...stale.knewKeys()]).toEqual(["other"]);
    stale.forgetAll();
    expect([...stale.knewKeys()]).toEqual([]);
  });

  test("lacks no key since a certain moment, as far as it did not miss too much", () => {
    expect(stale.lacksSince(KEY)).toBeUndefined();
  });

  test("knows no key, and did not come back empty, once it has all lists", () => {
    stale.learn(KEY);
    stale.delete(first);
    expect([stale.knows(KEY), stale.cameBackEmpty]).toEqual([true, true]);
    stale.delete(second);
    expect([stale.knows(KEY), stale.cameBackEmpty]).toEqual([false, false]);
  });

  test("may be stale for lists that change meanwhile", () => {
    for (const owners of stale) stale.delete(owners);
    expect(stale.size).toBe(0);
  });
});

describe("a node that missed too much to remember", () => {
  beforeEach(() => {
    stale.add(first);
    stale.overflow(10, new Map([[KEY, 3]]));
  });

  test("lacks what it lacked before since then, and all else since it was too much", () => {
    expect(stale.lacksSince(KEY)).toBe(3);
    expect(stale.lacksSince("other")).toBe(10);
  });

  test("lacks each since the first time, when it was too much more than once", () => {
    const lacks = new Map([[KEY, 12], ["other", 7]]); // prettier-ignore
    stale.overflow(20, lacks);
    expect(stale.overflowedSince).toBe(10);
    expect([KEY, "other", "third"].map((key) => stale.lacksSince(key))).toEqual([3, 7, 10]);
  });

  test("does not know what it lacks, though it was told before", () => {
    stale.learn("other");
    stale.overflow(20, new Map([["other", 15]]));
    expect(stale.knows("other")).toBe(false);
    expect(stale.lacksSince("other")).toBe(15);
  });

  test("lacks a key that it was told all of only since it was too much", () => {
    stale.learn(KEY);
    expect(stale.knows(KEY)).toBe(true);
    expect(stale.lacksSince(KEY)).toBe(10);
  });

  test("has missed nothing any more when it is up to date", () => {
    stale.delete(first);
    expect(stale.overflowedSince).toBeUndefined();
    expect(stale.lacksSince(KEY)).toBeUndefined();
  });
});
