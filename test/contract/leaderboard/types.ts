import type { LeaderboardCache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { bytes, collect, expectRefusal, expectUnchanged, members, text } from "../expectations.ts";
import { BOARD_CALLS } from "./calls.ts";

/** A key holds text or a board: what each call says of the other type. */
export function describeTypes(backend: Backend<LeaderboardCache>): void {
  describe("types", () => {
    describeBoardCallsOnText(backend);
    describeTextCallsOnBoards(backend);
  });
}

function describeBoardCallsOnText(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const [name, call] of Object.entries(BOARD_CALLS)) {
    test(`${name} on text is WRONG_TYPE and changes nothing`, async (cache) => {
      await cache.set("{t}:k", "text", { ttl: "1h" });
      await cache.zAdd("{t}:to", members(["kept", 1]));
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => call(cache, "{t}:k"), "WRONG_TYPE");
      });
    });
  }

  test("a wrong type is found wherever it stands among the keys", async (cache) => {
    await cache.set("{t}:text", "v");
    await cache.zAdd("{t}:a", members(["x", 1]));
    for (const keys of [
      ["{t}:text", "{t}:a"],
      ["{t}:a", "{t}:text"],
      ["{t}:none", "{t}:text"],
    ]) {
      for (const call of ["zUnion", "zInter", "zDiff"] as const) {
        await expectRefusal(() => cache[call](keys), "WRONG_TYPE");
      }
    }
  });
}

function describeTextCallsOnBoards(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);
  const refused: Readonly<Record<string, (cache: LeaderboardCache) => Promise<unknown>>> = {
    get: (cache) => cache.get("board"),
    incr: (cache) => cache.incr("board"),
    decr: (cache) => cache.decr("board"),
    append: (cache) => cache.append("board", "v"),
  };

  for (const [name, call] of Object.entries(refused)) {
    test(`${name} on a board is WRONG_TYPE and changes nothing`, async (cache) => {
      await cache.zAdd("board", members(["a", 1]));
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => call(cache), "WRONG_TYPE");
      });
    });
  }

  test("getMany gives undefined for a board, as MGET does", async (cache) => {
    await cache.zAdd("board", members(["a", 1]));
    await cache.set("text", "v");
    expect(await cache.getMany(["text", "board"])).toEqual([bytes("v"), undefined]);
  });

  test("set and setMany replace a board", async (cache) => {
    await cache.zAdd("a", members(["x", 1]));
    await cache.zAdd("b", members(["x", 1]));
    await cache.expire("a", "1h");
    await cache.set("a", "text");
    await cache.setMany([["b", "text"]]);
    expect(await text(cache, "a")).toBe("text");
    expect(await text(cache, "b")).toBe("text");
    expect(await cache.ttl("a")).toBe(Number.POSITIVE_INFINITY);
    await expectRefusal(() => cache.zCard("a"), "WRONG_TYPE");
  });

  test("keys of either type are keys to everything else", async (cache) => {
    await cache.zAdd("board", members(["a", 1]));
    await cache.set("text", "v");
    expect(await cache.exists("board")).toBe(true);
    expect((await collect(cache.keys())).sort()).toEqual(["board", "text"]);
    expect(await cache.ttl("board")).toBe(Number.POSITIVE_INFINITY);
    expect(await cache.expire("board", "1h")).toBe(true);
    expect(await cache.deleteMany(["board", "text"])).toBe(2);
    await cache.zAdd("board", members(["a", 1]));
    await cache.clear();
    expect(await cache.zCard("board")).toBe(0);
    expect(await cache.exists("board")).toBe(false);
  });

  test("a deleted board begins anew", async (cache) => {
    await cache.zAdd("board", members(["a", 1], ["b", 2]));
    expect(await cache.delete("board")).toBe(true);
    expect(await cache.zAdd("board", members(["a", 5]))).toBe(1);
    expect(await cache.zRange("board", 0, -1)).toEqual(members(["a", 5]));
  });
}
