import { describe, expect, test } from "vitest";
import { seededRandom } from "../structures/random.ts";
import { type ExpireConditions, expireAtWhere, persist } from "./key-expiry.ts";
import { expiresAt } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { NO_LIMITS } from "./keyspace-config.ts";
import { set } from "./strings.ts";

const NOW_MS = 1000;
const NONE: ExpireConditions = { nx: false, xx: false, gt: false, lt: false };

function keyspaceWith(deadline: number): Keyspace {
  const keyspace = new Keyspace({
    clock: { now: () => NOW_MS },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
  set(keyspace, "a", "1", deadline);
  return keyspace;
}

describe("a deadline under conditions", () => {
  test.each([
    ["nx", Infinity, 5000, true],
    ["nx", 4000, 5000, false],
    ["xx", Infinity, 5000, false],
    ["xx", 4000, 5000, true],
    ["gt", Infinity, 5000, false],
    ["gt", 4000, 5000, true],
    ["gt", 5000, 5000, false],
    ["lt", Infinity, 5000, true],
    ["lt", 6000, 5000, true],
    ["lt", 5000, 5000, false],
  ])("%s: after %d comes %d: %s", (condition, before, deadline, isGiven) => {
    const keyspace = keyspaceWith(before);
    const conditions = { ...NONE, [condition]: true };
    expect(expireAtWhere(keyspace, "a", deadline, conditions)).toBe(isGiven);
    expect(expiresAt(keyspace, "a")).toBe(isGiven ? deadline : before);
  });

  test("removes the key where it is not after now, and the conditions hold", () => {
    const keyspace = keyspaceWith(5000);
    expect(expireAtWhere(keyspace, "a", NOW_MS, { ...NONE, gt: true })).toBe(false);
    expect(expireAtWhere(keyspace, "a", NOW_MS, { ...NONE, lt: true })).toBe(true);
    expect(expiresAt(keyspace, "a")).toBe(undefined);
  });

  test("is not given to a key that is not there", () => {
    expect(expireAtWhere(keyspaceWith(5000), "b", 6000, NONE)).toBe(false);
  });
});

test("persist takes a deadline away, once", () => {
  const keyspace = keyspaceWith(5000);
  expect([1, 2].map(() => persist(keyspace, "a"))).toEqual([true, false]);
  expect(expiresAt(keyspace, "a")).toBe(Infinity);
  expect(persist(keyspace, "b")).toBe(false);
});
