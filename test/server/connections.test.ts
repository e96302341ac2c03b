import { describe, expect, it } from "vitest";
import { MemoryLeaderboardCache } from "laurel";
import { serve, type ServeOptions } from "laurel/server";
import { RawClient, request } from "./raw-client.ts";

describe("a connection", () => {
  it("gets the replies to one write in one write", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    const expected = "+OK\r\n$1\r\n1\r\n:2\r\n+PONG\r\n";
    expect(await client.ask(expected, "SET a 1", "GET a", "INCR a", "PING")).toBe(expected);
    expect(client.chunks).toBe(1);
  });

  it("takes a command in any number of pieces", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    for (const char of request("ECHO", "a\r\nb")) client.send(char);
    expect(await client.take(10)).toBe("$4\r\na\r\nb\r\n");
  });

  it("sees at once what the process does to the cache, and the other way round", async () => {
    await using cache = new MemoryLeaderboardCache();
    await using server = await serve({ port: 0, cache });
    await using client = new RawClient(server.port);
    await cache.zAdd("board", { member: "ada", score: 5 });
    expect(await client.ask("$1\r\n5\r\n", "ZSCORE board ada")).toBe("$1\r\n5\r\n");
    expect(await client.line("ZADD board 7 bob")).toBe(":1");
    expect(await cache.zScore("board", "bob")).toBe(7);
  });

  it.each([
    ["*x\r\n", "invalid multibulk length"],
    ["*1\r\n+PING\r\n", "expected '$', got '+'"],
    ['PING "\r\n', "unbalanced quotes in request"],
    [request("PING").replace("4", "-4"), "invalid bulk length"],
  ])("ends after the error where the protocol is broken: %j", async (bytes, reason) => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    client.send(`PING\r\n${bytes}PING\r\n`);
    expect(await client.rest()).toBe(`+PONG\r\n-ERR Protocol error: ${reason}\r\n`);
  });

  it("gets all replies though it says at once that it says no more", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    client.socket.end("PING\r\n".repeat(100_000));
    expect(await client.rest()).toBe("+PONG\r\n".repeat(100_000));
    await using waiting = new RawClient(server.port);
    waiting.socket.end("PING\r\nBZPOPMIN a 0\r\n");
    expect(await waiting.rest()).toBe("+PONG\r\n");
  });

  it("is cut where a web page sends HTTP", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\nFLUSHALL\r\n");
    expect(await client.rest()).toBe("");
  });

  it("is refused beyond maxclients, and let in when there is room again", async () => {
    await using server = await serve({ port: 0, maxclients: 1 });
    const first = new RawClient(server.port);
    expect(await first.line("PING")).toBe("+PONG");
    await using second = new RawClient(server.port);
    expect(await second.rest()).toBe("-ERR max number of clients reached\r\n");
    expect(await first.line("QUIT")).toBe("+OK");
    await first.rest();
    await using third = new RawClient(server.port);
    expect(await third.line("PING")).toBe("+PONG");
  });

  it("ends when more is sent than the query buffer holds", async () => {
    await using server = await serve({ port: 0, clientQueryBufferLimit: "1mb" });
    await using client = new RawClient(server.port);
    client.send(`*1\r\n$3000000\r\n${"x".repeat(2_000_000)}`);
    expect(await client.rest()).toBe("");
  });

  it("ends when more is left unread than the output buffer may hold", async () => {
    const clientOutputBufferLimit = "normal 1mb 0 0";
    await using server = await serve({ port: 0, clientOutputBufferLimit });
    await using writer = new RawClient(server.port);
    await using client = new RawClient(server.port);
    const value = "v".repeat(1_000_000);
    writer.send(request("SET", "big", value));
    expect(await writer.take(5)).toBe("+OK\r\n");
    client.socket.pause();
    client.send("GET big\r\n".repeat(100));
    while (server.connections === 2) await writer.line("PING");
    expect(server.connections).toBe(1);
  });

  it("harms no other while it reads nothing of a large reply", async () => {
    await using server = await serve({ port: 0 });
    await using slow = new RawClient(server.port);
    await using other = new RawClient(server.port);
    const value = "v".repeat(1_000_000);
    other.send(request("SET", "big", value));
    expect(await other.take(5)).toBe("+OK\r\n");
    slow.socket.pause();
    slow.send("GET big\r\n".repeat(300));
    for (let i = 0; i < 20; i++) expect(await other.line("PING")).toBe("+PONG");
    slow.socket.resume();
    const reply = `$1000000\r\n${value}\r\n`;
    for (let i = 0; i < 300; i++) {
      if ((await slow.take(reply.length)) !== reply) expect.fail(`reply ${i} differs`);
    }
  });

  it("gets replies between those of a client with an endless pipeline", async () => {
    await using server = await serve({ port: 0 });
    await using busy = new RawClient(server.port);
    await using other = new RawClient(server.port);
    const [command, replyBytes, count] = [request("INCR", "n"), 9, 300_000];
    await other.line("SET n 100000");
    busy.send(command.repeat(count));
    let turns = 0;
    while (busy.receivedBytes < replyBytes * count) {
      expect(await other.line("PING")).toBe("+PONG");
      turns++;
    }
    expect(turns).toBeGreaterThan(3);
  });

  it("ends when the server closes, after the replies so far", async () => {
    const server = await serve({ port: 0 });
    const client = new RawClient(server.port);
    expect(await client.line("PING")).toBe("+PONG");
    await server.close();
    await server.close();
    expect(await client.rest()).toBe("");
  });

  it("is refused where the options are none", async () => {
    await expect(serve({ port: -1 })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await expect(serve(Object({ prot: 1 }) as ServeOptions)).rejects.toThrow("port");
  });
});
