/** The failure detector: what marks a node, what restores it, and what others hear of it. */
import type { CacheNode, DistributedEvents, Probe } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { text } from "../contract/expectations.ts";
import {
  broken,
  closed,
  type Fault,
  full,
  refused,
  reset,
  slow,
  unheard,
} from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const HEALTH_CHECK_OFF = { interval: Infinity };

/** Makes some calls to the primary of a key; what comes of them is not asked. */
async function call(cluster: Cluster, key: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await cluster.until(cluster.cache.get(key).catch(() => undefined));
  }
}

const steps = (events: readonly DistributedEvents["health"][]): string[] => {
  return events.map(({ id, from, to }) => `${id}: ${from} -> ${to}`);
};

describe("calls that fail", () => {
  test.each<[string, Fault]>([
    ["a refused connection", refused],
    ["a cache that somebody closed", closed],
  ])("by %s take the node out at once", async (_, fault) => {
    await using cluster = new Cluster({ healthCheck: HEALTH_CHECK_OFF });
    const { cache } = cluster;
    await cluster.settle();
    const health = cluster.events("health");
    cluster.node("a").fail(fault);
    await call(cluster, cluster.keyOf("a", "b"), 1);
    expect(cache.nodeHealth("a")).toBe("unhealthy");
    expect(steps(health)).toEqual(["a: healthy -> unhealthy"]);
    expect(health[0]?.cause).toMatchObject({ name: "CacheError" });
    expect(cache.metrics()).toMatchObject({ healthyNodes: 2, unhealthyNodes: 1 });
  });

  test.each<[string, Fault]>([
    ["a reset connection", reset],
    ["an error of the node's own", broken],
    ["no answer", unheard],
  ])("by %s take it out when as many as the threshold come in a row", async (_, fault) => {
    await using cluster = new Cluster({
      replicationFactor: 1,
      healthCheck: { ...HEALTH_CHECK_OFF, failureThreshold: 4 },
    });
    const { cache } = cluster;
    await cluster.settle();
    const health = cluster.events("health");
    cluster.node("a").fail(fault);
    const key = cluster.keyOf("a");
    await call(cluster, key, 1);
    expect(cache.nodeHealth("a")).toBe("degraded");
    expect(cache.metrics()).toMatchObject({ healthyNodes: 3, unhealthyNodes: 0 });
    await call(cluster, key, 2);
    expect(cache.nodeHealth("a")).toBe("degraded");
    await call(cluster, key, 1);
    expect(steps(health)).toEqual(["a: healthy -> degraded", "a: degraded -> unhealthy"]);
    expect(cache.nodes()[0]?.health).toBe("unhealthy");
  });

  test("are counted for the node", async () => {
    await using cluster = new Cluster({ healthCheck: HEALTH_CHECK_OFF });
    await cluster.settle();
    const [node] = cluster.cache.nodes() as [CacheNode];
    const before = node.metrics();
    cluster.node("a").fail(reset, { times: 1 });
    await call(cluster, cluster.keyOf("a", "b"), 1);
    expect(node.metrics().failures).toBe(before.failures + 1);
    expect(node.metrics().requests).toBeGreaterThan(before.requests);
  });

  test("are none where the node answers with an error", async () => {
    await using cluster = new Cluster({ replicationFactor: 1, healthCheck: HEALTH_CHECK_OFF });
    const { cache } = cluster;
    const key = cluster.keyOf("a");
    await cache.set(key, "text");
    cluster.node("a").fail(full, { only: "set" });
    for (let i = 0; i < 5; i++) {
      await expect(cache.zCard(key)).rejects.toMatchObject({ code: "WRONG_TYPE" });
      await expect(cache.incr(key)).rejects.toMatchObject({ code: "NOT_INTEGER" });
      await expect(cache.set(key, "v")).rejects.toMatchObject({ code: "CACHE_FULL" });
    }
    expect(cache.nodeHealth("a")).toBe("healthy");
    expect(cache.metrics().failovers).toBe(0);
  });
});

