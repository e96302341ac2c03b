import { Socket } from "node:net";
import v8 from "node:v8";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MemoryLeaderboardCache } from "laurel";
import { serve, type Server } from "laurel/server";
import { UNREAD_BYTES_MAX } from "../../src/server/limits.ts";
import { RawClient, request } from "./raw-client.ts";

const MEGABYTE = "v".repeat(1_000_000);
const POPPED = "*3\r\n$1\r\na\r\n$1\r\nm\r\n$1\r\n5\r\n";
/** How often a client looks before it gives up waiting for something that is to happen. */
const LOOKS_MAX = 5000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** The text of a reply that is one bulk string. */
async function bulk(client: RawClient, command: string): Promise<string> {
  const length = Number((await client.line(command)).slice(1));
  return (await client.take(length + 2)).slice(0, length);
}

async function until(observer: RawClient, isTrue: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < LOOKS_MAX; i++) {
    if (await isTrue()) return;
    await observer.line("PING");
  }
  expect.fail("it did not happen");
}

async function blocked(observer: RawClient, count = 1): Promise<void> {
  await until(observer, async () => {
    return (await bulk(observer, "INFO clients")).includes(`blocked_clients:${count}\r\n`);
  });
}

async function alone(server: Server, observer: RawClient): Promise<void> {
  await until(observer, () => server.connections === 1);
}

async function put(client: RawClient, key: string, value: string): Promise<void> {
  client.send(request("SET", key, value));
  expect(await client.take(5)).toBe("+OK\r\n");
}

/** How often a command was called. */
async function calls(client: RawClient, name: string): Promise<number> {
  const stats = await bulk(client, "INFO commandstats");
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

describe("a client that waits for a key", () => {
  it("is seen to go though it sent megabytes ahead, and is given nothing then", async () => {
    await using server = await serve({ port: 0 });
    await using other = new RawClient(server.port);
    const client = new RawClient(server.port);
    client.sendLines("BZPOPMIN a 0");
    await blocked(other);
    client.socket.end(request("PING").repeat(150_000));
    await alone(server, other);
    expect(await other.line("ZADD a 5 m")).toBe(":1");
    expect(await other.line("ZCARD a")).toBe(":1");
  });

  it("is closed when it sends more ahead than the query buffer holds", async () => {
    await using server = await serve({ port: 0, clientQueryBufferLimit: "1mb" });
    await using other = new RawClient(server.port);
    await using client = new RawClient(server.port);
    client.sendLines("BZPOPMIN a 0");
    await blocked(other);
    client.send(request("PING").repeat(150_000));
    expect(await client.rest()).toBe("");
  });

  it("gets no reply that CLIENT REPLY SKIP was meant for", async () => {
    await using server = await serve({ port: 0 });
    await using other = new RawClient(server.port);
    await using client = new RawClient(server.port);
    client.sendLines("CLIENT REPLY SKIP", "BZPOPMIN a 0", "ECHO x");
    await blocked(other);
    expect(await other.line("ZADD a 5 m")).toBe(":1");
    expect(await client.take(7)).toBe("$1\r\nx\r\n");
  });
});

describe("CLIENT REPLY SKIP", () => {
  it.each([
    ["NO_SUCH_COMMAND", "x"],
    ["GET", "x"],
    ["GET a", "x"],
    ["RESET", "x"],
    ["CLIENT REPLY SKIP", ""],
  ])("leaves out the reply to %s", async (command, echoed) => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    const expected = echoed === "" ? "$1\r\ny\r\n" : "$1\r\nx\r\n$1\r\ny\r\n";
    const lines = ["CLIENT REPLY SKIP", command, "ECHO x", "ECHO y"];
    expect(await client.ask(expected, ...lines)).toBe(expected);
  });

  it("ends with CLIENT REPLY ON, which is replied to", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    const expected = "+OK\r\n$1\r\nx\r\n";
    const lines = ["CLIENT REPLY SKIP", "CLIENT REPLY ON", "ECHO x"];
    expect(await client.ask(expected, ...lines)).toBe(expected);
  });

  it("holds for a command that a pause puts off", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    expect(await other.line("CLIENT PAUSE 100000 WRITE")).toBe("+OK");
    expect(await client.ask("+PONG\r\n", "PING", "CLIENT REPLY SKIP", "SET a 1")).toBe("+PONG\r\n");
    expect(await other.line("CLIENT UNPAUSE")).toBe("+OK");
    expect(await client.ask("$1\r\n1\r\n", "GET a")).toBe("$1\r\n1\r\n");
  });
});

