/** Calls while keys are handed over. */
import { describe, expect, test } from "vitest";
import { collect, text } from "../contract/expectations.ts";
import { Gate, refused, slow } from "../support/faults.ts";
import { Cluster } from "./cluster.ts";
import { contents, fill, KEYS } from "./moving-keys.ts";

describe("after keys have moved", () => {
  test("what a call creates late that was given up before is gone from where it does not belong", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache, time } = cluster;
    const joining = cluster.newNode("d");
    const isToMove = (key: string): boolean =>
      cluster.ownersOf(key, ["a", "b", "c", "d"])[0] === "d";
    const key = KEYS.find(isToMove) as string;
    const [owner] = cluster.ownersOf(key) as [string];
    await cluster.settle();
    cluster.node(owner).fail(slow(time, 3000), { only: "append", times: 1 });
    await expect(cluster.until(cache.append(key, "late"))).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    // Nobody lists the key yet, so it is handed over by nobody.
    await cluster.until(cache.addNode(joining));
    await cluster.pass(30_000);
    for (const id of [owner, "d"]) expect(await cluster.held(id, key)).toBeUndefined();
    expect(cache.nodeHealth(owner)).toBe("healthy");
  });
});

describe("while keys move, slowly,", () => {
  test("reads and writes are right, new keys included", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    for (const id of ["a", "b", "c", "d"]) cluster.node(id).fail(slow(time, 7));
    const progress = { isOver: false };
    const adding = cache.addNode(joining).finally(() => {
      progress.isOver = true;
    });
    const written = new Map<string, string>();
    let round = 0;
    for (; !progress.isOver; round++) {
      const key = round % 2 === 0 ? `new:${round}` : (KEYS[(round * 6) % 120] as string);
      await cluster.until(cache.set(key, `${round}`));
      written.set(key, `${round}`);
      for (const [each, value] of [...written].slice(-5)) {
        expect(await cluster.until(text(cache, each))).toBe(value);
      }
      const counter = `counter:${round % 7}`;
      expect(await cluster.until(cache.incr(counter))).toBe(Math.floor(round / 7) + 1);
      const untouched = KEYS[((round * 6) % 120) + 3 - (((round * 6) % 120) % 3)] as string;
      if (!written.has(untouched)) {
        expect(await cluster.until(text(cache, untouched))).toBe(`value of ${untouched}`);
      }
    }
    expect(round).toBeGreaterThan(10);
    await cluster.until(adding);
    await cluster.pass(3000);
    for (const [key, value] of written) {
      expect(await cluster.until(text(cache, key))).toBe(value);
      await cluster.expectEqualOwners(key);
    }
  });

  test("a read that was overtaken by the hand-over of its key is asked again", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    const all = ["a", "b", "c", "d"];
    const key = KEYS.find((key, i) => i % 3 === 0 && cluster.ownersOf(key, all)[0] === "d");
    const [owner] = cluster.ownersOf(key as string) as [string];
    const gate = new Gate();
    cluster.node(owner).fail(gate.fault, { only: "get" });
    const reading = text(cache, key as string);
    await cluster.settle();
    expect(gate.held).toBe(1);
    await cluster.until(cache.addNode(joining));
    expect(await cluster.held(owner, key as string)).toBeUndefined();
    gate.open();
    expect(await cluster.until(reading)).toBe(`value of ${key}`);
  });

  test("a key written before its turn is handed over first", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    const gate = new Gate();
    const all = ["a", "b", "c", "d"];
    for (const id of all) cluster.node(id).fail(gate.fault, { only: "keys" });
    const adding = cache.addNode(joining);
    await cluster.settle();
    const to = KEYS.filter((key) => cluster.ownersOf(key, all)[0] === "d");
    const [old, board] = [to.find((key) => cluster.ownersOf(key).length > 0), to] as const;
    const count = "a counter that is new";
    const string = board.find((key) => KEYS.indexOf(key) % 3 === 0) as string;
    expect(old).toBeDefined();
    expect(await cache.append(string, "!")).toBe(`value of ${string}!`.length);
    expect(await cluster.held("d", string)).toMatchObject({ value: `value of ${string}!` });
    await cache.incr(count);
    gate.open();
    await cluster.until(adding);
    for (const key of [string, count]) await cluster.expectEqualOwners(key);
  });

  test("a large board arrives in one piece, and is written behind its move", async () => {
    await using cluster = new Cluster({ replicationFactor: 1 });
    const { cache, time } = cluster;
    const all = ["a", "b", "c", "d"];
    const joining = cluster.newNode("d");
    let key = "";
    for (let i = 0; key === "" || cluster.ownersOf(key, all)[0] !== "d"; i++) key = `board:${i}`;
    const members = Array.from({ length: 3500 }, (_, i) => ({ member: `m${i}`, score: i }));
    await cache.zAdd(key, members);
    await cache.expire(key, 600_000);
    const before = await contents(cluster, [key]);
    cluster.node("d").fail(slow(time, 100), { only: "writeState" });
    const adding = cache.addNode(joining);
    await cluster.pass(150);
    expect(await collect(cluster.node("d").store.keys())).toEqual([]);
    const writing = cache.zIncrBy(key, "m0", 1);
    await cluster.until(adding);
    expect(cluster.node("d").count("writeState")).toBe(4);
    expect(await cluster.until(writing)).toBe(1);
    await cache.zIncrBy(key, "m0", -1);
    expect(await contents(cluster, [key])).toEqual(before);
    await cluster.expectEqualOwners(key);
  });

  test("two changes at once are made one after the other", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    await fill(cluster);
    const before = await contents(cluster);
    const [d, e] = [cluster.newNode("d"), cluster.newNode("e")];
    for (const id of ["d", "e"]) cluster.node(id).fail(slow(time, 5), { only: "writeState" });
    const phases = cluster.events("rebalance");
    const changes = [cache.addNode(d), cache.addNode(e), cache.removeNode("a")];
    await cluster.until(Promise.all(changes));
    const ends = phases.map(({ phase }) => phase).filter((phase) => phase !== "progress");
    expect(ends).toEqual(["start", "end", "start", "end", "start", "end"]);
    expect(cache.nodes().map(({ id }) => id)).toEqual(["b", "c", "d", "e"]);
    expect(await contents(cluster)).toEqual(before);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });

  test("keys() tells each key", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    cluster.node("d").fail(slow(time, 10), { only: "writeState" });
    const adding = cache.addNode(joining);
    await cluster.pass(100);
    const keys = await cluster.until(collect(cache.keys()));
    expect(new Set(keys)).toEqual(new Set(KEYS));
    await cluster.until(adding);
  });

  test("clear() leaves nothing anywhere", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    cluster.node("d").fail(slow(time, 10), { only: "writeState" });
    const adding = cache.addNode(joining);
    await cluster.pass(100);
    await cluster.until(cache.clear());
    await cluster.until(cache.set("new", "v"));
    await cluster.until(adding);
    await cluster.pass(1000);
    expect(await collect(cache.keys())).toEqual(["new"]);
    for (const key of [...KEYS, "new"]) await cluster.expectEqualOwners(key);
  });

  test("a node of the cluster that fails costs no key", async () => {
    await using cluster = new Cluster();
    const { cache, time } = cluster;
    await fill(cluster);
    const joining = cluster.newNode("d");
    cluster.node("d").fail(slow(time, 10), { only: "writeState" });
    const adding = cache.addNode(joining);
    await cluster.pass(100);
    cluster.node("b").fail(refused);
    await cluster.until(adding);
    const seen = new Map<string, unknown>();
    for (const key of KEYS.filter((_, i) => i % 3 === 0)) {
      seen.set(key, await cluster.until(text(cache, key)));
    }
    for (const [key, value] of seen) expect(value).toBe(`value of ${key}`);
    cluster.node("b").heal();
    await cluster.pass(60_000);
    for (const key of KEYS) await cluster.expectEqualOwners(key);
  });
});
