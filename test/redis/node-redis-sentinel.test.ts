import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { CacheError } from "../../src/errors.ts";
import { openPort } from "../../src/redis/open-port.ts";
import type { ClientPort } from "../../src/redis/port.ts";
import { asCount, asList, asText } from "../../src/redis/replies.ts";
import { freePort } from "../support/free-port.ts";
import { startSentinels, type ServerSentinels } from "../support/server-sentinels.ts";
import { hasServer } from "../support/server-process.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { NODE_REDIS_KINDS } from "./node-redis-libraries.ts";

describe.skipIf(!hasServer("redis"))("a port over the master that Sentinels name", () => {
  // The version of the protocol makes no difference to which server it is spoken with.
  describe.each(NODE_REDIS_KINDS.slice(1))("by %s", (_, { createSentinel }, RESP) => {
    let servers: ServerSentinels;
    beforeAll(async () => {
      servers = await startSentinels("redis", { replicas: 2 });
    }, 60_000);
    afterAll(() => servers?.[Symbol.asyncDispose]());

    function clientOf(ports: readonly number[], options: object = {}) {
      const sentinelRootNodes = ports.map((port) => ({ host: "127.0.0.1", port }));
      return createSentinel({ name: servers.name, sentinelRootNodes, RESP, ...options });
    }

    function open(options: object = {}): ClientPort {
      const client = clientOf(servers.sentinels, options);
      client.on("error", () => undefined);
      const port = openPort(client);
      onTestFinished(() => port.close());
      return port;
    }

    test("speaks with the master", async () => {
      const port = open();
      expect(asText(await port.send(["SET", "k", "v"], "k"))).toBe("OK");
      expect(asText(asList(await port.send(["ROLE"], undefined))[0] ?? null)).toBe("master");
      expect(port.isConnected).toBe(true);
      await port.fence();
    });

    test("counts once what was under way when the connection was cut", async () => {
      const { port: masterPort } = await servers.master();
      const proxy = await startProxy(masterPort);
      onTestFinished(() => proxy[Symbol.asyncDispose]());
      const through = { host: "127.0.0.1", port: proxy.port };
      const port = open({ nodeAddressMap: { [`127.0.0.1:${masterPort}`]: through } });
      await port.send(["DEL", "n"], "n");
      proxy.onRequest = (chunk) => {
        if (!chunk.includes("INCR")) return;
        proxy.onRequest = undefined;
        proxy.cut();
      };
      const steps = Array.from({ length: 20 }, () => port.send(["INCR", "n"], "n"));
      for (const step of await Promise.allSettled(steps)) {
        expect(step).toMatchObject({ reason: { code: "CONNECTION_FAILED" } });
      }
      const read = async () => asCount(await port.send(["INCRBY", "n", "0"], "n"));
      expect(await until("it is read", read)).toBe(20);
    });

    test("leaves no listener on the client when it is closed", async () => {
      const client = clientOf(servers.sentinels);
      client.on("error", () => undefined);
      const before = ["error", "topology-change"].map((event) => client.listenerCount(event));
      const port = openPort(client);
      await port.send(["PING"], undefined);
      await port.close();
      expect(["error", "topology-change"].map((event) => client.listenerCount(event))).toEqual(
        before,
      );
    });

    test("fails soon where no Sentinel answers", async () => {
      const client = clientOf([await freePort()]);
      client.on("error", () => undefined);
      const port = openPort(client);
      onTestFinished(() => port.close());
      await expect(port.send(["GET", "k"], "k")).rejects.toMatchObject({
        code: "CONNECTION_FAILED",
      });
    });

    test("finds the new master, and counts no step twice on the way", async () => {
      const port = open();
      await port.send(["DEL", "n"], "n");
      const former = await servers.master();
      let counted = 0;
      let unknown = 0;
      const codes = new Set<string>();
      let isCounting = true;
      const counting = (async () => {
        // oxlint-disable-next-line no-unmodified-loop-condition -- it is, while this waits
        while (isCounting) {
          await port.send(["INCR", "n"], "n").then(
            () => counted++,
            async (error: CacheError) => {
              unknown++;
              codes.add(error.code);
              await new Promise((resolve) => setTimeout(resolve, 5));
            },
          );
        }
      })();
      await until("some steps are counted", async () => counted > 100);
      await former.kill();
      const before = counted;
      await until("the new master counts", async () => counted > before + 100, 20_000);
      isCounting = false;
      await counting;
      const total = asCount(await port.send(["INCRBY", "n", "0"], "n"));
      expect(total).toBeLessThanOrEqual(counted + unknown);
      expect(
        [...codes].filter((code) => code !== "CONNECTION_FAILED" && code !== "NODE_UNHEALTHY"),
      ).toEqual([]);
      expect(port.epoch).toBeGreaterThan(0);
      expect((await servers.master()).port).not.toBe(former.port);
    }, 60_000);

    test("leaves a master that is halted when there is another one", async () => {
      const port = open();
      await port.send(["PING"], undefined);
      const former = await servers.master();
      former.stop();
      onTestFinished(() => former.resume());
      const lost = { code: "CONNECTION_FAILED" };
      await expect(port.send(["INCR", "n"], "n")).rejects.toMatchObject(lost);
      await until("the new master answers", async () => port.send(["PING"], undefined));
      expect((await servers.master()).port).not.toBe(former.port);
    }, 60_000);
  });
});
