/** What a coordinator finds that was lost, or missed, before it was there. */
import { MemoryLeaderboardCache } from "laurel";
import { CacheNode, DistributedLeaderboardCache, HashRing } from "laurel/distributed";
import { beforeEach, describe, expect, test } from "vitest";
import { text } from "../contract/expectations.ts";
import { slow } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const KEYS = Array.from({ length: 60 }, (_, i) => `key:${i}`);
const BOARD = "board";
let stores: MemoryLeaderboardCache[];

const node = (i: number): CacheNode => new CacheNode(`n${i}`, stores[i] as MemoryLeaderboardCache);

function coordinator(ids: readonly number[] = [0, 1, 2]): DistributedLeaderboardCache {
  const nodes = ids.map(node);
  return new DistributedLeaderboardCache(nodes, { replicationFactor: 2, replication: "sync" });
}

/** The keys of which a node is the first owner. */
function ownedFirstBy(id: string): string[] {
  const ring = new HashRing();
  for (const i of stores.keys()) ring.add(node(i));
  return KEYS.filter((key) => ring.get(key)?.id === id);
}

beforeEach(async () => {
  stores = Array.from({ length: 3 }, () => new MemoryLeaderboardCache());
  await using former = coordinator();
  for (const key of KEYS) await former.set(key, `value of ${key}`);
  await former.zAdd(BOARD, { member: "ada", score: 1 });
});

describe("a node that lost all before the coordinator was there", () => {
  test.each([0, 1, 2])("is given it back by a repair, be it n%d", async (lost) => {
    stores[lost] = new MemoryLeaderboardCache();
    await using cache = coordinator();
    await cache.set("new", "value");
    const { unreachableKeys } = await cache.repair();
    expect(unreachableKeys).toBe(0);
    for (const key of KEYS) expect(await text(cache, key)).toBe(`value of ${key}`);
    expect(await cache.zScore(BOARD, "ada")).toBe(1);
    for (const key of [...KEYS, BOARD]) {
      const holders = await Promise.all(stores.map((store) => store.exists(key)));
      expect(holders.filter(Boolean)).toHaveLength(2);
    }
    expect(await cache.repair()).toMatchObject({ repairedKeys: 0, unreachableKeys: 0 });
  });

  test("is not given back what is deleted since", async () => {
    stores[0] = new MemoryLeaderboardCache();
    await using cache = coordinator();
    for (const key of KEYS) await cache.delete(key);
    await cache.repair();
    for (const key of KEYS) expect(await cache.exists(key)).toBe(false);
  });
});

test("a key that an owner loses after a repair was deleted: it does not come back", async () => {
  const lost = new MemoryLeaderboardCache();
  stores[0] = lost;
  await using cache = coordinator();
  await cache.repair();
  for (const key of ownedFirstBy("n0")) await lost.delete(key);
  await cache.repair();
  for (const key of ownedFirstBy("n0")) expect(await cache.exists(key)).toBe(false);
});

test("a node that takes longer to list its keys than a probe may is used at once", async () => {
  await using cluster = new Cluster({ healthCheck: { timeout: 100 } });
  for (const id of ["a", "b", "c"]) {
    cluster.node(id).fail(slow(cluster.time, 300), { only: "keys" });
  }
  await cluster.cache.set("key", "v");
  expect(await text(cluster.cache, "key")).toBe("v");
  await cluster.pass(1000);
  for (const { id } of cluster.cache.nodes()) expect(cluster.cache.nodeHealth(id)).toBe("healthy");
});

test("a key that its first owner lost alone is taken for one that was deleted", async () => {
  const [store] = stores as [MemoryLeaderboardCache];
  await using cache = coordinator();
  const own = ownedFirstBy("n0");
  for (const key of own) await store.delete(key);
  await cache.repair();
  for (const key of own) expect(await cache.exists(key)).toBe(false);
  expect(own.length).toBeGreaterThan(0);
});

test("a node that was behind is added to those that were not: it holds nothing old afterwards", async () => {
  const options = { replicationFactor: 2, replication: "sync", writeQuorum: 1 } as const;
  {
    await using former = new DistributedLeaderboardCache([0, 1, 2].map(node), options);
    former.markNode("n0", "unhealthy");
    for (const key of KEYS.slice(10)) await former.set(key, "new");
    for (const key of KEYS.slice(0, 10)) await former.delete(key);
    expect(former.metrics().dirtyKeys).toBeGreaterThan(0);
  }
  await using cache = coordinator([1, 2]);
  await cache.addNode(node(0));
  expect(await cache.repair()).toMatchObject({ repairedKeys: 0, unreachableKeys: 0 });
  for (const [i, key] of KEYS.entries()) {
    expect(await text(cache, key)).toBe(i < 10 ? undefined : "new");
    for (const store of stores) expect(["new", undefined]).toContain(await text(store, key));
  }
});
