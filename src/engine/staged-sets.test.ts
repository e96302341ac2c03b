import { describe, expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import { SortedSet } from "../structures/sorted-set.ts";
import type { ZMember } from "../structures/z-member.ts";
import type { Effect } from "./effects.ts";
import { Keyspace } from "./keyspace.ts";
import { type KeyspaceConfig, NO_LIMITS } from "./keyspace-config.ts";
import { STAGED_TRANSFERS_MAX, StagedSets } from "./staged-sets.ts";
import type { SetChunk } from "./state.ts";
import { set } from "./strings.ts";

const NOW_MS = 1000;

function keyspaceWith(limits: Partial<KeyspaceConfig> = {}): Keyspace {
  return new Keyspace({
    clock: { now: () => NOW_MS },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
    ...limits,
  });
}

/** The members m0, m1, ... from one rank up to another, excluded, each scoring its rank. */
function ranked(from: number, to: number): ZMember[] {
  return Array.from({ length: to - from }, (_, i) => ({ member: `m${from + i}`, score: from + i }));
}

/** The ranks from one up to another of a set of `size`. */
function chunk(from: number, to: number, size: number, others: Partial<SetChunk> = {}): SetChunk {
  const cursor = to < size ? to : 0;
  return { members: ranked(from, to), size, expiresAt: Infinity, version: 7, cursor, ...others };
}

function heldBy(keyspace: Keyspace, key: string): string | ZMember[] | undefined {
  const slot = keyspace.lookup(key);
  if (slot < 0) return undefined;
  const value = keyspace.valueAt(slot);
  if (value instanceof SortedSet) value.checkInvariants();
  return typeof value === "string" ? value : [...value];
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

describe("a set that arrives in chunks", () => {
  test("is nowhere until the last one, and whole with it", () => {
    const keyspace = keyspaceWith();
    const staged = new StagedSets(keyspace);
    set(keyspace, "board", "before", Infinity);
    staged.write("board", chunk(0, 100, 250), "t");
    staged.write("board", chunk(100, 200, 250), "t");
    expect(heldBy(keyspace, "board")).toBe("before");
    expect([keyspace.size, keyspace.leaderboards, keyspace.members]).toEqual([1, 0, 0]);
    expect(staged.size).toBe(1);

    staged.write("board", chunk(200, 250, 250), "t");
    expect(heldBy(keyspace, "board")).toEqual(ranked(0, 250));
    expect([keyspace.size, keyspace.leaderboards, keyspace.members]).toEqual([1, 1, 250]);
    expect(staged.size).toBe(0);
  });

  test("may get a chunk twice", () => {
    const keyspace = keyspaceWith();
    const staged = new StagedSets(keyspace);
    staged.write("board", chunk(0, 2, 4), "t");
    staged.write("board", chunk(0, 2, 4), "t");
    staged.write("board", chunk(2, 4, 4), "t");
    expect(heldBy(keyspace, "board")).toEqual(ranked(0, 4));
  });

  test("has the deadline of the last one, and none but that", () => {
    const keyspace = keyspaceWith({ defaultTtl: 5 });
    const staged = new StagedSets(keyspace);
    staged.write("board", chunk(0, 2, 4, { expiresAt: NOW_MS + 10 }), "t");
    staged.write("board", chunk(2, 4, 4, { expiresAt: NOW_MS + 20 }), "t");
    expect(keyspace.expiresAt(keyspace.lookup("board"))).toBe(NOW_MS + 20);
    staged.write("other", chunk(0, 1, 1), undefined);
    expect(keyspace.expiresAt(keyspace.lookup("other"))).toBe(Infinity);
  });

  test("begins again with a chunk of another version", () => {
    const keyspace = keyspaceWith();
    const staged = new StagedSets(keyspace);
    staged.write("board", { ...chunk(0, 2, 4), members: [{ member: "gone", score: 1 }] }, "t");
    staged.write("board", chunk(0, 2, 4, { version: 8 }), "t");
    staged.write("board", chunk(2, 4, 4, { version: 8 }), "t");
    expect(heldBy(keyspace, "board")).toEqual(ranked(0, 4));
  });

  test("is told to who listens as one replacement", () => {
    const keyspace = keyspaceWith();
    const staged = new StagedSets(keyspace);
    const effects: Effect[] = [];
    set(keyspace, "board", "before", Infinity);
    keyspace.onEffect = (effect) => effects.push(effect);
    staged.write("board", chunk(0, 2, 3), "t");
    expect(effects).toEqual([]);
    staged.write("board", chunk(2, 3, 3, { expiresAt: 2000 }), "t");
    expect(effects).toEqual([
      { type: "delete", key: "board", reason: "deleted" },
      { type: "zadd", key: "board", members: ranked(0, 3) },
      { type: "expire", key: "board", expiresAt: 2000 },
    ]);
  });
});

describe("a last chunk", () => {
  test("whose set is not whole is refused, what waited is dropped, and the key stays", () => {
    const keyspace = keyspaceWith();
    const staged = new StagedSets(keyspace);
    set(keyspace, "board", "before", Infinity);
    staged.write("board", chunk(0, 2, 6), "t");
    expect(codeOf(() => staged.write("board", chunk(4, 6, 6), "t"))).toBe("INVALID_VALUE");
    expect(staged.size).toBe(0);
    expect(codeOf(() => staged.write("board", chunk(2, 6, 6), "t"))).toBe("INVALID_VALUE");
    expect(heldBy(keyspace, "board")).toBe("before");
  });

  test("with a deadline that is not after now removes the key", () => {
    for (const expiresAt of [NOW_MS, NOW_MS - 1, 0, -Infinity]) {
      const keyspace = keyspaceWith();
      set(keyspace, "board", "before", Infinity);
      new StagedSets(keyspace).write("board", chunk(0, 1, 1, { expiresAt }), undefined);
      expect(keyspace.size).toBe(0);
    }
  });

  test("of a set without members removes the key", () => {
    const keyspace = keyspaceWith();
    set(keyspace, "board", "before", Infinity);
    new StagedSets(keyspace).write("board", chunk(0, 0, 0), undefined);
    expect(keyspace.size).toBe(0);
  });
});

describe("a chunk is refused", () => {
  test("when more follow and it names no transfer", () => {
    const staged = new StagedSets(keyspaceWith());
    expect(codeOf(() => staged.write("k", chunk(0, 1, 2), undefined))).toBe("INVALID_OPTIONS");
  });

  test("when its transfer is that of another key, which goes on", () => {
    const keyspace = keyspaceWith();
    const staged = new StagedSets(keyspace);
    staged.write("a", chunk(0, 1, 2), "t");
    expect(codeOf(() => staged.write("b", chunk(0, 1, 2), "t"))).toBe("INVALID_OPTIONS");
    staged.write("a", chunk(1, 2, 2), "t");
    expect(heldBy(keyspace, "a")).toEqual(ranked(0, 2));
  });

  test("when it brings more members than the set has", () => {
    const staged = new StagedSets(keyspaceWith());
    const crowd = { ...chunk(0, 3, 2), cursor: 2 };
    expect(codeOf(() => staged.write("k", crowd, "t"))).toBe("INVALID_VALUE");
    expect(staged.size).toBe(0);
  });

  test("at its first one when the set has more members than a set may have", () => {
    const staged = new StagedSets(keyspaceWith({ maxMembersPerSet: 3 }));
    expect(codeOf(() => staged.write("k", chunk(0, 1, 4), "t"))).toBe("LEADERBOARD_FULL");
    expect(staged.size).toBe(0);
  });

  test("as soon as the set would not fit into the empty cache", () => {
    const keyspace = keyspaceWith({ maxMemoryBytes: 20_000 });
    const staged = new StagedSets(keyspace);
    staged.write("k", chunk(0, 100, 1000), "t");
    expect(codeOf(() => staged.write("k", chunk(100, 400, 1000), "t"))).toBe("CACHE_FULL");
    expect(staged.size).toBe(0);
  });

  test("at its last one when there is no room, or no sorted set may be added", () => {
    for (const limits of [{ maxEntries: 1 }, { maxLeaderboards: 1 }]) {
      const keyspace = keyspaceWith(limits);
      const staged = new StagedSets(keyspace);
      staged.write("a", chunk(0, 1, 1), undefined);
      staged.write("b", chunk(0, 1, 2), "t");
      expect(codeOf(() => staged.write("b", chunk(1, 2, 2), "t"))).toMatch(/_FULL$/);
      expect(heldBy(keyspace, "b")).toBeUndefined();
      expect(heldBy(keyspace, "a")).toEqual(ranked(0, 1));
      // In place of the set that is there it needs no room.
      staged.write("a", chunk(0, 2, 2), undefined);
      expect(heldBy(keyspace, "a")).toEqual(ranked(0, 2));
    }
  });
});

test("a sorted set in place of a string is one more than there may be", () => {
  const keyspace = keyspaceWith({ maxLeaderboards: 1 });
  const staged = new StagedSets(keyspace);
  staged.write("a", chunk(0, 1, 1), undefined);
  set(keyspace, "b", "before", Infinity);
  expect(codeOf(() => staged.write("b", chunk(0, 1, 1), undefined))).toBe("LEADERBOARD_FULL");
  expect(heldBy(keyspace, "b")).toBe("before");
});

describe("of too many transfers", () => {
  test("the one that waits longest is dropped, and cannot be completed", () => {
    const keyspace = keyspaceWith();
    const staged = new StagedSets(keyspace);
    for (let i = 0; i < STAGED_TRANSFERS_MAX; i++) staged.write(`k${i}`, chunk(0, 1, 3), `t${i}`);
    staged.write("k0", chunk(1, 2, 3), "t0");
    staged.write("new", chunk(0, 1, 3), "new");
    expect(staged.size).toBe(STAGED_TRANSFERS_MAX);
    staged.write("k0", chunk(2, 3, 3), "t0");
    expect(heldBy(keyspace, "k0")).toEqual(ranked(0, 3));
    expect(codeOf(() => staged.write("k1", chunk(1, 3, 3), "t1"))).toBe("INVALID_VALUE");
    staged.write("k2", chunk(1, 3, 3), "t2");
    expect(heldBy(keyspace, "k2")).toEqual(ranked(0, 3));
  });
});

describe("clearing", () => {
  test("drops what waits", () => {
    const staged = new StagedSets(keyspaceWith());
    staged.write("k", chunk(0, 1, 2), "t");
    staged.clear();
    expect(codeOf(() => staged.write("k", chunk(1, 2, 2), "t"))).toBe("INVALID_VALUE");
  });
});
