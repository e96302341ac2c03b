/** Writes that count only when a replica has them, over real servers. */
import { MemoryLeaderboardCache } from "laurel";
import { type RedisClient, type RedisCacheOptions, RedisLeaderboardCache } from "laurel/redis";
import { serve } from "laurel/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  hasServer,
  type ServerKind,
  type ServerProcess,
  startServer,
} from "../support/server-process.ts";
import { until } from "../support/until.ts";
import { type ClientLibrary, ioredis, nodeRedis } from "./clients.ts";

const KINDS: readonly [kind: ServerKind, library: ClientLibrary][] = [
  ["redis", ioredis],
  ["valkey", nodeRedis(3)],
];
/** Long enough for a replica that is well, short enough for one that is not. */
const PATIENT = "4s";
const IMPATIENT = 50;
const START_MS_MAX = 30_000;

/** A master and its replica. */
class Pair implements AsyncDisposable {
  readonly master: ServerProcess;
  readonly replica: ServerProcess;

  constructor(master: ServerProcess, replica: ServerProcess) {
    this.master = master;
    this.replica = replica;
  }

  static async start(kind: ServerKind, options: readonly string[] = []): Promise<Pair> {
    const quick = ["--repl-diskless-sync-delay", "0", ...options];
    const master = await startServer(kind, { options: quick });
    const following = ["--replicaof", "127.0.0.1", String(master.port)];
    const replica = await startServer(kind, { options: [...quick, ...following] });
    await until("the replica follows", async () => (await master.ask("WAIT", "1", "100")) === "1");
    return new Pair(master, replica);
  }

  /** How many commands of this name the master has carried out. */
  async calls(name: string): Promise<number> {
    const stats = await this.master.info("commandstats");
    return Number(/calls=(\d+)/.exec(stats.get(`cmdstat_${name}`) ?? "")?.[1] ?? 0);
  }

  /** Does something while the replica is halted. */
  async withoutReplica(act: () => Promise<void>): Promise<void> {
    this.replica.stop();
    try {
      await act();
    } finally {
      this.replica.resume();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.replica, this.master].map((one) => one[Symbol.asyncDispose]()));
  }
}

function cacheOver(
  client: RedisClient | string,
  options: RedisCacheOptions = {},
): RedisLeaderboardCache {
  return new RedisLeaderboardCache(client, { prefix: "confirmed:", replicas: 1, ...options });
}

/** Every way in which a write reaches a server: a command, several, a script, a transaction, all of it. */
const WRITES: Record<string, (cache: RedisLeaderboardCache) => Promise<unknown>> = {
  set: (cache) => cache.set("text", "written"),
  "set with a ttl": (cache) => cache.set("brief", "written", { ttl: "1h" }),
  setMany: (cache) => cache.setMany(new Map(["one", "two"].map((key) => [key, "written"]))),
  delete: (cache) => cache.delete("first"),
  deleteMany: (cache) => cache.deleteMany(["second", "third"]),
  append: (cache) => cache.append("text", "!"),
  incr: (cache) => cache.incr("counter"),
  expire: (cache) => cache.expire("fourth", "1h"),
  zAdd: (cache) => cache.zAdd("board", { member: "ada", score: 1 }),
  zIncrBy: (cache) => cache.zIncrBy("board", "ada", 1),
  zPopMin: (cache) => cache.zPopMin("board"),
  zUnionStore: (cache) => cache.zUnionStore("union", ["former"]),
  reserve: (cache) => cache.reserve("name", "text"),
  writeState: (cache) =>
    cache.writeState("state", {
      type: "sorted-set",
      members: [{ member: "ada", score: 1 }],
      size: 1,
      expiresAt: Infinity,
      readAt: 0,
      version: 0,
      cursor: 0,
    }),
  clear: (cache) => cache.clear(),
};

