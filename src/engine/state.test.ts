import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import { SortedSet } from "../structures/sorted-set.ts";
import type { ZMember } from "../structures/z-member.ts";
import type { Effect } from "./effects.ts";
import { expireAt, remove } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { type KeyspaceConfig, NO_LIMITS } from "./keyspace-config.ts";
import { zAdd, zIncrBy, zRem } from "./sorted-sets.ts";
import { StagedSets } from "./staged-sets.ts";
import {
  expireAtOrVacate,
  readScores,
  readState,
  vacate,
  writeScores,
  writeString,
} from "./state.ts";
import { set } from "./strings.ts";

const START_MS = 1000;

function keyspaceWith(limits: Partial<KeyspaceConfig> = {}): Keyspace {
  return new Keyspace({
    clock: { now: () => START_MS },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
    ...limits,
  });
}

function members(...pairs: readonly (readonly [member: string, score: number])[]): ZMember[] {
  return pairs.map(([member, score]) => ({ member, score }));
}

/** What each key holds, and until when. */
function stateOf(keyspace: Keyspace): Map<string, unknown> {
  const keys: string[] = [];
  keyspace.scan(0, 1000, keys);
  return new Map(
    keys.sort().map((key) => {
      const slot = keyspace.lookup(key);
      const value = keyspace.valueAt(slot);
      if (value instanceof SortedSet) value.checkInvariants();
      const held = typeof value === "string" ? value : [...value];
      return [key, { held, expiresAt: keyspace.expiresAt(slot) }];
    }),
  );
}

/** Does again what the effects tell, with nothing but the effects. */
function replay(effects: readonly Effect[]): Keyspace {
  const copy = keyspaceWith({ clock: { now: () => 0 } });
  for (const effect of effects) {
    if (effect.type === "set") set(copy, effect.key, effect.value, effect.expiresAt);
    else if (effect.type === "expire") {
      expect(expireAt(copy, effect.key, effect.expiresAt)).toBe(true);
    } else if (effect.type === "delete") expect(remove(copy, effect.key)).toBe(true);
    else if (effect.type === "zadd") zAdd(copy, effect.key, effect.members, {});
    else if (effect.type === "zrem") {
      expect(zRem(copy, effect.key, effect.members)).toBe(effect.members.length);
    } else throw new Error(`unexpected effect ${effect.type}`);
  }
  return copy;
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof CacheError) return error.code;
    throw error;
  }
}

const KEYS = ["a", "b"];
const NAMES = ["p", "q", "r", "s", "é".repeat(9), "long".repeat(20)];
const key = fc.constantFrom(...KEYS);
const score = fc.constantFrom(-Infinity, -1, 0, 0.5, 1, 2, Infinity);
const expiresAt = fc.constantFrom(Infinity, START_MS + 50, START_MS + 9, START_MS, 5);
const board = fc
  .uniqueArray(fc.constantFrom(...NAMES), { maxLength: NAMES.length })
  .chain((names) =>
    fc.tuple(...names.map((member) => fc.record({ member: fc.constant(member), score }))),
  );

type Write = (keyspace: Keyspace, staged: StagedSets) => unknown;

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.tuple(key, fc.string({ maxLength: 40 }), expiresAt).map<Write>(
    ([key, text, expiresAt]) =>
      (keyspace) =>
        writeString(keyspace, key, Buffer.from(text).toString("latin1"), expiresAt),
  ),
  fc.tuple(key, board, expiresAt).map<Write>(
    ([key, board, expiresAt]) =>
      (_, staged) =>
        staged.write(
          key,
          { members: board, size: board.length, expiresAt, version: 1, cursor: 0 },
          undefined,
        ),
  ),
  fc
    .tuple(
      key,
      fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.option(score, { nil: undefined })), {
        maxLength: 4,
      }),
      expiresAt,
    )
    .map<Write>(([key, pairs, expiresAt]) => (keyspace) => {
      const names = pairs.map(([member]) => member);
      const scores = pairs.map(([, score]) => score);
      // One of the sizes is the right one, unless the key holds a string.
      for (let size = 1; size <= NAMES.length; size++) {
        if (writeScores(keyspace, key, names, { scores, size, expiresAt })) break;
      }
    }),
  fc.tuple(key, fc.constantFrom(...NAMES), score).map<Write>(
    ([key, member, score]) =>
      (keyspace) =>
        zAdd(keyspace, key, [{ member, score }], {}),
  ),
);
const history = fc.array(write, { maxLength: 30 });
const limits = fc.record({
  maxEntries: fc.constantFrom(1, Infinity),
  maxMemoryBytes: fc.constantFrom(500, 700, Infinity),
  maxLeaderboards: fc.constantFrom(1, Infinity),
  maxMembersPerSet: fc.constantFrom(3, Infinity),
  defaultTtl: fc.constantFrom(Infinity, 25),
  eviction: fc.constantFrom("none" as const, "lru" as const),
});

