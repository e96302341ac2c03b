import { describe, expect, test } from "vitest";
import { NO_CONDITIONS } from "../structures/add-conditions.ts";
import { seededRandom } from "../structures/random.ts";
import type { Effect } from "./effects.ts";
import { Keyspace } from "./keyspace.ts";
import { type KeyspaceConfig, NO_LIMITS } from "./keyspace-config.ts";
import { readSet, useSet, zAddOne, zIncrByIf } from "./sorted-sets.ts";
import { set } from "./strings.ts";

function keyspaceWith(limits: Partial<KeyspaceConfig> = {}): Keyspace {
  return new Keyspace({
    clock: { now: () => 1000 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
    ...limits,
  });
}

/** What `call` reports, and whether it gave the key another version. */
function traceOf(keyspace: Keyspace, call: () => unknown): [effects: Effect[], changed: boolean] {
  const effects: Effect[] = [];
  keyspace.onEffect = (effect) => effects.push(effect);
  const version = keyspace.version("k");
  call();
  keyspace.onEffect = undefined;
  return [effects, keyspace.version("k") !== version];
}

describe("adding one member", () => {
  test("tells what became of it", () => {
    const keyspace = keyspaceWith();
    expect(zAddOne(keyspace, "k", "a", 1, { xx: true })).toBe("refused");
    expect(zAddOne(keyspace, "k", "a", 1, NO_CONDITIONS)).toBe("added");
    expect(zAddOne(keyspace, "k", "a", 1, NO_CONDITIONS)).toBe("unchanged");
    expect(zAddOne(keyspace, "k", "a", 2, NO_CONDITIONS)).toBe("updated");
    expect(zAddOne(keyspace, "k", "a", 1, { gt: true })).toBe("refused");
    expect(readSet(keyspace, "k")?.score("a")).toBe(2);
  });

  test("does not create a key for a member that is refused", () => {
    const keyspace = keyspaceWith();
    zAddOne(keyspace, "k", "a", 1, { xx: true });
    expect(keyspace.size).toBe(0);
  });

  test("reports a change, and nothing where there is none", () => {
    const keyspace = keyspaceWith();
    const add = () => zAddOne(keyspace, "k", "a", 1, NO_CONDITIONS);
    expect(traceOf(keyspace, add)).toEqual([
      [{ type: "zadd", key: "k", members: [{ member: "a", score: 1 }] }],
      true,
    ]);
    expect(traceOf(keyspace, add)).toEqual([[], false]);
  });

  test("reports when a new key goes", () => {
    const keyspace = keyspaceWith({ defaultTtl: 500 });
    const [effects] = traceOf(keyspace, () => zAddOne(keyspace, "k", "a", 1, NO_CONDITIONS));
    expect(effects).toContainEqual({ type: "expire", key: "k", expiresAt: 1500 });
  });

  test("is refused where one more does not fit, while a score may change", () => {
    const keyspace = keyspaceWith({ maxMembersPerSet: 1 });
    zAddOne(keyspace, "k", "a", 1, NO_CONDITIONS);
    expect(() => zAddOne(keyspace, "k", "b", 1, NO_CONDITIONS)).toThrow(
      expect.objectContaining({ code: "LEADERBOARD_FULL" }) as Error,
    );
    expect(zAddOne(keyspace, "k", "b", 1, { xx: true })).toBe("refused");
    expect(zAddOne(keyspace, "k", "a", 2, NO_CONDITIONS)).toBe("updated");
  });

  test("is refused where the key holds a string", () => {
    const keyspace = keyspaceWith();
    set(keyspace, "k", "text", Infinity);
    expect(() => zAddOne(keyspace, "k", "a", 1, NO_CONDITIONS)).toThrow(
      expect.objectContaining({ code: "WRONG_TYPE" }) as Error,
    );
  });
});

describe("incrementing under conditions", () => {
  test("gives the new score, or nothing where it was refused", () => {
    const keyspace = keyspaceWith();
    expect(zIncrByIf(keyspace, "k", "a", 5, { xx: true })).toBeUndefined();
    expect(keyspace.size).toBe(0);
    expect(zIncrByIf(keyspace, "k", "a", 5, { nx: true })).toBe(5);
    expect(zIncrByIf(keyspace, "k", "a", 5, { nx: true })).toBeUndefined();
    expect(zIncrByIf(keyspace, "k", "b", 5, { xx: true })).toBeUndefined();
    expect(zIncrByIf(keyspace, "k", "a", -1, { gt: true })).toBeUndefined();
    expect(zIncrByIf(keyspace, "k", "a", -1, { lt: true })).toBe(4);
  });

  test("is refused before a sum that is no number is one", () => {
    const keyspace = keyspaceWith();
    zIncrByIf(keyspace, "k", "a", Infinity, NO_CONDITIONS);
    expect(zIncrByIf(keyspace, "k", "a", -Infinity, { nx: true })).toBeUndefined();
    expect(() => zIncrByIf(keyspace, "k", "a", -Infinity, { lt: true })).toThrow(
      expect.objectContaining({ code: "INVALID_SCORE" }) as Error,
    );
  });

  test("changes nothing where the score stays", () => {
    const keyspace = keyspaceWith();
    zIncrByIf(keyspace, "k", "a", 5, NO_CONDITIONS);
    expect(traceOf(keyspace, () => zIncrByIf(keyspace, "k", "a", 0, NO_CONDITIONS))).toEqual([
      [],
      false,
    ]);
    const [effects, changed] = traceOf(keyspace, () =>
      zIncrByIf(keyspace, "k", "a", 1, NO_CONDITIONS),
    );
    expect(effects).toHaveLength(1);
    expect(changed).toBe(true);
  });
});

describe("reading a sorted set", () => {
  test("is a hit or a miss of its own kind, and nothing else is", () => {
    const keyspace = keyspaceWith();
    zAddOne(keyspace, "k", "ada", 1, NO_CONDITIONS);
    zIncrByIf(keyspace, "k", "ada", 1, NO_CONDITIONS);
    useSet(keyspace, "k");
    useSet(keyspace, "nobody");
    const { stats } = keyspace;
    expect(stats).toMatchObject({ leaderboardHits: 0, leaderboardMisses: 0 });
    readSet(keyspace, "k");
    readSet(keyspace, "k");
    readSet(keyspace, "nobody");
    expect(stats).toMatchObject({ leaderboardHits: 2, leaderboardMisses: 1, hits: 0, misses: 0 });
  });
});
