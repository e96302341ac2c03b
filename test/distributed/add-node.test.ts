/** A node that comes is given its keys, and nothing else moves. */
import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import { CacheNode, type RebalanceProgress } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { collect, text } from "../contract/expectations.ts";
import { Cluster } from "./cluster.ts";
import { BOARD, contents, fill, KEYS, moved } from "./moving-keys.ts";

describe.each([1, 2])(
  "a node that comes, with a replication factor of %i,",
  (replicationFactor) => {
    test("is given its keys with type, value and exact deadline; others stay where they are", async () => {
      await using cluster = new Cluster({ replicationFactor });
      const { cache } = cluster;
      await fill(cluster);
      const before = await contents(cluster);
      const joining = cluster.newNode("d");
      const expected = moved(cluster, ["a", "b", "c"], ["a", "b", "c", "d"]);
      for (const id of ["a", "b", "c"]) cluster.node(id).calls.length = 0;
      const report = await cluster.until(cache.addNode(joining));
      expect(report).toMatchObject({ movedKeys: expected.length, lostKeys: 0, lostRanges: [] });
      expect(report.movedBytes).toBeGreaterThan(0);
      expect(cache.nodes().map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
      expect(cache.metrics()).toMatchObject({ rebalances: 1, healthyNodes: 4, dirtyKeys: 0 });
      expect(await contents(cluster)).toEqual(before);
      for (const key of KEYS) await cluster.expectEqualOwners(key);
      const touched = ["a", "b", "c"].flatMap((id) => cluster.node(id).calls);
      const states = touched.filter(({ name }) => /State|delete/.test(name));
      expect(new Set(states.map(({ args }) => args[0]))).toEqual(new Set(expected));
    });

    test("and goes again gives back what it held and is left empty", async () => {
      await using cluster = new Cluster({ replicationFactor });
      const { cache } = cluster;
      await fill(cluster);
      const before = await contents(cluster);
      await cluster.until(cache.addNode(cluster.newNode("d")));
      const report = await cluster.until(cache.removeNode("d"));
      expect(report.movedKeys).toBe(moved(cluster, ["a", "b", "c"], ["a", "b", "c", "d"]).length);
      expect(await collect(cluster.node("d").store.keys())).toEqual([]);
      expect(await contents(cluster)).toEqual(before);
      for (const key of KEYS) await cluster.expectEqualOwners(key);
      expect(() => cache.nodeHealth("d")).toThrow("d");
      await cluster.node("d").store.set("its cache", "is open");
    });

    test("with leftovers serves none of them", async () => {
      await using cluster = new Cluster({ replicationFactor });
      const { cache } = cluster;
      await fill(cluster);
      const joining = cluster.newNode("d");
      for (const key of KEYS) await cluster.node("d").store.set(key, "left over");
      const ghosts = Array.from({ length: 40 }, (_, i) => `ghost:${i}`);
      for (const key of ghosts) await cluster.node("d").store.set(key, "left over");
      const before = await contents(cluster);
      await cluster.until(cache.addNode(joining));
      expect(await contents(cluster)).toEqual(before);
      for (const key of ghosts) expect(await text(cache, key)).toBeUndefined();
      expect((await collect(cache.keys())).sort()).toEqual([...KEYS].sort());
    });
  },
);

describe("the progress of a change", () => {
  test("is told to whoever asked and by events, and a listener that throws harms nothing", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await fill(cluster);
    const events = cluster.events("rebalance");
    const progress: RebalanceProgress[] = [];
    const warning = new Promise((resolve) => process.once("warning", resolve));
    const onProgress = (step: RebalanceProgress): void => {
      progress.push(step);
      throw new Error("a listener of the user's");
    };
    const report = await cluster.until(cache.addNode(cluster.newNode("d"), { onProgress }));
    expect(progress.at(0)?.phase).toBe("start");
    expect(progress.at(-1)).toMatchObject({ phase: "end", movedKeys: report.movedKeys });
    expect(events).toEqual(progress);
    expect(await warning).toMatchObject({ name: "LaurelWarning" });
  });

  test("is as slow as maxKeysPerSecond has it", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    const expected = moved(cluster, ["a", "b", "c"], ["a", "b", "c", "d"]).length;
    const { durationMs } = await cluster.until(cache.addNode(joining, { maxKeysPerSecond: 5 }));
    expect(durationMs).toBeGreaterThanOrEqual((expected - 1) * 200);
    expect(durationMs).toBeLessThan((expected + 2) * 250);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test.each([0, -1, NaN, "fast"])("cannot have the rate %s", async (rate) => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const options = { maxKeysPerSecond: rate as number };
    const refusal = { code: "INVALID_OPTIONS" };
    await expect(cache.addNode(cluster.newNode("d"), options)).rejects.toMatchObject(refusal);
    await expect(cache.removeNode("a", options)).rejects.toMatchObject(refusal);
    await expect(cache.repair(options)).rejects.toMatchObject(refusal);
    expect(cache.nodes()).toHaveLength(3);
    expect(cache.metrics().rebalances).toBe(0);
  });
});

describe("the cache of a node", () => {
  test("is closed with the coordinator only where that is asked for", async () => {
    for (const closeNodes of [false, true]) {
      await using cluster = new Cluster({ closeNodes });
      const { cache } = cluster;
      await cache.set("key", "v");
      await cluster.until(cache.close());
      const reading = cluster.node("a").store.get("key");
      if (closeNodes) await expect(reading).rejects.toMatchObject({ code: "CLOSED" });
      else await reading;
    }
  });

  test("that has no leaderboards takes the strings, and leaves the boards where they are", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const { clock, timers } = time;
    await fill(cluster);
    const plain = new MemoryCache({ clock, timers, sweepInterval: Infinity });
    await expect(
      cluster.until(cache.addNode(new CacheNode("plain", plain))),
    ).resolves.toBeDefined();
    for (const [i, key] of KEYS.entries()) {
      if (i % 3 === 2) continue;
      expect(await cluster.until(text(cache, key))).toBe(`value of ${key}`);
    }
    await cluster.until(cache.removeNode("plain"));
    await cluster.pass(5000);
    for (const [i, key] of KEYS.entries()) {
      if (i % 3 === 2) expect(await cache.zRange(key, 0, -1)).toEqual(BOARD);
    }
    expect(plain).not.toBeInstanceOf(MemoryLeaderboardCache);
  });
});
