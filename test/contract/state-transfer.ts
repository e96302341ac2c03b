import type {
  Cache,
  KeyState,
  LeaderboardCache,
  Scores,
  SortedSetState,
  StateTransfer,
  ZMember,
} from "laurel";
import { MemoryLeaderboardCache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, type ContractTest, contractTest } from "./backend.ts";
import {
  bytes,
  collect,
  expectRefusal,
  expectUnchanged,
  members,
  rejection,
  text,
} from "./expectations.ts";

/** A cache with leaderboards that can hand the state of its keys to others. */
export type Transferring = LeaderboardCache & StateTransfer & Required<Pick<StateTransfer, "time">>;

/** The members of one chunk, at most. */
export const CHUNK = 1000;
const HOUR_MS = 3_600_000;

/** Declares every test of the transfer of states for one backend. */
export function describeStateTransfer(name: string, backend: Backend<Transferring>): void {
  describe(`${name}: state transfer`, () => {
    const test = contractTest(backend);
    describe("a state that is read", () => describeReading(test));
    describe("chunks that are read", () => describeChunksRead(test));
    describe("a state that is written", () => describeWriting(test));
    describe("chunks that are written", () => describeChunksWritten(test));
    describe("scores", () => describeScores(test));
    describe("bad input", () => describeBadInput(test));
  });
}

function describeReading(test: ContractTest<Transferring>): void {
  test("of a string is its bytes, its deadline and the clock", async (cache) => {
    await cache.set("clé", Uint8Array.of(0, 255, 10), { ttl: HOUR_MS });
    const before = await cache.time();
    const state = (await cache.readState("clé")) as KeyState;
    const after = await cache.time();
    expect(state).toMatchObject({ type: "string", value: Buffer.from([0, 255, 10]) });
    expect(state.readAt).toBeGreaterThanOrEqual(before);
    expect(state.readAt).toBeLessThanOrEqual(after);
    expect(state.expiresAt).toBeGreaterThan(before);
    expect(state.expiresAt).toBeLessThanOrEqual(before + HOUR_MS);
    expect((await cache.readState("clé"))?.expiresAt).toBe(state.expiresAt);
  });

  test("of a board is its members in order of rank, as text", async (cache) => {
    await cache.zAdd("board", members(["zoë", 1], ["ann", -Infinity], ["bob", 1], ["c", Infinity]));
    expect(await cache.readState("board")).toEqual({
      type: "sorted-set",
      members: members(["ann", -Infinity], ["bob", 1], ["zoë", 1], ["c", Infinity]),
      size: 4,
      expiresAt: Infinity,
      readAt: expect.any(Number) as number,
      version: expect.any(Number) as number,
      cursor: 0,
    });
  });

  test("is undefined where there is no key", async (cache) => {
    expect(await cache.readState("nothing")).toBeUndefined();
    expect(await cache.readScores("nothing", ["m"])).toBeUndefined();
  });

  test.timed("is undefined where the key is over", async (cache, advance) => {
    await cache.set("key", "v", { ttl: 5 });
    await advance(5);
    expect(await cache.readState("key")).toBeUndefined();
    expect(await cache.readScores("key", ["m"])).toBeUndefined();
  });
}

