import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import { describe, expect, test } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";
import { members } from "./expectations.ts";

/** How many timers, of those that keep the process alive, are set. */
function timersAlive(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

describe("timers of the memory caches", () => {
  test("never keep the process alive", async () => {
    const before = timersAlive();
    // A timer that is not unref'ed shows, else this test could not fail.
    const shown = setTimeout(() => undefined, 60_000);
    expect(timersAlive()).toBe(before + 1);
    clearTimeout(shown);
    const cache = new MemoryLeaderboardCache({ defaultTtl: "1h", sweepInterval: "1s" });
    await cache.set("k", "v");
    await cache.set("soon", "v", { ttl: 50 });
    await cache.zAdd("board", members(["a", 1]));
    await cache.expire("board", "10s");
    expect(timersAlive()).toBeLessThanOrEqual(before);
    await cache.close();
    expect(timersAlive()).toBeLessThanOrEqual(before);
  });

  test("are cleared by close", async () => {
    const time = new VirtualTime();
    const cache = new MemoryCache({ clock: time.clock, timers: time.timers });
    for (let i = 0; i < 100; i++) await cache.set(`k${i}`, "v", { ttl: 1000 + i });
    await cache.close();
    expect(time.pending).toBe(0);
    time.advance(3_600_000);
    expect(time.pending).toBe(0);
  });

  test("do not pile up with the keys", async () => {
    const time = new VirtualTime();
    await using cache = new MemoryCache({ clock: time.clock, timers: time.timers });
    for (let i = 0; i < 1000; i++) await cache.set(`k${i}`, "v", { ttl: 1000 + i });
    expect(time.pending).toBeLessThanOrEqual(2);
  });

  test("take away what expired, though nobody asks for it", async () => {
    const time = new VirtualTime();
    await using cache = new MemoryLeaderboardCache({ clock: time.clock, timers: time.timers });
    const empty = cache.metrics().memoryBytes;
    for (let i = 0; i < 5000; i++) await cache.set(`k${i}`, "v", { ttl: 1000 + (i % 7) });
    await cache.zAdd("board", members(["a", 1], ["b", 2]));
    await cache.expire("board", 3000);
    time.advance(600_000);
    expect(cache.metrics()).toMatchObject({
      entries: 0,
      expirations: 5001,
      leaderboards: 0,
      members: 0,
      memoryBytes: empty,
    });
  });

  test("serve keys of the far future, too", async () => {
    const time = new VirtualTime();
    await using cache = new MemoryCache({ clock: time.clock, timers: time.timers });
    // More than a timer can wait for: 2^31 ms are 24.8 days.
    await cache.set("far", "v", { ttl: "60d" });
    await cache.set("farther", "v", { ttl: "36500d" });
    for (let day = 0; day < 59; day++) time.advance(86_400_000);
    expect(await cache.exists("far")).toBe(true);
    time.advance(86_400_000);
    expect(await cache.exists("far")).toBe(false);
    expect(await cache.exists("farther")).toBe(true);
  });
});

describe("boot ids of the memory caches", () => {
  test("name each cache apart", async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 100; i++) {
      await using cache = new MemoryCache();
      ids.add(await cache.bootId());
    }
    expect(ids.size).toBe(100);
  });
});
