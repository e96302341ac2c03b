import { describe, expect, onTestFinished, test } from "vitest";
import { ClusterPort } from "../../src/redis/cluster-port.ts";
import { nameOf, type NodeAddress } from "../../src/redis/cluster-slots.ts";
import type { ClusterConnector } from "../../src/redis/cluster-topology.ts";
import type { Command, Connector, Link, Reply } from "../../src/redis/port.ts";
import { connectionError, replyError } from "../../src/redis/server-errors.ts";
import { VirtualTime } from "../support/virtual-time.ts";

type Answer = Reply | Promise<Reply>;

/** A Cluster of two nodes, whose answers are the test's. */
class ScriptedCluster implements ClusterConnector {
  readonly keyPrefix = "";
  readonly redirectionsMax = 3;
  readonly seeds: readonly { readonly address: NodeAddress; readonly connector: Connector }[];
  readonly log: string[] = [];
  readonly time = new VirtualTime();
  readonly port: ClusterPort;
  /** The node of each half of the slots. */
  halves = ["a:1", "b:1"];
  isThere = true;
  answer: (node: string, command: string) => Answer = (node) => node;

  constructor() {
    const seed = { host: "a", port: 1 };
    this.seeds = [{ address: seed, connector: this.connectorOf(seed) }];
    const { clock, timers } = this.time;
    this.port = new ClusterPort(this, { clock, timers });
    onTestFinished(async () => {
      const closing = this.port.close();
      // Longer than it may take, whatever is not answered.
      await this.pass(6500);
      await closing;
    });
  }

