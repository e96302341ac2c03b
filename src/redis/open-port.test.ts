import { Cluster, Redis } from "ioredis";
import {
  createClient,
  createClientPool,
  createCluster,
  createSentinel,
  type RedisClientType,
} from "redis";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { LibraryLoaders } from "./client-libraries.ts";
import { openPort, type RedisClient } from "./open-port.ts";
import { ServerPort } from "./server-port.ts";

const rootNodes = [{ url: "redis://localhost:1" }];
const sentinelRootNodes = [{ host: "localhost", port: 1 }];

describe("a port is opened over", () => {
  test("a client of ioredis", async () => {
    const client = new Redis({ lazyConnect: true, keyPrefix: "app:" });
    const port = openPort(client);
    expect(port).toBeInstanceOf(ServerPort);
    expect([port.isCluster, port.keyPrefix]).toEqual([false, "app:"]);
    expect(client.status).toBe("wait");
    await port.close();
  });

  test("a Cluster of ioredis", async () => {
    const cluster = new Cluster([{ host: "localhost", port: 1 }], { lazyConnect: true });
    const port = openPort(cluster);
    expect(port.isCluster).toBe(true);
    await port.close();
  });

  test.each([
    ["a client", createClient({ keyPrefix: "app:" }), false],
    ["a client of types", createClient({ RESP: 2 }).withTypeMapping({}), false],
    [
      "a Sentinel client",
      createSentinel({ name: "m", sentinelRootNodes, keyPrefix: "app:" }),
      false,
    ],
    ["a Cluster", createCluster({ rootNodes, keyPrefix: "app:" }), true],
  ] as const)("%s of redis", async (_, client, isCluster) => {
    const port = openPort(client);
    expect(port.isCluster).toBe(isCluster);
    expect(["", "app:"]).toContain(port.keyPrefix);
    expect(client.isOpen).toBe(false);
    await port.close();
  });

  test("a URL, whose library is loaded on first use", async () => {
    const asked: unknown[] = [];
    const libraries: LibraryLoaders = {
      clientOf: async (server) => {
        asked.push(server);
        return createClient({ url: "redis://localhost:1" });
      },
    };
    const port = openPort("valkey://:secret@localhost:1/2", {}, libraries);
    expect(asked).toEqual([]);
    await expect(port.send(["PING"], undefined)).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
    });
    expect(asked).toEqual([{ url: "redis://:secret@localhost:1/2" }]);
    await port.close();
  });
});

test.each([
  ["a pool of clients", createClientPool()],
  ["a client with callbacks", createClient().legacy()],
  ["a client of redis below 5", { ...anything("sendCommand"), executeIsolated: () => 1 }],
  ["an object", {}],
  ["null", null],
  ["undefined", undefined],
  ["a function", () => undefined],
  ["7", 7],
])("%s is refused", (what, client) => {
  expect(() => openPort(client as never)).toThrow(
    expect.objectContaining({
      name: "CacheError",
      code: "INVALID_CONFIG",
      message: expect.stringContaining(
        `must be an ioredis or redis (node-redis) client, or a URL: received ${what}`,
      ) as string,
    }),
  );
});

test("a URL of another kind is refused at once", () => {
  expect(() => openPort("http://localhost")).toThrow(
    expect.objectContaining({ code: "INVALID_CONFIG" }),
  );
});

test("the clients of both libraries have the type", () => {
  expectTypeOf<Redis>().toExtend<RedisClient>();
  expectTypeOf<Cluster>().toExtend<RedisClient>();
  expectTypeOf<ReturnType<typeof createClient>>().toExtend<RedisClient>();
  expectTypeOf<ReturnType<typeof createCluster>>().toExtend<RedisClient>();
  expectTypeOf<ReturnType<typeof createSentinel>>().toExtend<RedisClient>();
  expectTypeOf<RedisClientType>().toExtend<RedisClient>();
  expectTypeOf<{ readonly get: () => string }>().not.toExtend<RedisClient>();
});

function anything(method: string): object {
  return { [method]: () => undefined };
}
