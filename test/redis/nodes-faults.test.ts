/** A ring over real servers of three kinds, while one of them fails in every way that there is. */
import type { DistributedLeaderboardCache } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { hasServer } from "../support/server-process.ts";
import { until } from "../support/until.ts";
import { Load } from "./load.ts";
import { PATIENT, type RemoteNode, RemoteNodes, untilQuiet } from "./remote-nodes.ts";

/** Something that goes wrong with a node, and ends. */
type Fault = (remote: RemoteNode, cache: DistributedLeaderboardCache, load: Load) => Promise<void>;

const WRITES = 400;

async function untilDown(cache: DistributedLeaderboardCache, id: string): Promise<void> {
  await until(`${id} is found out`, async () => cache.nodeHealth(id) === "unhealthy");
}

const FAULTS: [name: string, fault: Fault][] = [
  [
    "is killed and is back, empty, before the next probe",
    async ({ process }) => {
      await process.restart();
    },
  ],
  [
    "is killed, and is back, empty, after it was found out",
    async ({ id, process }, cache) => {
      await process.kill();
      await untilDown(cache, id);
      await process.restart();
    },
  ],
  [
    "is halted for longer than calls may take, and goes on with what it finds in its buffers",
    async ({ id, process }, cache, load) => {
      process.stop();
      await untilDown(cache, id);
      await load.go(WRITES);
      process.resume();
    },
  ],
  [
    "is halted until its connections were given up",
    async ({ id, process, proxy }, cache, load) => {
      process.stop();
      const { accepted } = proxy;
      await untilDown(cache, id);
      await until("another connection is tried", async () => proxy.accepted > accepted);
      await load.go(WRITES);
      process.resume();
    },
  ],
  [
    "has its connections cut, again and again",
    async ({ proxy }, _, load) => {
      for (let i = 0; i < 5; i++) {
        proxy.cut();
        await load.go(WRITES / 5);
      }
    },
  ],
  [
    "is slower than calls may take",
    async ({ id, proxy }, cache, load) => {
      proxy.delay(200);
      await untilDown(cache, id);
      await load.go(WRITES);
      proxy.heal();
    },
  ],
  [
    "hears everything, and its replies vanish",
    async ({ id, proxy }, cache, load) => {
      proxy.dropReplies();
      await untilDown(cache, id);
      await load.go(WRITES);
      proxy.heal();
    },
  ],
  [
    "is behind connections that are open at one end only",
    async ({ id, proxy }, cache, load) => {
      proxy.halfOpen();
      await untilDown(cache, id);
      await load.go(WRITES);
      proxy.heal();
    },
  ],
  [
    "refuses connections",
    async ({ id, proxy }, cache, load) => {
      await proxy.refuse(true);
      proxy.cut();
      await untilDown(cache, id);
      await load.go(WRITES);
      await proxy.refuse(false);
    },
  ],
];

const canRun = hasServer("redis") && hasServer("valkey");

describe.runIf(canRun).each(["sync", "async"] as const)("a ring of remote nodes, %s", (mode) => {
  test.each(FAULTS)("loses and revives nothing while a node %s", async (_, fault) => {
    await using nodes = await RemoteNodes.start();
    await using cache = nodes.ring({
      replication: mode,
      ...(mode === "sync" ? { writeQuorum: 1 } : {}),
    });
    const load = new Load(cache);
    await load.start();
    await load.go(WRITES / 4);
    await fault(nodes.get("a"), cache, load);
    await load.go(WRITES);
    await load.stop();
    await untilQuiet(cache);
    await load.check();
    await nodes.expectPlaced(load.keys);
    expect(load.failures).toBeLessThan(load.writes / 4);
  });
});

describe.runIf(canRun)("a node that restarts while nobody calls it", () => {
  test.each(["sync", "async"] as const)(
    "answers nothing before it was resynced, %s",
    async (mode) => {
      await using nodes = await RemoteNodes.start();
      await using cache = nodes.ring({ ...PATIENT, replication: mode });
      const keys = nodes.keysOf("a", 40);
      for (const key of keys) await cache.incr(key, 7);
      for (let round = 0; round < 5; round++) {
        await untilQuiet(cache);
        await nodes.get("a").process.restart();
        const found = await Promise.all(keys.map((key) => cache.get(key)));
        expect(new Set(found.map(String))).toEqual(new Set(["7"]));
      }
      await untilQuiet(cache);
      await nodes.expectPlaced(keys);
    },
  );
});

describe.runIf(canRun)("a connection that is replaced while nobody uses it", () => {
  test("costs no call, and no node its health", async () => {
    await using nodes = await RemoteNodes.start();
    const healthCheck = { interval: "1h" };
    await using cache = nodes.ring({ ...PATIENT, replicationFactor: 1, healthCheck });
    const keys = [...nodes.keysOf("a", 10), ...nodes.keysOf("b", 10), ...nodes.keysOf("c", 10)];
    for (const key of keys) await cache.incr(key);
    const changes: unknown[] = [];
    cache.on("health", (change) => changes.push(change));
    for (let value = 2; value < 5; value++) {
      for (const { proxy } of nodes.all) proxy.cut();
      await until("all are cut", async () => nodes.all.every(({ proxy }) => proxy.connections > 0));
      const counts = await Promise.all(keys.map((key) => cache.incr(key)));
      expect(new Set(counts)).toEqual(new Set([value]));
    }
    expect(changes).toEqual([]);
  });
});
