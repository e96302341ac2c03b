import { describe, expect, test } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";
import type { CacheError } from "../../src/errors.ts";
import type { Command, Connector, Link, Reply } from "../../src/redis/port.ts";
import { connectionError, replyError } from "../../src/redis/server-errors.ts";
import { ServerPort } from "../../src/redis/server-port.ts";

const DOWN = connectionError(new Error("nobody listens"));

/** A link whose replies a test gives; commands are noted as text. */
class ScriptedLink implements Link {
  readonly id: number;
  readonly sent: string[] = [];
  readonly ended: Promise<unknown>;
  isEnded = false;
  end!: () => void;
  readonly #server: ScriptedServer;
  readonly #pending = new Set<(error: unknown) => void>();

  constructor(id: number, server: ScriptedServer) {
    this.id = id;
    this.#server = server;
    this.ended = new Promise<void>((resolve) => {
      this.end = () => {
        this.isEnded = true;
        for (const fail of this.#pending) fail(connectionError(new Error("ended")));
        resolve();
      };
    });
  }

  async send(command: Command): Promise<Reply> {
    this.sent.push(command.join(" "));
    if (this.isEnded) throw connectionError(new Error("ended before"));
    if (!this.#server.unanswered.has(String(command[0]))) return this.#server.reply(command, this);
    return new Promise((_, reject) => void this.#pending.add(reject));
  }

  async transaction(commands: readonly Command[]): Promise<readonly Reply[]> {
    return Promise.all(commands.map((command) => this.send(command)));
  }

  async close(): Promise<void> {
    this.end();
  }

  destroy(): void {
    this.end();
  }
}

/** A server that is up or down, and may refuse commands. */
class ScriptedServer implements Connector {
  readonly keyPrefix = "";
  readonly links: ScriptedLink[] = [];
  isUp = true;
  runId = "a1";
  /** What certain commands are refused with. */
  readonly refused = new Map<string, string>();
  /** The names of commands that get no reply. */
  readonly unanswered = new Set<string>();
  attempts = 0;
  /** What a test lets attempts wait for. */
  gate: Promise<void> = Promise.resolve();

  async open(): Promise<Link> {
    this.attempts++;
    await this.gate;
    if (!this.isUp) throw DOWN;
    const link = new ScriptedLink(this.links.length + 1, this);
    this.links.push(link);
    return link;
  }

  reply(command: Command, link: ScriptedLink): Reply {
    const text = command.join(" ");
    const refusal = this.refused.get(text);
    if (refusal !== undefined) throw replyError(new Error(refusal));
    if (text === "CLIENT ID") return link.id;
    if (text === "INFO server") return Buffer.from(`# Server\r\nrun_id:${this.runId}\r\n`);
    return text;
  }

  get last(): ScriptedLink {
    return this.links.at(-1) as ScriptedLink;
  }

  /** What was sent on a link but for what it asks first. */
  sentOn(index: number): string[] {
    const { sent } = this.links[index] as ScriptedLink;
    return sent.filter((text) => text !== "CLIENT ID" && text !== "INFO server");
  }
}

/** What somebody waits for until a test opens it. */
class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

function open() {
  const server = new ScriptedServer();
  const time = new VirtualTime();
  const { clock, timers } = time;
  const port = new ServerPort(server, { clock, timers, random: () => 0 });
  const send = async (text: string) => port.send([text], text);
  const fails = async (text: string) => codeOf(send(text));
  return { server, time, port, send, fails };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(String, (error: CacheError) => error.code);
}

/** Lets everything happen that does not wait for time. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("the link of a port", () => {
  test("is opened when it is first needed, for all who wait, in their order", async () => {
    const { server, port, send } = open();
    expect(server.attempts).toBe(0);
    expect(port.isConnected).toBe(false);
    await Promise.all([
      send("a"),
      port.pipeline([["b"]], ["b"]),
      port.transaction([["c"]], "c"),
      send("d"),
    ]);
    expect(server.attempts).toBe(1);
    expect(server.sentOn(0)).toEqual(["a", "b", "c", "d"]);
    expect(port.isConnected).toBe(true);
    expect(port.epoch).toBe(0);
  });

  test("is replaced at once when it is lost; who comes then waits for the new one", async () => {
    const { server, time, port, send } = open();
    const connections: number[] = [];
    port.onConnection(() => connections.push(port.epoch));
    await send("a");
    time.advance(5000);
    server.last.end();
    await settled();
    expect(await send("b")).toBe("b");
    expect(server.sentOn(1)).toEqual(["CLIENT KILL ID 1", "b"]);
    expect(connections).toEqual([0, 1]);
  });

  test("counts its epoch in the moment in which it is given up", async () => {
    const { server, port, send } = open();
    await send("a");
    port.reset();
    expect([port.epoch, port.isConnected]).toEqual([1, false]);
    expect(server.links[0]?.isEnded).toBe(true);
    port.reset();
    expect(port.epoch).toBe(1);
    expect(await send("b")).toBe("b");
  });

  test("is tried again at longer and longer intervals while somebody asks; all are refused at once", async () => {
    const { server, time, fails, send } = open();
    server.isUp = false;
    expect(await fails("a")).toBe("CONNECTION_FAILED");
    const waits: number[] = [];
    for (let attempt = 1; attempt < 8; attempt++) {
      expect(await fails("b")).toBe("CONNECTION_FAILED");
      expect(server.attempts).toBe(attempt);
      let waited = 0;
      for (; server.attempts === attempt && waited < 2000; waited += 10) time.advance(10);
      waits.push(waited);
      await settled();
    }
    expect(waits).toEqual([50, 100, 200, 400, 800, 1000, 1000]);
    server.isUp = true;
    await fails("c");
    time.advance(1000);
    await settled();
    expect(await send("d")).toBe("d");
  });

  test("is left alone when nobody asks; the first who does begins an attempt and waits for it", async () => {
    const { server, time, fails, send } = open();
    server.isUp = false;
    await fails("a");
    time.advance(3_600_000);
    await settled();
    expect(server.attempts).toBe(1);
    expect(time.pending).toBe(0);
    server.isUp = true;
    expect(await send("b")).toBe("b");
  });

  test("is not opened over and over where it is lost as soon as it is open", async () => {
    const { server, fails, send } = open();
    for (let turn = 0; turn < 20; turn++) {
      await fails("a");
      server.last.end();
      await settled();
    }
    expect(server.attempts).toBeLessThan(6);
    expect(await fails("b")).toBe("CONNECTION_FAILED");
    await expect(send("c")).rejects.toThrow("as soon as it is open");
  });

  test("fails by what the server says to a new connection", async () => {
    const { server, time, fails } = open();
    server.refused.set("CLIENT ID", "ERR max number of clients reached");
    expect(await fails("a")).toBe("CONNECTION_FAILED");
    expect(server.last.isEnded).toBe(true);
    time.advance(100);
    server.refused.set("CLIENT ID", "NOPERM no permission");
    expect(await fails("b")).toBe("b");
  });

  test("is given up when the server accepts it and says nothing", async () => {
    const { server, time, send } = open();
    server.unanswered.add("INFO");
    const waiting = codeOf(send("a"));
    await settled();
    time.advance(3000);
    expect(await waiting).toBe("CONNECTION_FAILED");
    expect(server.last.isEnded).toBe(true);
  });
});

describe("the fence of a port", () => {
  test("has former connections closed before anything else is sent", async () => {
    const { server, port, send } = open();
    await send("a");
    await port.exclusive("k", (link) => link.send(["own"]));
    port.reset();
    await send("b");
    expect(server.sentOn(2)).toEqual(["CLIENT KILL ID 1", "CLIENT KILL ID 2", "b"]);
    await port.fence();
    port.reset();
    await port.fence();
    expect(server.sentOn(3)).toEqual(["CLIENT KILL ID 3"]);
  });

  test("leaves another incarnation of the server alone, where the numbers mean others", async () => {
    const { server, port, send } = open();
    await send("a");
    server.runId = "b2";
    port.reset();
    await port.fence();
    await send("b");
    expect(server.sentOn(1)).toEqual(["b"]);
  });

  test("says when it may not close them, and does so once it may", async () => {
    const { server, port, send } = open();
    await send("a");
    server.refused.set("CLIENT KILL ID 1", "NOPERM no permission");
    port.reset();
    expect(await send("b")).toBe("b");
    expect(await codeOf(port.fence())).toBe("ACCESS_DENIED");
    server.refused.clear();
    await port.fence();
    expect(server.sentOn(1).filter((text) => text === "CLIENT KILL ID 1")).toHaveLength(3);
  });
});

describe("connections of their own", () => {
  test("are four at most; more work waits in line, in order", async () => {
    const { server, port } = open();
    const ends: (() => void)[] = [];
    const begun: number[] = [];
    const works = Array.from({ length: 6 }, async (_, i) =>
      port.exclusive("k", async () => {
        begun.push(i);
        await new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    await settled();
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(server.links).toHaveLength(5);
    ends[2]?.();
    await settled();
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    for (const end of ends) end();
    await settled();
    ends[5]?.();
    await Promise.all(works);
    expect(server.links).toHaveLength(5);
  });

  test("are used again after a reply that is an error, and not after anything else", async () => {
    const { server, port } = open();
    const failWith = async (error: Error) =>
      codeOf(
        port.exclusive("k", async () => {
          throw error;
        }),
      );
    await failWith(replyError(new Error("WRONGTYPE no")));
    await failWith(replyError(new Error("WRONGTYPE no")));
    expect(server.links).toHaveLength(2);
    expect(server.sentOn(1)).toEqual(["UNWATCH", "UNWATCH"]);
    await failWith(new Error("a bug of the work"));
    expect(server.links[1]?.isEnded).toBe(true);
    await failWith(connectionError(new Error("cut")));
    expect(server.links[2]?.isEnded).toBe(true);
    await port.exclusive("k", async () => undefined);
    expect(server.links).toHaveLength(4);
  });

  test("are opened anew where they have lain idle for long", async () => {
    const { server, time, port } = open();
    const use = () => port.exclusive("k", (link) => link.send(["own"]));
    await use();
    time.advance(9000);
    await use();
    expect(server.links).toHaveLength(2);
    time.advance(11_000);
    await use();
    expect(server.links).toHaveLength(3);
    expect(server.links[1]?.isEnded).toBe(true);
  });

  test("are given up with the one that everybody shares, as is work that waits", async () => {
    const { server, port } = open();
    server.unanswered.add("own");
    const outcomes = Array.from({ length: 5 }, async () =>
      codeOf(port.exclusive("k", (link) => link.send(["own"]))),
    );
    await settled();
    port.reset();
    expect(await Promise.all(outcomes)).toEqual(Array(5).fill("CONNECTION_FAILED"));
    expect(server.links.slice(0, 5).every(({ isEnded }) => isEnded)).toBe(true);
    expect(await port.exclusive("k", (link) => link.send(["again"]))).toBe("again");
  });

  test("are not used when they were opened for work of before a loss", async () => {
    const { server, port, send } = open();
    await send("a");
    const gate = new Gate();
    server.gate = gate.opened;
    const outcome = codeOf(port.exclusive("k", (link) => link.send(["own"])));
    await settled();
    port.reset();
    gate.open();
    expect(await outcome).toBe("CONNECTION_FAILED");
    for (const index of [1, 2]) expect(server.sentOn(index)).not.toContain("own");
  });
});

describe("closing a port", () => {
  test("lets what was called before have its reply, and refuses the rest", async () => {
    const { server, port, send } = open();
    const before = send("a");
    const closing = port.close();
    expect(await codeOf(send("b"))).toBe("CLOSED");
    expect(await codeOf(port.pipeline([["b"]], ["b"]))).toBe("CLOSED");
    expect(await codeOf(port.fence())).toBe("CLOSED");
    expect(await before).toBe("a");
    await closing;
    await port.close();
    expect(server.last.isEnded).toBe(true);
    expect(server.attempts).toBe(1);
  });

  test("waits for work on a connection of its own", async () => {
    const { port } = open();
    const gate = new Gate();
    const work = port.exclusive("k", async (link) => {
      await gate.opened;
      return link.send(["last"]);
    });
    await settled();
    const closing = port.close();
    await settled();
    gate.open();
    expect(await work).toBe("last");
    await closing;
  });

  test("takes a few seconds at most, whatever the server does, and leaves no timer", async () => {
    const { server, time, port, send } = open();
    await send("a");
    const gate = new Gate();
    server.last.close = () => gate.opened;
    const closing = port.close();
    await settled();
    time.advance(3000);
    await closing;
    expect(server.last.isEnded).toBe(true);
    expect(time.pending).toBe(0);
    gate.open();
  });
});
