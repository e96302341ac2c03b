/**
 * A distributed cache in nine steps: three nodes share the keys, one of them fails and comes back,
 * and a fourth one joins.
 *
 * The nodes are caches of this process, so that the example runs by itself. Nothing else would
 * change if they were elsewhere: a node is a name around any cache.
 *
 * Run it with `npx tsx examples/distributed.ts`.
 */
import { setImmediate } from "node:timers/promises";
import { type Cache, MemoryCache } from "laurel";
import { CacheNode, DistributedCache } from "laurel/distributed";
import { isEntry } from "./entry.ts";
import { count, figures, table, text } from "./table.ts";
import { type Print, printAll, step } from "./print.ts";
import { ringOf } from "./ring-of.ts";

const VIRTUAL_NODES = 150;
const REPLICATION_FACTOR = 2;
const REPLICATION = "async";

const USERS = 1000;
const userKeys = Array.from({ length: USERS }, (_, at) => `user:${at + 1}`);
const samples = ["user:1", "user:42", "user:150", "user:400", "user:600", "user:750"];
const leaver = "user:999";

const failing = "node-us-east";

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  const nodes = ["node-us-east", "node-us-west", "node-eu"].map(
    (id) => new CacheNode(id, new MemoryCache()),
  );
  await using cache = new DistributedCache(nodes, {
    virtualNodes: VIRTUAL_NODES,
    replicationFactor: REPLICATION_FACTOR,
    replication: REPLICATION,
    // Nobody else uses these caches: they end with the cache in front of them.
    closeNodes: true,
  });

  print("=== Distributed Cache Example ===");

  step(print, 1, "Three nodes, one cache");
  const ids = cache.nodes().map(({ id }) => id);
  print(`Nodes:              ${ids.join(", ")}`);
  print(`Virtual nodes:      ${VIRTUAL_NODES} for each node`);
  print(`Replication factor: ${REPLICATION_FACTOR}`);
  print(`Replication mode:   ${REPLICATION}`);

  step(print, 2, "What the ring does with keys");
  showRing(print, cache);

  step(print, 3, `Replication factor ${REPLICATION_FACTOR}`);
  await storeUsers(cache);
  await showCopies(print, cache);

  step(print, 4, "Reads");
  for (const key of samples.slice(0, 3)) print(`${key} has ${await read(cache, key)}`);
  print(`user:0 is ${await read(cache, "user:0")}: a miss is a value, not an error`);

  step(print, 5, `${failing} is marked unhealthy by hand`);
  await failOver(print, cache);

  step(print, 6, `Writes while ${failing} is away`);
  await writeMeanwhile(print, cache);

  step(print, 7, "Recovery: resync before serve");
  await recover(print, cache);

  step(print, 8, "A fourth node joins");
  await addNode(print, cache);

  step(print, 9, "Metrics");
  const metrics = cache.metrics();
  print(`healthy nodes   ${metrics.healthyNodes}`);
  print(`unhealthy nodes ${metrics.unhealthyNodes}`);
  print(`dirty keys      ${metrics.dirtyKeys}`);
  print(`queued writes   ${metrics.queuedWrites}`);
  print(`rebalances      ${metrics.rebalances}`);
  print(`failovers       ${count(metrics.failovers)}`);
  print(`requests        ${count(metrics.requests)}`);
}

/** A key belongs to the nodes that the ring lists for it: the first is its primary. */
function showRing(print: Print, cache: DistributedCache): void {
  // Whoever has the same nodes has the same ring: this one is equal to the cache's own.
  const ring = ringOf(cache);
  const ownersOf = (key: string): string[] =>
    ring.getN(key, REPLICATION_FACTOR).map(({ id }) => id);
  const rows = samples.map((key) => [key, ...ownersOf(key)]);
  printAll(print, table([text("key"), text("primary"), text("replica")], rows));
  print("");
  print(`Of ${count(USERS)} keys each node is the primary of about a third:`);
  for (const { id } of cache.nodes()) {
    const keys = userKeys.filter((key) => ring.get(key).id === id);
    print(`${id.padEnd(12)} ${keys.length}`);
  }
}

async function storeUsers(cache: DistributedCache): Promise<void> {
  // Grouped by owner: each node gets one call.
  await cache.setMany(userKeys.map((key) => [key, "version 1"]));
}

