import { describe, expect, test } from "vitest";
import { DeferredPort } from "./deferred-port.ts";
import type { ClientPort } from "./port.ts";

/** Notes what it is asked; what matters here is that it is asked. */
function portThatNotes(calls: string[]): ClientPort {
  const listeners: (() => void)[] = [];
  return {
    isCluster: false,
    keyPrefix: "",
    epoch: 7,
    isConnected: true,
    send: async ([name]) => {
      calls.push(String(name));
      for (const listener of listeners) listener();
      return String(name);
    },
    serverOf: () => "",
    pipeline: async (commands) => commands.map(() => "one"),
    transaction: async (commands) => commands.map(() => "all"),
    exclusive: async (_key, work) =>
      work({ send: async () => "own", transaction: async () => undefined }),
    masters: async () => [],
    onConnection: (listener) => void listeners.push(listener),
    fence: async () => void calls.push("fence"),
    reset: () => void calls.push("reset"),
    close: async () => void calls.push("close"),
  };
}

describe("a port that is made when it is first used", () => {
  test("is made once, and then does what it is asked", async () => {
    const calls: string[] = [];
    let made = 0;
    const port = new DeferredPort(async () => {
      made++;
      return portThatNotes(calls);
    });
    let connections = 0;
    port.onConnection(() => connections++);
    port.reset();
    expect([made, port.epoch, port.isConnected]).toEqual([0, 0, false]);
    await Promise.all([port.send(["ONE"], "k"), port.send(["TWO"], "k")]);
    await port.send(["THREE"], "k");
    expect(calls).toEqual(["ONE", "TWO", "THREE"]);
    expect([made, connections, port.epoch, port.isConnected]).toEqual([1, 3, 7, true]);
    expect(await port.pipeline([["A"]], ["k"])).toEqual(["one"]);
    expect(await port.transaction([["A"]], "k")).toEqual(["all"]);
    expect(await port.exclusive("k", async (own) => own.send(["A"]))).toBe("own");
    expect(await port.masters()).toEqual([]);
    await port.fence();
    port.reset();
    port.onConnection(() => connections++);
    await Promise.all([port.close(), port.close()]);
    expect(calls.slice(3)).toEqual(["fence", "reset", "close"]);
  });

  test("that cannot be made fails each call, and is tried again", async () => {
    const calls: string[] = [];
    let isInstalled = false;
    const port = new DeferredPort(async () => {
      if (!isInstalled) throw new Error("nothing is installed");
      return portThatNotes(calls);
    });
    await expect(port.send(["ONE"], "k")).rejects.toThrow("nothing is installed");
    isInstalled = true;
    expect(await port.send(["TWO"], "k")).toBe("TWO");
  });

  test("that was never used is closed without being made", async () => {
    const port = new DeferredPort(async () => {
      throw new Error("it was made");
    });
    await port.close();
    await expect(port.send(["ONE"], "k")).rejects.toMatchObject({ code: "CLOSED" });
    await expect(port.fence()).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("is closed after the calls that wait for it", async () => {
    const calls: string[] = [];
    const port = new DeferredPort(async () => portThatNotes(calls));
    const call = port.send(["ONE"], "k");
    await port.close();
    expect(await call).toBe("ONE");
    expect(calls).toEqual(["ONE", "close"]);
  });
});