  connectorOf(address: NodeAddress): Connector {
    return { keyPrefix: "", open: async () => this.#open(nameOf(address)) };
  }

  /** How often the first node was asked where the slots are: each time, with up to two others. */
  get looks(): number {
    return this.log.filter((entry) => entry === "a:1 CLUSTER SLOTS").length;
  }

  /** What nodes were sent but for PING, and for where the slots are. */
  get calls(): string[] {
    return this.log.filter((entry) => !/ (?:PING|CLUSTER SLOTS|MULTI|EXEC|UNWATCH)$/.test(entry));
  }

  /** A slot moves to the first node: the other one turns all calls on it away from now on. */
  move(): void {
    this.answer = (node) =>
      node === "b:1" ? replyError(new Error("MOVED 12182 a:1")) : `from ${node}`;
  }

  /** Lets time pass, and what depends on it happen. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      this.time.advance(50);
      await settle();
    }
  }

  #open(node: string): Link {
    if (!this.isThere) throw connectionError(new Error("refused"));
    let end!: (cause: unknown) => void;
    const ended = new Promise<unknown>((resolve) => {
      end = resolve;
    });
    const lost = ended.then(() => Promise.reject(connectionError(new Error("lost"))));
    lost.catch(() => undefined);
    const sent: Promise<Reply>[] = [];
    const send = (command: Command): Promise<Reply> => {
      const reply = Promise.race<Reply>([this.#reply(node, command), lost]);
      sent.push(reply);
      return reply;
    };
    return {
      ended,
      send,
      transaction: async (commands) => {
        if (commands.length === 0) return [];
        const replies = await Promise.allSettled([["MULTI"], ...commands, ["EXEC"]].map(send));
        // What a library makes of it is known later than the last reply.
        await settle();
        for (const reply of replies) if (reply.status === "rejected") throw reply.reason;
        return commands.map(() => node);
      },
      close: async () => {
        await Promise.allSettled(sent);
        end(undefined);
      },
      destroy: () => end(undefined),
    };
  }

  async #reply(node: string, command: Command): Promise<Reply> {
    const text = command.join(" ");
    if (text === "CLIENT ID") return "1";
    if (text === "INFO server") return `run_id:${node[0]}`;
    this.log.push(`${node} ${text}`);
    if (text === "CLUSTER SLOTS") return this.#slots();
    const answer = await this.answer(node, text);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  #slots(): Reply {
    const [low = "", high = ""] = this.halves.map((name) => name.split(":"));
    return [
      [0, 8191, [low[0] ?? "", low[1] ?? ""]],
      [8192, 16_383, [high[0] ?? "", high[1] ?? ""]],
    ];
  }
}

/** What somebody waits for until a test opens it. */
class Latch {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** Of slot 12182, in the upper half. */
const KEY = "foo";

test("a command follows redirections only so often", async () => {
  const cluster = new ScriptedCluster();
  const { port } = cluster;
  cluster.answer = (node) => replyError(new Error(`MOVED 12182 ${node === "a:1" ? "b" : "a"}:1`));
  const failed = expect(port.send(["GET", KEY], KEY)).rejects.toMatchObject({
    code: "NODE_UNHEALTHY",
    message: expect.stringContaining('received "MOVED 12182 b:1"') as string,
  });
  // Two are followed at once, further ones after a while.
  await cluster.pass(200);
  await failed;
  expect(cluster.log.filter((entry) => entry.endsWith("GET foo"))).toEqual([
    "b:1 GET foo",
    "a:1 GET foo",
    "b:1 GET foo",
    "a:1 GET foo",
  ]);
});

test("what is asked for elsewhere once is asked for there alone", async () => {
  const cluster = new ScriptedCluster();
  cluster.answer = (node, command) => {
    if (node === "b:1") return replyError(new Error("ASK 12182 a:1"));
    return command === "ASKING" ? "OK" : "from a";
  };
  expect(await cluster.port.send(["GET", KEY], KEY)).toBe("from a");
  expect(await cluster.port.pipeline([["GET", KEY]], [KEY])).toEqual(["from a"]);
  const once = ["b:1 GET foo", "b:1 PING", "a:1 ASKING", "a:1 GET foo"];
  expect(cluster.log).toEqual(["a:1 CLUSTER SLOTS", ...once, ...once]);
});

test("where there is no Cluster calls fail, and it is looked for again after a while", async () => {
  const cluster = new ScriptedCluster();
  cluster.isThere = false;
  const get = async () => cluster.port.send(["GET", KEY], KEY);
  const failure = { code: "CONNECTION_FAILED", cause: { message: "refused" } };
  await expect(get()).rejects.toMatchObject(failure);
  cluster.isThere = true;
  await expect(get()).rejects.toMatchObject(failure);
  expect(cluster.looks).toBe(0);
  await cluster.pass(100);
  expect(await get()).toBe("b:1");
  expect(cluster.port.isConnected).toBe(true);
});

test("a node that is silent is left when the Cluster has another one in its place", async () => {
  const cluster = new ScriptedCluster();
  const { port } = cluster;
  expect(await port.send(["GET", KEY], KEY)).toBe("b:1");
  cluster.answer = (node) => (node === "b:1" ? new Promise<Reply>(() => {}) : node);
  const call = port.send(["INCR", KEY], KEY);
  const failed = expect(call).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
  await cluster.pass(500);
  expect(cluster.looks).toBe(1);
  cluster.halves = ["a:1", "c:1"];
  const { epoch } = port;
  await cluster.pass(1500);
  await failed;
  expect(cluster.log.filter((entry) => entry.endsWith("INCR foo"))).toEqual(["b:1 INCR foo"]);
  expect(port.epoch).toBeGreaterThan(epoch);
  expect(await port.send(["GET", KEY], KEY)).toBe("c:1");
});

test("a node that answers some of its calls is not silent", async () => {
  const cluster = new ScriptedCluster();
  const { port } = cluster;
  cluster.answer = (node, command) =>
    command.startsWith("BLPOP") ? new Promise<Reply>(() => {}) : node;
  port.send(["BLPOP", KEY, "0"], KEY).catch(() => undefined);
  for (let i = 0; i < 10; i++) {
    await port.send(["GET", KEY], KEY);
    await cluster.pass(500);
  }
  expect(cluster.looks).toBe(1);
});

test("while nothing is called nothing is asked, and no timer runs", async () => {
  const cluster = new ScriptedCluster();
  await cluster.port.pipeline(
    [
      ["GET", KEY],
      ["GET", "bar"],
    ],
    [KEY, "bar"],
  );
  await cluster.pass(5000);
  expect(cluster.looks).toBe(1);
  expect(cluster.time.pending).toBe(0);
});

test("many calls that fail are one reason to look, ten times a second at most", async () => {
  const cluster = new ScriptedCluster();
  cluster.answer = () => replyError(new Error("CLUSTERDOWN The cluster is down"));
  for (let i = 0; i < 20; i++) {
    const calls = Array.from({ length: 10 }, () => cluster.port.send(["GET", KEY], KEY));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    await cluster.pass(50);
  }
  expect(cluster.looks).toBeGreaterThan(5);
  expect(cluster.looks).toBeLessThan(13);
});

function set(value: number): Command {
  return ["SET", KEY, String(value)];
}

function sets(node: string, ...values: readonly number[]): string[] {
  return values.map((value) => `${node} SET foo ${value}`);
}

/** A Cluster whose port is about to learn that the slot of the key has moved. */
async function movedCluster(): Promise<ScriptedCluster> {
  const cluster = new ScriptedCluster();
  await cluster.port.send(["GET", KEY], KEY);
  cluster.log.length = 0;
  cluster.move();
  return cluster;
}

describe("calls on a key whose slot moves", () => {
  test("take effect in the order of calling, whatever calls they are", async () => {
    const cluster = await movedCluster();
    const { port } = cluster;
    const outcomes = await Promise.all([
      port.transaction([set(1)], KEY),
      port.send(set(2), KEY),
      port.pipeline([set(3), set(4), ["GET", "bar"]], [KEY, KEY, "bar"]),
      port.send(set(5), KEY),
    ]);
    expect(outcomes).toEqual([
      ["a:1"],
      "from a:1",
      ["from a:1", "from a:1", "from a:1"],
      "from a:1",
    ]);
    expect(cluster.calls.filter((entry) => entry.includes("SET"))).toEqual([
      ...sets("b:1", 1, 2, 3, 4, 5),
      ...sets("a:1", 1, 2, 3, 4, 5),
    ]);
  });

  test("wait for those that were turned away before them", async () => {
    const cluster = await movedCluster();
    const { port } = cluster;
    const latch = new Latch();
    const { answer } = cluster;
    cluster.answer = async (node, command) => {
      // The first one is late where it belongs.
      if (node === "a:1" && command === "SET foo 1") await latch.opened;
      return answer(node, command);
    };
    const early = port.send(set(1), KEY);
    await settle();
    const late = [
      port.send(set(2), KEY),
      port.pipeline([set(3)], [KEY]),
      port.transaction([set(4)], KEY),
      port.exclusive(KEY, (connection) => connection.send(set(5))),
    ];
    await settle();
    expect(cluster.calls).toEqual([...sets("b:1", 1), ...sets("a:1", 1)]);
    // Calls on other slots do not wait.
    expect(await port.send(["GET", "bar"], "bar")).toBe("from a:1");
    latch.open();
    await Promise.all([early, ...late]);
    expect(cluster.calls.slice(3)).toEqual(sets("a:1", 2, 3, 4, 5));
  });

  test("wait for what the former node owes when the map says that the slot has moved", async () => {
    const cluster = await movedCluster();
    const { port } = cluster;
    const latch = new Latch();
    const { answer } = cluster;
    cluster.answer = async (node, command) => {
      if (node === "b:1") await latch.opened;
      return answer(node, command);
    };
    const early = port.send(set(1), KEY);
    cluster.halves = ["a:1", "a:1"];
    // Somebody's trouble has the Cluster looked at.
    const lost = port.exclusive("bar", () => Promise.reject(connectionError(new Error("lost"))));
    await expect(lost).rejects.toThrow();
    await cluster.pass(100);
    const late = port.send(set(2), KEY);
    await settle();
    expect(cluster.calls).toEqual(sets("b:1", 1));
    latch.open();
    await Promise.all([early, late]);
    expect(cluster.calls).toEqual([...sets("b:1", 1), ...sets("a:1", 1, 2)]);
  });

  test("go out as what was given for another node", async () => {
    const cluster = await movedCluster();
    const run = () =>
      cluster.port.send(["EVALSHA", "sha", "1", KEY], KEY, ["EVAL", "text", "1", KEY]);
    const calls = [run(), cluster.port.send(set(1), KEY)];
    await settle();
    await Promise.all([...calls, run()]);
    expect(cluster.port.serverOf(KEY)).toBe("a:1");
    expect(cluster.calls.slice(2)).toEqual([
      "a:1 EVAL text 1 foo",
      "a:1 SET foo 1",
      "a:1 EVALSHA sha 1 foo",
    ]);
  });

  test("are not sent any more behind a fence, when they were put off or wait", async () => {
    const cluster = new ScriptedCluster();
    const { port } = cluster;
    cluster.answer = (node, command) =>
      command.startsWith("MSET") ? replyError(new Error("TRYAGAIN Multiple keys")) : node;
    const putOff = port.send(["MSET", KEY, "1", "{foo}2", "2"], KEY);
    await settle();
    const waiting = port.send(set(1), KEY);
    const refused = Promise.allSettled([putOff, waiting]);
    await port.fence();
    const late = port.send(set(2), KEY);
    await cluster.pass(100);
    for (const outcome of await refused) {
      const reason = { code: "CONNECTION_FAILED", cause: { code: "NOT_SENT" } };
      expect(outcome).toMatchObject({ status: "rejected", reason });
    }
    expect(await late).toBe("b:1");
    expect(cluster.calls).toEqual(["b:1 MSET foo 1 {foo}2 2", "b:1 SET foo 2"]);
  });

  test("fail one by one where nodes never agree", async () => {
    const cluster = await movedCluster();
    cluster.answer = (node) => replyError(new Error(`MOVED 12182 ${node === "a:1" ? "b" : "a"}:1`));
    const calls = Array.from({ length: 20 }, (_, i) => cluster.port.send(set(i), KEY));
    const ended = Promise.allSettled(calls);
    await cluster.pass(1500);
    for (const outcome of await ended) {
      expect(outcome).toMatchObject({ reason: { code: "NODE_UNHEALTHY" } });
    }
    expect(cluster.time.pending).toBe(0);
  });
});

test("of the nodes only those are given up that have been silent for so long", async () => {
  const cluster = new ScriptedCluster();
  const { port } = cluster;
  await port.pipeline(
    [
      ["GET", KEY],
      ["GET", "bar"],
    ],
    [KEY, "bar"],
  );
  cluster.answer = (_, command) => (command.startsWith("GET") ? "v" : new Promise<Reply>(() => {}));
  const silent = port.send(["INCR", KEY], KEY);
  const busy = port.send(["INCR", "bar"], "bar");
  busy.catch(() => undefined);
  const given = expect(silent).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
  await cluster.pass(400);
  await port.send(["GET", "bar"], "bar");
  port.reset(401);
  expect(port.isConnected).toBe(true);
  port.reset(400);
  await given;
  expect(port.epoch).toBe(1);
  expect(await Promise.race([busy, settle()])).toBeUndefined();
});

/** Lets everything happen that does not wait for time. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
