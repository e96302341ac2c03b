/** Nodes whose clocks are wrong, each in its own way, and that tell their time. */
import { MemoryLeaderboardCache } from "laurel";
import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
import { describe, expect, test } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";

const HOUR_MS = 3_600_000;
const OFFSETS_MS: Readonly<Record<string, number>> = { a: 0, b: 90_000, c: -5 * HOUR_MS };
const KEYS = Array.from({ length: 12 }, (_, i) => `key:${i}`);

class Clocks implements AsyncDisposable {
  readonly time = new VirtualTime();
  readonly stores = new Map<string, MemoryLeaderboardCache>();
  readonly cache: DistributedLeaderboardCache;

  constructor(replication: "sync" | "async") {
    this.cache = new DistributedLeaderboardCache([this.node("a"), this.node("b")], {
      clock: this.time.clock,
      timers: this.time.timers,
      replicationFactor: 2,
      replication,
    });
  }

  node(id: string): CacheNode {
    const clock = { now: () => this.time.clock.now() + (OFFSETS_MS[id] as number) };
    const { timers } = this.time;
    const store = new MemoryLeaderboardCache({ clock, timers, sweepInterval: Infinity });
    this.stores.set(id, store);
    return new CacheNode(id, Object.assign(store, { time: async () => clock.now() }));
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** When each node that has the key will drop it, by the right clock. */
  async deadlines(key: string): Promise<number[]> {
    const deadlines: number[] = [];
    for (const [id, store] of this.stores) {
      const state = await store.readState(key);
      if (state !== undefined) deadlines.push(state.expiresAt - (OFFSETS_MS[id] as number));
    }
    return deadlines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cache.close();
  }
}

describe.each(["sync", "async"] as const)("nodes whose clocks differ, %s", (replication) => {
  test("drop a key at the same moment, however it got its deadline", async () => {
    await using clocks = new Clocks(replication);
    const { cache, time } = clocks;
    const due = time.clock.now() + HOUR_MS;
    for (const [i, key] of KEYS.entries()) {
      if (i % 3 === 0) await cache.set(key, "v", { ttl: HOUR_MS });
      else {
        if (i % 3 === 1) await cache.incr(key);
        else await cache.zAdd(key, { member: "m", score: 1 });
        await cache.expire(key, HOUR_MS);
      }
      if (i % 2 === 0) await (i % 3 === 2 ? cache.zIncrBy(key, "m", 1) : cache.append(key, "1"));
    }
    await clocks.settle();
    for (const key of KEYS) expect(await clocks.deadlines(key)).toEqual([due, due]);
    time.advance(HOUR_MS - 1);
    expect(await cache.exists(KEYS[0] as string)).toBe(true);
    time.advance(1);
    for (const key of KEYS) expect(await cache.exists(key)).toBe(false);
    for (const key of KEYS) expect(await clocks.deadlines(key)).toEqual([]);
  });

  test("keep the moment when a key moves to another node, and a repair finds them equal", async () => {
    await using clocks = new Clocks(replication);
    const { cache, time } = clocks;
    const due = time.clock.now() + HOUR_MS;
    await cache.setMany(
      KEYS.map((key) => [key, "v"]),
      { ttl: HOUR_MS },
    );
    await clocks.settle();
    await cache.addNode(clocks.node("c"));
    for (const key of KEYS) expect(await clocks.deadlines(key)).toEqual([due, due]);
    expect(await cache.repair()).toMatchObject({ repairedKeys: 0, unreachableKeys: 0 });
    await cache.removeNode("a");
    for (const key of KEYS) expect(await clocks.deadlines(key)).toEqual([due, due]);
    expect(await cache.ttl(KEYS[0] as string)).toBe(HOUR_MS);
  });
});
