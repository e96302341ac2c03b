import { type RedisCacheOptions, RedisLeaderboardCache } from "laurel/redis";
import { describe, expect, onTestFinished, test } from "vitest";
import { rejection, text } from "../contract/expectations.ts";
import { hasServer, startServer } from "../support/server-process.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { type ClientLibrary, ioredis, nodeRedis } from "./clients.ts";

const LIBRARIES: readonly ClientLibrary[] = [ioredis, nodeRedis(3)];

async function serverOf(...options: readonly string[]) {
  const server = await startServer("redis", { options });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function expectCode(call: () => Promise<unknown>, code: string): Promise<void> {
  expect(await rejection(call)).toMatchObject({ name: "CacheError", code });
}

/** Lost connections, given-up calls, and the fenced face that tells connections apart. */
describe
  .runIf(hasServer("redis"))
  .each(LIBRARIES.map((library) => [library.name, library] as const))(
  "a cache through %s",
  (_, library) => {
    function open(port: number, options?: RedisCacheOptions): RedisLeaderboardCache {
      const cache = new RedisLeaderboardCache(library.single(port), { prefix: "p:", ...options });
      onTestFinished(() => cache.close());
      return cache;
    }

    test("of a server that is gone fails with CONNECTION_FAILED, and works when it is back", async () => {
      const server = await serverOf();
      const cache = open(server.port);
      await cache.set("k", "v");
      const before = await cache.bootId();
      await server.kill();
      await expectCode(() => cache.get("k"), "CONNECTION_FAILED");
      await expectCode(() => cache.incr("n"), "CONNECTION_FAILED");
      await server.restart();
      await until("the server is back", () => cache.set("k", "again").then(() => true));
      expect(await text(cache, "k")).toBe("again");
      expect(await cache.bootId()).not.toBe(before);
      expect(cache.metrics().reconnections).toBeGreaterThan(0);
    });

    test("by a user without scripts counts and creates all the same", async () => {
      const server = await serverOf();
      await server.ask("ACL", "SETUSER", "default", "-@scripting");
      const cache = open(server.port, { defaultTtl: "1h" });
      expect(await Promise.all([cache.incr("n"), cache.incr("n"), cache.incr("n")])).toEqual([
        1, 2, 3,
      ]);
      expect(await cache.zIncrBy("z", "m", 1.5)).toBe(1.5);
      expect(await cache.ttl("z")).toBeLessThanOrEqual(3_600_000);
      await expectCode(() => cache.incr("z"), "WRONG_TYPE");
    });

    test("a call that is aborted ends at once, and the others go on", async () => {
      const server = await serverOf();
      const cache = open(server.port);
      await cache.set("k", "v");
      server.stop();
      const controller = new AbortController();
      const reason = new Error("enough");
      const aborted = rejection(() => cache.get("k", { signal: controller.signal }));
      const patient = cache.get("k");
      controller.abort(reason);
      expect(await aborted).toBe(reason);
      server.resume();
      expect(String(await patient)).toBe("v");
    });

    test("what was given up while a connection was opened is not carried out later", async () => {
      const server = await serverOf();
      const cache = open(server.port, { timeout: 300 });
      server.stop();
      const controller = new AbortController();
      const { signal } = controller;
      const aborted = [
        rejection(() => cache.incr("n", 1, { signal })),
        rejection(() => cache.append("s", "x", { signal })),
      ];
      const late = [rejection(() => cache.incr("n")), rejection(() => cache.set("k", "v"))];
      controller.abort(new Error("enough"));
      for (const error of await Promise.all(aborted)) expect(error).toBe(signal.reason);
      for (const error of await Promise.all(late)) expect(error).toMatchObject({ code: "TIMEOUT" });
      server.resume();
      await until("it is connected", () => cache.get("k").then(() => true));
      expect(await server.ask("DBSIZE")).toBe("0");
    });

    test("zScan does not go on over another connection, where its cursor may mean nothing", async () => {
      const server = await serverOf();
      const cache = open(server.port);
      const members = Array.from({ length: 3000 }, (_, i) => ({ member: `m${i}`, score: i }));
      await cache.zAdd("board", members);
      const scan = cache.zScan("board")[Symbol.asyncIterator]();
      await scan.next();
      await server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await until("it is connected again", () => cache.exists("board"));
      const listing = (async () => {
        while ((await scan.next()).done !== true);
      })();
      await expectCode(() => listing, "CONNECTION_FAILED");
    });

    test("one who may not give a key its ttl writes none", async () => {
      const server = await serverOf();
      await server.ask("ACL", "SETUSER", "default", "-pexpire");
      const cache = open(server.port, { defaultTtl: "1h" });
      await expectCode(() => cache.append("s", "x"), "ACCESS_DENIED");
      await expectCode(() => cache.incr("n"), "ACCESS_DENIED");
      await expectCode(() => cache.zIncrBy("z", "m", 1), "ACCESS_DENIED");
      await server.ask("ZADD", "p:from", "1", "m");
      await expectCode(() => cache.zRangeStore("to", "from", 0, -1), "ACCESS_DENIED");
      expect(await server.ask("DBSIZE")).toBe("1");
    });

    test("its fenced face serves only over the connection whose boot id was asked", async () => {
      const server = await serverOf();
      await using proxy = await startProxy(server.port);
      const cache = open(proxy.port);
      const fenced = cache.fenced();
      await expectCode(() => fenced.get("k"), "CONNECTION_FAILED");
      const id = await fenced.bootId();
      await fenced.set("k", "v");
      expect(await fenced.incr("n")).toBe(1);
      proxy.cut();
      await until("the loss is noticed", async () => {
        return fenced.get("k").then(
          () => false,
          (error: unknown) => (error as { code: string }).code === "CONNECTION_FAILED",
        );
      });
      await until("the cache works again", () => cache.get("k").then(() => true));
      await expectCode(() => fenced.get("k"), "CONNECTION_FAILED");
      await expectCode(() => fenced.incr("n"), "CONNECTION_FAILED");
      await expectCode(() => fenced.keys()[Symbol.asyncIterator]().next(), "CONNECTION_FAILED");
      await expectCode(() => fenced.clear(), "CONNECTION_FAILED");
      expect(await fenced.bootId()).toBe(id);
      expect(await text(fenced, "k")).toBe("v");
      expect(await cache.incr("n")).toBe(2);
      await fenced.close();
      await expectCode(() => cache.get("k"), "CLOSED");
    });

    test("its fenced face sends nothing that was called before another incarnation's boot id came", async () => {
      const server = await serverOf();
      const cache = open(server.port);
      const fenced = cache.fenced();
      const id = await fenced.bootId();
      await Promise.all([fenced.bootId(), fenced.set("k", "v")]);
      await server.restart();
      await until("the cache works again", () => cache.get("k").then(() => true));
      const asked = fenced.bootId();
      const early = [
        () => fenced.get("k"),
        () => fenced.getMany(["k"]),
        () => fenced.incr("k"),
        () => fenced.append("k", "w"),
        () => fenced.clear(),
        () => fenced.keys()[Symbol.asyncIterator]().next(),
      ].map(rejection);
      for (const error of await Promise.all(early)) {
        expect(error).toMatchObject({ code: "CONNECTION_FAILED", cause: { code: "NOT_SENT" } });
      }
      expect(await asked).not.toBe(id);
      expect(await fenced.get("k")).toBeUndefined();
    });

    test("after a handshake of its fenced face nothing that was sent before takes effect", async () => {
      const server = await serverOf();
      const cache = open(server.port, { timeout: 200 });
      const fenced = cache.fenced();
      await fenced.bootId();
      await fenced.set("n", "0");
      server.stop();
      const late = Array.from({ length: 20 }, () => rejection(() => fenced.incr("n")));
      // Nothing is answered for the whole time limit: the connection is given up.
      for (const error of await Promise.all(late)) {
        expect(error).toMatchObject({ code: "CONNECTION_FAILED" });
      }
      const handshake = until("the server goes on", () => fenced.bootId());
      server.resume();
      await handshake;
      const count = await text(fenced, "n");
      for (let i = 0; i < 50; i++) expect(await text(fenced, "n")).toBe(count);
      expect(await server.ask("GET", "p:n")).toBe(count);
    });
  },
);