describe("CLIENT REPLY OFF", () => {
  it("leaves out the rest of the replies of its transaction", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    const queued = "+QUEUED\r\n".repeat(3);
    const expected = `+OK\r\n${queued}*3\r\n$1\r\nx\r\n+OK\r\n`;
    const lines = ["MULTI", "ECHO x", "CLIENT REPLY OFF", "ECHO y", "EXEC", "CLIENT REPLY ON"];
    expect(await client.ask(expected, ...lines)).toBe(expected);
  });
});

describe("a transaction with large replies", () => {
  it("sends them while it runs, each in its place", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    const value = "v".repeat(100_000);
    await put(client, "big", value);
    const gets = Array.from({ length: 30 }, () => "GET big");
    const reply = `$${value.length}\r\n${value}\r\n`;
    const expected = [
      "$1\r\nx\r\n+OK\r\n",
      "+QUEUED\r\n".repeat(31),
      `*31\r\n${reply.repeat(30)}`,
      "-ERR value is not an integer or out of range\r\n+PONG\r\n",
    ].join("");
    const lines = ["ECHO x", "MULTI", ...gets, "INCR big", "EXEC", "PING"];
    expect((await client.ask(expected, ...lines)) === expected).toBe(true);
  });

  it("ends the connection beyond the output limit, and not before all is written", async () => {
    const clientOutputBufferLimit = "normal 1mb 0 0";
    await using server = await serve({ port: 0, clientOutputBufferLimit });
    await using other = new RawClient(server.port);
    await using client = new RawClient(server.port);
    await put(other, "big", MEGABYTE);
    client.sendLines(
      "MULTI",
      ...Array.from({ length: 300 }, () => "GET big"),
      "SET done 1",
      "EXEC",
    );
    await alone(server, other);
    expect(await other.ask("$1\r\n1\r\n", "GET done")).toBe("$1\r\n1\r\n");
    const sent = /total_net_output_bytes:(\d+)/.exec(await bulk(other, "INFO stats"))?.[1];
    expect(Number(sent)).toBeLessThan(50_000_000);
    expect(await calls(other, "get")).toBeLessThan(50);
  });
});

describe("a client that does not read", () => {
  it("has nothing carried out once it is closed for that", async () => {
    const clientOutputBufferLimit = "normal 1mb 0 0";
    await using server = await serve({ port: 0, clientOutputBufferLimit });
    await using other = new RawClient(server.port);
    await using client = new RawClient(server.port);
    await put(other, "big", MEGABYTE);
    client.socket.pause();
    client.sendLines(...Array.from({ length: 100 }, () => ["GET big", "INCR n"]).flat());
    await alone(server, other);
    expect(await calls(other, "incr")).toBe((await calls(other, "get")) - 1);
  });

  it("keeps no buffer alive that is much larger than its reply", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await put(client, "large", "v".repeat(60_000));
    await put(client, "small", "v".repeat(17_000));
    const write = vi.spyOn(Socket.prototype, "write");
    expect((await bulk(client, "GET large")).length).toBe(60_000);
    expect((await bulk(client, "GET small")).length).toBe(17_000);
    const buffers: Buffer[] = [];
    for (const [bytes] of write.mock.calls) if (Buffer.isBuffer(bytes)) buffers.push(bytes);
    expect(buffers.map(({ length }) => length)).toEqual([60_010, 17_010]);
    for (const { buffer, length } of buffers) expect(buffer.byteLength).toBeLessThan(length * 2);
  });

  it("is held back where it leaves much unread, and goes on when it reads", async () => {
    await using server = await serve({ port: 0 });
    await using other = new RawClient(server.port);
    await using client = new RawClient(server.port);
    await put(other, "big", MEGABYTE);
    client.socket.pause();
    client.sendLines(...Array.from({ length: 90 }, () => "GET big"), "SET done 1");
    await until(
      other,
      async () => (await calls(other, "get")) * MEGABYTE.length > UNREAD_BYTES_MAX,
    );
    const before = await calls(other, "get");
    for (let i = 0; i < 100; i++) await other.line("PING");
    expect(await calls(other, "get")).toBe(before);
    expect(before).toBeLessThan(80);
    client.socket.resume();
    const length = 90 * "$1000000\r\n\r\n".length + 90 * MEGABYTE.length + "+OK\r\n".length;
    expect((await client.take(length)).slice(-5)).toBe("+OK\r\n");
  });

  it("is held back at once where all together leave too much unread", async () => {
    await using server = await serve({ port: 0 });
    await using other = new RawClient(server.port);
    await using greedy = new RawClient(server.port);
    await using slow = new RawClient(server.port);
    await put(other, "big", MEGABYTE);
    await put(other, "small", "v".repeat(100_000));
    for (const client of [greedy, slow]) await client.line("PING");
    for (const client of [greedy, slow]) client.socket.pause();
    greedy.sendLines("MULTI", ...Array.from({ length: 280 }, () => "GET big"), "EXEC");
    await until(other, async () => (await calls(other, "get")) === 280);
    slow.sendLines("CLIENT SETNAME slow", ...Array.from({ length: 400 }, () => "GET small"));
    let unread = 0;
    await until(other, async () => {
      const list = await bulk(other, "CLIENT LIST");
      unread = Number(/name=slow .* omem=(\d+)/.exec(list)?.[1] ?? 0);
      return unread > 0;
    });
    expect(unread).toBeLessThan(600_000);
    slow.socket.resume();
    const length = "+OK\r\n".length + 400 * "$100000\r\n\r\n".length + 400 * 100_000;
    expect((await slow.take(length)).length).toBe(length);
  });
});