/** With "async" a write waits for the primary alone; the replicas follow on their own. */
async function showCopies(print: Print, cache: DistributedCache): Promise<void> {
  await replicasToFollow(cache);
  const keysByNode = await keysOfNodes(cache);
  const copies = keysByNode.reduce((sum, [, keys]) => sum + keys, 0);
  print(`Stored ${count(USERS)} users, ${count(copies)} copies on ${keysByNode.length} nodes:`);
  printAll(print, table([text("node"), figures("keys")], keysByNode));
}

/** A node that is unhealthy is not asked: another owner of the key is. */
async function failOver(print: Print, cache: DistributedCache): Promise<void> {
  // By hand here; otherwise the failure detector finds out, by probes and by failed calls.
  cache.markNode(failing, "unhealthy");
  print(`${failing} is ${cache.nodeHealth(failing)}: it is not asked, and still owns its keys`);
  let found = 0;
  for (const key of userKeys) if ((await cache.get(key)) !== undefined) found++;
  print(`Read ${count(found)} of ${count(USERS)} users`);
  print(`The replica answered where ${failing} is the primary: ${cache.metrics().failovers} times`);
  print(found === USERS ? "Failover successful!" : "Failover failed!");
}

/** What a node misses is remembered as the key, not as the call: any number of misses are one. */
async function writeMeanwhile(print: Print, cache: DistributedCache): Promise<void> {
  await cache.setMany(samples.map((key) => [key, "version 2"]));
  await cache.delete(leaver);
  await cache.incr("visits", 3);
  await cache.incr("visits", 4);
  await replicasToFollow(cache);
  print(
    `Changed ${samples.length} users, deleted ${leaver}, counted visits: ${await read(cache, "visits")}`,
  );
  const { dirtyKeys } = cache.metrics();
  print(`Keys of ${failing} among these ${samples.length + 2}, which it has missed: ${dirtyKeys}`);
}

/** A node that is back is told what it missed before it answers anybody. */
async function recover(print: Print, cache: DistributedCache): Promise<void> {
  const whenHealthy = new Promise<void>((resolve) => {
    cache.on("health", ({ id, from, to }) => {
      print(`${id}: ${from} -> ${to}`);
      if (to === "healthy") resolve();
    });
  });
  cache.on("resync", ({ id, phase, keys }) => {
    if (phase === "end") print(`${id}: the resync has brought ${keys} keys up to date`);
  });
  cache.markNode(failing, "auto");
  await whenHealthy;
  const node = cache.nodes().find(({ id }) => id === failing) as CacheNode;
  print(`What ${failing} itself has now:`);
  for (const key of [...samples, leaver, "visits"]) {
    if (owns(cache, key, failing)) print(`${key.padEnd(8)} ${await read(node.cache, key)}`);
  }
}

/** Only the keys that the new node owns move, and they are never without an owner. */
async function addNode(print: Print, cache: DistributedCache): Promise<void> {
  const node = new CacheNode("node-asia", new MemoryCache());
  const { movedKeys, lostKeys } = await cache.addNode(node);
  const owners = `${REPLICATION_FACTOR} owners among ${cache.nodes().length} nodes`;
  print(`Each key has ${owners}: about half of all keys are now ${node.id}'s, too`);
  print(`Moved ${movedKeys} of ${count(await keysOn(cache))} keys, lost ${lostKeys}`);
  printAll(print, table([text("node"), figures("keys")], await keysOfNodes(cache)));
}

function owns(cache: DistributedCache, key: string, id: string): boolean {
  const owners = ringOf(cache).getN(key, REPLICATION_FACTOR);
  return owners.some((node) => node.id === id);
}

async function read(cache: Pick<Cache, "get">, key: string): Promise<string> {
  return String(await cache.get(key));
}

/** How many keys each node has, replicas included. */
async function keysOfNodes(cache: DistributedCache): Promise<[id: string, keys: number][]> {
  return Promise.all(
    cache
      .nodes()
      .map(async (node): Promise<[string, number]> => [node.id, await keysOn(node.cache)]),
  );
}

async function keysOn(cache: Pick<Cache, "keys">): Promise<number> {
  let keys = 0;
  for await (const _ of cache.keys()) keys++;
  return keys;
}

/** Waits until no write is on its way to a replica: a program need not, this one wants to count. */
async function replicasToFollow(cache: DistributedCache): Promise<void> {
  while (cache.metrics().queuedWrites > 0) await setImmediate();
}

if (isEntry(import.meta.url)) await main();
