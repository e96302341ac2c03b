import { describe, expect, test } from "vitest";
import { seededRandom } from "../structures/random.ts";
import { Databases } from "./databases.ts";
import { expireAt } from "./keys.ts";
import { Keyspace, type KeyspaceObserver } from "./keyspace.ts";
import { type KeyspaceConfig, NO_LIMITS } from "./keyspace-config.ts";
import { zAdd } from "./sorted-sets.ts";
import { get, set } from "./strings.ts";

class StillClock {
  nowMs = 1_000_000;

  now(): number {
    return this.nowMs;
  }
}

const clock = new StillClock();

function databasesWith(options: Partial<KeyspaceConfig> = {}): Databases {
  const first = new Keyspace({
    clock,
    random: seededRandom(7),
    eviction: "none",
    ...NO_LIMITS,
    ...options,
  });
  return new Databases(first, 16, () => {});
}

const put = (keyspace: Keyspace, key: string, value = "v"): void =>
  set(keyspace, key, value, Infinity);

describe("databases", () => {
  test("keep their keys apart", () => {
    const databases = databasesWith();
    put(databases.at(0), "a", "zero");
    put(databases.at(5), "a", "five");
    expect(get(databases.at(0), "a")).toBe("zero");
    expect(get(databases.at(5), "a")).toBe("five");
    expect([...databases.entries()].map(([index]) => index)).toEqual([0, 5]);
    expect(databases.size).toBe(2);
  });

  test("are made when they are asked for, once, and told of", () => {
    const made: Keyspace[] = [];
    const { first } = databasesWith();
    const databases = new Databases(first, 16, (keyspace) => made.push(keyspace));
    expect(databases.at(3)).toBe(databases.at(3));
    expect(made).toEqual([databases.at(3)]);
    const numbers: number[] = [];
    databases.onCreate = (_, index): void => void numbers.push(index);
    databases.at(5);
    expect(numbers).toEqual([5]);
  });

  test("share one limit of entries", () => {
    const databases = databasesWith({ maxEntries: 2 });
    put(databases.at(0), "a");
    put(databases.at(1), "b");
    expect(() => put(databases.at(1), "c")).toThrow(/maxEntries is 2/);
    expect(() => put(databases.at(0), "c")).toThrow(/maxEntries is 2/);
  });

  test("evict what another one holds when they hold nothing themselves", () => {
    const databases = databasesWith({ maxEntries: 2, eviction: "lru" });
    put(databases.at(0), "a");
    put(databases.at(0), "b");
    put(databases.at(1), "c");
    expect(databases.at(0).size).toBe(1);
    expect(get(databases.at(1), "c")).toBe("v");
  });

  test("exchange their keys, deadlines and costs", () => {
    const databases = databasesWith();
    const [zero, one] = [databases.at(0), databases.at(1)];
    put(zero, "a");
    expireAt(zero, "a", clock.nowMs + 1000);
    zAdd(one, "board", [{ member: "m", score: 1 }], {});
    const bytes = [zero.memoryBytes, one.memoryBytes];
    const deadlines: number[] = [];
    one.onEarliestDeadline = (deadline) => deadlines.push(deadline);

    databases.swap(0, 1);

    expect(get(one, "a")).toBe("v");
    expect(get(zero, "a")).toBeUndefined();
    expect([one.memoryBytes, zero.memoryBytes]).toEqual(bytes);
    expect([zero.leaderboards, zero.members, one.leaderboards]).toEqual([1, 1, 0]);
    expect(deadlines).toEqual([clock.nowMs + 1000]);
    databases.swap(1, 1);
    expect(one.size).toBe(1);
  });

  test("are cleared together", () => {
    const databases = databasesWith();
    put(databases.at(0), "a");
    put(databases.at(2), "b");
    databases.clear();
    expect(databases.size).toBe(0);
    expect(databases.memoryBytes).toBe(0);
  });
});

/** Databases with two keyspaces, and what their listener is told. */
function listened(): { databases: Databases; told: unknown[] } {
  const databases = databasesWith();
  const told: unknown[] = [];
  databases.at(1);
  databases.listen({
    effect: (database, { type }) => told.push([database, type]),
    swapped: (a, b) => told.push(["swapped", a, b]),
  });
  return { databases, told };
}

describe("a listener", () => {
  test("is told of everything that happens, in order, also to databases that come later", () => {
    const { databases, told } = listened();
    put(databases.at(1), "a");
    zAdd(databases.at(4), "z", [{ member: "m", score: 1 }], {});
    databases.swap(1, 4);
    put(databases.at(4), "b");
    databases.swap(2, 2);
    databases.clear();
    expect(told).toEqual([
      [1, "set"],
      [4, "zadd"],
      ["swapped", 1, 4],
      [4, "set"],
      [0, "clear"],
      [1, "clear"],
      [4, "clear"],
    ]);
  });

  test("hears nothing any more when there is another, or none", () => {
    const { databases, told } = listened();
    databases.listen(undefined);
    put(databases.at(1), "a");
    put(databases.at(5), "a");
    databases.swap(0, 1);
    expect(told).toEqual([]);
    expect(databases.at(1).onEffect).toBeUndefined();
  });
});

