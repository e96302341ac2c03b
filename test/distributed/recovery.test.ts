/** Resync before serve: what comes back is compared with those that were there. */
import { describe, expect, test } from "vitest";
import { text } from "../contract/expectations.ts";
import { broken, Gate, refused, reset, slow } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const FAILED = { code: "ALL_OWNERS_FAILED" };

describe("a node that restarted", () => {
  test("faster than any probe is found out by its first call, and told all it owns", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const [key, board] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cache.set(key, "v", { ttl: "1h" });
    await cache.zAdd(board, { member: "ada", score: 7 });
    await cluster.settle();
    const resyncs = cluster.events("resync");
    cluster.node("a").restart();
    expect(await cluster.until(text(cache, key))).toBe("v");
    expect(await cluster.until(cache.zScore(board, "ada"))).toBe(7);
    await cluster.pass(15_000);
    expect(cache.nodeHealth("a")).toBe("healthy");
    expect(resyncs).toEqual([
      { id: "a", phase: "start", keys: 0 },
      { id: "a", phase: "end", keys: 2 },
    ]);
    for (const each of [key, board]) await cluster.expectEqualOwners(each);
  });

  test("and has old data again loses what was deleted meanwhile", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const [deleted, changed, kept] = cluster.keysOf(["a", "b"], 3) as [string, string, string];
    for (const key of [deleted, changed, kept]) await cache.set(key, "old");
    await cluster.settle();
    cluster.node("a").fail(refused);
    await cluster.until(cache.delete(deleted));
    await cluster.until(cache.set(changed, "new"));
    cluster.node("a").restart();
    for (const key of [deleted, changed, kept]) await cluster.node("a").store.set(key, "old");
    cluster.node("a").heal();
    await cluster.pass(60_000);
    expect(cache.nodeHealth("a")).toBe("healthy");
    cache.markNode("b", "unhealthy");
    expect(await text(cache, deleted)).toBeUndefined();
    expect(await text(cache, changed)).toBe("new");
    expect(await text(cache, kept)).toBe("old");
  });

  test("keeps what it has where nobody else owns it", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    const key = cluster.keyOf("a");
    cluster.node("a").restart();
    await cluster.node("a").store.set(key, "from the disk");
    await cluster.until(cache.get(key).catch(() => undefined));
    await cluster.pass(30_000);
    expect(await text(cache, key)).toBe("from the disk");
    expect(cache.nodeHealth("a")).toBe("healthy");
  });

  test("takes writes before it has caught up, and serves nothing", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const [one, two, added] = cluster.keysOf(["a", "b"], 3) as [string, string, string];
    await cache.set(one, "1");
    await cache.set(two, "2");
    await cluster.settle();
    cluster.node("a").restart();
    cluster.node("a").fail(slow(time, 500), { only: "writeState" });
    await cluster.until(cache.get(one));
    await cluster.until(cache.set(one, "1"));
    expect(cache.nodeHealth("a")).toBe("syncing");
    expect(cache.metrics()).toMatchObject({ healthyNodes: 2, unhealthyNodes: 1 });
    const { length: callsBefore } = cluster.node("a").calls;
    expect(await cluster.until(text(cache, two))).toBe("2");
    await cluster.until(cache.set(added, "3"));
    const gets = cluster.node("a").calls.slice(callsBefore);
    expect(gets.filter(({ name }) => name === "get")).toEqual([]);
    await cluster.pass(10_000);
    expect(cache.nodeHealth("a")).toBe("healthy");
    for (const key of [one, two, added]) await cluster.expectEqualOwners(key);
  });

  test("once more while it catches up begins anew", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const keys = cluster.keysOf(["a", "b"], 6);
    for (const key of keys) await cache.set(key, "v");
    await cluster.settle();
    cluster.node("a").restart();
    cluster.node("a").fail(slow(time, 200), { only: "writeState" });
    await cluster.until(cache.get(keys[0] as string));
    await cluster.until(cache.set(keys[0] as string, "v"));
    await cluster.pass(500);
    expect(cache.nodeHealth("a")).toBe("syncing");
    cluster.node("a").restart();
    await cluster.pass(60_000);
    expect(cache.nodeHealth("a")).toBe("healthy");
    for (const key of keys) await cluster.expectEqualOwners(key);
  });

  test("as did every other owner is right where it comes first", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "v");
    await cluster.settle();
    for (const id of ["a", "b"]) {
      cluster.node(id).restart();
      await cluster.node(id).store.set(key, `what ${id} has`);
    }
    await cluster.until(cache.get(key).catch(() => undefined));
    await cluster.pass(60_000);
    expect(await text(cache, key)).toBe("what a has");
    await cluster.expectEqualOwners(key);
  });
});

