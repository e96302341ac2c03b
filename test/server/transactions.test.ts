import { describe, expect, it } from "vitest";
import { MemoryLeaderboardCache } from "laurel";
import { serve } from "laurel/server";
import { RawClient } from "./raw-client.ts";

describe("a transaction", () => {
  it("is carried out as one, and replies to each command", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    const expected = "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n:2\r\n";
    expect(await client.ask(expected, "MULTI", "SET a 1", "INCR a", "EXEC")).toBe(expected);
  });

  it("is not carried out after a command that could not be queued", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await client.line("MULTI");
    expect(await client.line("SET a")).toContain("wrong number of arguments");
    expect(await client.line("SET a 1")).toBe("+QUEUED");
    expect(await client.line("EXEC")).toBe(
      "-EXECABORT Transaction discarded because of previous errors.",
    );
    expect(await client.line("GET a")).toBe("$-1");
  });

  it.each([
    ["SET a 2", "*-1"],
    ["DEL a", "*-1"],
    ["FLUSHALL", "*-1"],
    ["SWAPDB 0 1", "*-1"],
    ["EXPIRE a 100", "*-1"],
    ["GET a", "*0"],
    ["SET b 2", "*0"],
    ["PEXPIREAT a 1", "*-1"],
  ])("with a watched key, after %s by another client, replies %s", async (command, reply) => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    for (const line of ["SET a 1", "WATCH a"]) expect(await client.line(line)).toBe("+OK");
    await other.line(command);
    expect(await client.line("MULTI")).toBe("+OK");
    expect(await client.line("EXEC")).toBe(reply);
    expect(await client.line("MULTI")).toBe("+OK");
    expect(await client.line("EXEC")).toBe("*0");
  });

  it("is not carried out when the process changed a watched key", async () => {
    await using cache = new MemoryLeaderboardCache();
    await using server = await serve({ port: 0, cache });
    await using client = new RawClient(server.port);
    expect(await client.line("WATCH a")).toBe("+OK");
    await cache.set("a", "1");
    await client.line("MULTI");
    expect(await client.line("EXEC")).toBe("*-1");
  });

  it("watches keys of the database that was selected then", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    for (const line of ["SELECT 1", "WATCH a", "SELECT 0"]) await client.line(line);
    expect(await other.line("SET a 1")).toBe("+OK");
    await client.line("MULTI");
    expect(await client.line("EXEC")).toBe("*0");
  });

  it("is not carried out when a swap of databases brought a watched key", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    for (const line of ["SELECT 1", "SET a 1", "SELECT 0", "WATCH a b"]) await client.line(line);
    expect(await client.line("SWAPDB 0 1")).toBe("+OK");
    await client.line("MULTI");
    expect(await client.line("EXEC")).toBe("*-1");
  });

  it("lets nobody wait", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    const expected = "+OK\r\n+QUEUED\r\n*1\r\n*-1\r\n";
    expect(await client.ask(expected, "MULTI", "BZPOPMIN a 0", "EXEC")).toBe(expected);
  });

  it("goes with the connection", async () => {
    await using cache = new MemoryLeaderboardCache();
    await using server = await serve({ port: 0, cache });
    const client = new RawClient(server.port);
    for (const line of ["WATCH a", "MULTI", "SET a 1"]) await client.line(line);
    expect(await client.line("RESET")).toBe("+RESET");
    expect(await client.line("EXEC")).toBe("-ERR EXEC without MULTI");
    await client[Symbol.asyncDispose]();
    expect(await cache.get("a")).toBeUndefined();
  });
});
