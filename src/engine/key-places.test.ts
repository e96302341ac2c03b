import { describe, expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import type { Effect } from "./effects.ts";
import { copy, move, rename } from "./key-places.ts";
import { remove } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { type KeyspaceConfig, NO_LIMITS } from "./keyspace-config.ts";
import { sortedSetEncoding } from "./sorted-set-encoding.ts";
import { zAdd, zRem } from "./sorted-sets.ts";
import { set } from "./strings.ts";

const LIMITS = { zsetListpackEntries: 2, zsetListpackValueBytes: 8 };

function keyspaceWith(options: Partial<KeyspaceConfig> = {}): Keyspace {
  return new Keyspace({
    clock: { now: () => 1000 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
    ...options,
  });
}

/** What each key holds, and until when. */
function stateOf(keyspace: Keyspace): Record<string, unknown> {
  const keys: string[] = [];
  keyspace.scan(0, 1000, keys);
  return Object.fromEntries(
    keys.map((key) => {
      const slot = keyspace.lookup(key);
      const value = keyspace.valueAt(slot);
      return [key, [typeof value === "string" ? value : [...value], keyspace.expiresAt(slot)]];
    }),
  );
}

function listenTo(keyspace: Keyspace): Effect[] {
  const effects: Effect[] = [];
  keyspace.onEffect = (effect) => effects.push(effect);
  return effects;
}

const board = [
  { member: "x", score: 1 },
  { member: "y", score: 2 },
];

describe("rename", () => {
  test("takes value, deadline and mark along and overwrites who has the name", () => {
    const keyspace = keyspaceWith();
    keyspace.takeNotes();
    set(keyspace, "a", "1", 5000);
    keyspace.mark(keyspace.lookup("a"), 1);
    zAdd(keyspace, "b", board, {});
    expect(rename(keyspace, "a", "b", false)).toBe("renamed");
    expect(stateOf(keyspace)).toEqual({ b: ["1", 5000] });
    expect(keyspace.markAt(keyspace.lookup("b"))).toBe(1);
    expect([keyspace.size, keyspace.leaderboards, keyspace.members]).toEqual([1, 0, 0]);
  });

  test("tells what went and what came", () => {
    const keyspace = keyspaceWith();
    zAdd(keyspace, "a", board, {});
    keyspace.setExpiry(keyspace.lookup("a"), 5000);
    set(keyspace, "b", "1", Infinity);
    const effects = listenTo(keyspace);
    rename(keyspace, "a", "b", false);
    expect(effects).toEqual([
      { type: "delete", key: "a", reason: "deleted" },
      { type: "delete", key: "b", reason: "deleted" },
      { type: "zadd", key: "b", members: board },
      { type: "expire", key: "b", expiresAt: 5000 },
    ]);
  });

  test("changes nothing onto itself, onto a name to be free that is not, or of no key", () => {
    const keyspace = keyspaceWith();
    set(keyspace, "a", "1", 5000);
    set(keyspace, "b", "2", Infinity);
    const before = stateOf(keyspace);
    const effects = listenTo(keyspace);
    expect(rename(keyspace, "a", "a", false)).toBe("renamed");
    expect(rename(keyspace, "a", "a", true)).toBe("occupied");
    expect(rename(keyspace, "a", "b", true)).toBe("occupied");
    expect(rename(keyspace, "c", "c", false)).toBe("no-such-key");
    expect([stateOf(keyspace), effects]).toEqual([before, []]);
  });

  test("needs no room but for a longer name", () => {
    const keyspace = keyspaceWith();
    set(keyspace, "a", "1", Infinity);
    keyspace.configure({ maxMemoryBytes: keyspace.memoryBytes, maxEntries: 1 });
    expect(rename(keyspace, "a", "b", false)).toBe("renamed");
    expect(() => rename(keyspace, "b", "b".repeat(1000), false)).toThrow(CacheError);
    expect(stateOf(keyspace)).toEqual({ b: ["1", Infinity] });
  });
});

describe("move", () => {
  test("takes the key to the sibling with all that it has", () => {
    const source = keyspaceWith();
    const destination = source.sibling();
    zAdd(source, "a", board, {});
    source.setExpiry(source.lookup("a"), 5000);
    const bytes = source.memoryBytes;
    expect(move(source, "a", destination)).toBe(true);
    expect([stateOf(source), stateOf(destination)]).toEqual([{}, { a: [board, 5000] }]);
    expect([source.memoryBytes, destination.memoryBytes]).toEqual([0, bytes]);
    expect([source.members, destination.members]).toEqual([0, 2]);
  });

  test("takes no more room than there was, however full the siblings are", () => {
    const source = keyspaceWith();
    const destination = source.sibling();
    set(source, "a", "1", Infinity);
    source.configure({ maxEntries: 1 });
    expect(move(source, "a", destination)).toBe(true);
  });

  test("leaves a key where it is that the sibling has, too", () => {
    const source = keyspaceWith();
    const destination = source.sibling();
    set(source, "a", "1", Infinity);
    set(destination, "a", "2", Infinity);
    expect(move(source, "a", destination)).toBe(false);
    expect(move(source, "b", destination)).toBe(false);
    expect(stateOf(source)).toEqual({ a: ["1", Infinity] });
  });

  test("tells either keyspace its part", () => {
    const source = keyspaceWith();
    const destination = source.sibling();
    set(source, "a", "1", 5000);
    const effects = [listenTo(source), listenTo(destination)];
    move(source, "a", destination);
    expect(effects).toEqual([
      [{ type: "delete", key: "a", reason: "deleted" }],
      [{ type: "set", key: "a", value: "1", expiresAt: 5000 }],
    ]);
  });
});

describe("copy", () => {
  test("gives another key the value and the deadline, and neither follows the other", () => {
    const keyspace = keyspaceWith();
    zAdd(keyspace, "a", board, {});
    keyspace.setExpiry(keyspace.lookup("a"), 5000);
    const options = { destination: keyspace, key: "b", replace: false, limits: LIMITS };
    expect(copy(keyspace, "a", options)).toBe(true);
    zRem(keyspace, "b", ["x"]);
    expect(stateOf(keyspace)).toEqual({ a: [board, 5000], b: [board.slice(1), 5000] });
  });

  test("gives the copy no default ttl where the key has none", () => {
    const keyspace = keyspaceWith({ defaultTtl: 100 });
    set(keyspace, "a", "1", Infinity);
    copy(keyspace, "a", { destination: keyspace, key: "b", replace: false, limits: LIMITS });
    expect(stateOf(keyspace)).toEqual({ a: ["1", Infinity], b: ["1", Infinity] });
  });

  test("overwrites only where it may", () => {
    const keyspace = keyspaceWith();
    const destination = keyspace.sibling();
    set(keyspace, "a", "1", Infinity);
    zAdd(destination, "b", board, {});
    const options = { destination, key: "b", limits: LIMITS };
    expect(copy(keyspace, "a", { ...options, replace: false })).toBe(false);
    expect(stateOf(destination)).toEqual({ b: [board, Infinity] });
    expect(copy(keyspace, "a", { ...options, replace: true })).toBe(true);
    expect(copy(keyspace, "c", { ...options, replace: true })).toBe(false);
    expect(stateOf(destination)).toEqual({ b: ["1", Infinity] });
  });

  test("is told as a skiplist where the set outgrew a listpack once", () => {
    const keyspace = keyspaceWith();
    keyspace.takeNotes();
    zAdd(keyspace, "a", [...board, { member: "z", score: 3 }], {});
    zRem(keyspace, "a", ["z"]);
    const options = { destination: keyspace, key: "b", replace: false, limits: LIMITS };
    copy(keyspace, "a", options);
    expect(sortedSetEncoding(keyspace, keyspace.lookup("b"), LIMITS)).toBe("skiplist");
    remove(keyspace, "b");
    zAdd(keyspace, "b", board, {});
    expect(sortedSetEncoding(keyspace, keyspace.lookup("b"), LIMITS)).toBe("listpack");
  });

  test("is made even where the key itself is evicted for it", () => {
    const keyspace = keyspaceWith({ maxEntries: 1, eviction: "lru" });
    set(keyspace, "a", "1", Infinity);
    copy(keyspace, "a", { destination: keyspace, key: "b", replace: false, limits: LIMITS });
    expect(stateOf(keyspace)).toEqual({ b: ["1", Infinity] });
  });
});
