import { describe, expect, it } from "vitest";
import { CacheError } from "laurel";
import type { Coordinator } from "./coordinator.ts";
import { simulate } from "./simulate.ts";
import { fair, soleNode } from "./sole-node.ts";

type Sabotage = (honest: Coordinator) => Partial<Coordinator>;

const SEEDS_MAX = 20;

/** The first law that some seed sees broken. */
async function firstViolation(sabotage: Sabotage): Promise<string | undefined> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { violation } = await simulate(seed, {
      adapt: fair,
      create: (_plan, cluster) => soleNode(cluster, sabotage),
    });
    if (violation !== undefined) return violation.invariant;
  }
  return undefined;
}

async function linesOf(seed: number): Promise<string[]> {
  const { trace } = await simulate(seed, {
    isTraced: true,
    adapt: fair,
    create: (_plan, cluster) => soleNode(cluster),
  });
  return trace.tail(100_000);
}

/** Whether a call is one of the few that go wrong: each 20th. */
function seldom(): () => boolean {
  let calls = 0;
  return () => ++calls % 20 === 0;
}

describe("the checker", () => {
  it("finds nothing wrong with one node that nothing befalls", async () => {
    expect(await firstViolation(() => ({}))).toBeUndefined();
  });

  it("sees a set that was acknowledged and not made", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      set: (key, value, o) => (isWrong() ? Promise.resolve() : honest.set(key, value, o)),
    }));
    expect(found).toBe("no lost write");
  });

  it("sees a delete that was acknowledged and not made", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      delete: (key, o) => (isWrong() ? Promise.resolve(true) : honest.delete(key, o)),
    }));
    expect(found).toBe("no lost write");
  });

  it("sees a key that was lost", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      get: async (key, o) => {
        if (isWrong()) await honest.delete(key);
        return honest.get(key, o);
      },
    }));
    expect(found).toBe("no lost write");
  });

  it("sees a value that was replaced before", async () => {
    const former = new Map<string, Buffer>();
    const found = await firstViolation((honest) => ({
      get: async (key, o) => {
        const value = await honest.get(key, o);
        const before = former.get(key);
        if (value !== undefined) former.set(key, value);
        return value === undefined ? undefined : before;
      },
    }));
    expect(["no stale read", "no lost write", "no deleted key back"]).toContain(found);
  });

  it("sees a deleted key that is back", async () => {
    const found = await firstViolation((honest) => ({
      delete: async (key, o) => {
        const value = key.startsWith("text") ? await honest.get(key) : undefined;
        const wasThere = await honest.delete(key, o);
        if (value !== undefined) await honest.set(key, value);
        return wasThere;
      },
    }));
    // Or, as soon as the delete is acknowledged, that no store ever carried it out.
    expect(["no deleted key back", "no lost write"]).toContain(found);
  });

  it("sees an increment that counts twice", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      incr: async (key, delta, o) => {
        if (isWrong()) await honest.incr(key, delta, o);
        return honest.incr(key, delta, o);
      },
    }));
    expect(found).toBe("no double count");
  });

  it("sees a score that counts twice", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      zIncrBy: async (key, member, delta, o) => {
        if (isWrong()) await honest.zIncrBy(key, member, delta, o);
        return honest.zIncrBy(key, member, delta, o);
      },
    }));
    expect(found).toBe("no double count");
  });

  it("sees a member that was lost", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      zScore: async (key, member, o) => {
        const score = await honest.zScore(key, member, o);
        return isWrong() ? undefined : score;
      },
    }));
    expect(found).toBe("no lost write");
  });

  it("sees a key that is served after its time", async () => {
    const found = await firstViolation((honest) => ({
      set: (key, value, o) => honest.set(key, value, { ...o, ttl: Infinity }),
    }));
    expect(found).toBe("no expired key");
  });

  it("sees a key that goes before its time", async () => {
    const found = await firstViolation((honest) => ({
      set: (key, value, o) =>
        honest.set(key, value, o?.ttl === undefined ? o : { ...o, ttl: Number(o.ttl) / 2 }),
    }));
    expect(["no lost write", "no expired key"]).toContain(found);
  });

  it("sees a key that is listed twice", async () => {
    const found = await firstViolation((honest) => ({
      async *keys(pattern, o) {
        yield* honest.keys(pattern, o);
        yield* honest.keys(pattern, o);
      },
    }));
    expect(found).toBe("keys lists what is there");
  });

  it("sees a call that never settles", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      get: (key, o) => (isWrong() ? new Promise(() => undefined) : honest.get(key, o)),
    }));
    expect(found).toBe("every call settles");
  });

  it("sees a call that fails while nothing is wrong", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      get: (key, o) => (isWrong() ? Promise.reject(timeout()) : honest.get(key, o)),
    }));
    expect(found).toBe("available when calm");
  });

  it("sees an error that is none of the cache's own", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      get: (key, o) => (isWrong() ? Promise.reject(new Error("of a node")) : honest.get(key, o)),
    }));
    expect(found).toBe("errors are typed");
  });

  it("sees a promise that nobody waits for fail", async () => {
    const isWrong = seldom();
    const found = await firstViolation((honest) => ({
      get: (key, o) => {
        if (isWrong()) void Promise.reject(new Error("unheard"));
        return honest.get(key, o);
      },
    }));
    expect(found).toBe("no unhandled error");
  });

  it("sees a node that does not become well", async () => {
    const found = await firstViolation(() => ({ nodeHealth: () => "syncing" }));
    expect(found).toBe("healthy after quiet");
  });

  it("sees keys that nobody owns", async () => {
    const found = await firstViolation((honest) => ({
      set: async (key, value, o) => {
        await honest.set(key, value, o);
        await honest.set(`${key} spare`, value, o);
      },
    }));
    expect(found).toBe("keys lists what is there");
  });
});

describe("a simulation", () => {
  it("runs alike each time", async () => {
    const first = await linesOf(5);
    expect(first.length).toBeGreaterThan(1000);
    expect(await linesOf(5)).toEqual(first);
  });
});

function timeout(): CacheError {
  return new CacheError("TIMEOUT", "Cannot get: it took too long: received nothing");
}
