import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { databasesOf, keptDataOf, MemoryCache, onClose } from "./memory-cache.ts";
import { MemoryLeaderboardCache } from "./memory-leaderboard-cache.ts";
import type { KeptData, PersistenceHost, PersistenceMetrics } from "./persistence.ts";
import { ITERATIONS, READS, WRITES } from "./persistence-gate.ts";

const FAILED = new CacheError("PERSISTENCE_FAILED", "Cannot open /data: it is damaged");
const REFUSED = new CacheError("PERSISTENCE_FAILED", "Cannot write: the disk is full");
/** What is no call upon the data. */
const APART = ["close", "flush", "metrics", "ready"];
/** Methods for subclasses. */
const INNER = ["constructor", "empty", "encodedKey", "encodedKeys", "enter", "writeSortedSet"];

/** A promise with its two ends in hand. */
class Deferred {
  resolve: () => void = () => {};
  reject: (error: unknown) => void = () => {};
  readonly promise = new Promise<void>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** Keeps nothing, and does only what a test tells it to. Writes down what it is told. */
class ToldData implements KeptData {
  readonly loaded = new Deferred();
  readonly ready = this.loaded.promise;
  isReady = false;
  failures = 0;
  /** What an end of a unit does beside. */
  onUnit = (): void => {};
  refusal: CacheError | undefined;
  unsettled: Deferred | undefined;
  closed = Promise.resolve();
  readonly log: string[] = [];

  endUnit(): void {
    this.log.push("unit");
    this.onUnit();
  }

  settled(): Promise<void> | undefined {
    return this.unsettled?.promise;
  }

  async flush(): Promise<void> {
    this.log.push("flush");
  }

  close(): Promise<void> {
    this.log.push("close");
    return this.closed;
  }

