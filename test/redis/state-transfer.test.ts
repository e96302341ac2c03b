import { MemoryLeaderboardCache, type SortedSetState } from "laurel";
import { RedisLeaderboardCache, type RedisCacheOptions } from "laurel/redis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { collect, expectRefusal, members } from "../contract/expectations.ts";
import {
  CHUNK,
  copy,
  crowd,
  describeStateTransfer,
  setState,
  type Transferring,
  wholeOf,
} from "../contract/state-transfer.ts";
import { serverInTest } from "../clients/server-in-test.ts";
import { hasServer, type ServerProcess, startServer } from "../support/server-process.ts";
import { until } from "../support/until.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { backendOver, laurelServer, singleServer } from "./backends.ts";
import { type ClientLibrary, ioredis, nodeRedis } from "./clients.ts";

const HOUR_MS = 3_600_000;
const READ_IDLE_MS = 5000;
const READ_IDLE_WAITED_FOR_MS = 300;
const OPEN_READS = 3;

const kinds = (["redis", "valkey"] as const).filter(hasServer);

describe.each(kinds)("%s", (kind) => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer(kind);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(() => server.ask("FLUSHALL"));
  const open = (options: RedisCacheOptions = {}): RedisLeaderboardCache =>
    new RedisLeaderboardCache(ioredis.single(server.port), { prefix: "p:", ...options });

  describe("chunks that are read", () => {
    test("are of another version when another client changes the set", async () => {
      await using cache = open();
      await cache.zAdd("board", crowd(2 * CHUNK));
      const first = (await cache.readState("board")) as SortedSetState;
      await server.ask("ZADD", "p:board", "5", "other");
      const last = (await cache.readState("board", first)) as SortedSetState;
      expect(last.version).not.toBe(first.version);
      // And so is every later one of that read, which is over.
      const again = (await cache.readState("board", first)) as SortedSetState;
      expect(new Set([first, last, again].map(({ version }) => version)).size).toBe(3);
    });

    test("are of another version when the connection that watched is lost", async () => {
      await using cache = open();
      await cache.zAdd("board", crowd(2 * CHUNK));
      const first = (await cache.readState("board")) as SortedSetState;
      await server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      const next = await until("the cache is connected again", () =>
        cache.readState("board", first),
      );
      expect((next as SortedSetState).version).not.toBe(first.version);
    });

    test("are of another version when the next one is asked for too late", async () => {
      const { clock, timers, ...time } = virtualTime();
      await using cache = open({ clock, timers });
      await cache.zAdd("board", crowd(3 * CHUNK));
      const first = (await cache.readState("board")) as SortedSetState;
      time.advance(READ_IDLE_MS - 1);
      const second = (await cache.readState("board", first)) as SortedSetState;
      expect(second.version).toBe(first.version);
      time.advance(READ_IDLE_MS);
      const last = (await cache.readState("board", second)) as SortedSetState;
      expect(last.version).not.toBe(first.version);
      expect(last.members).toEqual(await cache.zRange("board", 2 * CHUNK, -1));
    });

    test("of an idle read give way to one that waits, those of an active one do not", async () => {
      const { clock, timers, ...time } = virtualTime();
      await using cache = open({ clock, timers });
      const boards = Array.from({ length: OPEN_READS + 1 }, (_, i) => `board${i}`);
      for (const board of boards) await cache.zAdd(board, crowd(3 * CHUNK));
      const [waiting = "", ...held] = boards;
      const firsts = await Promise.all(held.map((board) => cache.readState(board)));
      const [active, ...idle] = firsts as SortedSetState[];
      let hasBegun = false;
      const begun = cache.readState(waiting).finally(() => (hasBegun = true));
      // When these are answered, so is what it asked for before it has to wait.
      for (let i = 0; i < 2; i++) await cache.exists("nothing");
      const second = (await cache.readState(held[0] as string, active)) as SortedSetState;
      expect(hasBegun).toBe(false);
      time.advance(READ_IDLE_WAITED_FOR_MS);
      expect(await begun).toMatchObject({ size: 3 * CHUNK });
      const last = await cache.readState(held[0] as string, second);
      expect(last).toMatchObject({ version: active?.version });
      const late = await cache.readState(held[1] as string, idle[0]);
      expect((late as SortedSetState).version).not.toBe(idle[0]?.version);
    });

    test("of another incarnation are refused to whoever is held to one", async () => {
      await using cache = open();
      await cache.zAdd("board", crowd(2 * CHUNK));
      const fenced = cache.fenced() as Transferring;
      await fenced.bootId();
      const first = (await fenced.readState("board")) as SortedSetState;
      await server.restart();
      await expectRefusal(() => fenced.readState("board", first), "CONNECTION_FAILED");
      await expectRefusal(() => fenced.writeState("board", setState([])), "CONNECTION_FAILED");
      await until("it is asked for the incarnation", () => fenced.bootId());
      expect(await fenced.readState("board", first)).toBeUndefined();
    });

    test("are not waited for by close", async () => {
      // Nothing here would end a wait for a time limit.
      const { clock, timers } = virtualTime();
      const cache = open({ clock, timers });
      await cache.zAdd("board", crowd(2 * CHUNK));
      await cache.readState("board");
      await cache.close();
    });
  });

  describe("chunks that wait for the rest of their set", () => {
    const size = CHUNK + 1;
    const first = setState(crowd(size).slice(0, CHUNK), { size, cursor: CHUNK });
    const last = setState(crowd(size).slice(CHUNK), { size });

    test("are hidden, and go by themselves when the rest does not come", async () => {
      await using cache = open();
      await cache.writeState("board", first, { transfer: "t" });
      const staged = await server.ask("RANDOMKEY");
      expect(staged).toMatch(/^p:\0laurel:/);
      const leftMs = Number(await server.ask("PTTL", staged));
      expect(leftMs).toBeGreaterThan(0);
      expect(leftMs).toBeLessThanOrEqual(600_000);
      expect(await collect(cache.keys())).toEqual([]);
    });

    test("leave nothing behind, whether or not they add up", async () => {
      await using cache = open();
      await cache.writeState("board", first, { transfer: "t" });
      const short = { ...last, members: [] };
      await expectRefusal(
        () => cache.writeState("board", short, { transfer: "t" }),
        "INVALID_VALUE",
      );
      expect(await server.ask("DBSIZE")).toBe("0");
      await cache.writeState("board", first, { transfer: "t" });
      const other = {
        ...first,
        members: crowd(CHUNK).map(({ score }) => ({ member: `x${score}`, score })),
      };
      await expectRefusal(
        () => cache.writeState("board", other, { transfer: "t" }),
        "INVALID_VALUE",
      );
      expect(await server.ask("DBSIZE")).toBe("0");
      for (const chunk of [first, last]) await cache.writeState("board", chunk, { transfer: "t" });
      expect(await server.ask("DBSIZE")).toBe("1");
    });

    test("are lost with what the server evicts, and then the key is as it was", async () => {
      await using cache = open();
      await cache.zAdd("board", members(["former", 1]));
      await cache.writeState("board", first, { transfer: "t" });
      await server.ask("UNLINK", await stagedName(server, "p:board"));
      await expectRefusal(
        () => cache.writeState("board", last, { transfer: "t" }),
        "INVALID_VALUE",
      );
      expect(await cache.zRange("board", 0, -1)).toEqual(members(["former", 1]));
    });
  });

  test("what is neither a string nor a sorted set is WRONG_TYPE, and can be replaced", async () => {
    await using cache = open();
    await server.ask("RPUSH", "p:key", "element");
    await expectRefusal(() => cache.readState("key"), "WRONG_TYPE");
    await expectRefusal(() => cache.readScores("key", ["m"]), "WRONG_TYPE");
    const scores = { scores: [1], size: 1, expiresAt: Infinity, readAt: 0 };
    expect(await cache.writeScores("key", ["m"], scores)).toBe(false);
    await cache.writeState("key", setState(crowd(3)));
    expect(await cache.zCard("key")).toBe(3);
  });

  test("members that are no UTF-8 are told as every call tells them", async () => {
    await using cache = open();
    await server.ask("ZADD", "p:board", "-inf", "\xff\0", "1", "a");
    const state = (await cache.readState("board")) as SortedSetState;
    expect(state.members).toEqual(await cache.zRange("board", 0, -1));
    expect(state.members).toEqual(members(["\ufffd\0", -Infinity], ["a", 1]));
  });

  test("a set that the server has no memory for is CACHE_FULL, and changes nothing", async () => {
    await using cache = open();
    await cache.zAdd("board", members(["former", 1]));
    const size = CHUNK + 1;
    await cache.writeState("big", setState(crowd(CHUNK), { size, cursor: CHUNK }), {
      transfer: "t",
    });
    await server.ask("CONFIG", "SET", "maxmemory", "1");
    try {
      const scores = { scores: [1, undefined], size: 1, expiresAt: Infinity, readAt: 0 };
      const last = setState(members(["one more", 1]), { size });
      for (const call of [
        () => cache.writeState("board", setState(crowd(3))),
        () => cache.writeState("big", last, { transfer: "t" }),
        () => cache.writeScores("board", ["new", "former"], scores),
      ]) {
        await expectRefusal(call, "CACHE_FULL");
      }
    } finally {
      await server.ask("CONFIG", "SET", "maxmemory", "0");
    }
    expect(await cache.zRange("board", 0, -1)).toEqual(members(["former", 1]));
  });
});

