import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import type { ZMember } from "../structures/z-member.ts";
import { incrBy } from "./counters.ts";
import type { Effect } from "./effects.ts";
import { EVICTIONS } from "./eviction/create-policy.ts";
import { exists, expireAt, remove } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { type KeyspaceConfig, NO_LIMITS } from "./keyspace-config.ts";
import { zCombineStore, zRangeStore } from "./sorted-set-algebra.ts";
import { readSet, removeEntries, zAdd, zIncrBy, zPop, zRem } from "./sorted-sets.ts";
import { append, get, getOrNothing, set, setMany } from "./strings.ts";

const START_MS = 1_000_000;

/** A clock that stands still until a test moves it. */
class StillClock {
  nowMs = START_MS;

  now(): number {
    return this.nowMs;
  }
}

function keyspaceWith(options: Partial<KeyspaceConfig> = {}): Keyspace {
  return new Keyspace({
    clock: new StillClock(),
    random: seededRandom(7),
    eviction: "lru",
    ...NO_LIMITS,
    ...options,
  });
}

/** What a key holds, and until when. */
interface Held {
  readonly value: string | ZMember[];
  readonly expiresAt: number;
}

function aliveKeys(keyspace: Keyspace): string[] {
  const keys: string[] = [];
  keyspace.scan(0, Infinity, keys);
  return keys;
}

/** All keys that are alive, and what they hold; does not change anything. */
function stateOf(keyspace: Keyspace): Map<string, Held> {
  const held = aliveKeys(keyspace).map((key): [string, Held] => {
    const slot = keyspace.lookup(key);
    const value = keyspace.valueAt(slot);
    const shown = typeof value === "string" ? value : [...value];
    return [key, { value: shown, expiresAt: keyspace.expiresAt(slot) }];
  });
  return new Map(held);
}

function versionsOf(keyspace: Keyspace, keys: readonly string[]): number[] {
  return keys.map((key) => keyspace.version(key));
}

function members(...pairs: readonly (readonly [member: string, score: number])[]): ZMember[] {
  return pairs.map(([member, score]) => ({ member, score }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** The code of the error that a call throws; anything but a `CacheError` is a fault. */
function refusalOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof CacheError) return error.code;
    throw error;
  }
}

// ---- random operations

const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const key = fc.constantFrom(...KEYS);
const ttl = fc.constantFrom(Infinity, 1, 20, 100);
const value = fc.oneof(fc.constantFrom("", "1", "-7", "text"), fc.constant("x".repeat(200)));
const member = fc.constantFrom("m1", "m2", "m3", "m4");
const score = fc.constantFrom(0, -0, 1, 2.5, -3, Infinity, -Infinity);
const scored = fc.record({ member, score });
const flags = fc.constantFrom({}, {}, { nx: true }, { xx: true }, { gt: true }, { lt: true });

/** A change of a keyspace, named so that a failing history can be read. */
type Change = readonly [name: string, run: (keyspace: Keyspace) => unknown];

function change<Args extends unknown[]>(
  name: string,
  operation: (keyspace: Keyspace, ...args: Args) => unknown,
  ...args: { [I in keyof Args]: fc.Arbitrary<Args[I]> }
): fc.Arbitrary<Change> {
  return fc
    .tuple(...(args as fc.Arbitrary<unknown>[]))
    .map((args) => [
      `${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`,
      (keyspace) => operation(keyspace, ...(args as Args)),
    ]);
}

/** Enough members to take a set past its compact form. */
function crowd(from: number, count: number): ZMember[] {
  return Array.from({ length: count }, (_, i) => ({ member: `c${from + i}`, score: i % 5 }));
}