function describeChunksRead(test: ContractTest<Transferring>): void {
  for (const size of [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5]) {
    test(`together are a board of ${size} members`, async (cache) => {
      await cache.zAdd("board", crowd(size));
      const states = await chunksOf(cache, "board");
      expect(states.length).toBe(Math.ceil(size / CHUNK));
      expect(new Set(states.map(({ version }) => version)).size).toBe(1);
      expect(states.every((state) => state.size === size)).toBe(true);
      expect(states.flatMap((state) => state.members)).toEqual(await cache.zRange("board", 0, -1));
    });
  }

  const changes: readonly (readonly [what: string, change: (cache: Cache) => Promise<unknown>])[] =
    [
      ["a score", (cache) => (cache as Transferring).zIncrBy("board", "m1", 1)],
      ["its deadline", (cache) => cache.expire("board", HOUR_MS)],
      ["the whole set", (cache) => replace(cache as Transferring, crowd(3 * CHUNK))],
      ["its type", (cache) => cache.set("board", "text")],
      ["its being there", (cache) => cache.delete("board")],
    ];
  for (const [what, change] of changes) {
    for (const before of [1, 2]) {
      test(`are of another version when ${what} changes before the ${before + 1}.`, async (cache) => {
        await cache.zAdd("board", crowd(3 * CHUNK));
        let state = (await cache.readState("board")) as SortedSetState;
        const { version } = state;
        for (let i = 1; i < before; i++) {
          state = (await cache.readState("board", state)) as SortedSetState;
        }
        await change(cache);
        // Whether it is the next one or the last one that tells is the cache's.
        expect(await versionAtLast(cache, state)).not.toBe(version);
      });
    }
  }

  test("have nothing to do with a change of another key", async (cache) => {
    await cache.zAdd("board", crowd(2 * CHUNK));
    const first = (await cache.readState("board")) as SortedSetState;
    await cache.set("other", "v");
    expect(await cache.readState("board", first)).toMatchObject({ version: first.version });
  });

  test("of several boards at once, and of one board twice, are each of their board", async (cache) => {
    const boards = ["a", "b", "c", "d"];
    for (const board of boards) await cache.zAdd(board, crowd(2 * CHUNK + 1));
    const asked = [...boards, "a"];
    const states = await Promise.all(asked.map((board) => chunksOf(cache, board)));
    for (const chunks of states) {
      expect(new Set(chunks.map(({ version }) => version)).size).toBe(1);
      expect(chunks.flatMap((state) => state.members)).toEqual(inOrder(crowd(2 * CHUNK + 1)));
    }
  });
}

function describeWriting(test: ContractTest<Transferring>): void {
  test("makes the cache hold the same, whatever it held, to the millisecond", async (cache) => {
    await using from = await sameTime(cache);
    const deadline = (await cache.time()) + HOUR_MS;
    await from.set("text", "ünï");
    await from.incr("counter", 41);
    await from.expire("counter", HOUR_MS, { expiresAt: deadline });
    await from.zAdd("small", members(["é", 0.1], ["b", Infinity], ["c", -1e-300]));
    await from.zAdd("large", crowd(2 * CHUNK + 1));
    await from.expire("large", HOUR_MS, { expiresAt: deadline });
    await cache.zAdd("text", members(["x", 1]));
    await cache.set("large", "text", { ttl: HOUR_MS });
    await cache.zAdd("small", crowd(100));
    await cache.expire("small", HOUR_MS);
    for (const key of await collect(from.keys())) {
      await copy(from, cache, key);
      expect(await wholeOf(cache, key)).toEqual(await wholeOf(from, key));
    }
    expect(await cache.ttl("text")).toBe(Infinity);
    expect(await cache.ttl("small")).toBe(Infinity);
    expect(await cache.incr("counter")).toBe(42);
    expect((await collect(cache.keys())).sort()).toEqual(["counter", "large", "small", "text"]);
  });

  test("with a deadline that is past removes the key", async (cache) => {
    // A server of Redis gives a key the whole of its last millisecond.
    const over = [(await cache.time()) - 1, 1, 0, -5, -Infinity];
    for (const expiresAt of over) {
      for (const state of [stringState("v", expiresAt), setState(crowd(2), { expiresAt })]) {
        for (const former of [stringState("v"), setState(crowd(3))]) {
          await cache.writeState("key", former);
          await cache.writeState("key", state);
          expect(await cache.exists("key")).toBe(false);
        }
      }
    }
  });

  test("can be written again, and is the same", async (cache) => {
    const deadline = (await cache.time()) + HOUR_MS;
    for (const state of [stringState("v", deadline), setState(crowd(5), { expiresAt: deadline })]) {
      await cache.writeState("key", state);
      const first = await wholeOf(cache, "key");
      await cache.writeState("key", state);
      expect(await wholeOf(cache, "key")).toEqual(first);
    }
  });

  test("of a set without members is no key", async (cache) => {
    await cache.set("key", "v");
    await cache.writeState("key", setState([]));
    expect(await cache.exists("key")).toBe(false);
  });

  test("may be of more members than a chunk has", async (cache) => {
    await cache.writeState("board", setState(crowd(3 * CHUNK)));
    expect(await cache.zRange("board", 0, -1)).toEqual(inOrder(crowd(3 * CHUNK)));
  });

  test("is a copy: neither its bytes nor its members are the caller's any more", async (cache) => {
    const value = Buffer.from("before");
    const board = members(["x", 1]);
    const written = [
      cache.writeState("key", { type: "string", value, expiresAt: Infinity, readAt: 0 }),
      cache.writeState("board", setState(board)),
    ];
    value.fill("z");
    Object.assign(board[0] as ZMember, { member: "y", score: 2 });
    await Promise.all(written);
    expect(await text(cache, "key")).toBe("before");
    expect(await cache.zRange("board", 0, -1)).toEqual(members(["x", 1]));
  });
}

