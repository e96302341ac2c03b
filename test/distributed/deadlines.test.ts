/** `expiresAt`: one moment of the coordinator's clock for every owner, whenever it hears of it. */
import { describe, expect, test } from "vitest";
import { expectRefusal, text } from "../contract/expectations.ts";
import { refused, slow } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const HOUR_MS = 3_600_000;

async function expectDeadline(cluster: Cluster, key: string, expiresAt: number): Promise<void> {
  await cluster.expectEqualOwners(key);
  for (const id of cluster.ownersOf(key)) {
    expect(await cluster.held(id, key)).toMatchObject({ expiresAt });
  }
}

describe.each(["async", "sync"] as const)("a deadline, with %s replication", (replication) => {
  const options = { replication, replicationFactor: 2, writeQuorum: 1 };

  test("is the same on every owner, by set, setMany and expire, whatever the ttl says", async () => {
    await using cluster = new Cluster(options);
    const { cache, time } = cluster;
    const keys = cluster.keysOf(["a", "b"], 3) as [string, string, string];
    const [set, together, expiring] = keys;
    const expiresAt = time.clock.now() + HOUR_MS;
    await cache.set(set, "v", { ttl: "1m", expiresAt });
    await cache.setMany([[together, "v"]], { expiresAt });
    await cache.set(expiring, "v");
    expect(await cache.expire(expiring, "1m", { expiresAt })).toBe(true);
    await cluster.settle();
    for (const key of keys) await expectDeadline(cluster, key, expiresAt);
    await cluster.pass(HOUR_MS / 1000);
    expect(await cache.ttl(set)).toBe(HOUR_MS - HOUR_MS / 1000);
    time.advance(expiresAt - time.clock.now());
    for (const key of keys) expect(await cache.exists(key)).toBe(false);
  });

  test("does not move for an owner that hears of it late, or when it is back", async () => {
    await using cluster = new Cluster(options);
    const { cache, time } = cluster;
    const [key, missed] = cluster.keysOf(["a", "b"], 2) as [string, string];
    await cluster.settle();
    const expiresAt = time.clock.now() + HOUR_MS;
    cluster.node("b").fail(slow(time, 700), { key, times: 1 });
    await cluster.until(cache.set(key, "v", { expiresAt }));
    await cluster.pass(1000);
    await expectDeadline(cluster, key, expiresAt);
    cluster.node("b").fail(refused);
    await cluster.until(cache.set(missed, "v", { expiresAt }));
    await cluster.pass(5000);
    cluster.node("b").heal();
    await cluster.pass(60_000);
    await expectDeadline(cluster, missed, expiresAt);
  });

  test("that is over removes the key from every owner", async () => {
    await using cluster = new Cluster(options);
    const { cache, time } = cluster;
    const keys = cluster.keysOf(["a", "b"], 3) as [string, string, string];
    for (const key of keys) await cache.set(key, "v");
    const [set, together, expiring] = keys;
    const expiresAt = time.clock.now();
    await cache.set(set, "new", { expiresAt });
    await cache.setMany([[together, "new"]], { expiresAt });
    expect(await cache.expire(expiring, "1h", { expiresAt: expiresAt - 1 })).toBe(true);
    await cluster.settle();
    for (const key of keys) {
      expect(await text(cache, key)).toBeUndefined();
      for (const id of ["a", "b"]) expect(await cluster.held(id, key)).toBeUndefined();
    }
  });

  test("of Infinity is none", async () => {
    await using cluster = new Cluster(options);
    const { cache } = cluster;
    const key = cluster.keyOf("a", "b");
    await cache.set(key, "v", { ttl: "1m", expiresAt: Infinity });
    await cluster.settle();
    await expectDeadline(cluster, key, Infinity);
  });
});

test("a deadline that is none is INVALID_TTL, and nothing happens", async () => {
  await using cluster = new Cluster();
  const { cache } = cluster;
  await cache.set("k", "v");
  for (const bad of [Number.NaN, "soon", null]) {
    const expiresAt = bad as number;
    await expectRefusal(() => cache.set("k", "new", { expiresAt }), "INVALID_TTL");
    await expectRefusal(() => cache.setMany([["k", "new"]], { expiresAt }), "INVALID_TTL");
    await expectRefusal(() => cache.expire("k", "1h", { expiresAt }), "INVALID_TTL");
  }
  expect(await text(cache, "k")).toBe("v");
  expect(await cache.ttl("k")).toBe(Infinity);
});
