import { Cluster, Redis, type RedisOptions } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { CacheError, type CacheErrorCode } from "../../src/errors.ts";
import { IoredisClusterPort } from "../../src/redis/ioredis/ioredis-cluster-port.ts";
import { IoredisConnector } from "../../src/redis/ioredis/ioredis-connector.ts";
import type { ClientPort, Connection, Reply } from "../../src/redis/port.ts";
import { ServerPort } from "../../src/redis/server-port.ts";
import { serverInTest } from "../clients/server-in-test.ts";
import { freePort } from "../support/free-port.ts";
import { type ServerCluster, startCluster } from "../support/server-cluster.ts";
import { startSentinels } from "../support/server-sentinels.ts";
import { hasServer, type ServerOptions, startServer } from "../support/server-process.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

const isServed = hasServer("redis");
const IN_FLIGHT = 100;
/** So many that a server reads them in many turns of its loop, 16 KiB in each. */
const IN_BUFFERS = 50_000;

/** What the resources of a test have in common. */
function inTest<T extends AsyncDisposable>(resource: T): T {
  onTestFinished(() => resource[Symbol.asyncDispose]());
  return resource;
}

async function serverOf(options: ServerOptions = {}) {
  return inTest(await startServer("redis", options));
}

function portTo(port: number, options: RedisOptions = {}): ServerPort {
  const client = new Redis({ port, host: "127.0.0.1", lazyConnect: true, ...options });
  return opened(new ServerPort(new IoredisConnector(client)));
}

/** A port that connects to one port of the loopback first, and later to another one. */
function portByTwoWays(first: number, second: number) {
  const [before, after] = [first, second].map((port) => {
    return new IoredisConnector(new Redis({ port, host: "127.0.0.1", lazyConnect: true }));
  });
  let way = before as IoredisConnector;
  const port = opened(new ServerPort({ keyPrefix: "", open: () => way.open() }));
  return { port, goDirectly: () => void (way = after as IoredisConnector) };
}

function opened<T extends ClientPort>(port: T): T {
  onTestFinished(() => port.close());
  return port;
}