const changes: fc.Arbitrary<Change> = fc.oneof(
  change("set", (k, key, value, ttl) => set(k, key, value, k.now() + ttl), key, value, ttl),
  change(
    "setMany",
    (k, pairs, ttl) => setMany(k, pairs, k.now() + ttl),
    fc.array(fc.tuple(key, value), { maxLength: 4 }),
    ttl,
  ),
  change("get", get, key),
  change("getOrNothing", getOrNothing, key),
  change("append", append, key, value),
  change("incrBy", incrBy, key, fc.integer({ min: -3, max: 3 })),
  change("remove", remove, key),
  change("expire", (k, key, ttl) => expireAt(k, key, k.now() + ttl), key, ttl),
  change("zAdd", zAdd, key, fc.array(scored, { maxLength: 4 }), flags),
  change("join", (k, key, from) => zAdd(k, key, crowd(from, 80), {}), key, fc.nat(40)),
  change("zIncrBy", zIncrBy, key, member, score),
  change("zRem", zRem, key, fc.array(member, { maxLength: 3 })),
  change("zPop", zPop, key, fc.constantFrom("min", "max"), fc.nat(100)),
  change(
    "removeRange",
    (k, key, start, stop) => removeEntries(k, key, (set) => set.removeRange(start, stop)),
    key,
    fc.integer({ min: -5, max: 5 }),
    fc.integer({ min: -5, max: 5 }),
  ),
  change("readSet", readSet, key),
  change(
    "zCombineStore",
    zCombineStore,
    fc.constantFrom("union", "intersection", "difference"),
    key,
    fc.array(key, { minLength: 1, maxLength: 3 }),
    fc.constant({}),
  ),
  change("zRangeStore", zRangeStore, key, key, fc.constant(0), fc.nat(70), fc.boolean()),
  change("sweep", (k, limit) => k.sweep(limit), fc.nat(5)),
  change("pass", (k, ms) => ((k.config.clock as StillClock).nowMs += ms), fc.nat(30)),
);
const clear = change("clear", (k) => k.clear());
const history = fc.array(fc.oneof({ weight: 60, arbitrary: changes }, clear), {
  maxLength: 60,
  size: "max",
});

const limits = fc.record({
  eviction: fc.constantFrom(...EVICTIONS),
  maxEntries: fc.constantFrom(Infinity, Infinity, 4),
  maxMemoryBytes: fc.constantFrom(Infinity, Infinity, 900, 12_000),
  maxLeaderboards: fc.constantFrom(Infinity, Infinity, 2),
  maxMembersPerSet: fc.constantFrom(Infinity, Infinity, 90, 3),
  defaultTtl: fc.constantFrom(Infinity, 25),
});

/** Runs a history, and calls `after` after each change with what was refused, if it was. */
function run(
  keyspace: Keyspace,
  history: readonly Change[],
  after: (refusal: string | undefined) => void = () => {},
): void {
  for (const [, change] of history) after(refusalOf(() => change(keyspace)));
}

/** Does again what the effects tell, with nothing but the effects. */
function replay(effects: readonly Effect[]): Keyspace {
  const copy = keyspaceWith({ clock: { now: () => 0 } });
  for (const effect of effects) apply(copy, effect);
  return copy;
}

function apply(copy: Keyspace, effect: Effect): void {
  switch (effect.type) {
    case "set":
      set(copy, effect.key, effect.value, effect.expiresAt);
      break;
    case "append":
      append(copy, effect.key, effect.data);
      break;
    case "expire":
      expect(expireAt(copy, effect.key, effect.expiresAt)).toBe(true);
      break;
    case "delete":
      expect(remove(copy, effect.key)).toBe(true);
      break;
    case "zadd":
      zAdd(copy, effect.key, effect.members, {});
      break;
    case "zrem":
      expect(zRem(copy, effect.key, effect.members)).toBe(effect.members.length);
      break;
    case "clear":
      copy.clear();
  }
}