describe("a resync for which no fresh owner can be reached", () => {
  test("waits, while the keys of other owners are served", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const [waiting, served] = [cluster.keyOf("a", "b"), cluster.keyOf("a", "c")];
    await cache.set(waiting, "v");
    await cache.set(served, "w");
    await cluster.settle();
    cache.markNode("b", "unhealthy");
    cluster.node("a").restart();
    expect(await cluster.until(text(cache, served))).toBe("w");
    await cluster.pass(20_000);
    await expect(cluster.until(cache.get(waiting))).rejects.toMatchObject(FAILED);
    expect(await text(cache, served)).toBe("w");
    await cluster.expectEqualOwners(served);
    cache.markNode("b", "auto");
    await cluster.pass(20_000);
    expect(await text(cache, waiting)).toBe("v");
    await cluster.expectEqualOwners(waiting);
  });

  test("goes on after its source failed in the middle", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    const keys = cluster.keysOf(["a", "b"], 8);
    for (const key of keys) await cache.set(key, "v");
    await cluster.settle();
    cluster.node("a").restart();
    cluster.node("a").fail(slow(time, 100), { only: "writeState" });
    await cluster.until(cache.get(keys[0] as string));
    await cluster.until(cache.set(keys[0] as string, "v"));
    await cluster.pass(300);
    cluster.node("b").fail(refused);
    await cluster.pass(3000);
    expect(cache.nodeHealth("b")).toBe("unhealthy");
    await expect(cluster.until(cache.get(keys[7] as string))).rejects.toMatchObject(FAILED);
    cluster.node("b").heal();
    await cluster.pass(60_000);
    for (const key of keys) await cluster.expectEqualOwners(key);
    expect(await text(cache, keys[7] as string)).toBe("v");
  });
});

describe("a node that missed more keys than are remembered", () => {
  test("is told so, and compared whole", async () => {
    await using cluster = new Cluster({ maxDirtyKeys: 3 });
    const { cache } = cluster;
    const keys = cluster.keysOf(["a", "b"], 10);
    for (const key of keys) await cache.set(key, "old");
    await cluster.settle();
    const dropped = cluster.events("dropped");
    cache.markNode("a", "unhealthy");
    for (const key of keys.slice(0, 5)) await cache.set(key, "new");
    for (const key of keys.slice(5, 8)) await cache.delete(key);
    expect(dropped[0]).toMatchObject({ id: "a", reason: expect.any(String) as string });
    expect(cache.metrics().dirtyKeys).toBeLessThanOrEqual(3);
    cache.markNode("a", "auto");
    await cluster.pass(10_000);
    expect(cache.nodeHealth("a")).toBe("healthy");
    for (const key of keys) await cluster.expectEqualOwners(key);
    cache.markNode("b", "unhealthy");
    expect(await text(cache, keys[0] as string)).toBe("new");
    expect(await text(cache, keys[6] as string)).toBeUndefined();
    expect(await text(cache, keys[9] as string)).toBe("old");
  });

  test("loses no queued write where the queue is full", async () => {
    await using cluster = new Cluster({ maxQueuedWrites: 2, maxQueuedBytes: 300 });
    const { cache, time } = cluster;
    const keys = cluster.keysOf(["a", "b"], 12);
    await cluster.settle();
    cluster.node("b").fail(slow(time, 200), { only: ["set", "setMany"] });
    for (const key of keys) {
      await cache.set(key, "x".repeat(50));
      expect(cache.metrics().queuedWrites).toBeLessThanOrEqual(2);
    }
    await cluster.pass(10_000);
    for (const key of keys) await cluster.expectEqualOwners(key);
  });
});

describe("a node that missed a clear", () => {
  test("comes back empty, but for what was written since", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const [cleared, written] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cache.set(cleared, "old");
    await cache.set(written, "old");
    await cluster.settle();
    cache.markNode("a", "unhealthy");
    await cache.clear();
    await cache.set(written, "new");
    expect(cache.metrics().replicationFailures).toBe(2);
    cache.markNode("a", "auto");
    await cluster.pass(5000);
    expect(cache.nodeHealth("a")).toBe("healthy");
    cache.markNode("b", "unhealthy");
    expect(await text(cache, cleared)).toBeUndefined();
    expect(await text(cache, written)).toBe("new");
    for (const key of [cleared, written]) await cluster.expectEqualOwners(key);
  });

  test("because its reply was lost is cleared again before it serves", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "old");
    await cluster.settle();
    cluster.node("a").fail(reset, { only: "clear", times: 1 });
    await cluster.until(cache.clear());
    expect(await cluster.until(text(cache, key))).toBeUndefined();
    await cluster.pass(5000);
    expect(await cluster.held("a", key)).toBeUndefined();
    expect(await text(cache, key)).toBeUndefined();
  });
});

