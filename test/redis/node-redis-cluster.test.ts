import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CacheError } from "../../src/errors.ts";
import { openPort } from "../../src/redis/open-port.ts";
import type { ClientPort, Reply } from "../../src/redis/port.ts";
import { asCount, asList, asText } from "../../src/redis/replies.ts";
import { startCluster, type ServerCluster } from "../support/server-cluster.ts";
import { hasServer } from "../support/server-process.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { createCluster } from "redis";
import { NODE_REDIS_KINDS } from "./node-redis-libraries.ts";

const KEYS = Array.from({ length: 60 }, (_, i) => `key:${i}`);

describe.skipIf(!hasServer("redis"))("a port over a Cluster", () => {
  let cluster: ServerCluster;
  beforeAll(async () => {
    cluster = await startCluster("redis", { needsFullCoverage: false });
  }, 60_000);
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  describe.each(NODE_REDIS_KINDS)("by %s", (_, { createClient, createCluster }, RESP) => {
    function open(ports: readonly number[] = cluster.ports, options: object = {}): ClientPort {
      const rootNodes = ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }));
      const port = openPort(createCluster({ rootNodes, RESP, ...options }));
      onTestFinished(() => port.close());
      return port;
    }

    test("sends each command to the master of its key", async () => {
      const port = open();
      await Promise.all(KEYS.map((key) => port.send(["SET", key, `of ${key}`], key)));
      const gets = KEYS.map((key) => ["GET", key]);
      const replies = await port.pipeline(gets, KEYS);
      expect(replies.map(asText)).toEqual(KEYS.map((key) => `of ${key}`));
      const masters = await port.masters();
      expect(masters).toHaveLength(3);
      const sizes = await Promise.all(masters.map(async (master) => master.send(["DBSIZE"])));
      expect(sizes.map(asCount).every((size) => size > 0)).toBe(true);
      expect(port.epoch).toBe(0);
      expect(port.isConnected).toBe(true);
      await port.fence();
    });

    test("keeps the order of the calls on a key, also while it connects", async () => {
      const port = open();
      const appended = Array.from({ length: 50 }, (_, i) => `${i},`);
      await port.send(["DEL", "order"], "order");
      const later = open();
      const early = appended
        .slice(0, 25)
        .map((one) => later.send(["APPEND", "order", one], "order"));
      await Promise.race(early);
      const late = appended.slice(25).map((one) => later.send(["APPEND", "order", one], "order"));
      await Promise.all([...early, ...late]);
      expect(asText(await port.send(["GET", "order"], "order"))).toBe(appended.join(""));
    });

    test("gives transactions and connections on the node of the key", async () => {
      const port = open();
      for (const key of KEYS.slice(0, 6)) {
        await port.send(["DEL", key], key);
        const counted = await port.transaction(
          [
            ["INCR", key],
            ["INCR", key],
          ],
          key,
        );
        expect(counted.map(asCount)).toEqual([1, 2]);
        const outcome = await port.exclusive(key, async (connection) => {
          await connection.send(["WATCH", key]);
          await port.send(["INCR", key], key);
          return connection.transaction([["INCR", key]]);
        });
        expect(outcome).toBeUndefined();
      }
    });

    test("follows a slot that moved, and one that is moving", async () => {
      const port = open();
      const key = "moving";
      await port.send(["SET", key, "v"], key);
      const other = `{${key}}other`;
      const there = await cluster.beginMove(key);
      // What is there is served there; what is not is asked for where it would be by now.
      expect(asText(await port.send(["GET", key], key))).toBe("v");
      expect(asText(await port.send(["SET", other, "o"], other))).toBe("OK");
      expect(await there.to.ask("CLUSTER", "COUNTKEYSINSLOT", there.slot)).toBe("1");
      expect((await port.pipeline([["GET", other]], [other])).map(asText)).toEqual(["o"]);
      const asked = port.transaction([["GET", other]], other);
      await expect(asked).rejects.toMatchObject({ code: "NODE_UNHEALTHY" });
      const both = port.send(["MGET", key, other], key);
      await cluster.endMove(there, [key]);
      // Half of it was elsewhere: that was put off until all of it was in one place.
      expect(asList(await both).map(asText)).toEqual(["v", "o"]);
      const moved = await port.pipeline(
        [
          ["GET", key],
          ["GET", other],
        ],
        [key, other],
      );
      expect(moved.map(asText)).toEqual(["v", "o"]);
      expect((await port.transaction([["GET", key]], key)).map(asText)).toEqual(["v"]);
      // Back again, for the other tests.
      const back = await cluster.beginMove(key);
      await cluster.endMove(back, [key, other]);
      expect((await port.transaction([["GET", key]], key)).map(asText)).toEqual(["v"]);
      await port.send(["DEL", key, other], key);
    });

    test("keeps the order of the calls on a key while its slot moves back and forth", async () => {
      const port = open();
      const key = "restless";
      for (let round = 0; round < 4; round++) {
        await port.send(["DEL", key], key);
        const calls: Promise<unknown>[] = [];
        const numbers: number[] = [];
        const append = (count: number): void => {
          for (let i = 0; i < count; i++) {
            const number = numbers.push(numbers.length) - 1;
            const command = ["APPEND", key, `${number},`];
            if (number % 3 === 0) calls.push(port.transaction([command], key));
            else if (number % 3 === 1) calls.push(port.pipeline([command], [key]));
            else calls.push(port.send(command, key));
          }
        };
        append(10);
        await Promise.all(calls);
        await cluster.endMove(await cluster.beginMove(key), [key]);
        // Nobody has told the port; the calls of several turns are under way when it is told.
        for (let turn = 0; turn < 20; turn++) {
          append(10);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all(calls);
        expect(asText(await port.send(["GET", key], key))).toBe(`${numbers.join(",")},`);
      }
    });

    test("is asked for by whoever takes a node of it for a single server", async () => {
      const url = `redis://127.0.0.1:${cluster.ports[0]}`;
      const port = openPort(createClient({ url, RESP }));
      onTestFinished(() => port.close());
      const outcomes = await Promise.allSettled(KEYS.map((key) => port.send(["GET", key], key)));
      const refused = outcomes.filter(({ status }) => status === "rejected");
      expect(refused.length).toBeGreaterThan(0);
      for (const outcome of refused) {
        expect(outcome).toMatchObject({
          reason: {
            code: "INVALID_CONFIG",
            message: expect.stringContaining("hand in a Cluster client") as string,
          },
        });
      }
    });

    test("counts once what was under way when a connection was cut", async () => {
      const target = await cluster.masterOf("cut");
      const proxy = await startProxy(target.port);
      onTestFinished(() => proxy[Symbol.asyncDispose]());
      const nodeAddressMap = {
        [`127.0.0.1:${target.port}`]: { host: "127.0.0.1", port: proxy.port },
      };
      const port = open(cluster.ports, { nodeAddressMap });
      await port.send(["DEL", "cut"], "cut");
      expect(proxy.accepted).toBe(1);
      proxy.onRequest = (chunk) => {
        if (!chunk.includes("INCR")) return;
        proxy.onRequest = undefined;
        proxy.cut();
      };
      const steps = await Promise.allSettled(
        Array.from({ length: 20 }, () => port.send(["INCR", "cut"], "cut")),
      );
      for (const step of steps) {
        expect(step).toMatchObject({ reason: { code: "CONNECTION_FAILED" } });
      }
      expect(port.epoch).toBe(1);
      const read = async () => asCount(await port.send(["INCRBY", "cut", "0"], "cut"));
      expect(await until("it is read", read)).toBe(20);
    });

    test("is closed after the calls that wait until it is found", async () => {
      const port = open();
      const call = port.send(["ECHO", "last"], "k");
      await port.close();
      expect(asText(await call)).toBe("last");
      await expect(port.send(["GET", "k"], "k")).rejects.toMatchObject({ code: "CLOSED" });
    });

    test("says what a Cluster is not", async () => {
      const nowhere = open([1]);
      await expect(nowhere.send(["GET", "k"], "k")).rejects.toMatchObject({
        code: "CONNECTION_FAILED",
        cause: { code: "ECONNREFUSED" },
      });
      await expect(nowhere.pipeline([["GET", "k"]], ["k"])).rejects.toBeInstanceOf(CacheError);
      await nowhere.close();
      await expect(nowhere.send(["GET", "k"], "k")).rejects.toMatchObject({ code: "CLOSED" });
    });
  });

  // These come last: afterwards the Cluster is another one.
  test.each(NODE_REDIS_KINDS.slice(1))(
    "finds the successor of a master that dies, by %s",
    async (_, { createCluster }, RESP) => {
      const rootNodes = cluster.ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }));
      const port = openPort(createCluster({ rootNodes, RESP }));
      onTestFinished(() => port.close());
      await Promise.all(KEYS.map((key) => port.send(["SET", key, "0"], key)));
      const epoch = port.epoch;
      const dead = await cluster.killMaster(0);
      const failures = new Set<unknown>();
      let attempts = 0;
      const incr = async (key: string): Promise<Reply | undefined> => {
        attempts++;
        return port.send(["INCR", key], key).catch((error: unknown) => {
          failures.add((error as CacheError).code);
          return undefined;
        });
      };
      await until("all keys are served again", async () => {
        const replies = await Promise.all(KEYS.map(incr));
        return replies.every((reply) => reply !== undefined);
      });
      expect(attempts).toBeGreaterThan(KEYS.length);
      expect(
        [...failures].filter((code) => code !== "CONNECTION_FAILED" && code !== "NODE_UNHEALTHY"),
      ).toEqual([]);
      expect(port.epoch).toBeGreaterThan(epoch);
      expect(await port.masters()).toHaveLength(3);
      await dead.restart();
      await cluster.settled();
    },
    60_000,
  );

  test("leaves a master that is halted when the Cluster has replaced it", async () => {
    const rootNodes = cluster.ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }));
    const port = openPort(createCluster({ rootNodes }));
    onTestFinished(() => port.close());
    await port.send(["SET", "key:0", "0"], "key:0");
    expect(asCount(await port.send(["WAIT", "1", "5000"], "key:0"))).toBe(1);
    const halted = await cluster.masterOf("key:0");
    halted.stop();
    onTestFinished(() => halted.resume());
    // It never answers, and fails when its node is left.
    await expect(port.send(["INCR", "key:0"], "key:0")).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
    });
    expect(asCount(await port.send(["INCR", "key:0"], "key:0"))).toBe(1);
  }, 60_000);
});