/** The error that a call rejects with. */
async function failureOf(call: Promise<unknown>): Promise<CacheError> {
  const error: unknown = await call.then(
    (reply) => new Error(`It was answered: ${String(reply)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CacheError)) throw error;
  return error;
}

async function codesOf(calls: readonly Promise<unknown>[]): Promise<Set<CacheErrorCode>> {
  return new Set((await Promise.all(calls.map(failureOf))).map(({ code }) => code));
}

/** Sends until it is answered. */
async function answerOf(port: ClientPort, ...command: [string, ...string[]]): Promise<Reply> {
  const key = command[1] ?? "";
  const answer = await until("the port answers", async () => [await port.send(command, key)]);
  return answer[0] as Reply;
}

describe("a port over ioredis", () => {
  test("keeps every byte, and the order of calls before there is a connection", async () => {
    const server = await serverInTest();
    const port = portTo(server.port);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const calls = [
      port.send(["SET", bytes, bytes], bytes),
      port.pipeline([["APPEND", bytes, "é"]], [bytes]),
      port.transaction([["APPEND", bytes, "!"]], bytes),
      port.send(["GET", bytes], bytes),
    ];
    expect(await calls[3]).toEqual(Buffer.concat([bytes, Buffer.from("é!")]));
    await Promise.all(calls);
  });

  test("gives an error as a value among several replies, and else as a rejection", async () => {
    const server = await serverInTest();
    const port = portTo(server.port);
    await port.send(["SET", "text", "x"], "text");
    expect(await failureOf(port.send(["INCR", "text"], "text"))).toMatchObject({
      code: "NOT_INTEGER",
    });
    const commands = [
      ["GET", "text"],
      ["INCR", "text"],
      ["ZCARD", "text"],
    ] as const;
    const replies = await port.pipeline(commands, ["text", "text", "text"]);
    expect(replies).toMatchObject([
      Buffer.from("x"),
      { code: "NOT_INTEGER" },
      { code: "WRONG_TYPE" },
    ]);
    const together = await port.transaction(commands, "text");
    expect(together).toMatchObject([
      Buffer.from("x"),
      { code: "NOT_INTEGER" },
      { code: "WRONG_TYPE" },
    ]);
    const refused = port.transaction([["INCR", "n"], ["INCR"]], "n");
    expect((await failureOf(refused)).message).toContain("wrong number of arguments");
    expect(await port.send(["EXISTS", "n"], "n")).toBe(0);
  });

  test("gives work a connection of its own, which watches nothing in the end", async () => {
    const server = await serverInTest();
    const port = portTo(server.port);
    const changeInBetween = async (connection: Connection) => {
      await connection.send(["WATCH", "n"]);
      await port.send(["INCR", "n"], "n");
      return connection.transaction([["INCR", "n"]]);
    };
    expect(await port.exclusive("n", changeInBetween)).toBeUndefined();
    await port.exclusive("n", (connection) => connection.send(["WATCH", "n"]));
    await port.send(["INCR", "n"], "n");
    const changed = port.exclusive("n", (connection) => connection.transaction([["INCR", "n"]]));
    expect(await changed).toEqual([3]);
  });

  test("keeps the user's options, and takes the prefix for the cache to add", async () => {
    const server = await serverInTest({ requirepass: "secret" });
    const options = { password: "secret", db: 3, connectionName: "mine", keyPrefix: "app:" };
    const port = portTo(server.port, { ...options, stringNumbers: true });
    expect(port.keyPrefix).toBe("app:");
    await port.send(["SET", "k", "v"], "k");
    expect(String(await port.send(["CLIENT", "GETNAME"], undefined))).toBe("mine");
    expect(String(await port.send(["INFO", "keyspace"], undefined))).toContain("db3:keys=1");
    expect(await port.send(["EXISTS", "k"], "k")).toBe(1);
  });

  test("refuses calls after it was closed, and answers those before", async () => {
    const server = await serverInTest();
    const port = portTo(server.port);
    const before = port.send(["INCR", "n"], "n");
    const closing = port.close();
    expect(await failureOf(port.send(["INCR", "n"], "n"))).toMatchObject({ code: "CLOSED" });
    const late = port.exclusive("n", (connection) => connection.send(["INCR", "n"]));
    expect(await failureOf(late)).toMatchObject({ code: "CLOSED" });
    expect(await before).toBe(1);
    await closing;
    expect(port.isConnected).toBe(false);
  });

  test("says what is wrong with a password, and prints nothing", async () => {
    const printed = vi.spyOn(console, "warn");
    const alsoPrinted = vi.spyOn(console, "error");
    const open = await serverInTest();
    const locked = await serverInTest({ requirepass: "secret" });
    const denied = { code: "ACCESS_DENIED" };
    expect(await failureOf(ping(portTo(locked.port)))).toMatchObject(denied);
    const wrong = await failureOf(ping(portTo(locked.port, { password: "wrong" })));
    expect(wrong).toMatchObject(denied);
    expect((wrong.cause as Error).message).toMatch(/^WRONGPASS/);
    expect(String(await ping(portTo(open.port, { password: "needless" })))).toBe("PONG");
    const database = await failureOf(ping(portTo(open.port, { db: 9999 })));
    expect(database.message).toContain("out of range");
    expect(printed).not.toHaveBeenCalled();
    expect(alsoPrinted).not.toHaveBeenCalled();
  });

  test("tells why nobody can be reached", async () => {
    const refused = portTo(await freePort(), { host: "localhost" });
    const failure = await failureOf(refused.send(["PING"], undefined));
    expect(failure).toMatchObject({ code: "CONNECTION_FAILED", cause: { code: "ECONNREFUSED" } });
    const again = await failureOf(refused.send(["PING"], undefined));
    expect(again.code).toBe("CONNECTION_FAILED");
  });
});

describe.skipIf(!isServed)("a port over ioredis to a server that fails", () => {
  test.each([1, IN_FLIGHT])("never sends again what was cut off: %i calls", async (count) => {
    const server = await serverOf();
    const proxy = inTest(await startProxy(server.port));
    const port = portTo(proxy.port);
    await port.send(["SET", "n", "0"], "n");
    const { epoch } = port;
    proxy.dropReplies();
    const calls = Array.from({ length: count }, () => port.send(["INCR", "n"], "n"));
    await until(
      "the server has counted",
      async () => (await server.ask("GET", "n")) === `${count}`,
    );
    proxy.cut();
    proxy.heal();
    expect(await codesOf(calls)).toEqual(new Set(["CONNECTION_FAILED"]));
    expect(port.epoch).toBe(epoch + 1);
    expect(String(await port.send(["GET", "n"], "n"))).toBe(String(count));
    expect(port.isConnected).toBe(true);
    expect(await server.ask("GET", "n")).toBe(String(count));
  });

  test("works again by itself when the server does", async () => {
    const server = await serverOf();
    const port = portTo(server.port);
    const connected = vi.fn();
    port.onConnection(connected);
    await port.send(["PING"], undefined);
    await server.kill();
    expect((await failureOf(answerless(port))).code).toBe("CONNECTION_FAILED");
    await server.restart();
    expect(await answerOf(port, "INCR", "n")).toBe(1);
    expect(connected).toHaveBeenCalledTimes(2);
    expect(await port.exclusive("n", (connection) => connection.send(["INCR", "n"]))).toBe(2);
  });

  test("lets nothing of what a halted server has not read take effect after a fence", async () => {
    const server = await serverOf();
    const proxy = inTest(await startProxy(server.port));
    const { port, goDirectly } = portByTwoWays(proxy.port, server.port);
    await port.exclusive("n", (connection) => connection.send(["SET", "n", "0"]));
    let delivered = 0;
    proxy.onRequest = ({ length }) => (delivered += length);
    server.stop();
    const calls = Array.from({ length: IN_BUFFERS }, () => port.send(["INCR", "n"], "n"));
    calls.push(port.exclusive("n", (connection) => connection.send(["INCR", "n"])));
    await until("they are in the server's buffers", async () => delivered > 500_000);
    // From now on the server does not hear that the client has closed them.
    proxy.halfOpen();
    goDirectly();
    port.reset();
    expect(await codesOf(calls)).toEqual(new Set(["CONNECTION_FAILED"]));
    // The new connection may have been given up as well where all this took a while.
    const fenced = until("the port is fenced", async () => port.fence().then(() => true));
    server.resume();
    await fenced;
    const counted = await port.send(["GET", "n"], "n");
    // With each of these the server reads of every connection that has something to be read.
    for (let turn = 0; turn < 300; turn++) await port.send(["PING"], undefined);
    expect(await port.send(["GET", "n"], "n")).toEqual(counted);
  });

  test("closes former connections on the server", async () => {
    const server = await serverOf();
    const proxy = inTest(await startProxy(server.port));
    const { port, goDirectly } = portByTwoWays(proxy.port, server.port);
    await port.exclusive("n", (connection) => connection.send(["PING"]));
    const connections = async () => {
      const list = await server.ask("CLIENT", "LIST", "TYPE", "NORMAL");
      return [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => id);
    };
    const [shared, exclusive] = await connections();
    proxy.halfOpen();
    goDirectly();
    port.reset();
    await port.send(["PING"], undefined);
    const left = await connections();
    expect(left).not.toContain(shared);
    expect(left).not.toContain(exclusive);
  });

  test("says when it cannot fence", async () => {
    const server = await serverOf();
    await server.ask("ACL", "SETUSER", "app", "on", ">pw", "~*", "+@all", "-client");
    const port = portTo(server.port, { username: "app", password: "pw" });
    expect(await port.send(["INCR", "n"], "n")).toBe(1);
    expect(await failureOf(port.fence())).toMatchObject({ code: "ACCESS_DENIED" });
  });

  test("refuses a server that has no room, and tells so", async () => {
    const server = await serverOf({ options: ["--maxclients", "1"] });
    const first = portTo(server.port);
    await first.send(["PING"], undefined);
    const failure = await failureOf(portTo(server.port).send(["PING"], undefined));
    expect(failure.code).toBe("CONNECTION_FAILED");
    expect(failure.message).toContain("max number of clients");
  });

  test("gives up a server that accepts but says nothing", async () => {
    const server = await serverOf();
    server.stop();
    const port = portTo(server.port, { connectTimeout: 50, password: "x" });
    const failure = await failureOf(port.send(["PING"], undefined));
    expect(failure).toMatchObject({ code: "CONNECTION_FAILED", cause: { code: "ETIMEDOUT" } });
    server.resume();
  });

  test("follows the Sentinels to the new master", async () => {
    const sentinels = inTest(await startSentinels("redis"));
    const client = new Redis({
      sentinels: sentinels.sentinels.map((port) => ({ host: "127.0.0.1", port })),
      name: sentinels.name,
      // For reading: a cache does not want such a one.
      role: "slave",
      preferredSlaves: [{ ip: "127.0.0.1", port: "1" }],
      lazyConnect: true,
    });
    const port = opened(new ServerPort(new IoredisConnector(client)));
    await port.send(["SET", "n", "1"], "n");
    await port.send(["WAIT", "1", "1000"], undefined);
    const master = await sentinels.master();
    await master.kill();
    await sentinels.settled();
    const role = (await answerOf(port, "ROLE")) as readonly Reply[];
    expect(String(role[0])).toBe("master");
    expect(await port.send(["INCR", "n"], "n")).toBe(2);
  });
});

describe.skipIf(!isServed)("a port over ioredis to a Cluster", () => {
  let cluster: ServerCluster;
  beforeAll(async () => void (cluster = await startCluster("redis")));
  afterAll(() => cluster[Symbol.asyncDispose]());

  function portToCluster(): IoredisClusterPort {
    const seeds = cluster.ports.slice(0, 2).map((port) => ({ host: "127.0.0.1", port }));
    return opened(new IoredisClusterPort(new Cluster(seeds, { lazyConnect: true })));
  }

  test("sends each command to the master of its key", async () => {
    const port = portToCluster();
    const keys = Array.from({ length: 50 }, (_, i) => `key${i}`);
    const write = keys.map((key) => ["SET", key, key] as const);
    expect(await port.pipeline(write, keys)).toEqual(keys.map(() => Buffer.from("OK")));
    for (const key of keys.slice(0, 5)) {
      expect(String(await port.send(["GET", key], key))).toBe(key);
      const length = port.exclusive(key, (own) => own.transaction([["STRLEN", key]]));
      expect(await length).toEqual([4]);
    }
    const both = [
      ["INCR", "{a}1"],
      ["INCR", "{a}2"],
    ] as const;
    expect(await port.transaction(both, "{a}1")).toEqual([1, 1]);
    expect(await port.masters()).toHaveLength(3);
    await port.fence();
  });

  test("follows a slot that moves", async () => {
    const port = portToCluster();
    const key = "nobody's yet";
    const move = await cluster.beginMove(key);
    expect(await port.send(["INCR", key], key)).toBe(1);
    await cluster.endMove(move);
    expect(await port.pipeline([["INCR", key]], [key])).toEqual([2]);
    expect(await port.send(["INCR", key], key)).toBe(3);
    expect(await move.to.ask("GET", key)).toBe("3");
  });

  test("finds the new master when one is killed, and sends nothing again", async () => {
    const port = portToCluster();
    const key = "counter";
    const master = await cluster.masterOf(key);
    await port.send(["SET", key, "0"], key);
    await port.send(["WAIT", "1", "1000"], key);
    master.stop();
    const calls = Array.from({ length: IN_FLIGHT }, () => port.send(["INCR", key], key));
    const failing = codesOf(calls);
    await master.kill();
    expect(await failing).toEqual(new Set(["CONNECTION_FAILED"]));
    await cluster.settled();
    expect(await answerOf(port, "INCR", key)).toBe(1);
  });
});

async function ping(port: ServerPort): Promise<Reply> {
  return port.send(["PING"], undefined);
}

/** Sends until nobody answers any more. */
async function answerless(port: ClientPort): Promise<void> {
  for (;;) await port.send(["PING"], undefined);
}
