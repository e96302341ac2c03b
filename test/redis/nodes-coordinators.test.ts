/** Two coordinators over the same three servers: what holds, and what a repair mends. */
import type { DistributedLeaderboardCache } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { hasServer } from "../support/server-process.ts";
import { until } from "../support/until.ts";
import { type RemoteNode, RemoteNodes, untilQuiet } from "./remote-nodes.ts";
import { type Differences, Rivals, UNDER_WAY_EACH } from "./rivals.ts";

const canRun = hasServer("redis") && hasServer("valkey");
const KEYS = Array.from({ length: 20 }, (_, i) => `count:${i}`);
const ROUNDS = 15;

/** Each counter is counted up by all of them at once. @returns how many calls were acknowledged */
async function countUp(caches: readonly DistributedLeaderboardCache[]): Promise<number> {
  let acknowledged = 0;
  const calls: Promise<unknown>[] = [];
  const count = async (cache: DistributedLeaderboardCache, key: string): Promise<void> => {
    await cache.incr(key);
    acknowledged++;
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const key of KEYS) for (const cache of caches) calls.push(count(cache, key));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(calls);
  return acknowledged;
}

async function sumOf(cache: DistributedLeaderboardCache): Promise<number> {
  const values = await cache.getMany(KEYS);
  return values.reduce((sum, value) => sum + Number(value ?? 0), 0);
}

/** Something that goes wrong with a node, and ends. */
type Fault = (remote: RemoteNode, both: readonly Ring[], rivals: Rivals) => Promise<void>;
type Ring = DistributedLeaderboardCache;

const WRITES = 1000;
const CUTS = 5;

async function untilSeen(both: readonly Ring[], id: string): Promise<void> {
  await until("both see it", async () => both.every((ring) => ring.nodeHealth(id) === "unhealthy"));
}

const FAULTS: [name: string, fault: Fault][] = [
  ["is killed, and is back empty at once", async ({ process }) => process.restart()],
  [
    "is killed, and is back empty when both have found out",
    async ({ id, process }, both, rivals) => {
      await process.kill();
      await untilSeen(both, id);
      await rivals.go(WRITES);
      await process.restart();
    },
  ],
  [
    "is halted until both have found out, and goes on",
    async ({ id, process }, both, rivals) => {
      process.stop();
      await untilSeen(both, id);
      await rivals.go(WRITES);
      process.resume();
    },
  ],
  [
    "has its connections cut, again and again",
    async ({ proxy }, _, rivals) => {
      for (let i = 0; i < CUTS; i++) {
        proxy.cut();
        await rivals.go(WRITES / CUTS);
      }
    },
  ],
];

/** What came of it, for the documentation. */
function print(name: string, differences: Differences): void {
  const { acknowledged, lost, extra, texts, wrong, rejected } = differences;
  console.info(
    `${name}: of ${acknowledged} increments ${lost} lost, ${extra} too many; ` +
      `of ${texts} texts ${wrong} wrong; ${rejected} calls rejected`,
  );
}

describe.runIf(canRun).each(["sync", "async"] as const)("two coordinators, %s", (replication) => {
  test.each(FAULTS)(
    "have equal owners after quiet and a repair where a node %s",
    async (name, fault) => {
      await using nodes = await RemoteNodes.start();
      const quorum = replication === "sync" ? { writeQuorum: 1 } : {};
      await using one = nodes.ring({ replication, ...quorum });
      await using other = nodes.ring({ replication, ...quorum });
      const rivals = new Rivals([one, other]);
      rivals.start();
      await rivals.go(WRITES);
      await fault(nodes.get("a"), [one, other], rivals);
      await rivals.go(WRITES);
      await rivals.stop();
      // A call that is late makes its key dirty, so that one repair may not be enough.
      await until("a repair has reached all", async () => {
        for (const ring of [one, other]) await untilQuiet(ring);
        const { unreachableKeys } = await one.repair();
        return unreachableKeys === 0;
      });
      await nodes.expectPlaced(rivals.keys);
      const found = await rivals.differences(one);
      print(`${replication}, a node ${name}`, found);
      expect(await rivals.differences(other)).toEqual(found);
      // A reply that is lost may count twice, if the other one told the next owner of it meanwhile.
      expect(found.extra).toBeLessThanOrEqual(CUTS * 2 * UNDER_WAY_EACH);
    },
  );

  test("count every increment once, while they see the same nodes", async () => {
    await using nodes = await RemoteNodes.start();
    await using one = nodes.ring({ replication, callTimeout: "5s" });
    await using other = nodes.ring({ replication, callTimeout: "5s" });
    const acknowledged = await countUp([one, other]);
    expect(acknowledged).toBe(2 * ROUNDS * KEYS.length);
    await untilQuiet(one);
    await untilQuiet(other);
    expect(await sumOf(one)).toBe(acknowledged);
    expect(await sumOf(other)).toBe(acknowledged);
    // What they told the replicas may have come in another order.
    const { unreachableKeys } = await one.repair();
    expect(unreachableKeys).toBe(0);
    await nodes.expectPlaced(KEYS);
    expect(await sumOf(other)).toBe(acknowledged);
  });

  test("read what each other wrote, and a repair makes owners equal that were not", async () => {
    await using nodes = await RemoteNodes.start();
    await using one = nodes.ring({ replication });
    await using other = nodes.ring({ replication });
    await one.set("key", "v", { ttl: "1h" });
    expect(String(await other.get("key"))).toBe("v");
    await untilQuiet(one);
    const [, replica] = nodes.ownersOf("key") as [string, string];
    await nodes.get(replica).inside.set("key", "strange");
    expect(await other.repair()).toMatchObject({ repairedKeys: 1, unreachableKeys: 0 });
    await nodes.expectPlaced(["key"]);
    expect(String(await one.get("key"))).toBe("v");
  });

  test("of which only one sees a node fail lose none of their keys, and may lose increments", async () => {
    await using nodes = await RemoteNodes.start();
    const quorum = replication === "sync" ? { writeQuorum: 1 } : {};
    const options = { replication, callTimeout: "5s", ...quorum } as const;
    await using one = nodes.ring(options);
    await using other = nodes.ring(options);
    const before = await countUp([one, other]);
    await untilQuiet(one);
    await untilQuiet(other);
    one.markNode("a", "unhealthy");
    const during = await countUp([one, other]);
    one.markNode("a", "auto");
    await untilQuiet(one);
    await untilQuiet(other);
    await one.repair();
    const sum = await sumOf(one);
    // Whoever acted last for a key has overwritten what the other had counted meanwhile.
    const affected = KEYS.filter((key) => nodes.ownersOf(key).includes("a")).length;
    const atRisk = 2 * ROUNDS * affected;
    expect(sum).toBeLessThanOrEqual(before + during);
    expect(sum).toBeGreaterThanOrEqual(before + during - atRisk);
    await nodes.expectPlaced(KEYS);
    expect(await sumOf(other)).toBe(sum);
  });

  test("with different rings do not get to their nodes", async () => {
    await using nodes = await RemoteNodes.start();
    await using one = nodes.ring({ replication });
    await one.set("key", "v");
    await using other = nodes.ring({ replication, virtualNodes: 151 });
    const refused = { code: "INVALID_CONFIG" };
    await expect(other.set("key", "w")).rejects.toMatchObject(refused);
    await expect(other.get("key")).rejects.toMatchObject(refused);
    await one.clear();
    await using another = nodes.ring({ replication, hash: "murmur3" });
    await expect(another.set("key", "w")).rejects.toMatchObject(refused);
    expect(await one.exists("key")).toBe(false);
  });
});
