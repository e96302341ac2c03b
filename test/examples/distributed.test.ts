import { expect, test } from "vitest";
import { main } from "../../examples/distributed.ts";

const expected = `\
=== Distributed Cache Example ===

1. Three nodes, one cache
Nodes:              node-us-east, node-us-west, node-eu
Virtual nodes:      150 for each node
Replication factor: 2
Replication mode:   async

2. What the ring does with keys
key       primary       replica
--------  ------------  ------------
user:1    node-us-west  node-eu
user:42   node-eu       node-us-east
user:150  node-us-west  node-us-east
user:400  node-us-east  node-us-west
user:600  node-us-east  node-eu
user:750  node-us-west  node-eu

Of 1,000 keys each node is the primary of about a third:
node-us-east 295
node-us-west 328
node-eu      377

3. Replication factor 2
Stored 1,000 users, 2,000 copies on 3 nodes:
node          keys
------------  ----
node-us-east   628
node-us-west   622
node-eu        750

4. Reads
user:1 has version 1
user:42 has version 1
user:150 has version 1
user:0 is undefined: a miss is a value, not an error

5. node-us-east is marked unhealthy by hand
node-us-east is unhealthy: it is not asked, and still owns its keys
Read 1,000 of 1,000 users
The replica answered where node-us-east is the primary: 295 times
Failover successful!

6. Writes while node-us-east is away
Changed 6 users, deleted user:999, counted visits: 7
Keys of node-us-east among these 8, which it has missed: 6

7. Recovery: resync before serve
node-us-east: unhealthy -> syncing
node-us-east: syncing -> healthy
node-us-east: the resync has brought 6 keys up to date
What node-us-east itself has now:
user:42  version 2
user:150 version 2
user:400 version 2
user:600 version 2
user:999 undefined
visits   7

8. A fourth node joins
Each key has 2 owners among 4 nodes: about half of all keys are now node-asia's, too
Moved 535 of 1,000 keys, lost 0
node          keys
------------  ----
node-us-east   451
node-us-west   451
node-eu        563
node-asia      535

9. Metrics
healthy nodes   4
unhealthy nodes 0
dirty keys      0
queued writes   0
rebalances      1
failovers       300
requests        1,011
`;

test("three nodes share the keys, one fails and comes back, a fourth joins, line by line", async () => {
  const lines: string[] = [];
  await main((line) => lines.push(line));
  expect(lines).toEqual(expected.trimEnd().split("\n"));
});