describe("any history of operations", () => {
  test("is told by its effects: replayed on an empty keyspace they give the same state", () => {
    fc.assert(
      fc.property(history, limits, (history, limits) => {
        const keyspace = keyspaceWith(limits);
        const effects: Effect[] = [];
        keyspace.onEffect = (effect) => effects.push(effect);
        run(keyspace, history);
        // What nobody looked up has expired without a word; the sweep tells of it.
        keyspace.sweep(Infinity);
        expect(stateOf(replay(effects))).toEqual(stateOf(keyspace));
      }),
      { numRuns: 300 },
    );
  });

  test("keeps its books: memory, sets and members are those of the keys, and 0 without any", () => {
    fc.assert(
      fc.property(history, limits, fc.boolean(), (history, limits, byExpiry) => {
        const keyspace = keyspaceWith(limits);
        run(keyspace, history, () => {
          // A deadline is never refused: its few bytes count at the next write.
          const deadlines = 16 * keyspace.size;
          expect(keyspace.memoryBytes).toBeLessThanOrEqual(limits.maxMemoryBytes + deadlines);
          expect(keyspace.size).toBeLessThanOrEqual(limits.maxEntries);
          expect(keyspace.leaderboards).toBeLessThanOrEqual(limits.maxLeaderboards);
        });
        keyspace.sweep(Infinity);
        const slots = aliveKeys(keyspace).map((key) => keyspace.lookup(key));
        const sets = slots
          .map((slot) => keyspace.valueAt(slot))
          .filter((v) => typeof v !== "string");
        expect(keyspace.size).toBe(slots.length);
        expect(keyspace.memoryBytes).toBe(sum(slots.map((slot) => keyspace.costAt(slot))));
        expect(keyspace.leaderboards).toBe(sets.length);
        expect(keyspace.members).toBe(sum(sets.map((set) => set.size)));

        for (const key of aliveKeys(keyspace)) {
          if (byExpiry) expireAt(keyspace, key, keyspace.now() + 1);
          else remove(keyspace, key);
        }
        (keyspace.config.clock as StillClock).nowMs += 1;
        keyspace.sweep(Infinity);
        const { memoryBytes, leaderboards, members, size, earliestDeadline } = keyspace;
        expect([memoryBytes, leaderboards, members, size]).toEqual([0, 0, 0, 0]);
        expect(earliestDeadline).toBe(Infinity);
      }),
      { numRuns: 300 },
    );
  });

  test("gives a key another version with each change, and 0 where it is not", () => {
    fc.assert(
      fc.property(history, limits, (history, limits) => {
        const keyspace = keyspaceWith(limits);
        const seen = new Set<number>();
        let before = stateOf(keyspace);
        let versions = versionsOf(keyspace, KEYS);
        run(keyspace, history, () => {
          const after = stateOf(keyspace);
          for (const [i, version] of versionsOf(keyspace, KEYS).entries()) {
            const key = KEYS[i] as string;
            expect(version === 0).toBe(!after.has(key));
            if (version === versions[i]) expect(after.get(key)).toEqual(before.get(key));
            // A version that was left behind never comes back, also not with a new key of the name.
            else if (version !== 0) expect(seen.has(version)).toBe(false);
            seen.add(version);
          }
          versions = versionsOf(keyspace, KEYS);
          before = after;
        });
      }),
      { numRuns: 200 },
    );
  });

  test("changes nothing where it is refused, but for what had expired", () => {
    const tight = fc.record({
      eviction: fc.constantFrom(...EVICTIONS),
      maxEntries: fc.constantFrom(2, 4),
      maxMemoryBytes: fc.constantFrom(500, 5000),
      maxLeaderboards: fc.constantFrom(1, 2),
      maxMembersPerSet: fc.constantFrom(3, 70),
      defaultTtl: fc.constantFrom(Infinity, 25),
    });
    fc.assert(
      fc.property(history, tight, (history, limits) => {
        const keyspace = keyspaceWith(limits);
        let before = stateOf(keyspace);
        let versions = versionsOf(keyspace, KEYS);
        run(keyspace, history, (refusal) => {
          if (refusal !== undefined) {
            expect(stateOf(keyspace)).toEqual(before);
            expect(versionsOf(keyspace, KEYS)).toEqual(versions);
          }
          before = stateOf(keyspace);
          versions = versionsOf(keyspace, KEYS);
        });
      }),
      { numRuns: 300 },
    );
  });
});

