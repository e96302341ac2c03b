import { serve } from "laurel/server";
import { expect, test } from "vitest";
import { main } from "../../examples/many-machines.ts";
import { startCluster } from "../support/server-cluster.ts";
import { hasServer, startServer } from "../support/server-process.ts";

const honours = `\
board    place  player  points
-------  -----  ------  ------
solo         1  ada        744
solo         2  hal        650
solo         3  bob        646
team         1  fay        822
team         2  dai        720
team         3  eva        684
trio         1  dai        894
trio         2  fay        653
trio         3  bob        652
overall      1  dai      2,208
overall      2  fay      2,026
overall      3  eva      1,717
ada is #7 of 8 after 90 matches`;

/** What is printed in each step, below its title. */
async function stepsOf(ring?: readonly string[], cluster?: string): Promise<string[]> {
  const lines: string[] = [];
  await main(ring, cluster, (line) => lines.push(line));
  const steps = lines.join("\n").split(/\n\n\d\. .*\n/);
  expect(steps.shift()).toBe("=== Many Machines Example ===");
  return steps;
}

test("without servers it plays embedded, and on a ring of its own", async () => {
  const [embedded, ring, cluster] = await stepsOf();
  expect(embedded).toBe(honours);
  expect(ring).toBe(honours);
  expect(cluster).toContain("--cluster 127.0.0.1:7000");
});

test.runIf(hasServer("redis") && hasServer("valkey")).each(["redis", "valkey"] as const)(
  "the same comes of it on a ring of three kinds of servers, and on six of %s in a Cluster",
  async (kind) => {
    await using redis = await startServer("redis");
    await using valkey = await startServer("valkey");
    await using laurel = await serve({ port: 0 });
    await using cluster = await startCluster(kind);
    const ring = [redis, valkey, laurel].map(({ port }) => `redis://127.0.0.1:${port}`);
    const steps = await stepsOf(ring, `127.0.0.1:${cluster.ports[0]}`);
    expect(steps).toEqual([honours, honours, honours]);
    // Nothing of it stays there.
    expect(await Promise.all(cluster.nodes.map((node) => node.ask("DBSIZE")))).toEqual(
      cluster.nodes.map(() => "0"),
    );
  },
  60_000,
);