function describeChunksWritten(test: ContractTest<Transferring>): void {
  const board = crowd(2 * CHUNK + 1);
  const size = board.length;
  const parts = [board.slice(0, CHUNK), board.slice(CHUNK, 2 * CHUNK), board.slice(2 * CHUNK)];
  const [first, second, last] = parts.map((part, i) =>
    setState(part, { size, cursor: ((i + 1) % parts.length) * CHUNK }),
  ) as [SortedSetState, SortedSetState, SortedSetState];
  const transfer = "t{}\u{1f98a}";

  test("are in no listing and under no key before the last one", async (cache) => {
    await cache.zAdd("board", members(["former", 1]));
    await expectUnchanged(cache, async () => {
      for (const chunk of [first, second]) await cache.writeState("board", chunk, { transfer });
    });
    await cache.writeState("board", last, { transfer });
    expect(await collect(cache.keys())).toEqual(["board"]);
    expect(await cache.zRange("board", 0, -1)).toEqual(inOrder(board));
  });

  test("take the deadline of the last one, or none", async (cache) => {
    await cache.set("board", "text", { ttl: HOUR_MS });
    const deadline = (await cache.time()) + HOUR_MS / 2;
    for (const expiresAt of [Infinity, deadline]) {
      for (const chunk of [first, second, last]) {
        await cache.writeState("board", { ...chunk, expiresAt }, { transfer });
      }
      expect((await cache.readState("board"))?.expiresAt).toBe(expiresAt);
    }
  });

  test("with a deadline that is past remove the key", async (cache) => {
    await cache.set("board", "text");
    for (const chunk of [first, second]) await cache.writeState("board", chunk, { transfer });
    await cache.writeState("board", { ...last, expiresAt: (await cache.time()) - 1 }, { transfer });
    expect(await cache.exists("board")).toBe(false);
  });

  test("must add up to the set: else the key is as it was, and what waited is dropped", async (cache) => {
    await cache.zAdd("board", members(["former", 1]));
    await expectUnchanged(cache, async () => {
      await cache.writeState("board", first, { transfer });
      await expectRefusal(() => cache.writeState("board", last, { transfer }), "INVALID_VALUE");
      await cache.writeState("board", second, { transfer });
      await expectRefusal(() => cache.writeState("board", last, { transfer }), "INVALID_VALUE");
    });
  });

  test("of two transfers do not mix, and neither do those of two versions", async (cache) => {
    await cache.writeState("board", first, { transfer: "a" });
    await cache.writeState("board", second, { transfer: "b" });
    await expectRefusal(() => cache.writeState("board", last, { transfer: "b" }), "INVALID_VALUE");
    await cache.writeState("board", { ...second, version: 2 }, { transfer: "a" });
    await expectRefusal(
      () => cache.writeState("board", { ...last, version: 2 }, { transfer: "a" }),
      "INVALID_VALUE",
    );
    expect(await cache.exists("board")).toBe(false);
  });

  test("are dropped by clear", async (cache) => {
    for (const chunk of [first, second]) await cache.writeState("board", chunk, { transfer });
    await cache.clear();
    await expectRefusal(() => cache.writeState("board", last, { transfer }), "INVALID_VALUE");
    expect(await cache.exists("board")).toBe(false);
  });

  test("that name no transfer are refused", async (cache) => {
    await expectRefusal(() => cache.writeState("board", first), "INVALID_OPTIONS");
  });
}