/** Keys of both types. */
function filled(): Keyspace {
  const keyspace = keyspaceWith();
  set(keyspace, "text", "1", Infinity);
  zAdd(keyspace, "board", members(["x", 1], ["y", 2]), {});
  return keyspace;
}

describe("a version", () => {
  const writes: readonly [what: string, key: string, change: (keyspace: Keyspace) => unknown][] = [
    ["a set to the same value", "text", (k) => set(k, "text", "1", Infinity)],
    ["an append of nothing", "text", (k) => append(k, "text", "")],
    ["an increment by 0", "text", (k) => incrBy(k, "text", 0)],
    ["a deadline", "text", (k) => expireAt(k, "text", START_MS + 5)],
    ["a member added", "board", (k) => zAdd(k, "board", members(["z", 3]), {})],
    ["a score changed", "board", (k) => zAdd(k, "board", members(["x", 5]), {})],
    ["a member removed", "board", (k) => zRem(k, "board", ["x"])],
    ["a pop", "board", (k) => zPop(k, "board", "max", 1)],
    ["a sorted set stored over it", "text", (k) => zRangeStore(k, "text", "board", 0, 0, false)],
  ];
  test.each(writes)("is another after %s", (_what, key, change) => {
    const keyspace = filled();
    const before = keyspace.version(key);
    change(keyspace);
    expect(keyspace.version(key)).not.toBe(before);
    expect(keyspace.version(key)).not.toBe(0);
  });

  const reads: readonly [what: string, key: string, call: (keyspace: Keyspace) => unknown][] = [
    ["a read", "text", (k) => get(k, "text")],
    ["a look", "text", (k) => exists(k, "text")],
    ["a write to another key", "text", (k) => set(k, "other", "v", Infinity)],
    ["a read of the set", "board", (k) => readSet(k, "board")],
    ["a score that is the same", "board", (k) => zAdd(k, "board", members(["x", 1]), {})],
    [
      "a score that a condition refuses",
      "board",
      (k) => zAdd(k, "board", members(["x", 9]), { nx: true }),
    ],
    ["a removal of nobody", "board", (k) => zRem(k, "board", ["nobody"])],
    ["a pop of none", "board", (k) => zPop(k, "board", "min", 0)],
    ["a refused append", "board", (k) => refusalOf(() => append(k, "board", "v"))],
  ];
  test.each(reads)("stays after %s", (_what, key, call) => {
    const keyspace = filled();
    const before = keyspace.version(key);
    call(keyspace);
    expect(keyspace.version(key)).toBe(before);
  });

  test("is 0 once the key is gone, and a new one when it comes back", () => {
    const keyspace = filled();
    const before = keyspace.version("text");
    remove(keyspace, "text");
    expect(keyspace.version("text")).toBe(0);
    set(keyspace, "text", "1", Infinity);
    expect(keyspace.version("text")).not.toBe(before);

    const cleared = keyspace.version("text");
    keyspace.clear();
    expect(keyspace.version("text")).toBe(0);
    set(keyspace, "text", "1", Infinity);
    expect(keyspace.version("text")).not.toBe(cleared);
  });
});

function told(keyspace: Keyspace, call: () => unknown): Effect[] {
  const effects: Effect[] = [];
  keyspace.onEffect = (effect) => effects.push(effect);
  call();
  keyspace.onEffect = undefined;
  return effects;
}

