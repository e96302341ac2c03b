const { equal } = require("node:assert/strict");
const { MemoryCache } = require("laurel");
const { CacheNode, DistributedCache } = require("laurel/distributed");

/** A program that is not a module, as many still are. */
async function main() {
  const nodes = ["a", "b"].map((id) => new CacheNode(id, new MemoryCache()));
  /** @type {import("laurel").Cache} */
  const cache = new DistributedCache(nodes, { closeNodes: true });
  await cache.set("greeting", "hello");
  equal(String(await cache.get("greeting")), "hello");
  await cache.close();
}

void main();