const READS: Record<string, (cache: RedisLeaderboardCache) => Promise<unknown>> = {
  get: (cache) => cache.get("first"),
  getMany: (cache) => cache.getMany(["first", "second"]),
  exists: (cache) => cache.exists("first"),
  ttl: (cache) => cache.ttl("first"),
  keys: async (cache) => listed(cache.keys()),
  bootId: (cache) => cache.bootId(),
  zScore: (cache) => cache.zScore("former", "ada"),
  zRange: (cache) => cache.zRange("former", 0, -1, { reverse: true }),
  zRangeByScore: (cache) => cache.zRangeByScore("former", 0, 9),
  "zRangeByLex, by a script": (cache) => cache.zRangeByLex("former", "-", "+"),
  zMScore: (cache) => cache.zMScore("former", ["ada"]),
  zRank: (cache) => cache.zRank("former", "ada"),
  zCount: (cache) => cache.zCount("former", 0, 9),
  zUnion: (cache) => cache.zUnion(["former"]),
  zRandMember: (cache) => cache.zRandMember("former"),
  zScan: async (cache) => listed(cache.zScan("former")),
  readState: (cache) => cache.readState("former"),
  readScores: (cache) => cache.readScores("former", ["ada"]),
};

const FORMER = ["first", "second", "third", "fourth"];

describe.each(KINDS)("%s", (kind, library) => {
  describe.runIf(hasServer(kind))("a cache that asks for a replica", () => {
    let pair: Pair;
    beforeAll(async () => {
      pair = await Pair.start(kind);
    }, START_MS_MAX);
    afterAll(() => pair[Symbol.asyncDispose]());

    /** A cache in whose database there is something to read and to remove. */
    async function filled(
      options: RedisCacheOptions = {},
      server = pair,
    ): Promise<RedisLeaderboardCache> {
      await server.master.ask("FLUSHALL");
      const cache = cacheOver(library.single(server.master.port), options);
      await until("the cache is filled", async () => {
        await cache.setMany(new Map(FORMER.map((key) => [key, "former"])));
        await cache.zAdd("former", { member: "ada", score: 1 });
        await cache.zAdd("board", { member: "bob", score: 1 });
        return true;
      });
      return cache;
    }

    test("has each write on the replica when it resolves", async () => {
      await using cache = await filled({ replicaTimeout: PATIENT });
      for (let i = 0; i < 50; i++) {
        await cache.incr("counter");
        expect(await pair.replica.ask("GET", "confirmed:counter")).toBe(String(i + 1));
      }
    });

    test("waits for nothing when it reads", async () => {
      await using cache = await filled({ replicaTimeout: PATIENT });
      const before = await pair.calls("wait");
      await pair.withoutReplica(async () => {
        for (const read of Object.values(READS)) await read(cache);
        for (const read of Object.values(READS)) await read(cache);
      });
      expect(await pair.calls("wait")).toBe(before);
    });

    test("shares a wait among the writes of one turn", async () => {
      await using cache = await filled({ replicaTimeout: PATIENT });
      const before = await pair.calls("wait");
      await Promise.all(Array.from({ length: 1000 }, (_, i) => cache.set(`key:${i}`, "v")));
      expect((await pair.calls("wait")) - before).toBeLessThan(5);
      expect(await pair.replica.ask("GET", "confirmed:key:999")).toBe("v");
    });

    test("rejects each write that the replica does not have in time, though it is done", async () => {
      await using cache = await filled({ replicaTimeout: IMPATIENT });
      await pair.withoutReplica(async () => {
        for (const [name, write] of Object.entries(WRITES)) {
          expect([name, await write(cache).catch(codeOf)]).toEqual([name, "PARTIAL_WRITE"]);
        }
        await cache.set("text", "written").catch(codeOf);
        expect(String(await cache.get("text"))).toBe("written");
      });
    });

    test("confirms the calls of its fenced face, too", async () => {
      await using cache = await filled({ replicaTimeout: IMPATIENT });
      const face = cache.fenced();
      await face.bootId();
      await face.set("text", "confirmed");
      await pair.withoutReplica(async () => {
        expect(await face.set("text", "written").catch(codeOf)).toBe("PARTIAL_WRITE");
      });
    });

    test("rejects a write that the server refuses with the server's reason, without waiting", async () => {
      await using cache = await filled({ replicaTimeout: PATIENT });
      // Until it is known whether there are scripts, the first one stands alone.
      await cache.incr("counter");
      await pair.withoutReplica(async () => {
        const start = performance.now();
        const writes = [cache.incr("former"), cache.zAdd("first", { member: "m", score: 1 })];
        const refusals = await Promise.all(writes.map((write) => write.catch(codeOf)));
        expect(refusals).toEqual(["WRONG_TYPE", "WRONG_TYPE"]);
        expect(performance.now() - start).toBeLessThan(1000);
      });
    });

    test("confirms again when the replica is back", async () => {
      await using cache = await filled({ replicaTimeout: IMPATIENT });
      await pair.withoutReplica(async () => {
        expect(await cache.incr("counter").catch(codeOf)).toBe("PARTIAL_WRITE");
      });
      await until("a write is confirmed", async () => cache.incr("counter"));
    });

    test("confirms what it does on a connection of its own, where there are no scripts", async () => {
      const denied = ["--user", "default", "on", "nopass", "~*", "+@all", "-eval", "-evalsha"];
      await using scriptless = await Pair.start(kind, denied);
      await using cache = await filled({ replicaTimeout: IMPATIENT }, scriptless);
      expect(await cache.incr("counter")).toBe(1);
      expect(await scriptless.calls("watch")).toBeGreaterThan(0);
      await scriptless.withoutReplica(async () => {
        expect(await cache.incr("counter").catch(codeOf)).toBe("PARTIAL_WRITE");
        expect(String(await cache.get("counter"))).toBe("2");
      });
    });
  });
});