describe("effects", () => {
  test("are what was done, not what was asked, with absolute times", () => {
    const keyspace = keyspaceWith({ defaultTtl: 500 });
    const expiresAt = START_MS + 500;
    expect(told(keyspace, () => incrBy(keyspace, "n", 5))).toEqual([
      { type: "set", key: "n", value: "5", expiresAt },
    ]);
    expect(told(keyspace, () => append(keyspace, "n", "0"))).toEqual([
      { type: "append", key: "n", data: "0" },
    ]);
    const both = members(["x", 1], ["y", 2]);
    expect(told(keyspace, () => zAdd(keyspace, "z", both, {}))).toEqual([
      { type: "zadd", key: "z", members: both },
      { type: "expire", key: "z", expiresAt },
    ]);
    expect(told(keyspace, () => zIncrBy(keyspace, "z", "x", 4))).toEqual([
      { type: "zadd", key: "z", members: members(["x", 5]) },
    ]);
    const asked = members(["x", 0], ["y", 3], ["z", 1]);
    expect(told(keyspace, () => zAdd(keyspace, "z", asked, { gt: true }))).toEqual([
      { type: "zadd", key: "z", members: members(["y", 3], ["z", 1]) },
    ]);
    expect(told(keyspace, () => zPop(keyspace, "z", "min", 1))).toEqual([
      { type: "zrem", key: "z", members: ["z"] },
    ]);
  });

  test("are none where nothing changed", () => {
    const keyspace = keyspaceWith();
    zAdd(keyspace, "z", members(["x", 1]), {});
    set(keyspace, "s", "text", Infinity);
    const effects = told(keyspace, () => {
      get(keyspace, "s");
      readSet(keyspace, "z");
      remove(keyspace, "missing");
      expireAt(keyspace, "missing", Infinity);
      zAdd(keyspace, "z", members(["x", 1]), {});
      zAdd(keyspace, "missing", members(["x", 1]), { xx: true });
      zRem(keyspace, "z", ["nobody"]);
      zCombineStore(keyspace, "union", "missing", ["missing"], {});
      refusalOf(() => incrBy(keyspace, "s", 1));
    });
    expect(effects).toEqual([]);
  });

  test("say why a key went", () => {
    const clock = new StillClock();
    const keyspace = keyspaceWith({ clock, maxEntries: 2 });
    for (const key of ["deleted", "expired"]) set(keyspace, key, "", START_MS + 10);
    const effects = told(keyspace, () => {
      remove(keyspace, "deleted");
      clock.nowMs += 10;
      get(keyspace, "expired");
      for (const key of ["evicted", "b", "c"]) set(keyspace, key, "", Infinity);
    });
    expect(effects.filter((effect) => effect.type === "delete")).toEqual([
      { type: "delete", key: "deleted", reason: "deleted" },
      { type: "delete", key: "expired", reason: "expired" },
      { type: "delete", key: "evicted", reason: "evicted" },
    ]);
  });
});

