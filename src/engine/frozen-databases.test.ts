import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import { indexedEntriesOf, SortedSet } from "../structures/sorted-set.ts";
import type { ZMember } from "../structures/z-member.ts";
import { incrBy } from "./counters.ts";
import { Databases } from "./databases.ts";
import { FrozenDatabases, type FrozenSink } from "./frozen-databases.ts";
import { restoreKey } from "./key-dump.ts";
import { persist } from "./key-expiry.ts";
import { copy, move, rename } from "./key-places.ts";
import { expireAt, remove } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { type KeyspaceConfig, NO_LIMITS } from "./keyspace-config.ts";
import { zRemoveRange } from "./sorted-set-ranges.ts";
import { markConverted } from "./sorted-set-encoding.ts";
import { readSet, storeSet, zAdd, zAddOne, zIncrBy, zPop, zRem } from "./sorted-sets.ts";
import { writeScores, writeString } from "./state.ts";
import { append, get, set, setMany } from "./strings.ts";

const LIMITS = { zsetListpackEntries: 128, zsetListpackValueBytes: 64 };

class SettableClock {
  nowMs = 1_000_000;

  now(): number {
    return this.nowMs;
  }
}

function databasesWith(clock: SettableClock, options: Partial<KeyspaceConfig> = {}): Databases {
  const first = new Keyspace({
    clock,
    random: seededRandom(7),
    eviction: "lru",
    ...NO_LIMITS,
    ...options,
  });
  return new Databases(first, 16);
}

function board(size: number, from = 0): ZMember[] {
  return Array.from({ length: size }, (_, i) => ({ member: `m${from + i}`, score: (i * 7) % 101 }));
}

/** A key, comparable: its database and name, its value, its deadline. */
type Told = Map<string, { value: string | Map<string, number>; expiresAt: number }>;

/** What all databases hold that is alive, copied. */
function copyOf(databases: Databases): Told {
  const copied: Told = new Map();
  for (const [index, keyspace] of databases.entries()) {
    const keys: string[] = [];
    keyspace.scan(0, Infinity, keys);
    for (const key of keys) {
      const slot = keyspace.lookup(key);
      const held = keyspace.valueAt(slot);
      const value =
        typeof held === "string" ? held : new Map([...held].map((m) => [m.member, m.score]));
      copied.set(`${index}:${key}`, { value, expiresAt: keyspace.expiresAt(slot) });
    }
  }
  return copied;
}

/** Holds what it is told, and the one who tells it to the rules. */
class CollectingSink implements FrozenSink {
  readonly told: Told = new Map();
  readonly listpacks: string[] = [];
  readonly largestPart: number[] = [];
  #database = -1;
  #missing = 0;
  #members = new Map<string, number>();

