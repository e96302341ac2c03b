import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import {
  CacheNode,
  DistributedCache,
  type DistributedCacheOptions,
  DistributedLeaderboardCache,
} from "laurel/distributed";
import { expect } from "vitest";
import { fnv1a } from "../../src/distributed/ring/fnv1a.ts";
import { type Random, seededRandom } from "../../src/structures/random.ts";
import { type Fault, broken, lostReply, reset } from "../support/faults.ts";
import { FaultyCache } from "../support/faulty-cache.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import type { Backend } from "./backend.ts";
import { describeCacheContract } from "./cache-contract.ts";
import { describeLeaderboardContract } from "./leaderboard-contract.ts";

const time = new VirtualTime();
const { clock, timers } = time;
const IDS = ["node-us-east", "node-us-west", "node-eu"];

/** Three embedded nodes behind one cache, on virtual time. */
function ring(options: DistributedCacheOptions): Backend<DistributedLeaderboardCache> {
  return {
    create: (cacheOptions) => {
      const nodes = IDS.map((id) => {
        return new CacheNode(id, new MemoryLeaderboardCache({ clock, timers, ...cacheOptions }));
      });
      return new DistributedLeaderboardCache(nodes, { clock, timers, ...options });
    },
    advance: async (ms) => {
      time.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const MODES: Readonly<Record<string, DistributedCacheOptions>> = {
  "without replication": { replication: "none" },
  "async replication to two": { replication: "async", replicationFactor: 2 },
  "sync replication to three": { replication: "sync", replicationFactor: 3 },
};

for (const [mode, options] of Object.entries(MODES)) {
  const name = `DistributedLeaderboardCache, ${mode}`;
  describeCacheContract(name, ring(options));
  describeLeaderboardContract(name, ring(options));
}

const SEED = 1;
/** The part of its calls that a node at fault fails. */
const FAILING = 0.25;

/** The call is carried out, and the node breaks down then. */
const brokenAfterwards: Fault = async (execute) => {
  await execute();
  return broken(execute, { name: "", args: [] });
};
const FAULTS: readonly Fault[] = [reset, broken, lostReply, brokenAfterwards];

/** Fails calls at random, some before they are carried out and some after, but for two kinds of them. */
function fickle(random: Random): Fault {
  const stored = new Set<unknown>();
  return (execute, call) => {
    const { name, args, step = 0 } = call;
    if (name.endsWith("Store")) stored.add(args[0]);
    // Where a listing breaks off, another node begins it anew, and some keys come twice.
    const isListing = step > 0;
    // What a call stored, the others copy from the node that did it: until then nobody else has it.
    const isOnlyCopy = stored.has(args[0]);
    if (isListing || isOnlyCopy || random() >= FAILING) return execute();
    return (FAULTS[Math.floor(random() * FAULTS.length)] as Fault)(execute, call);
  };
}

/**
 * Three nodes of which one, each time another, fails at random and stays in service for all that: every
 * key has an owner that is well, so every call must come out as if all of them were.
 */
function fickleRing(options: DistributedCacheOptions): Backend<DistributedLeaderboardCache> {
  return {
    ...ring(options),
    create: (cacheOptions) => {
      // Of the test's own, so that it fails alone as it does among the others.
      const random = seededRandom(fnv1a(`${SEED} ${expect.getState().currentTestName}`));
      const store = { clock, timers, ...cacheOptions };
      const caches = IDS.map(() => new FaultyCache({ store }));
      caches[Math.floor(random() * caches.length)]?.fail(fickle(random));
      const nodes = IDS.map((id, i) => new CacheNode(id, (caches[i] as FaultyCache).cache));
      const healthCheck = { interval: Infinity, failureThreshold: 1_000_000 };
      return new DistributedLeaderboardCache(nodes, { clock, timers, healthCheck, ...options });
    },
  };
}

const FICKLE_MODES: Readonly<Record<string, DistributedCacheOptions>> = {
  "async replication to two": { replication: "async", replicationFactor: 2 },
  "sync replication to three": { replication: "sync", replicationFactor: 3, writeQuorum: 1 },
};

for (const [mode, options] of Object.entries(FICKLE_MODES)) {
  const name = `DistributedLeaderboardCache with a node that fails at random, ${mode}`;
  describeCacheContract(name, fickleRing(options));
  describeLeaderboardContract(name, fickleRing(options));
}

describeCacheContract("DistributedCache", {
  ...ring({}),
  create: (cacheOptions) =>
    new DistributedCache(
      IDS.map((id) => new CacheNode(id, new MemoryCache({ clock, timers, ...cacheOptions }))),
      { clock, timers, replicationFactor: 2 },
    ),
});
