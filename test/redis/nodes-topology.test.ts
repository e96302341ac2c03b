/** Servers of all kinds that come to a ring and go from it, while it is used. */
import { MemoryLeaderboardCache } from "laurel";
import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { hasServer } from "../support/server-process.ts";
import { ioredis } from "./clients.ts";
import { Load } from "./load.ts";
import { MIXED, PATIENT, RemoteNodes, untilQuiet } from "./remote-nodes.ts";

const canRun = hasServer("redis") && hasServer("valkey");
const WRITES = 400;
const KEYS = Array.from({ length: 150 }, (_, i) => `key:${i}`);
const LARGE = "board:large";
const MEMBERS = 2500;

describe.runIf(canRun).each(["sync", "async"] as const)("under load, %s", (replication) => {
  test("a server comes and goes, and nothing is lost", async () => {
    await using nodes = await RemoteNodes.start();
    await using cache = nodes.ring({ ...PATIENT, replication });
    const load = new Load(cache);
    await load.start();
    await load.go(WRITES);
    const joining = await nodes.add(["redis", ioredis]);
    const came = await cache.addNode(joining.node);
    expect(came.movedKeys).toBeGreaterThan(0);
    await load.go(WRITES);
    const gone = await cache.removeNode("a");
    expect(gone).toMatchObject({ lostKeys: 0, lostRanges: [] });
    await load.go(WRITES);
    await load.stop();
    expect(load.failures).toBe(0);
    await untilQuiet(cache);
    await load.check();
    await nodes.expectPlaced(load.keys, ["b", "c", "d"]);
  });
});

describe.runIf(canRun)("a server that dies for good", () => {
  test("is removed, and its keys have two owners again", async () => {
    await using nodes = await RemoteNodes.start();
    await using cache = nodes.ring({ ...PATIENT, replication: "sync" });
    for (const [i, key] of KEYS.entries()) await cache.set(key, `v${i}`, { ttl: "1h" });
    await nodes.get("a").process.kill();
    const report = await cache.removeNode("a");
    expect(report).toMatchObject({ lostKeys: 0, lostRanges: [] });
    for (const key of KEYS) {
      const [one, other] = ["b", "c"].map((id) => nodes.held(id, key));
      expect(await one).toEqual(await other);
    }
    expect((await cache.getMany(KEYS)).map(String)).toEqual(KEYS.map((_, i) => `v${i}`));
  });
});

describe.runIf(canRun)("state", () => {
  test("moves from a cache in the process through all kinds of servers and back", async () => {
    await using nodes = await RemoteNodes.start();
    const first = new CacheNode("embedded", new MemoryLeaderboardCache());
    await using cache = new DistributedLeaderboardCache([first], {
      ...PATIENT,
      replicationFactor: 2,
    });
    const members = Array.from({ length: MEMBERS }, (_, i) => ({ member: `m${i}`, score: i / 3 }));
    await cache.zAdd(LARGE, members);
    for (const [i, key] of KEYS.entries()) {
      if (i % 3 === 0) await cache.zAdd(key, { member: "ä", score: i % 2 === 0 ? Infinity : -0.5 });
      else await cache.set(key, Buffer.from([0, 255, i]), i % 3 === 1 ? { ttl: "1h" } : {});
    }
    const before = await stateOf(cache);
    let former = "embedded";
    for (const next of [...nodes.all.map(({ node }) => node), embeddedAgain()]) {
      await cache.addNode(next);
      await cache.removeNode(former);
      former = next.id;
      expect(await stateOf(cache)).toEqual(before);
    }
    for (const { id } of nodes.all)
      for (const key of KEYS) expect(await nodes.held(id, key)).toBeUndefined();
  });

  test("is handed over at no more keys a second than are asked for", async () => {
    await using nodes = await RemoteNodes.start(MIXED.slice(0, 1));
    await using cache = nodes.ring({ ...PATIENT, replicationFactor: 1 });
    await cache.setMany(KEYS.map((key) => [key, "v"]));
    const joining = await nodes.add(["valkey", ioredis]);
    const rate = 200;
    const { movedKeys, durationMs } = await cache.addNode(joining.node, { maxKeysPerSecond: rate });
    expect(movedKeys).toBeGreaterThan(KEYS.length / 4);
    expect(durationMs).toBeGreaterThanOrEqual(((movedKeys - 1) / rate) * 1000 - 20);
  });
});

function embeddedAgain(): CacheNode {
  return new CacheNode("again", new MemoryLeaderboardCache());
}

/** Everything, with deadlines to the second. */
async function stateOf(cache: DistributedLeaderboardCache): Promise<unknown> {
  const held: unknown[] = [await cache.zRange(LARGE, 0, -1)];
  for (const [i, key] of KEYS.entries()) {
    const value = i % 3 === 0 ? await cache.zRange(key, 0, -1) : await cache.get(key);
    const ttl = await cache.ttl(key);
    held.push([key, value, ttl === Infinity ? ttl : Math.ceil((ttl ?? 0) / 600_000)]);
  }
  return held;
}
