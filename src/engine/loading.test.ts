import { describe, expect, test } from "vitest";
import { seededRandom } from "../structures/random.ts";
import { Databases } from "./databases.ts";
import { expireAt, expiresAt, remove } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { type KeyspaceConfig, NO_LIMITS } from "./keyspace-config.ts";
import { zAdd } from "./sorted-sets.ts";
import { get, set } from "./strings.ts";

const NOW_MS = 1_000_000;

class SettableClock {
  nowMs = NOW_MS;

  now(): number {
    return this.nowMs;
  }
}

function databasesWith(options: Partial<KeyspaceConfig> = {}): Databases {
  const first = new Keyspace({
    clock: new SettableClock(),
    random: seededRandom(7),
    eviction: "lru",
    ...NO_LIMITS,
    ...options,
  });
  return new Databases(first, 16);
}

function fill(databases: Databases, keys: number): void {
  for (let i = 0; i < keys; i++) set(databases.at(i % 2), `k${i}`, "v", Infinity);
}

describe("while keys are loaded", () => {
  test("nothing expires, however far in the past its deadline is", () => {
    const databases = databasesWith();
    databases.beginLoading();
    expect(databases.isLoading).toBe(true);
    set(databases.at(0), "a", "1", 5);
    zAdd(databases.at(1), "z", [{ member: "m", score: 1 }], {});
    expireAt(databases.at(1), "z", 7);
    expect(databases.at(0).sweep(10)).toBe(false);
    expect([get(databases.at(0), "a"), expiresAt(databases.at(1), "z")]).toEqual(["1", 7]);
    databases.endLoading();
    expect(databases.isLoading).toBe(false);
    expect([get(databases.at(0), "a"), expiresAt(databases.at(1), "z")]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("no limit holds; afterwards what does not fit is evicted, of all databases", () => {
    const databases = databasesWith({ maxEntries: 10, maxLeaderboards: 1, maxMembersPerSet: 1 });
    databases.beginLoading();
    for (const board of ["y", "z"]) {
      const members = ["m", "n"].map((member, score) => ({ member, score }));
      zAdd(databases.at(2), board, members, {});
    }
    fill(databases, 98);
    expect(databases.size).toBe(100);
    databases.endLoading();
    expect(databases.size).toBe(10);
    fill(databases, 20);
    expect(databases.size).toBe(10);
  });

  test("no limit holds; afterwards writes are refused where nothing is evicted", () => {
    const databases = databasesWith({ maxMemoryBytes: 500, eviction: "none" });
    databases.beginLoading();
    fill(databases, 100);
    databases.endLoading();
    expect(databases.size).toBe(100);
    expect(() => set(databases.at(3), "more", "v", Infinity)).toThrow(/maxMemoryBytes is 500/);
  });

  test("other limits come into force afterwards", () => {
    const databases = databasesWith();
    databases.beginLoading();
    databases.configure({ maxEntries: 3 });
    fill(databases, 10);
    expect([databases.size, databases.first.isLimited]).toEqual([10, false]);
    databases.endLoading();
    expect([databases.size, databases.at(1).config.maxEntries]).toEqual([3, 3]);
  });

  test("what keys cost is the same as if they had not been loaded", () => {
    const loaded = databasesWith({ maxEntries: 100 });
    loaded.beginLoading();
    fill(loaded, 50);
    loaded.endLoading();
    const filled = databasesWith({ maxEntries: 100 });
    fill(filled, 50);
    expect(loaded.memoryBytes).toBe(filled.memoryBytes);
  });

  test("no ttl is given to a key that has none", () => {
    const databases = databasesWith({ defaultTtl: 1000 });
    databases.beginLoading();
    zAdd(databases.at(1), "z", [{ member: "m", score: 1 }], {});
    databases.endLoading();
    expect(expiresAt(databases.at(1), "z")).toBe(Infinity);
    zAdd(databases.at(1), "y", [{ member: "m", score: 1 }], {});
    expect(expiresAt(databases.at(1), "y")).toBe(NOW_MS + 1000);
  });

  test("nothing is counted, but what is evicted at the end", () => {
    const databases = databasesWith();
    set(databases.at(0), "a", "1", Infinity);
    get(databases.at(0), "a");
    const before = { ...databases.at(0).stats };
    databases.beginLoading();
    databases.configure({ maxEntries: 1 });
    get(databases.at(0), "a");
    get(databases.at(1), "nothing");
    remove(databases.at(0), "a");
    set(databases.at(0), "b", "1", Infinity);
    set(databases.at(0), "c", "1", Infinity);
    databases.endLoading();
    expect(databases.at(0).stats).toEqual({ ...before, evictions: 1 });
    expect(databases.at(1).stats.misses).toBe(0);
  });

  test("nobody is asked to sweep before the end, where the earliest deadlines are told", () => {
    const databases = databasesWith();
    const told: unknown[] = [];
    for (const index of [0, 1, 2]) {
      databases.at(index).onEarliestDeadline = (deadline) => told.push([index, deadline]);
    }
    databases.beginLoading();
    set(databases.at(0), "a", "1", 5);
    set(databases.at(1), "b", "1", NOW_MS + 5);
    databases.swap(1, 2);
    expect(told).toEqual([]);
    databases.endLoading();
    expect(told).toEqual([
      [0, 5],
      [2, NOW_MS + 5],
    ]);
  });

  test("notes start anew at the end, and marks stay", () => {
    const clock = new SettableClock();
    const databases = databasesWith({ clock });
    databases.first.takeNotes();
    databases.beginLoading();
    set(databases.at(1), "a", "1", Infinity);
    databases.at(1).mark(databases.at(1).lookup("a"), 1);
    databases.endLoading();
    clock.nowMs += 3000;
    const slot = databases.at(1).lookup("a");
    expect([databases.at(1).idleSeconds(slot), databases.at(1).markAt(slot)]).toEqual([3, 1]);
  });

  test("no listener is told but of what is evicted at the end", () => {
    const databases = databasesWith({ maxEntries: 1, eviction: "lru" });
    const told: unknown[] = [];
    databases.listen({
      effect: (database, effect) => told.push([database, effect.type]),
      swapped: (a, b) => told.push([a, b]),
    });
    databases.beginLoading();
    set(databases.at(0), "a", "1", Infinity);
    set(databases.at(3), "b", "1", Infinity);
    databases.swap(0, 1);
    expect(told).toEqual([]);
    databases.endLoading();
    expect(told).toHaveLength(1);
    told.length = 0;
    databases.clear();
    expect(told).toContainEqual([3, "clear"]);
  });

  test("to begin or to end twice changes nothing", () => {
    const databases = databasesWith({ maxEntries: 10 });
    databases.endLoading();
    databases.beginLoading();
    databases.beginLoading();
    databases.endLoading();
    databases.endLoading();
    expect([databases.first.config.maxEntries, databases.first.now()]).toEqual([10, NOW_MS]);
  });
});