  database(index: number): void {
    expect(index).not.toBe(this.#database);
    this.#database = index;
  }

  string(key: string, value: string, expiresAt: number): void {
    this.#add(key, value, expiresAt);
  }

  sortedSet(
    key: string,
    members: readonly ZMember[],
    expiresAt: number,
    isListpack: boolean,
  ): void {
    const value = new Map(members.map(({ member, score }) => [member, score]));
    expect(value.size).toBe(members.length);
    this.#add(key, value, expiresAt);
    if (isListpack) this.listpacks.push(key);
  }

  beginSet(key: string, size: number, expiresAt: number): void {
    this.#members = new Map();
    this.#add(key, this.#members, expiresAt);
    this.#missing = size;
  }

  members(part: readonly ZMember[]): void {
    for (const { member, score } of part) {
      expect(this.#members.has(member)).toBe(false);
      this.#members.set(member, score);
    }
    this.#missing -= part.length;
    expect(this.#missing).toBeGreaterThanOrEqual(0);
    this.largestPart.push(part.length);
  }

  #add(key: string, value: string | Map<string, number>, expiresAt: number): void {
    expect(this.#missing).toBe(0);
    const name = `${this.#database}:${key}`;
    expect(this.told.has(name)).toBe(false);
    this.told.set(name, { value, expiresAt });
  }
}

let frozen: FrozenDatabases | undefined;

function freeze(databases: Databases): FrozenDatabases {
  frozen = new FrozenDatabases(databases, LIMITS);
  return frozen;
}

function readAll(from: FrozenDatabases, sink = new CollectingSink()): CollectingSink {
  while (from.read(sink, 100));
  return sink;
}

afterEach(() => {
  frozen?.release();
});

describe("frozen databases", () => {
  test("hand over every key that is there, whatever changes meanwhile", () => {
    const databases = databasesWith(new SettableClock());
    const keyspace = databases.at(0);
    set(keyspace, "a", "1", Infinity);
    set(keyspace, "b", "2", 2_000_000);
    zAdd(databases.at(3), "z", board(5), {});
    const expected = copyOf(databases);
    const frozen = freeze(databases);
    expect(frozen.keys).toBe(3);
    set(keyspace, "a", "changed", Infinity);
    remove(keyspace, "b");
    set(keyspace, "new", "3", Infinity);
    zIncrBy(databases.at(3), "z", "m0", 5);
    set(databases.at(4), "in a database that is newer", "4", Infinity);
    expect(readAll(frozen).told).toEqual(expected);
  });

  test("tell of each database before its keys, with how many it had", () => {
    const databases = databasesWith(new SettableClock());
    set(databases.at(0), "a", "1", 2_000_000);
    set(databases.at(0), "b", "1", Infinity);
    set(databases.at(5), "c", "1", Infinity);
    databases.at(6);
    const frozen = freeze(databases);
    databases.swap(0, 5);
    databases.at(5).clear();
    const told: unknown[] = [];
    const sink = new CollectingSink();
    sink.database = (...database): void => void told.push(database);
    while (frozen.read(sink, 1));
    expect(told).toEqual([
      [0, 2, 1],
      [5, 1, 0],
    ]);
  });

  test("leave out what was expired, and keep what expires meanwhile", () => {
    const clock = new SettableClock();
    const databases = databasesWith(clock);
    set(databases.at(0), "over", "1", clock.nowMs + 1);
    set(databases.at(0), "soon over", "1", clock.nowMs + 3);
    set(databases.at(0), "over and looked up", "1", clock.nowMs + 1);
    clock.nowMs += 2;
    const frozen = freeze(databases);
    clock.nowMs += 2;
    get(databases.at(0), "over and looked up");
    databases.at(0).sweep(10);
    expect([...readAll(frozen).told.keys()]).toEqual(["0:soon over"]);
  });

  test("tell which small sets are listpacks, as they were", () => {
    const databases = databasesWith(new SettableClock());
    const keyspace = databases.at(0);
    keyspace.takeNotes();
    zAdd(keyspace, "small", board(128), {});
    zAdd(keyspace, "was large", board(129), {});
    zPop(keyspace, "was large", "min", 100);
    zAdd(keyspace, "converted", board(1), {});
    markConverted(keyspace, keyspace.lookup("converted"));
    zAdd(keyspace, "long", [{ member: "x".repeat(65), score: 1 }], {});
    const frozen = freeze(databases);
    zAdd(keyspace, "small", board(500, 128), {});
    expect(readAll(frozen).listpacks).toEqual(["small"]);
  });

  test("hand a large set over in parts, in steps that are bounded, while it changes", () => {
    const databases = databasesWith(new SettableClock());
    const keyspace = databases.at(0);
    zAdd(keyspace, "z", board(10_000), {});
    const expected = copyOf(databases);
    const frozen = freeze(databases);
    const sink = new CollectingSink();
    for (let i = 0; frozen.read(sink, 100); i++) {
      zIncrBy(keyspace, "z", `m${(i * 61) % 10_000}`, 1);
      zAdd(keyspace, "z", [{ member: `new${i}`, score: 1 }], {});
      zPop(keyspace, "z", "max", 1);
    }
    expect(sink.told).toEqual(expected);
    expect(Math.max(...sink.largestPart)).toBeLessThanOrEqual(100);
    expect(sink.largestPart.length).toBeGreaterThanOrEqual(100);
  });

  test("hand over a large set that moved away and shrank to its compact form", () => {
    const databases = databasesWith(new SettableClock());
    const keyspace = databases.at(0);
    zAdd(keyspace, "z", board(1000), {});
    const expected = copyOf(databases);
    const frozen = freeze(databases);
    const sink = new CollectingSink();
    frozen.read(sink, 300);
    rename(keyspace, "z", "y", false);
    move(keyspace, "y", databases.at(1));
    databases.swap(1, 2);
    zRemoveRange(databases.at(2), "y", { by: "rank", start: 5, stop: -1 });
    zAdd(databases.at(2), "y", board(1000), {});
    expect(readAll(frozen, sink).told).toEqual(expected);
  });

  test("go on with keys that were all dropped at once", () => {
    const databases = databasesWith(new SettableClock());
    zAdd(databases.at(0), "z", board(1000), {});
    set(databases.at(1), "a", "1", Infinity);
    const expected = copyOf(databases);
    const frozen = freeze(databases);
    zIncrBy(databases.at(0), "z", "m3", 1);
    databases.clear();
    zAdd(databases.at(0), "z", board(10), {});
    set(databases.at(1), "a", "2", Infinity);
    expect(readAll(frozen).told).toEqual(expected);
  });

  test("pass over slots that nobody uses in bounded steps", () => {
    const databases = databasesWith(new SettableClock());
    for (let i = 0; i < 1000; i++) set(databases.at(0), `k${i}`, "v", Infinity);
    for (let i = 0; i < 999; i++) remove(databases.at(0), `k${i}`);
    const frozen = freeze(databases);
    const sink = new CollectingSink();
    expect(frozen.read(sink, 500)).toBe(true);
    expect(sink.told.size).toBe(0);
    readAll(frozen, sink);
    expect([...sink.told.keys()]).toEqual(["0:k999"]);
  });

  test("are frozen once at a time, until they were read or released", () => {
    const databases = databasesWith(new SettableClock());
    set(databases.at(0), "a", "1", Infinity);
    const first = freeze(databases);
    expect(() => new FrozenDatabases(databases, LIMITS)).toThrow("frozen already");
    first.release();
    first.release();
    expect(first.read(new CollectingSink(), 10)).toBe(false);
    readAll(freeze(databases));
    expect(readAll(freeze(databases)).told.size).toBe(1);
  });

  test("keep nothing of a set after they were released", () => {
    const databases = databasesWith(new SettableClock());
    zAdd(databases.at(0), "begun", board(1000), {});
    zAdd(databases.at(0), "waiting", board(1000), {});
    const first = freeze(databases);
    first.read(new CollectingSink(), 100);
    zIncrBy(databases.at(0), "waiting", "m0", 1);
    first.release();
    for (const key of ["begun", "waiting"]) {
      const held = readSet(databases.at(0), key) as SortedSet;
      expect(indexedEntriesOf(held)?.watcher).toBe(undefined);
    }
    zIncrBy(databases.at(0), "begun", "m999", 1);
    const expected = copyOf(databases);
    expect(readAll(freeze(databases)).told).toEqual(expected);
  });
});

// ---- whatever happens

const KEYS = ["a", "b", "c", "large", "huge"];

interface Step {
  readonly kind: keyof typeof OPERATIONS;
  readonly database: number;
  readonly key: string;
  readonly other: string;
  readonly amount: number;
}

/** Where a step is carried out. */
interface Stage {
  readonly databases: Databases;
  readonly keyspace: Keyspace;
  readonly destination: Keyspace;
  readonly clock: SettableClock;
}

type Operation = (stage: Stage, step: Step) => unknown;

/** Every kind of change that there is. */
const OPERATIONS = {
  set: ({ keyspace }, { key, amount }) => set(keyspace, key, `v${amount}`, Infinity),
  setWithTtl: ({ keyspace, clock }, { key, amount }) =>
    set(keyspace, key, `v${amount}`, clock.nowMs + 1 + (amount % 20)),
  setMany: ({ keyspace }, { key, other }) =>
    setMany(
      keyspace,
      [
        [key, "1"],
        [other, "2"],
      ],
      Infinity,
    ),
  append: ({ keyspace }, { key }) => append(keyspace, key, "+"),
  incr: ({ keyspace }, { key, amount }) => incrBy(keyspace, key, amount),
  writeString: ({ keyspace }, { key, amount }) =>
    writeString(keyspace, key, `w${amount}`, 1_000_000 + amount),
  remove: ({ keyspace }, { key }) => remove(keyspace, key),
  zAdd: ({ keyspace }, { key, amount }) =>
    zAdd(keyspace, key, board(1 + (amount % 4), amount % 1200), {}),
  zAddLarge: ({ keyspace }, { key, amount }) => zAdd(keyspace, key, board(100 + amount), {}),
  zAddOne: ({ keyspace }, { key, amount }) =>
    zAddOne(keyspace, key, `m${amount}`, amount, { gt: true }),
  zIncrBy: ({ keyspace }, { key, amount }) => zIncrBy(keyspace, key, `m${amount}`, 3),
  zRem: ({ keyspace }, { key, amount }) => zRem(keyspace, key, [`m${amount}`, `m${amount + 1}`]),
  zRemAndAgain: ({ keyspace }, { key, amount }) => {
    zRem(keyspace, key, [`m${amount}`]);
    zAddOne(keyspace, key, `n${amount}`, 1, {});
    zAddOne(keyspace, key, `m${amount}`, 5, {});
  },
  zPop: ({ keyspace }, { key, amount }) =>
    zPop(keyspace, key, amount % 2 === 0 ? "min" : "max", amount % 30),
  shrink: ({ keyspace }, { key, amount }) =>
    zRemoveRange(keyspace, key, { by: "rank", start: amount % 20, stop: -1 }),
  removeRange: ({ keyspace }, { key, amount }) =>
    zRemoveRange(keyspace, key, { by: "rank", start: amount % 300, stop: amount }),
  writeScores: ({ keyspace }, { key, amount }) => {
    const slot = keyspace.lookup(key);
    const held = slot < 0 ? "" : keyspace.valueAt(slot);
    if (typeof held === "string") return;
    const member = `m${amount}`;
    const score = held.score(member) === undefined ? 4 : undefined;
    const size = held.size + (score === undefined ? -1 : 1);
    writeScores(keyspace, key, [member], { scores: [score], size, expiresAt: 1_000_050 });
  },
  rename: ({ keyspace }, { key, other }) => rename(keyspace, key, other, false),
  renameIfFree: ({ keyspace }, { key, other }) => rename(keyspace, key, other, true),
  copy: ({ keyspace, destination }, { key, other, amount }) => {
    if (destination === keyspace && key === other) return;
    const replace = amount % 2 === 0;
    copy(keyspace, key, { destination, key: other, replace, limits: LIMITS });
  },
  move: ({ keyspace, destination }, { key }) => {
    if (destination !== keyspace) move(keyspace, key, destination);
  },
  swap: ({ databases }, { database, amount }) => databases.swap(database, amount % 4),
  flush: ({ keyspace }, { amount }) => amount % 4 === 0 && keyspace.clear(),
  flushAll: ({ databases }, { amount }) => amount % 8 === 0 && databases.clear(),
  expire: ({ keyspace, clock }, { key, amount }) =>
    expireAt(keyspace, key, clock.nowMs + (amount % 20)),
  persist: ({ keyspace }, { key }) => persist(keyspace, key),
  passTime: ({ clock }, { amount }) => {
    clock.nowMs += amount % 8;
  },
  sweep: ({ keyspace }, { amount }) => keyspace.sweep(amount % 4),
  evict: ({ databases }, { amount }) => {
    databases.configure({ maxEntries: Math.max(1, databases.size - (amount % 3)) });
    databases.configure({ maxEntries: Infinity });
  },
  restore: ({ keyspace }, { key, amount }) => {
    const members = board(amount);
    const value = { type: "sorted-set", members } as const;
    restoreKey(keyspace, key, value, amount % 2 === 0 ? Infinity : 1_000_040);
  },
  storeSet: ({ keyspace }, { key, amount }) => {
    const stored = new SortedSet();
    for (const { member, score } of board(amount % 200)) stored.set(member, score);
    storeSet(keyspace, key, stored);
  },
  get: ({ keyspace }, { key }) => get(keyspace, key),
} satisfies Record<string, Operation>;

const anyKey = fc.constantFrom(...KEYS);
const anyStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...(Object.keys(OPERATIONS) as Step["kind"][])),
  database: fc.nat(2),
  key: anyKey,
  other: anyKey,
  amount: fc.nat(1100),
});