describe("a node that answers to its name and fails at everything else", () => {
  test.each([
    ["a reset connection", reset],
    ["an error of its own", broken],
  ])("by %s is told again after pauses, not in a circle", async (_, fault) => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cluster.settle();
    cluster.node("b").fail(fault, { key });
    await cache.set(key, "v");
    await cluster.settle();
    expect(cluster.node("b").calls.length).toBeLessThan(20);
    await cluster.pass(10_000);
    expect(cluster.node("b").calls.length).toBeLessThan(400);
    cluster.node("b").heal();
    await cluster.pass(60_000);
    await cluster.expectEqualOwners(key);
  });
});

describe("a node marked by hand", () => {
  test("is asked nothing until it is given back, and then catches up before it serves", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "old");
    await cluster.settle();
    const health = cluster.events("health");
    cache.markNode("a", "unhealthy");
    const { length: callsBefore } = cluster.node("a").calls;
    await cache.set(key, "new");
    expect(await text(cache, key)).toBe("new");
    await cluster.pass(60_000);
    const since = cluster.node("a").calls.slice(callsBefore);
    expect(since.filter(({ name }) => !["bootId", "time"].includes(name))).toEqual([]);
    expect(cache.nodeHealth("a")).toBe("unhealthy");
    cache.markNode("a", "auto");
    await cluster.pass(1000);
    expect(health.map(({ id, from, to }) => [id, from, to])).toEqual([
      ["a", "healthy", "unhealthy"],
      ["a", "unhealthy", "syncing"],
      ["a", "syncing", "healthy"],
    ]);
    expect(await text(cache, key)).toBe("new");
    await cluster.expectEqualOwners(key);
  });

  test("and given back while it is down stays out until it answers", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await cluster.settle();
    cache.markNode("a", "unhealthy");
    cluster.node("a").fail(refused);
    cache.markNode("a", "auto");
    await cluster.pass(60_000);
    expect(cache.nodeHealth("a")).toBe("unhealthy");
    cluster.node("a").heal();
    await cluster.pass(60_000);
    expect(cache.nodeHealth("a")).toBe("healthy");
  });

  test("that was never marked, or is unknown, or a health that is none", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    cache.markNode("a", "auto");
    expect(cache.nodeHealth("a")).toBe("healthy");
    expect(() => cache.markNode("z", "auto")).toThrow(
      expect.objectContaining({ code: "NODE_NOT_FOUND" }) as Error,
    );
    expect(() => cache.markNode("a", "healthy" as "auto")).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }) as Error,
    );
    expect(() => cache.nodeHealth("z")).toThrow(
      expect.objectContaining({ code: "NODE_NOT_FOUND" }) as Error,
    );
  });
});

test("a key that is deleted while a node that is back lists it stays in service", async () => {
  await using cluster = new Cluster();
  const { cache } = cluster;
  const [key, other] = cluster.keysOf(["a", "b"], 2) as [string, string];
  await cache.set(other, "v");
  await cluster.settle();
  const b = cluster.node("b");
  const gate = new Gate();
  const seen = { listed: false };
  b.fail(
    async (execute) => {
      await execute();
      await cache.set(key, "v");
    },
    { only: "writeState", key: other, times: 1 },
  );
  b.fail(
    async (execute, call) => {
      if (seen.listed) return gate.fault(execute, call);
      const answer = await execute();
      if (JSON.stringify(answer).includes(key)) {
        seen.listed = true;
        await cache.delete(key);
        await cluster.settle();
      }
      return answer;
    },
    { only: ["keys", "listKeys"] },
  );
  b.restart();
  await cluster.until(cache.delete(cluster.keyOf("b", "a")));
  await cluster.pass(200);
  expect(seen.listed).toBe(true);
  expect(cache.nodeHealth("b")).toBe("syncing");
  // What b was to delete itself, and is told when it has caught up.
  expect(cache.metrics().dirtyKeys).toBe(1);
  expect(await text(cache, key)).toBeUndefined();
  gate.open();
});