describe("any history of states written", () => {
  test("is told by its effects, keeps within its limits, and its books are right", () => {
    fc.assert(
      fc.property(history, limits, (history, limits) => {
        const keyspace = keyspaceWith(limits);
        const staged = new StagedSets(keyspace);
        const effects: Effect[] = [];
        keyspace.onEffect = (effect) => effects.push(effect);
        for (const write of history) {
          const before = stateOf(keyspace);
          const code = codeOf(() => write(keyspace, staged));
          if (code !== undefined) {
            expect(["CACHE_FULL", "LEADERBOARD_FULL", "WRONG_TYPE"]).toContain(code);
            expect(stateOf(keyspace)).toEqual(before);
          }
          expect(keyspace.size).toBeLessThanOrEqual(limits.maxEntries);
          expect(keyspace.memoryBytes).toBeLessThanOrEqual(limits.maxMemoryBytes);
          expect(keyspace.leaderboards).toBeLessThanOrEqual(limits.maxLeaderboards);
        }
        expect(stateOf(replay(effects))).toEqual(stateOf(keyspace));
        let bytes = 0;
        let count = 0;
        for (const key of stateOf(keyspace).keys()) {
          const slot = keyspace.lookup(key);
          const value = keyspace.valueAt(slot);
          bytes += keyspace.costAt(slot);
          if (typeof value !== "string") count += value.size;
        }
        expect([keyspace.memoryBytes, keyspace.members]).toEqual([bytes, count]);
      }),
      { numRuns: 500 },
    );
  });

  test("is written to a second keyspace as it stands in the first, whatever that held", () => {
    fc.assert(
      fc.property(history, history, fc.integer({ min: 1, max: 7 }), (history, former, limit) => {
        const source = keyspaceWith();
        const target = keyspaceWith({ defaultTtl: 3 });
        const staged = new StagedSets(target);
        for (const write of history) codeOf(() => write(source, new StagedSets(source)));
        for (const write of former) codeOf(() => write(target, staged));
        for (const key of KEYS) copy(source, target, staged, key, limit);
        expect(stateOf(target)).toEqual(stateOf(source));
        expect(staged.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

/** Brings a key to the state that another keyspace has it in. */
function copy(
  source: Keyspace,
  target: Keyspace,
  staged: StagedSets,
  key: string,
  limit: number,
): void {
  let cursor = 0;
  do {
    const state = readState(source, key, cursor, limit);
    if (state === undefined) {
      vacate(target, key);
      return;
    }
    if (state.type === "string") {
      writeString(target, key, state.value, state.expiresAt);
      return;
    }
    staged.write(key, state, "t");
    ({ cursor } = state);
  } while (cursor !== 0);
}

describe("scores that were read after a change", () => {
  test("bring a copy from before the change to the same state, once or twice", () => {
    const touched = fc.array(
      fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom("add", "incr", "remove"), score),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(board, touched, expiresAt, (board, touched, expiresAt) => {
        const [source, target] = [keyspaceWith(), keyspaceWith({ defaultTtl: 7 })];
        for (const keyspace of [source, target]) {
          new StagedSets(keyspace).write(
            "k",
            { members: [...board], size: board.length, expiresAt: Infinity, version: 1, cursor: 0 },
            undefined,
          );
        }
        for (const [member, what, score] of touched) {
          if (what === "add") zAdd(source, "k", [{ member, score }], {});
          else if (what === "remove") zRem(source, "k", [member]);
          else codeOf(() => zIncrBy(source, "k", member, score));
        }
        if (expiresAt > START_MS) expireAt(source, "k", expiresAt);
        const names = touched.map(([member]) => member);
        const read = readScores(source, "k", names) ?? {
          scores: names.map(() => undefined),
          size: 0,
          expiresAt: Infinity,
        };
        for (let i = 0; i < 2; i++) {
          expect(writeScores(target, "k", names, read)).toBe(true);
          expect(stateOf(target)).toEqual(stateOf(source));
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** A keyspace with a set of two members, and a string. */
function filled(limits: Partial<KeyspaceConfig> = {}): Keyspace {
  const keyspace = keyspaceWith(limits);
  zAdd(keyspace, "board", members(["x", 1], ["y", 2]), {});
  set(keyspace, "text", "1", Infinity);
  return keyspace;
}

describe("scores written", () => {
  const lasting = { expiresAt: Infinity };

  test("change nothing where the size would be another, or the key holds a string", () => {
    const refused: [key: string, names: string[], scores: (number | undefined)[], size: number][] =
      [
        ["board", ["z"], [3], 2],
        ["board", ["z"], [3], 4],
        ["board", ["x"], [undefined], 2],
        ["board", ["x"], [5], 3],
        ["board", ["x", "z"], [undefined, 1], 1],
        ["gone", ["x"], [1], 2],
        ["gone", ["x"], [undefined], 1],
        ["text", ["x"], [1], 1],
      ];
    for (const [key, names, scores, size] of refused) {
      const keyspace = filled();
      const before = stateOf(keyspace);
      const version = keyspace.version(key);
      keyspace.onEffect = () => expect.fail("an effect was told");
      expect(writeScores(keyspace, key, names, { scores, size, expiresAt: 9999 })).toBe(false);
      expect(stateOf(keyspace)).toEqual(before);
      expect(keyspace.version(key)).toBe(version);
    }
  });

  test("take the last score of a member given twice", () => {
    const keyspace = filled();
    const scores = { scores: [1, undefined, undefined, 7], size: 2, ...lasting };
    expect(writeScores(keyspace, "board", ["z", "x", "z", "x"], scores)).toBe(true);
    expect(stateOf(keyspace).get("board")).toEqual({
      held: members(["y", 2], ["x", 7]),
      expiresAt: Infinity,
    });
  });

  test("of size 0, or with a deadline that is not after now, remove the key of any type", () => {
    for (const key of ["board", "text", "gone"]) {
      for (const [size, expiresAt] of [
        [0, Infinity],
        [1, START_MS],
      ] as const) {
        const keyspace = filled();
        expect(writeScores(keyspace, key, ["x"], { scores: [1], size, expiresAt })).toBe(true);
        expect(keyspace.lookup(key)).toBe(-1);
        expect(keyspace.stats.deletes).toBe(0);
      }
    }
  });

  test("let one member come for another where the set is as large as one may be", () => {
    const keyspace = filled({ maxMembersPerSet: 2, maxEntries: 2, maxLeaderboards: 1 });
    const scores = { scores: [undefined, 4], size: 2, ...lasting };
    expect(writeScores(keyspace, "board", ["x", "z"], scores)).toBe(true);
    expect(readScores(keyspace, "board", ["x", "z"])?.scores).toEqual([undefined, 4]);
  });

  test("are refused beyond a limit, and nothing changes", () => {
    const calls: [limits: Partial<KeyspaceConfig>, key: string, size: number, code: string][] = [
      [{ maxMembersPerSet: 2 }, "board", 3, "LEADERBOARD_FULL"],
      [{ maxLeaderboards: 1 }, "new", 1, "LEADERBOARD_FULL"],
      [{ maxEntries: 2 }, "new", 1, "CACHE_FULL"],
    ];
    for (const [limits, key, size, code] of calls) {
      const keyspace = filled(limits);
      const before = stateOf(keyspace);
      const scores = { scores: [3], size, ...lasting };
      expect(codeOf(() => writeScores(keyspace, key, ["z"], scores))).toBe(code);
      expect(stateOf(keyspace)).toEqual(before);
    }
  });

  test("tell only what they changed", () => {
    const keyspace = filled();
    const effects: Effect[] = [];
    keyspace.onEffect = (effect) => effects.push(effect);
    const scores = { scores: [undefined, 5, 1, undefined], size: 2, expiresAt: 2000 };
    zAdd(keyspace, "board", members(["z", 1]), {});
    effects.length = 0;
    for (let i = 0; i < 2; i++) writeScores(keyspace, "board", ["x", "y", "z", "nobody"], scores);
    expect(effects).toEqual([
      { type: "zadd", key: "board", members: members(["y", 5]) },
      { type: "zrem", key: "board", members: ["x"] },
      { type: "expire", key: "board", expiresAt: 2000 },
    ]);
  });
});

describe("reading", () => {
  test("a state or scores is neither hit nor miss, and writing no set", () => {
    const keyspace = keyspaceWith();
    writeString(keyspace, "text", "v", Infinity);
    readState(keyspace, "text", 0, 10);
    readState(keyspace, "gone", 0, 10);
    readScores(keyspace, "gone", ["x"]);
    expect(keyspace.stats).toEqual({
      hits: 0,
      misses: 0,
      leaderboardHits: 0,
      leaderboardMisses: 0,
      sets: 0,
      deletes: 0,
      evictions: 0,
      expirations: 0,
    });
  });

  test("a state is no use, writing one is", () => {
    for (const [use, evicted] of [
      [(k: Keyspace) => readState(k, "a", 0, 10), "a"],
      [(k: Keyspace) => readScores(k, "a", ["x"]), "a"],
      [(k: Keyspace) => writeScores(k, "a", ["x"], { scores: [1], size: 1, expiresAt: 9e9 }), "b"],
      [(k: Keyspace) => writeString(k, "a", "v", Infinity), "b"],
    ] as const) {
      const keyspace = keyspaceWith({ maxEntries: 2, eviction: "lru" });
      for (const key of KEYS) zAdd(keyspace, key, members(["x", 1]), {});
      use(keyspace);
      set(keyspace, "c", "v", Infinity);
      expect(keyspace.lookup(evicted)).toBe(-1);
    }
  });

  test("by a clock that goes on never says that a key has no time left", () => {
    let now = 0;
    const keyspace = keyspaceWith({ clock: { now: () => now++ } });
    let alive = 0;
    for (let ttl = 1; ttl < 30; ttl++) {
      set(keyspace, "text", "v", now + ttl);
      zAdd(keyspace, "board", members(["x", 1]), {});
      expireAt(keyspace, "board", now + ttl);
      for (let i = 0; i < ttl; i++) {
        for (const read of [readState(keyspace, "text", 0, 9), readScores(keyspace, "board", [])]) {
          if (read === undefined) continue;
          alive++;
          expect(read.expiresAt).toBeGreaterThan(read.readAt);
        }
      }
    }
    expect(alive).toBeGreaterThan(30);
  });

  test("from a rank past the end is an empty last chunk", () => {
    const keyspace = keyspaceWith();
    zAdd(keyspace, "board", members(["x", 1]), {});
    expect(readState(keyspace, "board", 5, 10)).toMatchObject({ members: [], size: 1, cursor: 0 });
  });
});

describe("a deadline given", () => {
  test("that is not after now removes the key, and counts as no delete", () => {
    const keyspace = keyspaceWith();
    const effects: Effect[] = [];
    set(keyspace, "text", "v", Infinity);
    keyspace.onEffect = (effect) => effects.push(effect);
    expect(expireAtOrVacate(keyspace, "text", START_MS + 1)).toBe(true);
    expect(expireAtOrVacate(keyspace, "text", START_MS)).toBe(true);
    expect(expireAtOrVacate(keyspace, "text", START_MS)).toBe(false);
    expect(effects.map(({ type }) => type)).toEqual(["expire", "delete"]);
    expect(keyspace.stats.deletes).toBe(0);
  });
});