function carryOut(databases: Databases, clock: SettableClock, step: Step): void {
  const keyspace = databases.at(step.database);
  const destination = databases.at(step.amount % 3);
  try {
    OPERATIONS[step.kind]({ databases, keyspace, destination, clock }, step);
  } catch (error) {
    // A key of another type, or a value that is no number: what is refused changes nothing.
    if (!(error instanceof CacheError)) throw error;
  }
}

function databasesToBegin(clock: SettableClock): Databases {
  const databases = databasesWith(clock);
  for (const index of [0, 1]) {
    const keyspace = databases.at(index);
    set(keyspace, "a", "1", Infinity);
    zAdd(keyspace, "b", board(20), {});
    zAdd(keyspace, "large", board(200), {});
    zAdd(keyspace, "huge", board(1000), {});
  }
  return databases;
}

describe("what frozen databases hand over", () => {
  test("is what there was, whatever is done to them meanwhile", () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 12 }),
        fc.array(fc.tuple(anyStep, fc.nat(400)), { maxLength: 60, size: "max" }),
        (before, meanwhile) => {
          const clock = new SettableClock();
          const databases = databasesToBegin(clock);
          for (const step of before) carryOut(databases, clock, step);
          const expected = copyOf(databases);
          const frozen = freeze(databases);
          const sink = new CollectingSink();
          for (const [step, steps] of meanwhile) {
            carryOut(databases, clock, step);
            if (steps > 200) frozen.read(sink, steps - 200);
          }
          expect(readAll(frozen, sink).told).toEqual(expected);
          for (const [, keyspace] of databases.entries()) {
            for (const key of KEYS) {
              const slot = keyspace.lookup(key);
              const held = slot < 0 ? "" : keyspace.valueAt(slot);
              if (typeof held !== "string") held.checkInvariants();
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
