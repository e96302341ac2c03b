/** Keys that are written while the nodes change, and could not be handed over then. */
import { describe, expect, test } from "vitest";
import { text } from "../contract/expectations.ts";
import { type Fault, Gate, reset } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";

describe("a write whose key could not be handed over", () => {
  test("is handed over when it has ended, be it after all keys were looked through", async () => {
    await using cluster = new Cluster({ ids: ["a"], replicationFactor: 1 });
    const { cache, time } = cluster;
    const joining = cluster.newNode("d");
    const key = keyFor(cluster, "d");
    const { fault, open } = gate(1);
    cluster.node("a").fail(fault, { only: "listKeys" });
    const adding = cache.addNode(joining);
    await cluster.settle();
    cluster.node("a").fail(reset, { only: "get", times: 1 });
    cluster.node("a").fail(reset, { only: "bootId", times: 1 });
    // The write takes its time at the former owner.
    cluster.node("a").fail(
      async (execute) => {
        await new Promise<void>((resolve) => void time.timers.setTimeout(resolve, 1000));
        return execute();
      },
      { only: "set" },
    );
    await cluster.until(cache.get(keyFor(cluster, "a"))).catch(() => {});
    const setting = cache.set(key, "acknowledged");
    await cluster.settle();
    open();
    await cluster.until(adding);
    await cluster.until(setting);
    expect(await cluster.until(text(cache, key))).toBe("acknowledged");
    expect(await cluster.held("a", key)).toBeUndefined();
  });

  test("to a node that is just being emptied is not deleted there", async () => {
    await using cluster = new Cluster({ ids: ["a", "b"], replicationFactor: 1 });
    const { cache } = cluster;
    const key = cluster.keyOf("b");
    // The first listing hands over, the second one empties.
    const { fault, open } = gate(2);
    cluster.node("b").fail(fault, { only: "listKeys" });
    const removing = cache.removeNode("b");
    await cluster.settle();
    await cluster.pass(40);
    cluster.node("a").fail(reset, { only: ["delete", "writeState"], times: 1 });
    await cluster.until(cache.set(key, "acknowledged"));
    open();
    await cluster.until(removing);
    expect(await cluster.until(text(cache, key))).toBe("acknowledged");
  });
});

/** A fault that holds the call of this number until it is opened. */
function gate(number: number): { fault: Fault; open: () => void } {
  const held = new Gate();
  let calls = 0;
  const fault: Fault = (execute, call) =>
    ++calls === number ? held.fault(execute, call) : execute();
  return { fault, open: () => held.open() };
}

/** A key of this node's when there are the nodes `a` and `d`. */
function keyFor(cluster: Cluster, owner: string): string {
  for (let i = 0; ; i++) {
    const key = `key:${i}`;
    if (cluster.ownersOf(key, ["a", "d"])[0] === owner) return key;
  }
}