function describeScores(test: ContractTest<Transferring>): void {
  test("are read with what else the owners of a set agree on", async (cache) => {
    const deadline = (await cache.time()) + HOUR_MS;
    await cache.zAdd("board", members(["é", 1], ["b", Infinity]));
    await cache.expire("board", HOUR_MS, { expiresAt: deadline });
    expect(await cache.readScores("board", ["b", "nobody", "é"])).toEqual({
      scores: [Infinity, undefined, 1],
      size: 2,
      expiresAt: deadline,
      readAt: expect.any(Number) as number,
    });
    expect(await cache.readScores("board", [])).toMatchObject({ scores: [], size: 2 });
    await cache.set("text", "v");
    await expectRefusal(() => cache.readScores("text", ["b"]), "WRONG_TYPE");
  });

  test("bring a copy up to date with a change, and again change nothing", async (cache) => {
    await using from = await sameTime(cache);
    await from.zAdd("board", crowd(2 * CHUNK + 500));
    await copy(from, cache, "board");
    const more = Array.from({ length: CHUNK + 1 }, (_, i) => ({ member: `new${i}`, score: i }));
    await from.zAdd("board", [...members(["é", 5], ["m1", 9], ["m3", -Infinity]), ...more]);
    const gone = crowd(2 * CHUNK)
      .slice(-CHUNK - 1)
      .map(({ member }) => member);
    await from.zRem("board", gone);
    await from.expire("board", HOUR_MS, { expiresAt: (await cache.time()) + HOUR_MS });
    const touched = ["é", "m1", "m3", ...gone, ...more.map(({ member }) => member)];
    const read = (await from.readScores("board", touched)) as Scores;
    for (let i = 0; i < 2; i++) {
      expect(await cache.writeScores("board", touched, read)).toBe(true);
      expect(await wholeOf(cache, "board")).toEqual(await wholeOf(from, "board"));
    }
    await from.expire("board", Infinity);
    const lasting = (await from.readScores("board", ["é"])) as Scores;
    expect(await cache.writeScores("board", ["é"], lasting)).toBe(true);
    expect(await cache.ttl("board")).toBe(Infinity);
  });

  test.configured(
    "make a board of a key that is not there, with their deadline alone",
    { defaultTtl: "1h" },
    async (cache) => {
      const scores = { scores: [1, 2], size: 2, expiresAt: Infinity, readAt: 0 };
      expect(await cache.writeScores("board", ["a", "b"], scores)).toBe(true);
      expect(await cache.zRange("board", 0, -1)).toEqual(members(["a", 1], ["b", 2]));
      expect(await cache.ttl("board")).toBe(Infinity);
    },
  );

  test("of a member that is given twice are the last", async (cache) => {
    await cache.zAdd("board", members(["gone", 1]));
    const scores = {
      scores: [1, 2, undefined, 3, undefined],
      size: 1,
      expiresAt: Infinity,
      readAt: 0,
    };
    const twice = ["a", "a", "b", "gone", "gone"];
    expect(await cache.writeScores("board", twice, scores)).toBe(true);
    expect(await cache.zRange("board", 0, -1)).toEqual(members(["a", 2]));
  });

  test("are answered false where the base is another, and nothing changes", async (cache) => {
    await cache.zAdd("board", crowd(5));
    await cache.set("text", "v");
    const expiresAt = (await cache.time()) + HOUR_MS;
    await expectUnchanged(cache, async () => {
      for (const size of [4, 9]) {
        for (const key of ["board", "text", "nothing"]) {
          const scores = { scores: [1], size, expiresAt, readAt: 0 };
          expect(await cache.writeScores(key, ["m1"], scores)).toBe(false);
        }
      }
    });
  });

  test("of an empty set, or past their deadline, remove the key", async (cache) => {
    for (const [size, expiresAt] of [
      [0, Infinity],
      [5, (await cache.time()) - 1],
      [7, -Infinity],
    ] as const) {
      for (const former of [stringState("v"), setState(crowd(5))]) {
        await cache.writeState("key", former);
        const scores = { scores: [undefined], size, expiresAt, readAt: 0 };
        expect(await cache.writeScores("key", ["m1"], scores)).toBe(true);
        expect(await cache.exists("key")).toBe(false);
      }
    }
  });
}

