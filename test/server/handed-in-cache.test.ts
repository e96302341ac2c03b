import { CacheNode, DistributedCache } from "laurel/distributed";
import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import { serve, type ServeOptions } from "laurel/server";
import { describe, expect, it } from "vitest";
import { RawClient } from "./raw-client.ts";

const MIB = 1024 ** 2;

async function configured(client: RawClient, name: string): Promise<string> {
  client.sendLines(`CONFIG GET ${name}`, "QUIT");
  const reply = await client.rest();
  return reply.split("\r\n")[4] ?? reply;
}

describe("the limits of a cache that was handed in", () => {
  it("are what CONFIG GET and INFO tell", async () => {
    await using cache = new MemoryLeaderboardCache({ maxMemoryBytes: MIB, eviction: "lfu" });
    await using server = await serve({ port: 0, cache });
    await using first = new RawClient(server.port);
    expect(await configured(first, "maxmemory")).toBe(String(MIB));
    await using second = new RawClient(server.port);
    expect(await configured(second, "maxmemory-policy")).toBe("allkeys-lfu");
    await using third = new RawClient(server.port);
    third.sendLines("INFO memory", "QUIT");
    const info = await third.rest();
    expect(info).toContain(`\r\nmaxmemory:${MIB}\r\n`);
    expect(info).toContain("\r\nmaxmemory_policy:allkeys-lfu\r\n");
  });

  it("hold on when a client changes the policy alone", async () => {
    await using cache = new MemoryLeaderboardCache({ maxMemoryBytes: 10_000, eviction: "none" });
    await using server = await serve({ port: 0, cache });
    await using client = new RawClient(server.port);
    expect(await client.line("CONFIG SET maxmemory-policy allkeys-lru")).toBe("+OK");
    const entries = Array.from({ length: 100 }, (_, i) => `SET key${i} ${"v".repeat(1000)}`);
    for (const line of entries) expect(await client.line(line)).toBe("+OK");
    expect(cache.metrics().memoryBytes).toBeLessThanOrEqual(10_000);
  });

  it("give way to a policy alone that is an option", async () => {
    await using cache = new MemoryLeaderboardCache({ maxEntries: 2 });
    await using server = await serve({ port: 0, cache, maxmemoryPolicy: "noeviction" });
    await using client = new RawClient(server.port);
    await client.line("SET a 1");
    await client.line("SET b 2");
    expect(await client.line("SET c 3")).toContain("-OOM");
  });

  it("keep their eviction when the memory alone is an option", async () => {
    await using cache = new MemoryLeaderboardCache({ eviction: "lfu" });
    await using server = await serve({ port: 0, cache, maxmemory: "1mb" });
    await using client = new RawClient(server.port);
    expect(await configured(client, "maxmemory-policy")).toBe("allkeys-lfu");
  });

  it("refuse a client's key that is too long, in a command that would write it", async () => {
    await using cache = new MemoryLeaderboardCache({ maxKeyBytes: 4 });
    await using server = await serve({ port: 0, cache });
    await using client = new RawClient(server.port);
    const tooLong = "-ERR key is too long: at most 4 bytes, received 5";
    expect(await client.line("SET 12345 v")).toBe(tooLong);
    expect(await client.line("MSET 1234 v 12345 v")).toBe(tooLong);
    expect(await client.line("SELECT 1")).toBe("+OK");
    expect(await client.line("ZADD 12345 1 m")).toBe(tooLong);
    expect(await client.line("SET 1234 v")).toBe("+OK");
    expect(await client.line("COPY 1234 12345")).toBe(tooLong);
    expect(await client.line("GET 12345")).toBe("$-1");
    expect(await client.line("DEL 12345")).toBe(":0");
    await client.line("MULTI");
    await client.line("SET 12345 v");
    const replies = `*1\r\n${tooLong}\r\n`;
    expect(await client.ask(replies, "EXEC")).toBe(replies);
    expect(cache.metrics().entries).toBe(0);
  });
});

describe("a cache that its owner closes", () => {
  it("ends the server, and tells those who wait for a reply why", async () => {
    const cache = new MemoryLeaderboardCache();
    await using server = await serve({ port: 0, cache });
    await using idle = new RawClient(server.port);
    await using waiting = new RawClient(server.port);
    expect(await idle.line("PING")).toBe("+PONG");
    waiting.sendLines("BZPOPMIN jobs 0");
    while (!(await isBlocked(server.port)));
    await cache.close();
    expect(await waiting.rest()).toBe("-ERR the cache was closed\r\n");
    await idle.rest();
    await server.closed;
    expect(server.connections).toBe(0);
  });

  it("cannot be served any more", async () => {
    const cache = new MemoryCache();
    await cache.close();
    await expect(serve({ port: 0, cache })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("closed") as unknown,
    });
  });

  it("may be closed after its server", async () => {
    const cache = new MemoryCache();
    const server = await serve({ port: 0, cache });
    await server.close();
    await cache.set("a", "1");
    expect(String(await cache.get("a"))).toBe("1");
    await cache.close();
  });
});

describe("a server that ends", () => {
  it("leaves database 0 to the cache, and of the others nothing", async () => {
    await using cache = new MemoryCache({ maxEntries: 2 });
    const server = await serve({ port: 0, cache });
    const client = new RawClient(server.port);
    await client.line("SET a 1");
    await client.line("SELECT 1");
    await client.line("SET b 2");
    await server.close();
    await client.rest();
    await cache.set("c", "3");
    expect(String(await cache.get("a"))).toBe("1");
  });
});

describe("what is no cache in memory", () => {
  const distributed = new DistributedCache([new CacheNode("a", new MemoryCache())]);

  it.each([
    ["an object", {}],
    ["a number", 5],
    ["null", null],
    ["a ring", distributed],
  ])("%s", async (_, cache) => {
    await expect(serve(Object({ port: 0, cache }) as ServeOptions)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("MemoryCache or MemoryLeaderboardCache") as unknown,
    });
  });
});

async function isBlocked(port: number): Promise<boolean> {
  await using client = new RawClient(port);
  client.sendLines("INFO clients", "QUIT");
  return (await client.rest()).includes("blocked_clients:1");
}
