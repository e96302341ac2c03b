/** What `close` leaves of calls that hold no turn, which it does not wait for. */
import { describe, expect, test } from "vitest";
import { collect } from "../contract/expectations.ts";
import { reset, unheard } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

const outcomeOf = (pending: Promise<unknown>): Promise<unknown> => {
  return pending.catch((error: unknown) => error);
};
const CLOSED: unknown = expect.objectContaining({ name: "CacheError", code: "CLOSED" });

describe.each(["next-node", "all-nodes", "retry"] as const)(
  "a read that is under way when the cache is closed, with failover %s",
  (failover) => {
    test("and has no answer by then rejects with CLOSED, and no timer is left", async () => {
      await using cluster = new Cluster({ failover });
      const { cache, time } = cluster;
      const keys = cluster.keysOf(["a", "b"], 2) as [string, string];
      await cluster.settle();
      cluster.node("a").fail(unheard, { only: ["get", "getMany", "ttl"] });
      const reads = [cache.get(keys[0]), cache.getMany(keys), cache.ttl(keys[1])].map(outcomeOf);
      await cluster.settle();
      await cluster.until(cache.close());
      expect(await cluster.until(Promise.all(reads))).toEqual([CLOSED, CLOSED, CLOSED]);
      expect(time.pending).toBe(0);
      expect(cluster.node("b").count("get") + cluster.node("b").count("getMany")).toBe(0);
    });

    test("and fails afterwards is not asked of another node", async () => {
      await using cluster = new Cluster({ failover });
      const { cache, time } = cluster;
      const key = cluster.keyOf("a", "b");
      await cluster.settle();
      cluster.node("a").fail(reset, { only: "get" });
      const read = outcomeOf(cache.get(key));
      const closing = cache.close();
      const error = await cluster.until(read);
      expect(error).toEqual(CLOSED);
      expect(error).toMatchObject({ cause: { code: "CONNECTION_FAILED" } });
      await cluster.until(closing);
      expect(time.pending).toBe(0);
    });
  },
);

const filled = async (): Promise<Cluster> => {
  const cluster = new Cluster();
  const members = Array.from({ length: 40 }, (_, i) => ({ member: `m:${i}`, score: i }));
  await cluster.cache.zAdd("board", members);
  for (let i = 0; i < 40; i++) await cluster.cache.set(`key:${i}`, "v");
  await cluster.settle();
  return cluster;
};

describe("what is under way without a turn when the cache is closed", () => {
  const calls: [name: string, only: string, call: (cache: Cluster["cache"]) => Promise<unknown>][] =
    [
      ["keys()", "keys", (cache) => collect(cache.keys())],
      ["zScan()", "zScan", (cache) => collect(cache.zScan("board"))],
      ["repair()", "keys", (cache) => cache.repair()],
    ];

  test.each(calls)("%s rejects with CLOSED where no node answers", async (_, only, call) => {
    await using cluster = await filled();
    for (const id of ["a", "b", "c"]) cluster.node(id).fail(unheard, { only });
    const outcome = outcomeOf(call(cluster.cache));
    await cluster.settle();
    await cluster.until(cluster.cache.close());
    expect(await cluster.until(outcome)).toEqual(CLOSED);
    expect(cluster.time.pending).toBe(0);
  });

  test.each(calls)("%s rejects with CLOSED in the middle", async (_, only, call) => {
    await using cluster = await filled();
    const { cache } = cluster;
    for (const id of ["a", "b", "c"]) {
      cluster.node(id).onCall = ({ name, step }) => {
        if (name === only && step === 3) void cache.close();
      };
    }
    expect(await cluster.until(outcomeOf(call(cache)))).toEqual(CLOSED);
    await cluster.until(cache.close());
    expect(cluster.time.pending).toBe(0);
  });
});

test("a pause that is too long for a timer is none that ends at once", async () => {
  await using cluster = new Cluster({
    callTimeout: "30d",
    fenceTimeout: "30d",
    healthCheck: { interval: "30d", timeout: "30d" },
  });
  const { time } = cluster;
  await cluster.settle();
  const { length } = cluster.node("a").calls;
  await cluster.pass(1000);
  expect(cluster.node("a").calls).toHaveLength(length);
  time.advance(2 ** 31);
  await cluster.settle();
  expect(cluster.node("a").count("bootId")).toBeGreaterThan(1);
});
