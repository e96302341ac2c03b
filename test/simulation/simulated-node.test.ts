import { type LeaderboardCache, canTransferState } from "laurel";
import { beforeEach, describe, expect, it } from "vitest";
import { Dice } from "./dice.ts";
import { type NodePlan, SimulatedNode } from "./simulated-node.ts";
import { Trace } from "./trace.ts";
import { VirtualWorld } from "./virtual-world.ts";

const PLAN: NodePlan = {
  id: "n1",
  transfersState: true,
  tellsDefaultTtl: true,
  isFenced: false,
  heedsSignals: true,
  latencyMsMax: 5,
  lateMsMax: 10_000,
  keepsMemory: false,
  chunkMembers: Infinity,
  storeOptions: {},
};

let world: VirtualWorld;
let node: SimulatedNode;
let cache: LeaderboardCache;

function create(plan: NodePlan): void {
  world = new VirtualWorld();
  const trace = new Trace(world, false);
  node = new SimulatedNode(plan, { world, dice: new Dice(1), trace, listener: () => undefined });
  cache = node.cacheNode.cache as LeaderboardCache;
}

/** What became of a call after some time. */
async function after(ms: number, call: Promise<unknown>): Promise<unknown> {
  let outcome: unknown = "pending";
  const settle = async (): Promise<void> => {
    try {
      outcome = await call;
    } catch (error) {
      outcome = (error as { code?: string }).code ?? String(error);
    }
  };
  void settle();
  await world.run(() => false, ms);
  return outcome;
}

beforeEach(() => create(PLAN));

describe("a simulated node", () => {
  it("answers after a while", async () => {
    const reading = after(10, cache.incr("hits"));
    expect(await reading).toBe(1);
    expect(node.store.peek("hits")).toEqual({ content: "1", expiresAt: Infinity });
  });

  it("neither hears nor answers while it is cut off", async () => {
    node.conditions.partition = "drop";
    expect(await after(60_000, cache.incr("hits"))).toBe("pending");
    expect(node.store.peek("hits")).toBeUndefined();
  });

  it("refuses at once while it is down, and until its boot id is known after that", async () => {
    const before = await after(20, cache.bootId());
    await after(20, cache.incr("hits"));
    node.crash();
    expect(await after(20, cache.incr("hits"))).toBe("CONNECTION_FAILED");
    node.start();
    expect(await after(20, cache.incr("hits"))).toBe("CONNECTION_FAILED");
    expect(await after(20, cache.bootId())).not.toBe(before);
    expect(await after(20, cache.incr("hits"))).toBe(1);
  });

  it("does late what arrived while it was stopped", async () => {
    node.pause();
    const call = cache.incr("hits");
    expect(await after(5000, call)).toBe("pending");
    node.resume();
    expect(await after(20, call)).toBe(1);
  });

  it("never does what comes too late", async () => {
    node.pause();
    void after(0, cache.incr("hits"));
    await world.run(() => false, PLAN.lateMsMax + 1);
    node.resume();
    expect(node.store.peek("hits")).toBeUndefined();
  });

  it("ends an aborted call here, and does it there all the same", async () => {
    node.pause();
    const abort = new AbortController();
    const call = after(10, cache.incr("hits", 1, { signal: abort.signal }));
    abort.abort(new Error("enough"));
    expect(await call).toBe("Error: enough");
    node.resume();
    expect(node.store.peek("hits")?.content).toBe("1");
  });

  it("takes no more while it is full, and answers reads", async () => {
    await after(20, cache.set("name", "value"));
    node.conditions.isFull = true;
    expect(await after(20, cache.set("other", "value"))).toBe("CACHE_FULL");
    expect(String(await after(20, cache.get("name")))).toBe("value");
    expect(await after(20, cache.delete("name"))).toBe(true);
  });

  it("lists its keys over several messages", async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `key${String(i).padStart(2, "0")}`);
    for (const key of keys) await after(20, cache.set(key, ""));
    const listed: string[] = [];
    const listing = (async () => {
      for await (const key of cache.keys()) listed.push(key);
    })();
    await after(100, listing);
    expect(listed.sort()).toEqual(keys);
  });

  it("may lack the transfer of states", () => {
    expect(canTransferState(cache)).toBe(true);
    create({ ...PLAN, transfersState: false });
    expect(canTransferState(cache)).toBe(false);
  });

  it("meets every kind of mishap", async () => {
    node.conditions.mishapRate = 1;
    const outcomes = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const before = Number(node.store.peek("hits")?.content ?? 0);
      const outcome = String(await after(40, cache.incr("hits")));
      await world.run(() => false, PLAN.lateMsMax);
      const wasDone = Number(node.store.peek("hits")?.content ?? 0) > before;
      outcomes.add(`${outcome.replace(/\d+/, "n")}, ${wasDone ? "done" : "not done"}`);
    }
    expect([...outcomes].sort()).toEqual([
      "CONNECTION_FAILED, not done",
      "Error: incr failed at the end, done",
      "Error: incr failed before it began, not done",
      "pending, done",
      "pending, not done",
    ]);
  });
});