describe("room", () => {
  test("is made of expired keys first, then of the policy's victims", () => {
    const clock = new StillClock();
    const keyspace = keyspaceWith({ clock, maxEntries: 3 });
    set(keyspace, "oldest", "", Infinity);
    set(keyspace, "short", "", START_MS + 5);
    set(keyspace, "young", "", Infinity);
    clock.nowMs += 5;
    keyspace.makeRoom(1, 0, -1);
    expect(aliveKeys(keyspace).sort()).toEqual(["oldest", "young"]);
    expect(keyspace.stats).toMatchObject({ expirations: 1, evictions: 0 });
    keyspace.makeRoom(2, 0, -1);
    expect(aliveKeys(keyspace)).toEqual(["young"]);
    expect(keyspace.stats).toMatchObject({ expirations: 1, evictions: 1 });
  });

  test("is not made of the key that it is for", () => {
    for (const eviction of EVICTIONS.filter((name) => name !== "none")) {
      const keyspace = keyspaceWith({ eviction, maxMemoryBytes: 600 });
      for (const key of ["a", "b", "c"]) set(keyspace, key, "", Infinity);
      const kept = keyspace.lookup("a");
      keyspace.makeRoom(0, 600 - keyspace.costAt(kept), kept);
      expect(aliveKeys(keyspace)).toEqual(["a"]);
    }
  });

  test("that cannot be had at all evicts nobody", () => {
    for (const eviction of EVICTIONS) {
      const keyspace = keyspaceWith({ eviction, maxMemoryBytes: 600, maxEntries: 3 });
      for (const key of ["a", "b", "c"]) set(keyspace, key, "", Infinity);
      const kept = keyspace.lookup("a");
      const tooMany = 601 - keyspace.costAt(kept);
      expect(refusalOf(() => keyspace.makeRoom(0, tooMany, kept))).toBe("CACHE_FULL");
      expect(refusalOf(() => keyspace.makeRoom(1, 601, -1))).toBe("CACHE_FULL");
      expect(refusalOf(() => keyspace.makeRoom(4, 0, -1))).toBe("CACHE_FULL");
      expect(aliveKeys(keyspace)).toHaveLength(3);
    }
  });

  test("under none is refused while living keys fill it, and had once one has expired", () => {
    const clock = new StillClock();
    const keyspace = keyspaceWith({ clock, eviction: "none", maxEntries: 2 });
    set(keyspace, "a", "", START_MS + 5);
    set(keyspace, "b", "", Infinity);
    expect(refusalOf(() => keyspace.makeRoom(1, 0, -1))).toBe("CACHE_FULL");
    clock.nowMs += 5;
    expect(refusalOf(() => keyspace.makeRoom(1, 0, -1))).toBeUndefined();
    expect(keyspace.size).toBe(1);
  });

  test("is always there for what takes none", () => {
    const keyspace = keyspaceWith({ eviction: "none", maxEntries: 1 });
    set(keyspace, "a", "", Infinity);
    keyspace.makeRoom(0, 0, -1);
    keyspace.makeRoom(0, -10, keyspace.lookup("a"));
    expect(keyspace.size).toBe(1);
  });

  test("for several keys is made for all or for none, also where they need more on the way", () => {
    const long = "x".repeat(200);
    for (const pairs of [
      [
        ["a", long],
        ["c", long],
        ["a", ""],
      ],
      [
        ["c", ""],
        ["b", long],
        ["a", ""],
      ],
    ] as const) {
      const keyspace = keyspaceWith({ eviction: "none", maxMemoryBytes: 600 });
      set(keyspace, "a", long, Infinity);
      const before = stateOf(keyspace);
      const refusal = refusalOf(() => setMany(keyspace, pairs, Infinity));
      const all = new Map(pairs.map(([key, value]) => [key, { value, expiresAt: Infinity }]));
      expect(stateOf(keyspace)).toEqual(refusal === undefined ? all : before);
    }
  });

  test("for a leaderboard is made of expired ones, never of living ones", () => {
    const clock = new StillClock();
    const keyspace = keyspaceWith({ clock, maxLeaderboards: 1 });
    zAdd(keyspace, "z", members(["x", 1]), {});
    expireAt(keyspace, "z", START_MS + 5);
    expect(refusalOf(() => keyspace.makeRoomForLeaderboard(-1))).toBe("LEADERBOARD_FULL");
    clock.nowMs += 5;
    expect(refusalOf(() => keyspace.makeRoomForLeaderboard(-1))).toBeUndefined();
    expect(keyspace.leaderboards).toBe(0);
  });
});

describe("expiry", () => {
  test("is swept in steps, the earliest first, and says whether more is due", () => {
    const clock = new StillClock();
    const keyspace = keyspaceWith({ clock });
    for (let i = 0; i < 10; i++) set(keyspace, `k${i}`, "", START_MS + 10 - i);
    expect(keyspace.earliestDeadline).toBe(START_MS + 1);
    expect(keyspace.sweep(3)).toBe(false);
    clock.nowMs += 5;
    expect(keyspace.sweep(3)).toBe(true);
    expect(aliveKeys(keyspace).sort()).toEqual(["k0", "k1", "k2", "k3", "k4"]);
    expect(keyspace.size).toBe(7);
    expect(keyspace.sweep(3)).toBe(false);
    expect([keyspace.size, keyspace.earliestDeadline]).toEqual([5, START_MS + 6]);
    expect(keyspace.stats.expirations).toBe(5);
  });

  test("tells of each deadline that is now the earliest, and of no other", () => {
    const keyspace = keyspaceWith();
    const told: number[] = [];
    keyspace.onEarliestDeadline = (deadline) => told.push(deadline);
    set(keyspace, "a", "", Infinity);
    set(keyspace, "b", "", START_MS + 50);
    set(keyspace, "c", "", START_MS + 90);
    set(keyspace, "d", "", START_MS + 20);
    expireAt(keyspace, "a", START_MS + 10);
    expireAt(keyspace, "c", Infinity);
    expect(told).toEqual([START_MS + 50, START_MS + 20, START_MS + 10]);
  });
});