function describeBadInput(test: ContractTest<Transferring>): void {
  const fine: Scores = { scores: [1], size: 1, expiresAt: Infinity, readAt: 0 };
  type Call = (cache: Transferring) => Promise<unknown>;
  const calls: readonly (readonly [code: string, call: Call])[] = [
    ["INVALID_KEY", (c) => c.readState("")],
    ["INVALID_KEY", (c) => c.writeState("\ud800", stringState("v"))],
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
    ["INVALID_VALUE", (c) => c.writeState("k", setState(members(["m", 1], ["m", 2])))],
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
  test("is told by its code, and changes nothing", async (cache) => {
    await cache.set("k", "v");
    await expectUnchanged(cache, async () => {
      for (const [code, call] of calls) await expectRefusal(() => call(cache), code);
    });
  });

  test.configured("is a key that is too long", { maxKeyBytes: 50 }, async (cache) => {
    const key = "k".repeat(51);
    await expectRefusal(() => cache.readState(key), "KEY_TOO_LONG");
    await expectRefusal(() => cache.writeState(key, stringState("v")), "KEY_TOO_LONG");
    await expectRefusal(() => cache.readScores(key, ["m"]), "KEY_TOO_LONG");
    await expectRefusal(() => cache.writeScores(key, ["m"], fine), "KEY_TOO_LONG");
  });

  test("is an aborted call, and a call after close", async (cache) => {
    const calls: ((options?: { signal: AbortSignal }) => Promise<unknown>)[] = [
      (options) => cache.time(options),
      (options) => cache.readState("k", options),
      (options) => cache.readState("k", { ...options, cursor: CHUNK }),
      (options) => cache.writeState("k", stringState("v"), options),
      (options) => cache.writeState("k", setState(crowd(1)), options),
      (options) => cache.readScores("k", ["m"], options),
      (options) => cache.writeScores("k", ["m"], fine, options),
    ];
    const signal = AbortSignal.abort(new Error("enough"));
    for (const call of calls) expect(await rejection(() => call({ signal }))).toBe(signal.reason);
    expect(await collect(cache.keys())).toEqual([]);
    await cache.close();
    for (const call of calls) await expectRefusal(() => call(), "CLOSED");
  });

  test("is a cache that closes itself while a state is walked over", async (cache) => {
    const walked = {
      *[Symbol.iterator]() {
        yield* crowd(2);
        void cache.close();
      },
    };
    const state = setState([], { size: 2, members: walked as never });
    await expectRefusal(() => cache.writeState("k", state), "CLOSED");
  });
}

/** An empty cache to copy from, whose clock stands at what another cache's says now. */
async function sameTime(cache: Transferring): Promise<Transferring> {
  const now = await cache.time();
  return new MemoryLeaderboardCache({ clock: { now: () => now } });
}

/** A board of `size` members, the names not in order of their scores. */
export function crowd(size: number): ZMember[] {
  return Array.from({ length: size }, (_, i) => ({ member: `m${(i * 7919) % size}`, score: i }));
}

export function stringState(value: string, expiresAt = Infinity): KeyState {
  return { type: "string", value: bytes(value), expiresAt, readAt: 0 };
}

export function setState(of: ZMember[], others: Partial<SortedSetState> = {}): SortedSetState {
  const size = of.length;
  const state = { members: of, size, expiresAt: Infinity, readAt: 0, version: 1, cursor: 0 };
  return { type: "sorted-set", ...state, ...others };
}

/** Every state of a key, as they are read one after the other. */
export async function statesOf(cache: StateTransfer, key: string): Promise<KeyState[]> {
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

/** Writes every state of a key to another cache, as they are read one after the other. */
export async function copy(from: StateTransfer, to: StateTransfer, key: string): Promise<void> {
  for (const state of await statesOf(from, key)) await to.writeState(key, state, { transfer: key });
}

/** What a key holds, however many chunks that took, and until when. */
export async function wholeOf(cache: StateTransfer, key: string): Promise<unknown> {
  const states = await statesOf(cache, key);
  const values = states.flatMap<unknown>((state) =>
    state.type === "string" ? state.value : state.members,
  );
  return { type: states[0]?.type, expiresAt: states.at(-1)?.expiresAt, values };
}

async function chunksOf(cache: StateTransfer, key: string): Promise<SortedSetState[]> {
  return (await statesOf(cache, key)) as SortedSetState[];
}

/** The version of the chunk that ends what a read began; `undefined` where it is of no set. */
async function versionAtLast(
  cache: StateTransfer,
  from: SortedSetState,
): Promise<number | undefined> {
  let { cursor } = from;
  for (;;) {
    const state = await cache.readState("board", { cursor });
    if (state?.type !== "sorted-set") return undefined;
    if (state.version !== from.version || state.cursor === 0) return state.version;
    ({ cursor } = state);
  }
}

async function replace(cache: LeaderboardCache, board: ZMember[]): Promise<void> {
  await cache.delete("board");
  await cache.zAdd("board", board);
}

function inOrder(board: readonly ZMember[]): ZMember[] {
  return board.toSorted((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1));
}