describe.each(kinds)("%s where nobody may run scripts", (kind) => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer(kind);
    await server.ask("ACL", "SETUSER", "default", "-@scripting");
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const servers = {
    empty: () => server.ask("FLUSHALL"),
    client: (library: ClientLibrary) => library.single(server.port),
  };
  describeStateTransfer("ioredis", backendOver(servers, ioredis));
});

describe.each(kinds)("%s without PEXPIRETIME, as before version 7", (kind) => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer(kind, { options: ["--rename-command", "PEXPIRETIME", ""] });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("tells deadlines by the time that is left, right to a millisecond or two", async () => {
    await using cache = new RedisLeaderboardCache(ioredis.single(server.port), { prefix: "p:" });
    const deadline = (await cache.time()) + HOUR_MS;
    await cache.set("key", "v", { expiresAt: deadline });
    await cache.writeState("board", setState(crowd(2 * CHUNK), { expiresAt: deadline }));
    await cache.set("lasting", "v");
    const told = [
      await cache.readState("key"),
      await cache.readScores("board", ["m1"]),
      await cache.readState("board"),
    ].map((state) => state?.expiresAt ?? NaN);
    for (const expiresAt of told) expect(Math.abs(expiresAt - deadline)).toBeLessThanOrEqual(2);
    expect(await cache.readState("lasting")).toMatchObject({ expiresAt: Infinity });
    expect(await cache.readState("nothing")).toBeUndefined();
  });
});

