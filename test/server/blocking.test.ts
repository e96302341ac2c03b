import { describe, expect, it } from "vitest";
import { MemoryLeaderboardCache } from "laurel";
import { serve } from "laurel/server";
import { RawClient } from "./raw-client.ts";

const POPPED = "*3\r\n$1\r\na\r\n$1\r\nm\r\n$1\r\n5\r\n";

/** A client that waits, as others see it. */
async function waiting(client: RawClient, observer: RawClient, count = 1): Promise<void> {
  client.sendLines("BZPOPMIN a 0");
  for (;;) {
    observer.sendLines("INFO clients");
    const length = Number((await observer.take(8)).match(/^\$(\d+)/)?.[1]);
    const text = await observer.take(length + String(length).length + 5 - 8);
    if (text.includes(`blocked_clients:${count}\r\n`)) return;
  }
}

describe("a client that waits for a key", () => {
  it("gets what another one adds, first come first", async () => {
    await using server = await serve({ port: 0 });
    await using first = new RawClient(server.port);
    await using second = new RawClient(server.port);
    await using other = new RawClient(server.port);
    await waiting(first, other, 1);
    await waiting(second, other, 2);
    expect(await other.line("ZADD a 5 m")).toBe(":1");
    expect(await first.take(POPPED.length)).toBe(POPPED);
    expect(await other.line("ZADD a 5 m")).toBe(":1");
    expect(await second.take(POPPED.length)).toBe(POPPED);
  });

  it("gets what the process adds", async () => {
    await using cache = new MemoryLeaderboardCache();
    await using server = await serve({ port: 0, cache });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    await waiting(client, other);
    await cache.zAdd("a", { member: "m", score: 5 });
    expect(await client.take(POPPED.length)).toBe(POPPED);
    expect(await cache.exists("a")).toBe(false);
  });

  it.each(["RENAME b a", "COPY b a", "SWAPDB 0 1", "ZUNIONSTORE a 1 b"])(
    "gets what comes by %s",
    async (command) => {
      await using server = await serve({ port: 0 });
      await using client = new RawClient(server.port);
      await using other = new RawClient(server.port);
      await waiting(client, other);
      const key = command.startsWith("SWAPDB") ? "a" : "b";
      for (const line of ["SELECT 1", `ZADD ${key} 5 m`]) await other.line(line);
      if (key === "b") for (const line of ["MOVE b 0", "SELECT 0"]) await other.line(line);
      await other.line(command);
      expect(await client.take(POPPED.length)).toBe(POPPED);
    },
  );

  it("is served after a transaction as a whole", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    await waiting(client, other);
    const expected = "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:1\r\n:1\r\n:1\r\n";
    const lines = ["MULTI", "ZADD a 4 l", "ZADD a 5 m", "ZREM a l", "EXEC"] as const;
    expect(await other.ask(expected, ...lines)).toBe(expected);
    expect(await client.take(POPPED.length)).toBe(POPPED);
  });

  it("hears that the time is over", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    expect(await client.line("BZPOPMIN a 0.01")).toBe("*-1");
  });

  it("has its further commands carried out afterwards, in order", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    await waiting(client, other);
    client.sendLines("ECHO x", "PING");
    expect(await other.line("ZADD a 5 m")).toBe(":1");
    const expected = `${POPPED}$1\r\nx\r\n+PONG\r\n`;
    expect(await client.take(expected.length)).toBe(expected);
  });

  it.each([
    ["TIMEOUT", "*-1\r\n"],
    ["ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"],
  ])("can be told to wait no longer: %s", async (mode, reply) => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    const id = (await client.line("CLIENT ID")).slice(1);
    await waiting(client, other);
    expect(await other.line(`CLIENT UNBLOCK ${id} ${mode}`)).toBe(":1");
    expect(await client.take(reply.length)).toBe(reply);
    expect(await other.line(`CLIENT UNBLOCK ${id}`)).toBe(":0");
  });

  it("takes nothing once it is gone", async () => {
    await using server = await serve({ port: 0 });
    await using other = new RawClient(server.port);
    const client = new RawClient(server.port);
    await waiting(client, other);
    await client[Symbol.asyncDispose]();
    while (server.connections > 1) await other.line("PING");
    await other.line("ZADD a 5 m");
    expect(await other.line("ZCARD a")).toBe(":1");
  });
});