describe("a scan", () => {
  test("gives each key that stays exactly once, while others come and go", () => {
    const step = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(60));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(40), (steps, stayers) => {
        const keyspace = keyspaceWith();
        for (let i = 0; i < stayers; i++) {
          set(keyspace, `stays${i}`, "", Infinity);
          set(keyspace, `other${i}`, "", Infinity);
        }
        const seen: string[] = [];
        let cursor = 0;
        for (const [count, i] of steps) {
          const started = cursor;
          cursor = keyspace.scan(cursor, count, seen);
          if (!remove(keyspace, `other${i}`)) set(keyspace, `other${i}`, "", Infinity);
          if (cursor === 0) break;
          expect(cursor).toBe(started + count);
        }
        if (cursor !== 0) keyspace.scan(cursor, Infinity, seen);
        if (steps.length === 0) keyspace.scan(0, Infinity, seen);
        const stayed = seen.filter((key) => key.startsWith("stays")).sort();
        expect(stayed).toEqual(Array.from({ length: stayers }, (_, i) => `stays${i}`).sort());
      }),
    );
  });

  test("leaves out what has expired, and does not collect it", () => {
    const clock = new StillClock();
    const keyspace = keyspaceWith({ clock });
    set(keyspace, "a", "", START_MS + 1);
    set(keyspace, "b", "", Infinity);
    clock.nowMs += 1;
    expect(aliveKeys(keyspace)).toEqual(["b"]);
    expect(keyspace.size).toBe(2);
  });
});

describe("a clock that goes on while an operation runs", () => {
  const operations: Readonly<Record<string, (keyspace: Keyspace) => unknown>> = {
    set: (k) => set(k, "a", "new", Infinity),
    append: (k) => append(k, "a", "more"),
    zAdd: (k) => zAdd(k, "fresh", members(["x", 1]), {}),
    zIncrBy: (k) => zIncrBy(k, "fresh", "x", 1),
    zRangeStore: (k) => zRangeStore(k, "a", "board", 0, -1, false),
    expireAt: (k) => expireAt(k, "a", Infinity),
    version: (k) => k.version("a"),
    setMany: (k) =>
      setMany(
        k,
        [
          ["a", "1"],
          ["b", "2"],
        ],
        Infinity,
      ),
  };
  const rooms: readonly Partial<KeyspaceConfig>[] = [
    {},
    { maxLeaderboards: 2 },
    { maxEntries: 3, eviction: "none" },
    { maxEntries: 3, eviction: "lru" },
  ];
  test.each(Object.entries(operations))(
    "never makes %s fail but by a refusal, at whatever moment a key expires",
    (_name, operation) => {
      for (const room of rooms) {
        for (let moment = 1; moment < 12; moment++) {
          // A millisecond passes while the operation runs, after so many looks at the clock.
          let looks = 0;
          let isRunning = false;
          const clock = { now: () => START_MS + (isRunning && ++looks > moment ? 1 : 0) };
          const keyspace = keyspaceWith({ clock, defaultTtl: 1, ...room });
          keyspace.onEffect = () => {};
          set(keyspace, "a", "old", START_MS + 1);
          zAdd(keyspace, "board", members(["x", 1]), {});
          expireAt(keyspace, "board", Infinity);
          zAdd(keyspace, "other", members(["x", 1]), {});
          isRunning = true;
          // Any error but a CacheError is thrown on, and fails the test.
          const refusal = refusalOf(() => operation(keyspace));
          expect([undefined, "LEADERBOARD_FULL", "CACHE_FULL"]).toContain(refusal);
        }
      }
    },
  );
});
