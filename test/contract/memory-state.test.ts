import {
  type KeyState,
  MemoryCache,
  type MemoryCacheOptions,
  MemoryLeaderboardCache,
  type Scores,
  type SortedSetState,
  type StateTransfer,
  type ZMember,
} from "laurel";
import { describe, expect, test } from "vitest";
import {
  bytes,
  collect,
  expectRefusal,
  expectUnchanged,
  members,
  rejection,
} from "./expectations.ts";

const NOW_MS = 5000;
const CHUNK = 1000;

function open(options: MemoryCacheOptions = {}): MemoryLeaderboardCache {
  return new MemoryLeaderboardCache({ clock: { now: () => NOW_MS }, ...options });
}

/** A board of `size` members, the names not in order of their scores. */
function crowd(size: number): ZMember[] {
  return Array.from({ length: size }, (_, i) => ({ member: `m${(i * 7919) % size}`, score: i }));
}

/** Every state of a key, as they are read one after the other. */
async function statesOf(cache: StateTransfer, key: string): Promise<KeyState[]> {
  const states: KeyState[] = [];
  let cursor = 0;
  do {
    const state = await cache.readState(key, { cursor });
    if (state === undefined) break;
    states.push(state);
    cursor = state.type === "string" ? 0 : state.cursor;
  } while (cursor !== 0);
  return states;
}

async function copy(from: StateTransfer, to: StateTransfer, key: string): Promise<void> {
  for (const state of await statesOf(from, key)) await to.writeState(key, state, { transfer: key });
}

function stringState(value: string, expiresAt = Infinity): KeyState {
  return { type: "string", value: bytes(value), expiresAt, readAt: NOW_MS };
}

function setState(of: ZMember[], others: Partial<SortedSetState> = {}): SortedSetState {
  const size = of.length;
  const state = { members: of, size, expiresAt: Infinity, readAt: NOW_MS, version: 1, cursor: 0 };
  return { type: "sorted-set", ...state, ...others };
}

describe("the state of a key", () => {
  test("of a string is its bytes, its deadline and the clock", async () => {
    const cache = open();
    await cache.set("clé", Uint8Array.of(0, 255, 10), { ttl: 70 });
    expect(await cache.readState("clé")).toEqual({
      type: "string",
      value: Buffer.from([0, 255, 10]),
      expiresAt: NOW_MS + 70,
      readAt: NOW_MS,
    });
  });

  test("of a board is its members in order of rank, as text", async () => {
    const cache = open();
    await cache.zAdd("board", members(["zoë", 1], ["ann", -Infinity], ["bob", 1]));
    expect(await cache.readState("board")).toEqual({
      type: "sorted-set",
      members: members(["ann", -Infinity], ["bob", 1], ["zoë", 1]),
      size: 3,
      expiresAt: Infinity,
      readAt: NOW_MS,
      version: expect.any(Number) as number,
      cursor: 0,
    });
  });

  test("is undefined where there is none, or no longer", async () => {
    let now = 0;
    const cache = open({ clock: { now: () => now } });
    await cache.set("key", "v", { ttl: 5 });
    now = 5;
    expect(await cache.readState("key")).toBeUndefined();
    expect(await cache.readState("nothing")).toBeUndefined();
    expect(await cache.readScores("key", ["m"])).toBeUndefined();
  });

  test("is read without any trace in the metrics", async () => {
    const cache = open();
    await cache.set("key", "v");
    await cache.zAdd("board", members(["x", 1]));
    const before = cache.metrics();
    for (const key of ["key", "board", "nothing"]) await cache.readState(key);
    await cache.readScores("board", ["x"]);
    expect(cache.metrics()).toEqual(before);
  });

  test.each([1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])(
    "of a board of %i members comes in chunks that together are the board",
    async (size) => {
      const cache = open();
      await cache.zAdd("board", crowd(size));
      const states = (await statesOf(cache, "board")) as SortedSetState[];
      expect(states.length).toBe(Math.ceil(size / CHUNK));
      expect(new Set(states.map(({ version }) => version)).size).toBe(1);
      expect(states.every((state) => state.size === size)).toBe(true);
      expect(states.flatMap(({ members }) => members)).toEqual(await cache.zRange("board", 0, -1));
    },
  );

  test("has another version after any change, so that a reader of chunks can tell", async () => {
    const cache = open();
    await cache.zAdd("board", crowd(CHUNK + 1));
    const version = async (): Promise<number> => {
      const state = await cache.readState("board");
      return (state as SortedSetState).version;
    };
    const before = await version();
    expect(await version()).toBe(before);
    await cache.zIncrBy("board", "m1", 1);
    expect(await version()).not.toBe(before);
  });
});

