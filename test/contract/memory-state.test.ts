import { MemoryCache, type MemoryCacheOptions, MemoryLeaderboardCache, type Scores } from "laurel";
import { describe, expect, test } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";
import {
  bytes,
  collect,
  expectRefusal,
  expectUnchanged,
  members,
  rejection,
} from "./expectations.ts";
import {
  CHUNK,
  copy,
  crowd,
  describeStateTransfer,
  setState,
  statesOf,
  stringState,
} from "./state-transfer.ts";

const NOW_MS = 5000;

const time = new VirtualTime();
describeStateTransfer("MemoryLeaderboardCache", {
  create: (options) => new MemoryLeaderboardCache({ ...options, clock: time.clock }),
  advance: (ms) => time.advance(ms),
});

function open(options: MemoryCacheOptions = {}): MemoryLeaderboardCache {
  return new MemoryLeaderboardCache({ clock: { now: () => NOW_MS }, ...options });
}

describe("the state of a key in memory", () => {
  test("is told by the cache's clock", async () => {
    const cache = open();
    await cache.set("key", "v", { ttl: 70 });
    expect(await cache.readState("key")).toMatchObject({
      expiresAt: NOW_MS + 70,
      readAt: NOW_MS,
    });
    await cache.zAdd("board", members(["x", 1]));
    expect(await cache.readScores("board", ["x"])).toMatchObject({ readAt: NOW_MS });
  });

  test("is read and written without any trace in the metrics of calls", async () => {
    const cache = open();
    await cache.set("key", "v");
    await cache.zAdd("board", members(["x", 1]));
    const before = cache.metrics();
    for (const key of ["key", "board", "nothing"]) await cache.readState(key);
    await cache.readScores("board", ["x"]);
    await copy(cache, cache, "key");
    await copy(cache, cache, "board");
    expect(cache.metrics()).toEqual(before);
  });

  test("keeps its version until it changes", async () => {
    const cache = open();
    await cache.zAdd("board", crowd(CHUNK + 1));
    const version = async (): Promise<unknown> => {
      const state = await cache.readState("board");
      return state?.type === "sorted-set" && state.version;
    };
    const before = await version();
    expect(await version()).toBe(before);
    await cache.zIncrBy("board", "m1", 1);
    expect(await version()).not.toBe(before);
  });

  test("begins at any rank that is asked for", async () => {
    const cache = open();
    await cache.zAdd("board", crowd(5));
    const state = await cache.readState("board", { cursor: 3 });
    expect(state).toMatchObject({ members: [{ score: 3 }, { score: 4 }], cursor: 0 });
  });

  test("is over at its deadline, not only after it", async () => {
    for (const state of [stringState("v", NOW_MS), setState(crowd(2), { expiresAt: NOW_MS })]) {
      const cache = open();
      await cache.set("key", "former");
      await cache.writeState("key", state);
      expect(await cache.exists("key")).toBe(false);
    }
    const cache = open();
    await cache.zAdd("board", crowd(5));
    const scores = { scores: [], size: 5, expiresAt: NOW_MS, readAt: NOW_MS };
    expect(await cache.writeScores("board", [], scores)).toBe(true);
    expect(await cache.exists("board")).toBe(false);
  });

  test("goes from a plain cache to one with boards, and back", async () => {
    const [plain, ranking] = [new MemoryCache(), open()];
    await plain.set("key", "v");
    await copy(plain, ranking, "key");
    await plain.delete("key");
    await copy(ranking, plain, "key");
    expect(await plain.readState("key")).toMatchObject({ value: bytes("v"), expiresAt: Infinity });
  });

  test("makes room as any write does, or is refused and changes nothing", async () => {
    const strict = open({ maxEntries: 1, eviction: "none" });
    await strict.set("a", "v");
    await expectUnchanged(strict, async () => {
      await expectRefusal(() => strict.writeState("b", stringState("v")), "CACHE_FULL");
      await expectRefusal(() => strict.writeState("b", setState(crowd(1))), "CACHE_FULL");
    });
    await strict.writeState("a", stringState("other"));
    expect(String(await strict.get("a"))).toBe("other");

    const evicting = open({ maxEntries: 1 });
    await evicting.set("a", "v");
    await evicting.writeState("b", stringState("v"));
    expect(await collect(evicting.keys())).toEqual(["b"]);
  });
});

describe("a chunk that waits in memory", () => {
  const source = open();
  const chunks = (async () => {
    await source.zAdd("board", crowd(CHUNK + 1));
    return await statesOf(source, "board");
  })();

  test("is counted nowhere", async () => {
    const [first] = await chunks;
    const cache = open();
    await cache.writeState("board", first as never, { transfer: "t" });
    expect(cache.metrics()).toMatchObject({ entries: 0, memoryBytes: 0, members: 0 });
  });

  test("stays when an aborted clear drops nothing", async () => {
    const [first, last] = await chunks;
    const cache = open();
    await cache.writeState("board", first as never, { transfer: "t" });
    await rejection(() => cache.clear({ signal: AbortSignal.abort() }));
    await cache.writeState("board", last as never, { transfer: "t" });
    expect(await cache.zCard("board")).toBe(CHUNK + 1);
  });
});

describe("a cache without boards", () => {
  test("transfers strings alone", async () => {
    const cache = new MemoryCache();
    await cache.set("k", "v");
    const fine: Scores = { scores: [1], size: 1, expiresAt: Infinity, readAt: 0 };
    await expectUnchanged(cache, async () => {
      const unsupported = "CAPABILITY_UNSUPPORTED";
      await expectRefusal(() => cache.writeState("k", setState(crowd(2))), unsupported);
      await expectRefusal(() => cache.readScores("k", ["m"]), unsupported);
      await expectRefusal(() => cache.writeScores("k", ["m"], fine), unsupported);
    });
  });

  test("refuses aborted calls, and calls after close", async () => {
    const cache = new MemoryCache();
    const fine: Scores = { scores: [1], size: 1, expiresAt: Infinity, readAt: 0 };
    const calls: ((options?: { signal: AbortSignal }) => Promise<unknown>)[] = [
      (options) => cache.readState("k", options),
      (options) => cache.writeState("k", stringState("v"), options),
      (options) => cache.writeState("k", setState(crowd(1)), options),
      (options) => cache.readScores("k", ["m"], options),
      (options) => cache.writeScores("k", ["m"], fine, options),
    ];
    const signal = AbortSignal.abort(new Error("enough"));
    for (const call of calls) expect(await rejection(() => call({ signal }))).toBe(signal.reason);
    expect(cache.metrics().entries).toBe(0);
    await cache.close();
    for (const call of calls) await expectRefusal(() => call(), "CLOSED");
  });
});