describe("a degraded node", () => {
  test("serves, and is asked last", async () => {
    await using cluster = new Cluster({ healthCheck: HEALTH_CHECK_OFF });
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "v");
    await cluster.settle();
    cluster.node("a").fail(reset, { only: "get", times: 1 });
    await call(cluster, key, 1);
    expect(cache.nodeHealth("a")).toBe("degraded");
    const gets = cluster.node("a").count("get");
    expect(await text(cache, key)).toBe("v");
    expect(cluster.node("a").count("get")).toBe(gets);
    cache.markNode("b", "unhealthy");
    expect(await text(cache, key)).toBe("v");
    expect(cluster.node("a").count("get")).toBe(gets + 1);
  });

  test("is healthy again after as many answers in a row as the threshold", async () => {
    await using cluster = new Cluster({
      replicationFactor: 1,
      healthCheck: { ...HEALTH_CHECK_OFF, successThreshold: 6 },
    });
    const { cache } = cluster;
    const key = cluster.keyOf("a");
    await cluster.settle();
    const health = cluster.events("health");
    cluster.node("a").fail(reset, { only: "get", times: 1 });
    await call(cluster, key, 2);
    expect(cache.nodeHealth("a")).toBe("degraded");
    await call(cluster, key, 5);
    expect(cache.nodeHealth("a")).toBe("healthy");
    expect(steps(health)).toEqual(["a: healthy -> degraded", "a: degraded -> healthy"]);
  });
});

describe("probes", () => {
  test("find a dead node without any call, and let it back without any", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    await cluster.settle();
    const health = cluster.events("health");
    cluster.node("b").fail(refused);
    await cluster.pass(11_100);
    expect(steps(health)).toEqual(["b: healthy -> unhealthy"]);
    cluster.node("b").heal();
    await cluster.pass(60_000);
    expect(steps(health).slice(1)).toEqual(["b: unhealthy -> syncing", "b: syncing -> healthy"]);
    expect(cache.nodeHealth("b")).toBe("healthy");
  });

  test("come each interval, a little earlier or later, not all at once", async () => {
    await using cluster = new Cluster({ healthCheck: { interval: "10s" } });
    const { time } = cluster;
    await cluster.settle();
    const start = time.clock.now();
    const at = new Map<string, number[]>();
    for (const id of ["a", "b", "c"]) {
      at.set(id, []);
      cluster.node(id).onCall = ({ name }) => {
        if (name === "bootId") at.get(id)?.push(time.clock.now() - start);
      };
    }
    await cluster.pass(105_000);
    const all = [...at.values()];
    for (const times of all) {
      expect(times.length).toBeGreaterThanOrEqual(9);
      expect(times.length).toBeLessThanOrEqual(11);
      const gaps = times.map((ms, i) => ms - (times[i - 1] ?? 0));
      for (const gap of gaps) {
        expect(gap).toBeGreaterThanOrEqual(9000);
        expect(gap).toBeLessThanOrEqual(11_000);
      }
      expect(new Set(gaps).size).toBeGreaterThan(3);
    }
    expect(new Set(all.map(([first]) => first)).size).toBe(3);
  });

  test("that nobody answers fail after their timeout, others going on meanwhile", async () => {
    await using cluster = new Cluster({
      healthCheck: { interval: "10s", timeout: "3s", failureThreshold: 1 },
    });
    const { cache, time } = cluster;
    await cluster.settle();
    cluster.node("a").fail(unheard);
    cluster.node("b").fail(refused);
    const times = new Map<string, number>();
    const start = time.clock.now();
    cache.on("health", ({ id }) => void times.set(id, time.clock.now() - start));
    await cluster.pass(16_000);
    expect(times.get("b")).toBeLessThanOrEqual(11_100);
    expect(times.get("a")).toBeGreaterThanOrEqual(12_000);
    expect(times.get("a")).toBeLessThanOrEqual(14_100);
  });

  test("of a node that stays away become rarer, up to a limit", async () => {
    await using cluster = new Cluster({ healthCheck: { interval: "1s" } });
    const { time } = cluster;
    await cluster.settle();
    const at: number[] = [];
    cluster.node("a").fail(refused);
    cluster.node("a").onCall = () => at.push(time.clock.now());
    await cluster.pass(60_000);
    const gaps = at.slice(1).map((ms, i) => ms - (at[i] as number));
    expect(gaps[0]).toBeLessThanOrEqual(1100);
    expect(Math.max(...gaps)).toBeGreaterThan(1500);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(4400);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(3600);
  });

  test("do not come where the interval is infinite", async () => {
    await using cluster = new Cluster({ healthCheck: HEALTH_CHECK_OFF });
    await cluster.settle();
    const before = cluster.node("a").count("bootId");
    await cluster.pass(120_000);
    expect(cluster.node("a").count("bootId")).toBe(before);
  });

  test("end with the cache, and leave no timer", async () => {
    const cluster = new Cluster();
    await cluster.settle();
    expect(cluster.time.pending).toBeGreaterThan(0);
    await cluster.cache.close();
    expect(cluster.time.pending).toBe(0);
  });

  test("end for a node that was removed", async () => {
    await using cluster = new Cluster();
    await cluster.until(cluster.cache.removeNode("a"));
    const { length } = cluster.node("a").calls;
    await cluster.pass(60_000);
    expect(cluster.node("a").calls).toHaveLength(length);
  });
});