/** Servers have a heap of so many bytes from now on, as far as they know. */
function limitHeap(bytes: number): void {
  const statistics = { ...v8.getHeapStatistics(), heap_size_limit: bytes };
  vi.spyOn(v8, "getHeapStatistics").mockReturnValue(statistics);
}

/** So many keys, all of them different, as words of a command. */
function keysNamed(prefix: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`).join(" ");
}

describe("the queue of a transaction", () => {
  it("is closed with its client where it outgrows the query buffer", async () => {
    await using server = await serve({ port: 0, clientQueryBufferLimit: "1mb" });
    await using client = new RawClient(server.port);
    expect(await client.line("MULTI")).toBe("+OK");
    client.send(request("SET", "a", "v".repeat(100_000)).repeat(20));
    expect(await client.rest()).toMatch(/^(\+QUEUED\r\n){0,10}$/);
  });

  it("takes a part of the heap with all others, and what goes beyond is refused", async () => {
    limitHeap(4_000_000);
    await using server = await serve({ port: 0 });
    await using first = new RawClient(server.port);
    await using second = new RawClient(server.port);
    for (const client of [first, second]) expect(await client.line("MULTI")).toBe("+OK");
    first.send(request("SET", "a", "v".repeat(900_000)));
    expect(await first.take(9)).toBe("+QUEUED\r\n");
    second.send(request("SET", "b", "v".repeat(200_000)));
    expect(await second.line("PING")).toMatch(/^-ERR too much is queued/);
    expect(await second.take(9)).toBe("+QUEUED\r\n");
    expect(await second.line("EXEC")).toMatch(/^-EXECABORT/);
    expect(await first.ask("*1\r\n+OK\r\n", "EXEC")).toBe("*1\r\n+OK\r\n");
    expect(await second.line("MULTI")).toBe("+OK");
    second.send(request("SET", "b", "v".repeat(200_000)));
    expect(await second.take(9)).toBe("+QUEUED\r\n");
  });
});

describe("what is remembered for clients takes a part of the heap, and is refused beyond it", () => {
  it("keys that are watched: none of the command's, and those of before still are", async () => {
    limitHeap(4_000_000);
    await using server = await serve({ port: 0 });
    await using first = new RawClient(server.port);
    await using second = new RawClient(server.port);
    expect(await first.line(`WATCH ${keysNamed("a", 3000)}`)).toBe("+OK");
    expect(await first.line(`WATCH ${keysNamed("a", 3000)}`)).toBe("+OK");
    const refusal = "-ERR too much memory is taken by the keys that clients watch";
    expect(await second.line("WATCH b")).toBe("+OK");
    expect(await second.line(`WATCH ${keysNamed("c", 3000)}`)).toBe(refusal);
    expect(await first.line("SET c0 1")).toBe("+OK");
    expect(await second.ask("+OK\r\n*0\r\n", "MULTI", "EXEC")).toBe("+OK\r\n*0\r\n");
    for (const end of ["UNWATCH", "SET a1 1", "RESET"]) {
      expect(await first.line(end)).toBe(end === "RESET" ? "+RESET" : "+OK");
      expect(await second.line(`WATCH ${keysNamed("c", 3000)}`)).toBe("+OK");
      expect(await second.line("UNWATCH")).toBe("+OK");
      expect(await first.line(`WATCH ${keysNamed("a", 3000)}`)).toBe("+OK");
    }
    await first[Symbol.asyncDispose]();
    await until(second, () => server.connections === 1);
    expect(await second.line(`WATCH ${keysNamed("c", 3000)}`)).toBe("+OK");
  });

  it("keys that are waited for, until they are no longer", async () => {
    limitHeap(4_000_000);
    await using server = await serve({ port: 0 });
    await using first = new RawClient(server.port);
    await using second = new RawClient(server.port);
    const waitForMany = `BZPOPMIN ${keysNamed("a", 3000)} 0`;
    first.sendLines(waitForMany);
    await blocked(second);
    const refusal = "-ERR too much memory is taken by the keys that clients wait for";
    expect(await second.line(waitForMany)).toBe(refusal);
    expect(await second.line("ZADD a2999 5 m")).toBe(":1");
    expect(await first.take(POPPED.length + "2999".length)).toContain("a2999");
    second.sendLines(waitForMany);
    await blocked(first);
  });

  it("names of clients and of their libraries, until they have others", async () => {
    limitHeap(4_000_000);
    await using server = await serve({ port: 0 });
    await using first = new RawClient(server.port);
    await using second = new RawClient(server.port);
    const long = "n".repeat(600_000);
    const refusal = "-ERR too much memory is taken by the names of clients";
    expect(await first.line(`CLIENT SETNAME ${long}`)).toBe("+OK");
    expect(await second.line(`CLIENT SETNAME ${long}`)).toBe(refusal);
    expect(await second.line(`CLIENT SETINFO LIB-NAME ${long}`)).toBe(refusal);
    expect(await second.line(`CLIENT SETINFO LIB-VER ${long}`)).toBe(refusal);
    expect(await second.line("CLIENT GETNAME")).toBe("$-1");
    await first[Symbol.asyncDispose]();
    await until(second, () => server.connections === 1);
    expect(await second.line(`CLIENT SETINFO LIB-VER ${long}`)).toBe("+OK");
    expect(await second.line("CLIENT SETINFO LIB-VER 1")).toBe("+OK");
    expect(await second.line(`CLIENT SETNAME ${long}`)).toBe("+OK");
  });
});

describe("a command with many arguments", () => {
  it("watches many keys in good time", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    const keys = Array.from({ length: 200_000 }, (_, i) => `key${100_000 + i}`);
    const words = keys.map((key) => `$9\r\n${key}\r\n`);
    client.send(`*200001\r\n$5\r\nWATCH\r\n${words.join("")}`);
    expect(await client.take(5)).toBe("+OK\r\n");
    expect(await other.line("SET key299999 1")).toBe("+OK");
    expect(await client.line("MULTI")).toBe("+OK");
    expect(await client.line("EXEC")).toBe("*-1");
  });

  it("gets an error and not a reply that no memory holds", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    const members = Array.from({ length: 20_000 }, (_, i) => ["1", `${i}`]).flat();
    client.send(request("ZADD", "a", ...members));
    expect(await client.take(8)).toBe(":20000\r\n");
    client.send(request("SORT", "a", ...Array.from({ length: 20_000 }, () => ["GET", "#"]).flat()));
    expect(await client.line("PING")).toMatch(/^-ERR the reply is too long/);
    expect(await client.take(7)).toBe("+PONG\r\n");
    expect(await client.line("DEBUG STRINGMATCH-LEN 1000000000 *")).toMatch(/^-ERR value is not/);
  });
});

describe("two servers on one cache", () => {
  it("both tell who watches and who waits, though the other's clients go", async () => {
    await using cache = new MemoryLeaderboardCache();
    await using one = await serve({ port: 0, cache });
    await using two = await serve({ port: 0, cache });
    await using watching = new RawClient(one.port);
    await using waiting = new RawClient(one.port);
    const [otherWatching, otherWaiting] = [new RawClient(two.port), new RawClient(two.port)];
    await using other = new RawClient(two.port);
    for (const client of [watching, otherWatching]) {
      expect(await client.line("WATCH k")).toBe("+OK");
    }
    for (const client of [waiting, otherWaiting]) client.sendLines("BZPOPMIN a 0");
    await blocked(watching);
    await blocked(other);
    for (const client of [otherWatching, otherWaiting]) await client[Symbol.asyncDispose]();
    await until(other, () => two.connections === 1);
    expect(await other.line("SET k 1")).toBe("+OK");
    expect(await other.line("ZADD a 5 m")).toBe(":1");
    expect(await waiting.take(POPPED.length)).toBe(POPPED);
    expect(await watching.line("MULTI")).toBe("+OK");
    expect(await watching.line("EXEC")).toBe("*-1");
  });

  it("leave each other's watches alone when one of them closes", async () => {
    await using cache = new MemoryLeaderboardCache();
    await using one = await serve({ port: 0, cache });
    const two = await serve({ port: 0, cache });
    await using watching = new RawClient(one.port);
    await using other = new RawClient(two.port);
    for (const client of [watching, other]) expect(await client.line("WATCH k")).toBe("+OK");
    await two.close();
    await cache.set("k", "1");
    expect(await watching.line("MULTI")).toBe("+OK");
    expect(await watching.line("EXEC")).toBe("*-1");
  });
});
