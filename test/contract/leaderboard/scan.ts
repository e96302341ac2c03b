import type { LeaderboardCache, ZMember } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { collect, expectRefusal, names, rejection } from "../expectations.ts";
import { PLAYERS, TIES_IN_ORDER, seedPlayers, whole } from "./board.ts";

/** zScan: the guarantees of SCAN, whatever changes meanwhile. */
export function describeScan(backend: Backend<LeaderboardCache>): void {
  describe("zScan", () => {
    describeStill(backend);
    describeMoving(backend);
  });
}

/** Members with scores: `m0` to `m<size - 1>`, many of them tied. */
function crowd(size: number, prefix = "m"): ZMember[] {
  return Array.from({ length: size }, (_, i) => ({ member: `${prefix}${i}`, score: i % 17 }));
}

function byName(a: ZMember, b: ZMember): number {
  return a.member < b.member ? -1 : 1;
}

function describeStill(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  test("a scan gives each member with its score", async (cache) => {
    await seedPlayers(cache);
    expect((await collect(cache.zScan("board"))).sort(byName)).toEqual(PLAYERS);
  });

  test("a scan of a large board gives each member once while nothing changes", async (cache) => {
    const all = crowd(2500);
    await cache.zAdd("board", all);
    expect((await collect(cache.zScan("board"))).sort(byName)).toEqual([...all].sort(byName));
  });

  test("a scan gives odd members as they are", async (cache) => {
    await cache.zAdd(
      "board",
      TIES_IN_ORDER.map((member) => ({ member, score: 1 })),
    );
    const scanned = new Set(names(await collect(cache.zScan("board"))));
    expect(scanned).toEqual(new Set(TIES_IN_ORDER));
  });

  test("a scan of nothing gives nothing", async (cache) => {
    expect(await collect(cache.zScan("missing"))).toEqual([]);
    expect(await cache.exists("missing")).toBe(false);
  });

  test("a scan may be left early", async (cache) => {
    await seedPlayers(cache);
    for await (const { member } of cache.zScan("board")) {
      expect(names(PLAYERS)).toContain(member);
      break;
    }
    expect(await whole(cache)).toEqual(PLAYERS);
  });

  test("what a scan gives is the caller's", async (cache) => {
    await seedPlayers(cache);
    for await (const one of cache.zScan("board")) one.score = -1;
    expect(await whole(cache)).toEqual(PLAYERS);
  });

  test("a scan of text is WRONG_TYPE, of a bad key INVALID_KEY", async (cache) => {
    await cache.set("text", "v");
    await expectRefusal(() => collect(cache.zScan("text")), "WRONG_TYPE");
    await expectRefusal(() => collect(cache.zScan("")), "INVALID_KEY", '""');
  });

  test("an abort ends a scan with its reason", async (cache) => {
    await cache.zAdd("board", crowd(100));
    const controller = new AbortController();
    const reason = new Error("enough");
    let scanned = 0;
    const scan = async (): Promise<void> => {
      for await (const _ of cache.zScan("board", { signal: controller.signal })) {
        if (++scanned === 10) controller.abort(reason);
      }
    };
    expect(await rejection(scan)).toBe(reason);
    expect(scanned).toBe(10);
  });
}

function describeMoving(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  for (const size of [20, 600]) {
    test(`of ${size}, who stays throughout is given, though others come and go`, async (cache) => {
      const staying = crowd(size, "stay");
      const going = crowd(size, "go");
      await cache.zAdd("board", [
        ...going.slice(size / 2),
        ...staying,
        ...going.slice(0, size / 2),
      ]);
      const seen = new Set<string>();
      let arrivals = 0;
      for await (const { member } of cache.zScan("board")) {
        seen.add(member);
        await cache.zRem("board", names(going.splice(0, 5)));
        if (arrivals < size * 2) {
          await cache.zAdd("board", crowd(5, `new${arrivals}:`));
          arrivals += 5;
        }
      }
      expect(names(staying).filter((name) => !seen.has(name))).toEqual([]);
    });

    test(`of ${size}, who only changes score is given, and the scan ends`, async (cache) => {
      const all = crowd(size);
      await cache.zAdd("board", all);
      const seen = new Set<string>();
      let turns = 0;
      for await (const { member } of cache.zScan("board")) {
        seen.add(member);
        if (++turns > size * 20) break;
        // Up, past those that are still to come, and down, past those that were given.
        await cache.zIncrBy("board", member, 1000);
        await cache.zIncrBy("board", `m${(turns * 7) % size}`, -500);
      }
      expect(turns).toBeLessThanOrEqual(size * 20);
      expect(names(all).filter((name) => !seen.has(name))).toEqual([]);
    });

    test(`of ${size}, each may be removed as it is given`, async (cache) => {
      await cache.zAdd("board", crowd(size));
      for await (const { member } of cache.zScan("board")) await cache.zRem("board", member);
      expect(await cache.exists("board")).toBe(false);
    });
  }

  test("a board that is deleted ends its scan without harm", async (cache) => {
    await cache.zAdd("board", crowd(3000));
    let given = 0;
    for await (const _ of cache.zScan("board")) {
      if (++given === 1) await cache.delete("board");
      if (given > 3000) break;
    }
    expect(given).toBeLessThanOrEqual(3000);
    expect(await cache.exists("board")).toBe(false);
  });
}
