import type { LeaderboardCache, ZMember } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { expectRefusal, members } from "../expectations.ts";
import { PLAYERS, seedPlayers } from "./board.ts";

/** zScore, zMScore, zRank, zCard, zCount and zRandMember. */
export function describeLookups(backend: Backend<LeaderboardCache>): void {
  describe("lookups", () => {
    describeScoresAndRanks(backend);
    describeRandom(backend);
  });
}

function player(i: number): string {
  return `p${String(i).padStart(4, "0")}`;
}

function describeScoresAndRanks(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("on a board that does not exist every lookup misses, and creates none", async (cache) => {
    expect(await cache.zScore("board", "ann")).toBeUndefined();
    expect(await cache.zMScore("board", ["ann", "bob"])).toEqual([undefined, undefined]);
    expect(await cache.zRank("board", "ann")).toBeUndefined();
    expect(await cache.zRank("board", "ann", { reverse: true })).toBeUndefined();
    expect(await cache.zCard("board")).toBe(0);
    expect(await cache.zCount("board", "-inf", "+inf")).toBe(0);
    expect(await cache.zLexCount("board", "-", "+")).toBe(0);
    expect(await cache.exists("board")).toBe(false);
  });

  test("zScore gives the score, undefined for who is not there", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.zScore("board", "dan")).toBe(30);
    expect(await cache.zScore("board", "zoe")).toBeUndefined();
  });

  test("zMScore answers in the order of the members", async (cache) => {
    await seedPlayers(cache);
    const scores = await cache.zMScore("board", ["eve", "zoe", "ann", "eve"]);
    expect(scores).toEqual([40, undefined, 10, 40]);
    expect(await cache.zMScore("board", [])).toEqual([]);
  });

  test("zRank counts from 0, from either end", async (cache) => {
    await seedPlayers(cache);
    for (const [rank, { member }] of PLAYERS.entries()) {
      expect(await cache.zRank("board", member)).toBe(rank);
      expect(await cache.zRank("board", member, { reverse: false })).toBe(rank);
      expect(await cache.zRank("board", member, { reverse: true })).toBe(4 - rank);
    }
    expect(await cache.zRank("board", "zoe")).toBeUndefined();
  });

  test("zCard counts members", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.zCard("board")).toBe(5);
    await cache.zRem("board", "ann");
    expect(await cache.zCard("board")).toBe(4);
  });

  test("ranks stay right as a board of thousands is shuffled", async (cache) => {
    const size = 3000;
    const all = Array.from({ length: size }, (_, i) => ({ member: player(i), score: i }));
    await cache.zAdd("board", all);
    // 7 and 3000 share no factor: each score is taken once.
    await cache.zAdd(
      "board",
      all.map(({ member }, i) => ({ member, score: (i * 7) % size })),
    );
    expect(await cache.zCard("board")).toBe(size);
    for (let i = 0; i < size; i += 211) {
      expect(await cache.zRank("board", player(i))).toBe((i * 7) % size);
      expect(await cache.zScore("board", player(i))).toBe((i * 7) % size);
    }
    const [first, second] = await cache.zRange("board", 1499, 1500);
    expect([first?.score, second?.score]).toEqual([1499, 1500]);
  });
}

function isPlayer(one: ZMember): boolean {
  return PLAYERS.some(({ member, score }) => one.member === member && one.score === score);
}

function describeRandom(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  test("zRandMember gives one member with its score", async (cache) => {
    await seedPlayers(cache);
    const drawn = await cache.zRandMember("board");
    expect(drawn.length).toBe(1);
    expect(drawn.every(isPlayer)).toBe(true);
  });

  test("zRandMember of a count gives distinct members, at most all", async (cache) => {
    await seedPlayers(cache);
    for (const count of [1, 2, 3, 4, 5, 9, Number.MAX_SAFE_INTEGER]) {
      const drawn = await cache.zRandMember("board", count);
      expect(drawn.length).toBe(Math.min(count, 5));
      expect(drawn.every(isPlayer)).toBe(true);
      expect(new Set(drawn.map(({ member }) => member)).size).toBe(drawn.length);
    }
  });

  test("zRandMember of a negative count draws that often, with repeats", async (cache) => {
    await seedPlayers(cache);
    for (const count of [-1, -3, -50]) {
      const drawn = await cache.zRandMember("board", count);
      expect(drawn.length).toBe(-count);
      expect(drawn.every(isPlayer)).toBe(true);
    }
  });

  test("every member is drawn sooner or later", async (cache) => {
    await seedPlayers(cache);
    const seen = new Set((await cache.zRandMember("board", -1000)).map(({ member }) => member));
    expect(seen.size).toBe(5);
    const alone = new Set<string>();
    const pairs = new Set<string>();
    for (let i = 0; i < 400; i++) {
      for (const { member } of await cache.zRandMember("board")) alone.add(member);
      for (const { member } of await cache.zRandMember("board", 2)) pairs.add(member);
    }
    expect(alone.size).toBe(5);
    expect(pairs.size).toBe(5);
  });

  test("zRandMember draws nothing for 0 or from nothing, and takes nothing away", async (cache) => {
    await seedPlayers(cache);
    expect(await cache.zRandMember("board", 0)).toEqual([]);
    expect(await cache.zRandMember("missing")).toEqual([]);
    expect(await cache.zRandMember("missing", -5)).toEqual([]);
    await cache.zRandMember("board", 5);
    expect(await cache.zRange("board", 0, -1)).toEqual(PLAYERS);
  });

  test("zRandMember from a large board is distinct, too", async (cache) => {
    const all = members(...Array.from({ length: 1000 }, (_, i) => [`m${i}`, i % 10] as const));
    await cache.zAdd("board", all);
    for (const count of [10, 500, 999, 1000, 2000]) {
      const drawn = await cache.zRandMember("board", count);
      expect(new Set(drawn.map(({ member }) => member)).size).toBe(Math.min(count, 1000));
    }
  });

  test("a count that is no integer is INVALID_RANGE", async (cache) => {
    await seedPlayers(cache);
    for (const count of [1.5, Number.NaN, Number.POSITIVE_INFINITY, "1", null]) {
      await expectRefusal(() => cache.zRandMember("board", count as number), "INVALID_RANGE");
    }
  });
}
