import { describe, expect, test } from "vitest";
import { restore } from "../rdb/dump.ts";
import { seededRandom } from "../structures/random.ts";
import { dumpKey, restoreKey } from "./key-dump.ts";
import { expiresAt } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { NO_LIMITS } from "./keyspace-config.ts";
import { sort } from "./sort.ts";
import { sortedSetEncoding } from "./sorted-set-encoding.ts";
import { zAdd, zRem } from "./sorted-sets.ts";
import { get, set } from "./strings.ts";

const LIMITS = { zsetListpackEntries: 2, zsetListpackValueBytes: 8 };
const TYPE_LISTPACK = 17;
const TYPE_SKIPLIST = 5;

function emptyKeyspace(): Keyspace {
  const keyspace = new Keyspace({
    clock: { now: () => 1000 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
  keyspace.takeNotes();
  return keyspace;
}

function add(keyspace: Keyspace, ...members: readonly string[]): void {
  zAdd(
    keyspace,
    "z",
    members.map((member, score) => ({ member, score })),
    {},
  );
}

/** How the sorted set is told, and the type that its dump begins with. */
function formsOf(keyspace: Keyspace): unknown {
  const encoding = sortedSetEncoding(keyspace, keyspace.lookup("z"), LIMITS);
  return [encoding, dumpKey(keyspace, "z", LIMITS)?.charCodeAt(0)];
}

describe("a value that is dumped and restored", () => {
  test("is the same, under the deadline given", () => {
    const keyspace = emptyKeyspace();
    set(keyspace, "a", "\xff\0value", 9000);
    restoreKey(keyspace, "b", restore(dumpKey(keyspace, "a", LIMITS) as string), 5000);
    expect([get(keyspace, "b"), expiresAt(keyspace, "b")]).toEqual(["\xff\0value", 5000]);
    add(keyspace, "m", "n", "o");
    restoreKey(keyspace, "b", restore(dumpKey(keyspace, "z", LIMITS) as string), Infinity);
    const restored = keyspace.valueAt(keyspace.lookup("b"));
    expect(typeof restored === "string" ? restored : restored.range(0, -1)).toEqual([
      { member: "m", score: 0 },
      { member: "n", score: 1 },
      { member: "o", score: 2 },
    ]);
  });

  test("is not created where its deadline is over, and the key goes", () => {
    const keyspace = emptyKeyspace();
    set(keyspace, "a", "1", Infinity);
    restoreKey(keyspace, "a", { type: "string", value: "2" }, 1000);
    expect(keyspace.size).toBe(0);
    expect(dumpKey(keyspace, "a", LIMITS)).toBe(undefined);
  });
});

describe("a sorted set is told and dumped as a listpack", () => {
  test("up to the limits", () => {
    const keyspace = emptyKeyspace();
    add(keyspace, "a", "x".repeat(8));
    expect(formsOf(keyspace)).toEqual(["listpack", TYPE_LISTPACK]);
  });

  test("but not once it had more members, or a longer one", () => {
    const [large, long] = [emptyKeyspace(), emptyKeyspace()];
    add(large, "a", "b", "c");
    zRem(large, "z", ["c"]);
    add(long, "a", "x".repeat(9));
    zRem(long, "z", ["x".repeat(9)]);
    expect(formsOf(large)).toEqual(["skiplist", TYPE_SKIPLIST]);
    expect(formsOf(long)).toEqual(["skiplist", TYPE_SKIPLIST]);
  });

  test("but not once it was sorted", () => {
    const keyspace = emptyKeyspace();
    add(keyspace, "1", "2");
    const isSorted = { by: undefined, keepsOrder: false, gets: [], isDescending: false };
    sort(keyspace, "z", { ...isSorted, isAlphabetic: false, offset: 0, count: -1 });
    expect(formsOf(keyspace)).toEqual(["skiplist", TYPE_SKIPLIST]);
  });
});