test.runIf(hasServer("redis"))("a cache over a URL asks for replicas, too", async () => {
  await using server = await startServer("redis");
  await using cache = cacheOver(`redis://127.0.0.1:${server.port}`, { replicaTimeout: IMPATIENT });
  expect(await cache.set("k", "v").catch(codeOf)).toBe("PARTIAL_WRITE");
  expect(String(await cache.get("k"))).toBe("v");
});

test.each([ioredis, nodeRedis(2)])(
  "Laurel's own server has no replicas to confirm by, through $name",
  async (library) => {
    await using held = new MemoryLeaderboardCache();
    await using server = await serve({ port: 0, cache: held });
    await using cache = cacheOver(library.single(server.port), { replicaTimeout: IMPATIENT });
    expect(await cache.incr("counter").catch(codeOf)).toBe("PARTIAL_WRITE");
    expect(String(await cache.get("counter"))).toBe("1");
  },
);

test.each<[RedisCacheOptions, RegExp]>([
  [{ replicas: -1 }, /replicas must be a safe integer of at least 0: received -1$/],
  [{ replicas: 0.5 }, /replicas must be a safe integer of at least 0: received 0.5$/],
  [{ replicas: Infinity }, /replicas must be .*: received Infinity$/],
  [{ replicaTimeout: 0 }, /replicaTimeout must be milliseconds above 0.*: received 0$/],
  [{ replicaTimeout: "5s" }, /replicaTimeout must be shorter than timeout: received "?5s"?$/],
  [{ timeout: "1s" }, /replicaTimeout must be shorter than timeout: received 1000$/],
  [{ timeout: Infinity, replicaTimeout: Infinity }, /replicaTimeout must be shorter/],
])("options of confirmation %j are refused", (options, message) => {
  const create = () => cacheOver("redis://127.0.0.1:1", options);
  expect(create).toThrow(expect.objectContaining({ code: "INVALID_CONFIG" }));
  expect(create).toThrow(message);
});

test("without replicas their time does not matter", async () => {
  await cacheOver("redis://127.0.0.1:1", { replicas: 0, timeout: 10 }).close();
});

/** The code of a refusal. */
function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code ?? error;
}

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