describe("limits that change", () => {
  test("evict at once what no longer fits, in any database", () => {
    const databases = databasesWith();
    for (let i = 0; i < 10; i++) put(databases.at(i % 2), `k${i}`);
    databases.configure({ maxEntries: 4, eviction: "lru" });
    expect(databases.size).toBe(4);
  });

  test("leave everything there without eviction, and refuse what comes", () => {
    const databases = databasesWith();
    for (let i = 0; i < 10; i++) put(databases.at(0), `k${i}`);
    databases.configure({ maxMemoryBytes: 1 });
    expect(databases.size).toBe(10);
    expect(databases.first.isFull).toBe(true);
    expect(() => put(databases.at(0), "more")).toThrow(/maxMemoryBytes is 1/);
    databases.configure({ maxMemoryBytes: Infinity });
    expect(databases.first.isFull).toBe(false);
    put(databases.at(0), "more");
  });

  test("account for what another policy costs", () => {
    const limited = databasesWith({ maxMemoryBytes: 1e9, eviction: "lfu" });
    const changed = databasesWith({ maxMemoryBytes: 1e9, eviction: "lru" });
    for (let i = 0; i < 10; i++) {
      put(limited.first, `k${i}`);
      put(changed.first, `k${i}`);
    }
    changed.configure({ eviction: "lfu" });
    expect(changed.memoryBytes).toBe(limited.memoryBytes);
    for (let i = 0; i < 10; i++) changed.first.remove(changed.first.lookup(`k${i}`));
    expect(changed.memoryBytes).toBe(0);
  });
});

describe("notes", () => {
  test("tell how long a key was not used", () => {
    const { first } = databasesWith();
    put(first, "before");
    first.takeNotes();
    put(first, "a");
    clock.nowMs += 5_000;
    expect(first.idleSeconds(first.lookup("a"))).toBe(5);
    expect(first.idleSeconds(first.lookup("before"))).toBe(5);
    get(first, "a");
    expect(first.idleSeconds(first.lookup("a"))).toBe(0);
    first.setIdleSeconds(first.lookup("a"), 100);
    expect(first.idleSeconds(first.lookup("a"))).toBe(100);
  });

  test("mark a value until it is replaced", () => {
    const { first } = databasesWith();
    first.takeNotes();
    put(first, "a");
    first.mark(first.lookup("a"), 1);
    get(first, "a");
    expect(first.markAt(first.lookup("a"))).toBe(1);
    put(first, "a", "other");
    expect(first.markAt(first.lookup("a"))).toBe(0);
  });

  test("are taken by databases that come later, too, and cost what they cost", () => {
    const databases = databasesWith();
    databases.first.takeNotes();
    put(databases.at(0), "a");
    put(databases.at(1), "a");
    databases.at(1).mark(databases.at(1).lookup("a"), 1);
    expect(databases.at(1).markAt(databases.at(1).lookup("a"))).toBe(1);
    expect(databases.at(0).memoryBytes).toBe(databases.at(1).memoryBytes);
    databases.clear();
    expect(databases.memoryBytes).toBe(0);
  });

  test("are not taken unless asked for", () => {
    const { first } = databasesWith();
    put(first, "a");
    first.mark(0, 1);
    first.setIdleSeconds(0, 7);
    expect([first.markAt(0), first.idleSeconds(0)]).toEqual([0, 0]);
  });
});

/** Databases whose first one tells what its observer hears. */
function observed(): { databases: Databases; seen: string[] } {
  const databases = databasesWith();
  const seen: string[] = [];
  const observer: KeyspaceObserver = {
    changed: (key) => seen.push(`changed ${key}`),
    filled: (key) => seen.push(`filled ${key}`),
    clearing: (replacement) => seen.push(replacement === undefined ? "clearing" : "replacing"),
  };
  databases.first.observer = observer;
  return { databases, seen };
}

describe("an observer", () => {
  test("hears of keys that come, change and go", () => {
    const { databases, seen } = observed();
    put(databases.first, "a");
    expect(seen).toContain("changed a");
    seen.length = 0;
    expireAt(databases.first, "a", clock.nowMs + 10);
    expect(seen).toEqual(["changed a"]);
    seen.length = 0;
    clock.nowMs += 10;
    get(databases.first, "a");
    expect(seen).toEqual(["changed a"]);
  });

  test("hears when a key comes to hold a sorted set, not when it grows", () => {
    const { databases, seen } = observed();
    zAdd(databases.first, "board", [{ member: "a", score: 1 }], {});
    expect(seen).toContain("filled board");
    seen.length = 0;
    zAdd(databases.first, "board", [{ member: "b", score: 1 }], {});
    expect(seen).toEqual(["changed board"]);
  });

  test("hears beforehand that all keys go, or are exchanged", () => {
    const { databases, seen } = observed();
    put(databases.first, "a");
    seen.length = 0;
    databases.swap(0, 1);
    databases.swap(1, 0);
    databases.clear();
    expect(seen).toEqual(["replacing", "replacing", "clearing"]);
  });
});

test("who sweeps finds nothing where collecting is switched off", () => {
  const { first } = databasesWith();
  put(first, "a");
  expireAt(first, "a", clock.nowMs + 1);
  clock.nowMs += 1;
  first.sweeps = false;
  expect(first.sweep(10)).toBe(false);
  expect(first.size).toBe(1);
  expect(first.expiring).toBe(1);
  first.sweeps = true;
  first.sweep(10);
  expect(first.size).toBe(0);
});
