import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { isNodeRedis, type NodeRedisClient } from "../../src/redis/node-redis/node-redis-client.ts";
import { openPort } from "../../src/redis/open-port.ts";
import type { ClientPort, Reply } from "../../src/redis/port.ts";
import { asBytes, asCount, asMembers, asScore, asText } from "../../src/redis/replies.ts";
import { freePort } from "../support/free-port.ts";
import { hasServer, startServer, type ServerKind } from "../support/server-process.ts";
import { startProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { NODE_REDIS_KINDS } from "./node-redis-libraries.ts";

const KINDS: readonly ServerKind[] = ["redis", "valkey"];
const present = KINDS.filter(hasServer);
const servers = new Map(
  await Promise.all(present.map(async (kind) => [kind, await startServer(kind)] as const)),
);
afterAll(() => Promise.all([...servers.values()].map((server) => server[Symbol.asyncDispose]())));

const target = () => servers.get("redis")?.port as number;

async function proxied(): Promise<TcpProxy> {
  const proxy = await startProxy(target());
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

describe.each(NODE_REDIS_KINDS)("a port over %s", (_, { createClient }, RESP) => {
  function clientOf(port: number, options: object = {}, socket: object = {}): NodeRedisClient {
    return createClient({ ...options, RESP, socket: { host: "127.0.0.1", port, ...socket } });
  }

  function open(port: number, options: object = {}, socket: object = {}): ClientPort {
    const opened = openPort(clientOf(port, options, socket));
    onTestFinished(() => opened.close());
    return opened;
  }

  describe.each(present)("to %s", (kind) => {
    const portOf = () => servers.get(kind)?.port as number;

    test("keeps every byte", async () => {
      const port = open(portOf());
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      expect(asText(await port.send(["SET", bytes, bytes], bytes))).toBe("OK");
      expect(asBytes(await port.send(["GET", bytes], bytes))).toEqual(bytes);
      expect(asBytes(await port.send(["GET", "no such key"], "no such key"))).toBeUndefined();
      expect(asText(await port.send(["SET", "é", "é"], "é"))).toBe("OK");
      expect(asBytes(await port.send(["GET", "é"], "é"))).toEqual(Buffer.from("é"));
    });

    test("keeps every bit of a number", async () => {
      const port = open(portOf());
      await port.send(["DEL", "n", "z"], "n");
      expect(asCount(await port.send(["INCRBY", "n", "9007199254740991"], "n"))).toBe(2 ** 53 - 1);
      expect(asCount(await port.send(["DECRBY", "n", "1"], "n"))).toBe(2 ** 53 - 2);
      const scores = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -1 / 3, Infinity, -Infinity, 1e21];
      for (const [index, score] of scores.entries()) {
        const text = String(score).replace("Infinity", "inf");
        const member = `m${index}`;
        await port.send(["ZADD", "z", text, member], "z");
        expect(asScore(await port.send(["ZSCORE", "z", member], "z"))).toBe(score);
      }
      const all = asMembers(await port.send(["ZRANGE", "z", "0", "-1", "WITHSCORES"], "z"));
      expect(all.map(({ score }) => score)).toEqual([...scores].sort((a, b) => a - b));
    });

    test("gives an error as a value among several replies, and else as a rejection", async () => {
      const port = open(portOf());
      await port.send(["SET", "text", "t"], "text");
      const wrong = { name: "CacheError", code: "WRONG_TYPE" };
      await expect(port.send(["LPUSH", "text", "1"], "text")).rejects.toMatchObject(wrong);
      const commands = [
        ["GET", "text"],
        ["LPUSH", "text", "1"],
        ["STRLEN", "text"],
      ];
      const replies = await port.pipeline(commands, ["text", "text", "text"]);
      expect(replies[1]).toMatchObject(wrong);
      expect([asText(replies[0] as Reply), asCount(replies[2] as Reply)]).toEqual(["t", 1]);
      expect((await port.transaction(commands, "text"))[1]).toMatchObject(wrong);
      const refused = port.transaction([["SET", "text", "u"], ["NO-SUCH-COMMAND"]], "text");
      await expect(refused).rejects.toMatchObject({ code: "CAPABILITY_UNSUPPORTED" });
      expect(asText(await port.send(["GET", "text"], "text"))).toBe("t");
    });

    test("tells when a watched key was changed by somebody else", async () => {
      const port = open(portOf());
      const change = async (isDisturbed: boolean) =>
        port.exclusive("w", async (connection) => {
          await connection.send(["WATCH", "w"]);
          if (isDisturbed) await port.send(["SET", "w", "theirs"], "w");
          return connection.transaction([["SET", "w", "ours"]]);
        });
      expect(await change(true)).toBeUndefined();
      expect(asText(await port.send(["GET", "w"], "w"))).toBe("theirs");
      expect(await change(false)).toHaveLength(1);
      expect(asText(await port.send(["GET", "w"], "w"))).toBe("ours");
    });
  });

  describe.skipIf(!servers.has("redis"))("whose connection fails", () => {
    test.each([1, 100])("counts %i steps once whose replies are lost", async (steps) => {
      const proxy = await proxied();
      const port = open(proxy.port);
      const direct = open(target());
      await direct.send(["DEL", "n"], "n");
      expect(asText(await port.send(["PING"], undefined))).toBe("PONG");
      proxy.onRequest = (chunk) => {
        if (!chunk.includes("INCR")) return;
        proxy.onRequest = undefined;
        proxy.cut();
      };
      const calls = Array.from({ length: steps }, () => port.send(["INCR", "n"], "n"));
      const outcomes = await Promise.allSettled(calls);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ reason: { code: "CONNECTION_FAILED" } });
      }
      // What comes over the next connection comes after all that could have been sent again.
      expect(asText(await port.send(["ECHO", "again"], undefined))).toBe("again");
      const counted = async () => asCount(await direct.send(["INCRBY", "n", "0"], "n"));
      await until("the steps are counted", async () => (await counted()) === steps);
      expect(port.epoch).toBe(1);
    });

    test("says why, and works again when the server does", async () => {
      const proxy = await proxied();
      const port = open(proxy.port);
      await port.send(["PING"], undefined);
      await proxy.refuse(true);
      proxy.cut();
      const refused = { code: "CONNECTION_FAILED", cause: { code: "ECONNREFUSED" } };
      await until("the loss is noticed", async () =>
        port.send(["PING"], undefined).then(
          () => false,
          (error: unknown) => (expect(error).toMatchObject({ code: refused.code }), true),
        ),
      );
      await until("it is refused", async () => {
        await expect(port.send(["PING"], undefined)).rejects.toMatchObject(refused);
        return true;
      });
      await proxy.refuse(false);
      await until("it works again", async () => port.send(["PING"], undefined));
    });

    test("fails for a server that is not there, also by a name of several addresses", async () => {
      const nowhere = await freePort();
      for (const host of ["127.0.0.1", "localhost"]) {
        await expect(open(nowhere, {}, { host }).send(["PING"], undefined)).rejects.toMatchObject({
          code: "CONNECTION_FAILED",
          cause: { code: "ECONNREFUSED" },
        });
      }
    });

    test("does not wait for the greeting of a server that is halted", async () => {
      const proxy = await proxied();
      proxy.halfOpen();
      const port = open(proxy.port, {}, { connectTimeout: 100 });
      const call = port.send(["PING"], undefined);
      await expect(call).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
      proxy.heal();
      await until("it works again", async () => port.send(["PING"], undefined));
    });

    test("is closed after the replies that are under way", async () => {
      const port = openPort(clientOf(target()));
      const call = port.send(["ECHO", "last"], undefined);
      await Promise.all([port.close(), port.close()]);
      expect(asText(await call)).toBe("last");
      const closed = { code: "CLOSED" };
      await expect(port.send(["PING"], undefined)).rejects.toMatchObject(closed);
      await expect(port.exclusive("k", async () => 1)).rejects.toMatchObject(closed);
    });
  });

  test.skipIf(!servers.has("redis"))("says that a password is wrong, or missing", async () => {
    const server = await startServer("redis", { options: ["--requirepass", "right"] });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const ping = async (options: object) => open(server.port, options).send(["PING"], undefined);
    const denied = { code: "ACCESS_DENIED" };
    await expect(ping({})).rejects.toMatchObject(denied);
    await expect(ping({ password: "wrong" })).rejects.toMatchObject(denied);
    expect(asText(await ping({ password: "right" }))).toBe("PONG");
    const url = `redis://:right@127.0.0.1:${server.port}/3`;
    const port = openPort(createClient({ url, RESP }) as NodeRedisClient);
    onTestFinished(() => port.close());
    await port.send(["SET", "k", "in 3"], "k");
    expect(
      asText(await open(server.port, { password: "right", database: 3 }).send(["GET", "k"], "k")),
    ).toBe("in 3");
  });

  test.skipIf(!servers.has("redis"))("leaves the user's client as it is", async () => {
    const client = createClient({ RESP, url: `redis://127.0.0.1:${servers.get("redis")?.port}` });
    expect(isNodeRedis(client)).toBe(true);
    const port = openPort(client);
    await port.send(["SET", "k", "v"], "k");
    expect(client.isOpen).toBe(false);
    await client.connect();
    await port.close();
    expect(await client.get("k")).toBe("v");
    client.destroy();
  });
});