describe("a state that is written", () => {
  test("makes another cache hold the same, whatever that held, to the millisecond", async () => {
    const [from, to] = [open(), open({ defaultTtl: 9 })];
    await from.set("text", "ünï");
    await from.incr("counter", 41);
    await from.expire("counter", 123);
    await from.zAdd("small", members(["é", 0.1], ["b", Infinity]));
    await from.zAdd("large", crowd(2 * CHUNK + 1));
    await from.expire("large", 77);
    await to.zAdd("text", members(["x", 1]));
    await to.set("large", "text", { ttl: 1 });
    await to.zAdd("small", crowd(100));
    const keys = await collect(from.keys());
    for (const key of keys) {
      await copy(from, to, key);
      const [mine, theirs] = await Promise.all([statesOf(from, key), statesOf(to, key)]);
      expect(theirs.map(versionless)).toEqual(mine.map(versionless));
    }
    expect(await to.ttl("text")).toBe(Infinity);
    expect(await to.ttl("large")).toBe(77);
    expect(await to.incr("counter")).toBe(42);
    expect(to.metrics()).toMatchObject({ entries: keys.length, leaderboards: 2, sets: 1 });
  });

  test("goes from a plain cache to one with boards, and back", async () => {
    const [plain, ranking] = [new MemoryCache(), open()];
    await plain.set("key", "v");
    await copy(plain, ranking, "key");
    await plain.delete("key");
    await copy(ranking, plain, "key");
    expect(await plain.readState("key")).toMatchObject({ value: bytes("v"), expiresAt: Infinity });
  });

  test("with a deadline that is not after now removes the key", async () => {
    for (const state of [stringState("v", NOW_MS), setState(crowd(2), { expiresAt: NOW_MS - 1 })]) {
      for (const former of [stringState("v"), setState(crowd(3))]) {
        const cache = open();
        await cache.writeState("key", former);
        await cache.writeState("key", state);
        expect(await cache.exists("key")).toBe(false);
      }
    }
  });

  test("can be written again, and is the same", async () => {
    const cache = open();
    for (const state of [stringState("v", 9999), setState(crowd(5), { expiresAt: 9999 })]) {
      await cache.writeState("key", state);
      const first = await cache.readState("key");
      await cache.writeState("key", state);
      expect(versionless(await cache.readState("key"))).toEqual(versionless(first));
    }
  });

  test("is a copy: neither its bytes nor its members are the caller's any more", async () => {
    const cache = open();
    const value = Buffer.from("before");
    const board = members(["x", 1]);
    await cache.writeState("key", { type: "string", value, expiresAt: Infinity, readAt: 0 });
    await cache.writeState("board", setState(board));
    value.fill("z");
    Object.assign(board[0] as ZMember, { member: "y", score: 2 });
    expect(String(await cache.get("key"))).toBe("before");
    expect(await cache.zRange("board", 0, -1)).toEqual(members(["x", 1]));
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

describe("a chunk that is written", () => {
  const size = CHUNK + 1;

  async function chunks(): Promise<[first: KeyState, last: KeyState]> {
    const source = open();
    await source.zAdd("board", crowd(size));
    return (await statesOf(source, "board")) as [KeyState, KeyState];
  }

  async function refuseLast(cache: MemoryLeaderboardCache): Promise<void> {
    const empty = setState([], { size });
    await expectRefusal(() => cache.writeState("board", empty, { transfer: "t" }), "INVALID_VALUE");
  }

  test("is in no listing and under no key before the last one", async () => {
    const [first, last] = await chunks();
    const cache = open();
    await cache.writeState("board", first, { transfer: "t" });
    expect(await collect(cache.keys())).toEqual([]);
    expect(cache.metrics()).toMatchObject({ entries: 0, memoryBytes: 0, members: 0 });
    await cache.writeState("board", last, { transfer: "t" });
    expect(await cache.zCard("board")).toBe(size);
  });

  test.each<[what: string, drop: (cache: MemoryLeaderboardCache) => Promise<void>]>([
    ["clear", (cache) => cache.clear()],
    ["a refused last chunk", refuseLast],
  ])("is dropped by %s", async (_what, drop) => {
    const [first, end] = await chunks();
    const cache = open();
    await cache.writeState("board", first, { transfer: "t" });
    await drop(cache);
    await expectRefusal(() => cache.writeState("board", end, { transfer: "t" }), "INVALID_VALUE");
    expect(await cache.exists("board")).toBe(false);
  });

  test("stays when an aborted clear drops nothing", async () => {
    const [first, end] = await chunks();
    const cache = open();
    await cache.writeState("board", first, { transfer: "t" });
    await rejection(() => cache.clear({ signal: AbortSignal.abort() }));
    await cache.writeState("board", end, { transfer: "t" });
    expect(await cache.zCard("board")).toBe(size);
  });

  test("without a transfer, when more follow, is refused", async () => {
    const [first] = await chunks();
    await expectRefusal(() => open().writeState("board", first), "INVALID_OPTIONS");
  });
});

describe("scores", () => {
  test("are read with what else the owners of a set agree on", async () => {
    const cache = open();
    await cache.zAdd("board", members(["é", 1], ["b", 2]));
    await cache.expire("board", 10);
    expect(await cache.readScores("board", ["b", "nobody", "é"])).toEqual({
      scores: [2, undefined, 1],
      size: 2,
      expiresAt: NOW_MS + 10,
      readAt: NOW_MS,
    });
    await cache.set("text", "v");
    await expectRefusal(() => cache.readScores("text", ["b"]), "WRONG_TYPE");
  });

  test("bring a copy up to date with a change, and again change nothing", async () => {
    const [from, to] = [open(), open()];
    await from.zAdd("board", crowd(50));
    await copy(from, to, "board");
    await from.zAdd("board", members(["é", 5], ["m1", 9]));
    await from.zRem("board", "m2");
    await from.expire("board", 30);
    const touched = ["é", "m1", "m2"];
    const read = (await from.readScores("board", touched)) as Scores;
    for (let i = 0; i < 2; i++) {
      expect(await to.writeScores("board", touched, read)).toBe(true);
      expect(versionless(await to.readState("board"))).toEqual(
        versionless(await from.readState("board")),
      );
    }
  });

  test("make a board of a key that is not there, with their deadline alone", async () => {
    const cache = open({ defaultTtl: 5 });
    const scores = { scores: [1, 2], size: 2, expiresAt: Infinity, readAt: NOW_MS };
    expect(await cache.writeScores("board", ["a", "b"], scores)).toBe(true);
    expect(await cache.zRange("board", 0, -1)).toEqual(members(["a", 1], ["b", 2]));
    expect(await cache.ttl("board")).toBe(Infinity);
  });

  test("are answered false where the base is another, and nothing changes", async () => {
    const cache = open();
    await cache.zAdd("board", crowd(5));
    await cache.set("text", "v");
    const scores = { scores: [1], size: 9, expiresAt: NOW_MS + 5, readAt: NOW_MS };
    await expectUnchanged(cache, async () => {
      for (const key of ["board", "text", "nothing"]) {
        expect(await cache.writeScores(key, ["m1"], scores)).toBe(false);
      }
    });
  });

  test("of an empty set, or past their deadline, remove the key", async () => {
    for (const [size, expiresAt] of [
      [0, Infinity],
      [5, NOW_MS],
    ] as const) {
      const cache = open();
      await cache.zAdd("board", crowd(5));
      const scores = { scores: [undefined], size, expiresAt, readAt: NOW_MS };
      expect(await cache.writeScores("board", ["m1"], scores)).toBe(true);
      expect(await cache.exists("board")).toBe(false);
    }
  });
});

describe("bad input", () => {
  const fine: Scores = { scores: [1], size: 1, expiresAt: Infinity, readAt: 0 };
  const calls: [code: string, call: (cache: MemoryLeaderboardCache) => Promise<unknown>][] = [
    ["INVALID_KEY", (c) => c.readState("")],
    ["INVALID_KEY", (c) => c.writeState("\ud800", stringState("v"))],
    ["KEY_TOO_LONG", (c) => c.readScores("k".repeat(99), ["m"])],
    ["KEY_TOO_LONG", (c) => c.writeScores("k".repeat(99), ["m"], fine)],
    ["INVALID_OPTIONS", (c) => c.readState("k", { cursor: -1 })],
    ["INVALID_OPTIONS", (c) => c.readState("k", { cursor: 0.5 })],
    ["INVALID_OPTIONS", (c) => c.readState("k", { cursor: "1" as never })],
    ["INVALID_OPTIONS", (c) => c.writeState("k", setState([]), { transfer: "" })],
    ["INVALID_OPTIONS", (c) => c.writeState("k", setState([]), { transfer: 5 as never })],
    ["INVALID_VALUE", (c) => c.writeState("k", undefined as never)],
    ["INVALID_VALUE", (c) => c.writeState("k", null as never)],
    ["INVALID_VALUE", (c) => c.writeState("k", { type: "hash" } as never)],
    ["INVALID_VALUE", (c) => c.writeState("k", { ...stringState("v"), value: 5 } as never)],
    ["INVALID_TTL", (c) => c.writeState("k", stringState("v", NaN))],
    ["INVALID_TTL", (c) => c.writeState("k", setState([], { expiresAt: "1h" as never }))],
    ["INVALID_MEMBER", (c) => c.writeState("k", setState(members(["\udc00", 1])))],
    ["INVALID_MEMBER", (c) => c.writeState("k", setState([], { members: 5 as never }))],
    ["INVALID_SCORE", (c) => c.writeState("k", setState(members(["m", NaN])))],
    ["INVALID_VALUE", (c) => c.writeState("k", setState([], { size: -1 }))],
    ["INVALID_VALUE", (c) => c.writeState("k", setState([], { cursor: 0.5 }))],
    ["INVALID_VALUE", (c) => c.writeState("k", setState(crowd(2), { size: 3 }))],
    ["INVALID_VALUE", (c) => c.writeState("k", setState(crowd(2), { size: 1 }))],
    ["INVALID_MEMBER", (c) => c.readScores("k", [5 as never])],
    ["INVALID_MEMBER", (c) => c.writeScores("k", [5 as never], fine)],
    ["INVALID_VALUE", (c) => c.writeScores("k", ["m"], undefined as never)],
    ["INVALID_VALUE", (c) => c.writeScores("k", ["m"], { ...fine, scores: "1" as never })],
    ["INVALID_VALUE", (c) => c.writeScores("k", ["m", "n"], fine)],
    ["INVALID_VALUE", (c) => c.writeScores("k", ["m"], { ...fine, size: NaN })],
    ["INVALID_SCORE", (c) => c.writeScores("k", ["m"], { ...fine, scores: [NaN] })],
    ["INVALID_SCORE", (c) => c.writeScores("k", ["m"], { ...fine, scores: [null as never] })],
    ["INVALID_TTL", (c) => c.writeScores("k", ["m"], { ...fine, expiresAt: NaN })],
  ];
  test.each(calls)("is %s and changes nothing: %#", async (code, call) => {
    const cache = open({ maxKeyBytes: 50 });
    await cache.set("k", "v");
    await expectUnchanged(cache, () => expectRefusal(() => call(cache), code));
  });

  test("is an aborted call, and a call after close", async () => {
    for (const cache of [open(), new MemoryCache()]) {
      const calls: ((options?: { signal: AbortSignal }) => Promise<unknown>)[] = [
        (options) => cache.readState("k", options),
        (options) => cache.writeState("k", stringState("v"), options),
        (options) => cache.writeState("k", setState(crowd(1)), options),
        (options) => cache.readScores("k", ["m"], options),
        (options) => cache.writeScores("k", ["m"], fine, options),
      ];
      const signal = AbortSignal.abort(new Error("enough"));
      for (const call of calls) {
        expect(await rejection(() => call({ signal }))).toBe(signal.reason);
      }
      expect(cache.metrics().entries).toBe(0);
      await cache.close();
      for (const call of calls) await expectRefusal(() => call(), "CLOSED");
    }
  });

  test("is, to a cache without boards, anything about a board", async () => {
    const cache = new MemoryCache();
    await cache.set("k", "v");
    await expectUnchanged(cache, async () => {
      const unsupported = "CAPABILITY_UNSUPPORTED";
      await expectRefusal(() => cache.writeState("k", setState(crowd(2))), unsupported);
      await expectRefusal(() => cache.readScores("k", ["m"]), unsupported);
      await expectRefusal(() => cache.writeScores("k", ["m"], fine), unsupported);
    });
  });

  test("is a cache that closes itself while a state is walked over", async () => {
    const cache = open();
    const walked = {
      *[Symbol.iterator]() {
        yield* crowd(2);
        void cache.close();
      },
    };
    const state = setState([], { size: 2, members: walked as never });
    await expectRefusal(() => cache.writeState("k", state), "CLOSED");
    expect(cache.metrics().entries).toBe(0);
  });
});

/** A state but for the version, which names a change of one cache. */
function versionless(state: KeyState | undefined): unknown {
  return state === undefined ? undefined : { ...state, version: undefined };
}