describe("a probe of the user's", () => {
  test("takes its node out when it rejects, although all calls are answered", async () => {
    let isIll = true;
    const probe: Probe = async ({ id }) => {
      if (id === "a" && isIll) throw new Error("replica lag");
    };
    await using cluster = new Cluster({ healthCheck: { probe, interval: "1s" } });
    const { cache } = cluster;
    await cluster.pass(5000);
    expect(cache.nodeHealth("a")).toBe("unhealthy");
    expect(cache.nodeHealth("b")).toBe("healthy");
    isIll = false;
    await cluster.pass(10_000);
    expect(cache.nodeHealth("a")).toBe("healthy");
  });

  test("that throws at once, or hangs, harms nothing but its node", async () => {
    const signals: AbortSignal[] = [];
    const probe: Probe = ({ id }, signal) => {
      if (id === "a") throw new Error("no promise at all");
      if (id !== "b") return Promise.resolve();
      signals.push(signal);
      return new Promise(() => {});
    };
    await using cluster = new Cluster({ healthCheck: { probe, interval: "5s", timeout: "1s" } });
    const { cache } = cluster;
    await cluster.pass(60_000);
    expect(cache.nodeHealth("a")).toBe("unhealthy");
    expect(cache.nodeHealth("b")).toBe("unhealthy");
    expect(cache.nodeHealth("c")).toBe("healthy");
    // Who is not waited for any more is told so.
    expect(signals.length).toBeGreaterThan(2);
    for (const signal of signals.slice(0, -1)) expect(signal.aborted).toBe(true);
    const key = cluster.keyOf("c", "a");
    await cache.set(key, "v");
    expect(await text(cache, key)).toBe("v");
  });
});

describe("a listener", () => {
  test("that throws keeps nobody else from hearing, and harms no call", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    const warned = new Promise((resolve) => process.once("warning", resolve));
    const seen: string[] = [];
    cache.on("health", () => {
      throw new Error("a listener of the user's");
    });
    cache.on("health", ({ to }) => seen.push(to));
    await cache.set(key, "v");
    await cluster.settle();
    cluster.node("a").fail(refused, { only: "get" });
    expect(await text(cache, key)).toBe("v");
    expect(seen).toEqual(["unhealthy"]);
    expect(await warned).toMatchObject({ name: "LaurelWarning" });
  });

  test("hears nothing after it was taken off", async () => {
    await using cluster = new Cluster();
    const { cache } = cluster;
    const seen: string[] = [];
    const listener = ({ to }: DistributedEvents["health"]): void => void seen.push(to);
    expect(cache.on("health", listener).off("health", listener)).toBe(cache);
    cache.markNode("a", "unhealthy");
    expect(seen).toEqual([]);
  });
});

test("a call to a node may take as long as callTimeout, no longer", async () => {
  await using cluster = new Cluster({ callTimeout: "700ms", healthCheck: HEALTH_CHECK_OFF });
  const { cache, time } = cluster;
  const key = cluster.keyOf("a", "b");
  await cache.set(key, "v");
  await cluster.settle();
  cluster.node("a").fail(slow(time, 600), { only: "get", times: 1 });
  expect(await cluster.until(text(cache, key))).toBe("v");
  expect(cache.metrics().failovers).toBe(0);
  cluster.node("a").fail(slow(time, 800), { only: "get", times: 1 });
  const start = time.clock.now();
  expect(await cluster.until(text(cache, key))).toBe("v");
  expect(cache.metrics().failovers).toBe(1);
  expect(time.clock.now() - start).toBeGreaterThanOrEqual(700);
  expect(time.clock.now() - start).toBeLessThanOrEqual(760);
});