test("sets that several faces read in chunks leave a connection for calls that need one", async () => {
  const { port } = await serverInTest();
  await using cache = new RedisLeaderboardCache(ioredis.single(port), { timeout: 2000 });
  const fenced = cache.fenced() as RedisLeaderboardCache;
  const boards = Array.from({ length: 4 }, (_, i) => `board${i}`);
  for (const board of boards) await cache.zAdd(board, crowd(2 * CHUNK));
  await fenced.bootId();
  for (const [i, board] of boards.entries()) {
    expect(await (i % 2 === 0 ? cache : fenced).readState(board)).toMatchObject({
      size: 2 * CHUNK,
    });
  }
  expect(await cache.incr("n")).toBe(1);
});

describe.runIf(kinds.length === 2)("a state on its way through all kinds of caches", () => {
  const [redis, valkey, laurel] = [singleServer("redis"), singleServer("valkey"), laurelServer()];

  test("arrives bit for bit, with its deadline", async () => {
    await using first = new MemoryLeaderboardCache();
    const scores = [-Infinity, Infinity, 0.1 + 0.2, 5e-324, -1.7976931348623157e308, 2 ** 53 + 2];
    await first.zAdd("board", crowd(5000));
    await first.zAdd(
      "board",
      scores.map((score, i) => ({ member: `é\u{1f98a}\0${i}`, score })),
    );
    await first.expire("board", HOUR_MS);
    await first.set(
      "bytes",
      Uint8Array.from({ length: 256 }, (_, i) => i),
      { ttl: HOUR_MS },
    );
    let from: Transferring = first;
    const ways = [
      backendOver(redis, ioredis),
      backendOver(valkey, nodeRedis(3)),
      backendOver(laurel, nodeRedis(2)),
      { create: () => new MemoryLeaderboardCache() },
    ];
    for (const way of ways) {
      const to: Transferring = await way.create();
      for (const key of ["board", "bytes"]) {
        await copy(from, to, key);
        expect(await wholeOf(to, key)).toEqual(await wholeOf(first, key));
      }
      if (from !== first) await from.close();
      from = to;
    }
    await from.close();
  });
});

/** Where a chunk for a key waits, the only other key that there is. */
async function stagedName(server: ServerProcess, key: string): Promise<string> {
  return until("the other key", async () => {
    const name = await server.ask("RANDOMKEY");
    return name === key ? undefined : name;
  });
}

function virtualTime(): Pick<VirtualTime, "clock" | "timers"> & { advance(ms: number): void } {
  const time = new VirtualTime();
  return { clock: time.clock, timers: time.timers, advance: (ms) => time.advance(ms) };
}
