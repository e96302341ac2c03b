import { deepEqual, equal, ok } from "node:assert/strict";
import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import {
  CacheNode,
  type CacheNodeOptions,
  type DistributedCacheOptions,
  type DistributedEvents,
  DistributedLeaderboardCache,
  HashRing,
  isPartialWrite,
  type NodeHealth,
  type RebalanceReport,
} from "laurel/distributed";

const heavy: CacheNodeOptions = { weight: 2 };
const ring = new HashRing({ virtualNodes: 50, hash: "xxhash32" });
ring.add(new CacheNode("small", new MemoryCache()));
ring.add(new CacheNode("large", new MemoryCache(), heavy));
equal(ring.getN("session:42", 2).length, 2);
equal(ring.get("session:42").id, ring.getN("session:42", 1)[0]?.id);

const node = (id: string): CacheNode => new CacheNode(id, new MemoryLeaderboardCache());
const options: DistributedCacheOptions = {
  replicationFactor: 2,
  replication: "sync",
  failover: "next-node",
  callTimeout: "2s",
  closeNodes: true,
};
await using cache = new DistributedLeaderboardCache(["a", "b", "c"].map(node), options);
const seen: NodeHealth[] = [];
cache.on("health", ({ to }: DistributedEvents["health"]) => void seen.push(to));

await cache.zAdd("scores", { member: "ada", score: 1815 });
cache.markNode("a", "unhealthy");
equal(cache.nodeHealth("a"), "unhealthy");
equal(await cache.zScore("scores", "ada"), 1815);
cache.markNode("a", "auto");
const report: RebalanceReport = await cache.addNode(node("d"));
deepEqual([report.lostKeys, cache.nodes().length], [0, 4]);
equal(seen[0], "unhealthy");
ok(!isPartialWrite(new Error("of another kind")));