  metrics(): PersistenceMetrics {
    return {
      loading: !this.isReady,
      failure: undefined,
      journalBytes: 5,
      journalBaseBytes: 0,
      unsyncedBytes: 0,
      syncs: 0,
      rewrites: 0,
      snapshots: 0,
      changesSinceSnapshot: 0,
    };
  }
}

function keptCache() {
  const data = new ToldData();
  let host: PersistenceHost | undefined;
  const open = (given: PersistenceHost): KeptData => {
    host = given;
    return data;
  };
  const cache = new MemoryLeaderboardCache({ persistence: { open } });
  return { cache, data, host: host as unknown as PersistenceHost };
}

async function readyCache() {
  const kept = keptCache();
  kept.data.loaded.resolve();
  await kept.cache.ready();
  return kept;
}

/** How a call ended so far: by the time that everything which can go on has done so. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  let outcome: unknown = "waits";
  call.then(
    (value) => (outcome = value),
    (error: unknown) => (outcome = error),
  );
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return outcome;
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

describe("the gate of a cache whose data is kept", () => {
  test("stands before every method that is one of the contract, and before no other", () => {
    const names = [MemoryCache, MemoryLeaderboardCache].flatMap(({ prototype }) =>
      Object.entries(Object.getOwnPropertyDescriptors(prototype))
        .filter(([, { value }]) => typeof value === "function")
        .map(([name]) => name),
    );
    const gated = [READS, WRITES, ITERATIONS].flatMap((table) => Object.keys(table));
    const rest = new Set([...APART, ...INNER]);
    expect(gated.toSorted()).toEqual([...new Set(names)].filter((name) => !rest.has(name)).sort());
    for (const name of rest) expect(names).toContain(name);
  });

  test("is in nobody's sight, and not there without persistence", () => {
    const { cache } = keptCache();
    expect(Object.getOwnPropertyNames(cache)).toContain("get");
    expect(Object.keys(cache)).not.toContain("get");
    expect(Object.getOwnPropertyNames(new MemoryLeaderboardCache())).not.toContain("get");
    expect(Object.getOwnPropertyNames(new MemoryCache())).not.toContain("get");
  });

  test("a cache hands over its databases, of which the first is its own", async () => {
    const { cache, data, host } = await readyCache();
    await cache.set("k", "v");
    expect(databasesOf(cache)).toBe(host.databases);
    expect(host.databases.first.size).toBe(1);
    expect(host.databases.count).toBe(16);
    expect(keptDataOf(cache)).toBe(data);
    expect(databasesOf(new MemoryCache())).toBeUndefined();
    expect(keptDataOf(new MemoryCache())).toBeUndefined();
  });

  test("metrics tell of the data on the disk, where there is any", async () => {
    const { cache } = await readyCache();
    expect(cache.metrics().persistence).toMatchObject({ journalBytes: 5 });
    await cache.close();
    expect(cache.metrics().persistence).toMatchObject({ journalBytes: 5 });
    expect(new MemoryCache().metrics()).not.toHaveProperty("persistence");
  });

  test("without persistence ready and flush resolve at once, until close", async () => {
    const cache = new MemoryCache();
    expect(await cache.ready()).toBeUndefined();
    expect(await cache.flush()).toBeUndefined();
    await cache.close();
    await expect(cache.ready()).rejects.toMatchObject({ code: "CLOSED" });
    await expect(cache.flush()).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("calls before what was kept is loaded", () => {
  test("wait, and are carried out in their order", async () => {
    const { cache, data, host } = keptCache();
    const calls = [
      cache.set("k", "1"),
      cache.get("k"),
      cache.ready(),
      cache.incr("k", 5),
      collect(cache.keys()),
      cache.delete("k"),
      cache.exists("k"),
      cache.flush(),
    ];
    expect(await outcomeOf(Promise.race(calls))).toBe("waits");
    expect(host.databases.size).toBe(0);
    // What is loaded is there before them.
    data.log.length = 0;
    data.loaded.resolve();
    const [, value, , sum, , existed, exists] = await Promise.all(calls);
    expect([String(value), sum, existed, exists]).toEqual(["1", 6, true, false]);
    expect(data.log).toContain("flush");
  });

  test("come before calls that are made when it is loaded", async () => {
    const { cache, data } = keptCache();
    const order: string[] = [];
    const first = cache.append("k", "a").then(() => order.push("first"));
    const later = data.ready.then(() => cache.append("k", "b")).then(() => order.push("later"));
    data.loaded.resolve();
    await Promise.all([first, later]);
    expect(order).toEqual(["first", "later"]);
    expect(String(await cache.get("k"))).toBe("ab");
  });

  test("are carried out with what they were given, whatever became of it since", async () => {
    const { cache, data } = keptCache();
    const bytes = Buffer.from("given");
    const pair: [string, Uint8Array] = ["pair", bytes];
    const member = { member: "alice", score: 1 };
    const options = { nx: true };
    const calls = [
      cache.set("single", bytes),
      cache.setMany([pair]),
      cache.setMany(new Map([["mapped", bytes]])),
      cache.zAdd("board", [member], options),
      cache.zAdd("board", new Set([member])),
    ];
    bytes.fill("x");
    pair[0] = "other";
    member.score = 7;
    Object.assign(options, { gt: true });
    data.loaded.resolve();
    await Promise.all(calls);
    const values = await cache.getMany(["single", "pair", "mapped"]);
    expect(values.map(String)).toEqual(["given", "given", "given"]);
    expect(await cache.zScore("board", "alice")).toBe(1);
  });

  test("end early with the reason when their signal is aborted, and are not carried out", async () => {
    const { cache, data } = keptCache();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = [cache.set("k", "v", { signal }), collect(cache.keys("*", { signal }))];
    const { signal: other } = new AbortController();
    const carriedOut = cache.set("other", "v", { signal: other });
    const reason = new Error("enough");
    controller.abort(reason);
    for (const call of aborted) expect(await outcomeOf(call)).toBe(reason);
    expect(await outcomeOf(cache.get("k", { signal }))).toBe(reason);
    data.loaded.resolve();
    await carriedOut;
    expect(await collect(cache.keys())).toEqual(["other"]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(getEventListeners(other, "abort")).toEqual([]);
  });

  test("are refused at once with options that are none", async () => {
    const { cache } = keptCache();
    const call = cache.get("k", 5 as never);
    expect(await outcomeOf(call)).toMatchObject({ code: "INVALID_OPTIONS" });
  });

  test("all fail when it cannot be loaded, as every later call does; close does not", async () => {
    const { cache, data } = keptCache();
    const { signal } = new AbortController();
    const calls = [cache.ready(), cache.get("k", { signal }), collect(cache.zScan("k"))];
    data.loaded.reject(FAILED);
    for (const call of calls) expect(await outcomeOf(call)).toBe(FAILED);
    for (const call of [cache.ready(), cache.flush(), cache.incr("n"), collect(cache.keys())]) {
      expect(await outcomeOf(call)).toBe(FAILED);
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(cache.metrics().entries).toBe(0);
    await cache.close();
    expect(data.log).toEqual(["close"]);
    await expect(cache.get("k")).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("are carried out before the cache is closed; those after close are refused", async () => {
    const { cache, data } = keptCache();
    const before = [cache.set("k", "v"), cache.get("k")];
    const closing = cache.close();
    expect(cache.close()).toBe(closing);
    const after = [cache.get("k"), cache.ready(), cache.flush(), collect(cache.keys())];
    for (const call of after) expect(await outcomeOf(call)).toMatchObject({ code: "CLOSED" });
    expect(data.log).toEqual([]);
    data.loaded.resolve();
    expect(String((await Promise.all(before))[1])).toBe("v");
    await closing;
    expect(data.log).toEqual(["unit", "unit", "close"]);
  });

  test("that there are none of keep nobody from closing", async () => {
    const { cache, data } = keptCache();
    await cache.close();
    expect(data.log).toEqual(["close"]);
  });

  test("that never end do not end the process either", async () => {
    const { cache, data } = keptCache();
    // Nobody waits for it: an unhandled rejection would fail the test run.
    data.loaded.reject(FAILED);
    expect(await outcomeOf(cache.get("k"))).toBe(FAILED);
  });
});

describe("calls on data that is kept", () => {
  test("are a unit each, whatever they do", async () => {
    const { cache, data } = await readyCache();
    data.log.length = 0;
    await cache.set("k", "v");
    await cache.get("k");
    await expect(cache.incr("k")).rejects.toMatchObject({ code: "NOT_INTEGER" });
    await cache.zAdd("board", { member: "a", score: 1 });
    expect(data.log).toEqual(["unit", "unit", "unit", "unit"]);
  });

  test("resolve, reads too, when what was written is as safe as was asked for", async () => {
    const { cache, data } = await readyCache();
    data.unsettled = new Deferred();
    const calls = [cache.set("k", "v"), cache.exists("k"), collect(cache.keys())];
    for (const call of calls) expect(await outcomeOf(call)).toBe("waits");
    expect(await outcomeOf(cache.incr("k"))).toBe("waits");
    data.unsettled.resolve();
    expect(await Promise.all(calls)).toEqual([undefined, true, ["k"]]);
  });

  test("tell of a write that could not be made safe, and go on reading", async () => {
    const { cache, data } = await readyCache();
    data.unsettled = new Deferred();
    const [write, read] = [cache.set("k", "v"), cache.exists("k")];
    const listed = collect(cache.keys());
    data.unsettled.reject(FAILED);
    expect(await outcomeOf(write)).toBe(FAILED);
    expect(await outcomeOf(read)).toBe(true);
    expect(await outcomeOf(listed)).toEqual(["k"]);
  });

  test("refuse writes that could not be kept, and change nothing", async () => {
    const { cache, data } = await readyCache();
    await cache.zAdd("board", { member: "a", score: 1 });
    data.refusal = REFUSED;
    expect(await outcomeOf(cache.set("k", "v"))).toBe(REFUSED);
    expect(await outcomeOf(cache.zPopMin("board"))).toBe(REFUSED);
    expect(await outcomeOf(cache.clear())).toBe(REFUSED);
    expect(await outcomeOf(cache.zCard("board"))).toBe(1);
    expect(await outcomeOf(collect(cache.zScan("board")))).toHaveLength(1);
    data.refusal = undefined;
    await cache.set("k", "v");
  });

  test("reject where what they did could not be kept by the time they end", async () => {
    const { cache, data } = await readyCache();
    data.onUnit = () => {
      data.failures++;
      data.refusal = REFUSED;
    };
    expect(await outcomeOf(cache.set("k", "v"))).toBe(REFUSED);
    data.onUnit = () => {};
    expect(await outcomeOf(cache.exists("k"))).toBe(true);
  });

  test("reach the methods that a subclass puts in the place of others", async () => {
    class Shouting extends MemoryLeaderboardCache {
      override async get(key: string): Promise<Buffer | undefined> {
        const value = await super.get(key);
        return value && Buffer.from(value.toString().toUpperCase());
      }
    }
    const data = new ToldData();
    const cache = new Shouting({ persistence: { open: () => data } });
    data.loaded.resolve();
    await cache.set("k", "v");
    expect(String(await cache.get("k"))).toBe("V");
  });
});

describe("closing a cache whose data is kept", () => {
  test("waits for the data, and only then drops the keys", async () => {
    const { cache, data, host } = await readyCache();
    await cache.set("k", "v");
    const end = new Deferred();
    data.closed = end.promise;
    const [closing, again] = [cache.close(), cache.close()];
    expect(await outcomeOf(Promise.race([closing, again]))).toBe("waits");
    expect(host.databases.size).toBe(1);
    await expect(cache.get("k")).rejects.toMatchObject({ code: "CLOSED" });
    end.resolve();
    await Promise.all([closing, again]);
    expect(host.databases.size).toBe(0);
  });

  test("rejects where the data cannot be kept, and closes all the same", async () => {
    const { cache, data, host } = await readyCache();
    await cache.set("k", "v");
    data.closed = Promise.reject(FAILED);
    await expect(cache.close()).rejects.toBe(FAILED);
    await expect(cache.close()).rejects.toBe(FAILED);
    await expect(cache.get("k")).rejects.toMatchObject({ code: "CLOSED" });
    expect(host.databases.size).toBe(0);
  });

  test("tells whoever serves the keys once nothing is recorded any more, not later", async () => {
    const { cache, data } = await readyCache();
    data.log.length = 0;
    const end = new Deferred();
    data.closed = end.promise;
    onClose(cache, () => data.log.push("told"));
    const closing = cache.close();
    expect(data.log).toEqual(["close", "told"]);
    end.resolve();
    await closing;
    expect(data.log).toEqual(["close", "told"]);
  });
});
