import { connect, type Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { Keyspace } from "../engine/keyspace.ts";
import { zAdd } from "../engine/sorted-sets.ts";
import { MemoryLeaderboardCache } from "../cache/memory-leaderboard-cache.ts";
import { keyspaceOf } from "../cache/memory-cache.ts";
import { RequestDecoder } from "../protocol/request-decoder.ts";
import { BlockedClients } from "./blocked-clients.ts";
import { ClientMemory } from "./client-memory.ts";
import { optionSettings } from "./config/options.ts";
import { ServerConfig } from "./config/server-config.ts";
import { Server } from "./server.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Sends a text, and resolves with all that comes until the connection ends or holds a text. */
async function ask(socket: Socket, text: string, end: string): Promise<string> {
  let received = "";
  socket.write(text);
  return await new Promise((resolve) => {
    socket.on("data", (chunk) => {
      received += chunk.toString();
      if (received.includes(end)) resolve(received);
    });
    socket.on("close", () => resolve(received));
  });
}

/** A server that is told of faults by a handler that fails itself. */
async function faultyServer(faults: unknown[]): Promise<Server> {
  const onFault = (command: string, error: unknown): void => {
    faults.push([command, String(error)]);
    throw new Error("the log is full");
  };
  const server = new Server(new ServerConfig(optionSettings({ port: 0 })), { onFault });
  await server.listen();
  return server;
}

test("a fault within a command is replied, though whoever is told of it fails", async () => {
  const faults: unknown[] = [];
  await using server = await faultyServer(faults);
  vi.spyOn(Keyspace.prototype, "lookup").mockImplementationOnce(() => {
    throw new TypeError("broken");
  });
  const socket = connect(server.port, "127.0.0.1");
  expect(await ask(socket, "GET a\r\nPING\r\n", "PONG")).toBe("-ERR internal error\r\n+PONG\r\n");
  expect(faults).toEqual([["get", "TypeError: broken"]]);
  socket.destroy();
});

test.each(["next", "push"] as const)(
  "a fault outside of a command is told, and ends that one connection: %s",
  async (method) => {
    const faults: unknown[] = [];
    await using server = await faultyServer(faults);
    vi.spyOn(RequestDecoder.prototype, method).mockImplementationOnce(() => {
      throw new RangeError("no memory");
    });
    const [first, second] = [connect(server.port, "127.0.0.1"), connect(server.port, "127.0.0.1")];
    expect(await ask(first, "PING\r\n", "PONG")).toBe("");
    expect(faults).toEqual([["NULL", "RangeError: no memory"]]);
    expect(await ask(second, "PING\r\n", "PONG")).toBe("+PONG\r\n");
    second.destroy();
  },
);

test("whoever waits is served though another one's turn failed before", async () => {
  await using cache = new MemoryLeaderboardCache();
  const keyspace = keyspaceOf(cache);
  let isRunning = true;
  const blocked = new BlockedClients(
    new ClientMemory(),
    () => isRunning,
    () => {},
  );
  const observer = blocked.observers.of(keyspace);
  const tried: string[] = [];
  const failing = {
    tryKey: () => {
      throw new Error("broken");
    },
  };
  observer.wait("a", failing);
  for (const key of ["b", "c"]) observer.wait(key, { tryKey: (it) => tried.push(it) });
  for (const key of ["a", "b"]) zAdd(keyspace, key, [{ member: "m", score: 1 }], {});
  expect(() => blocked.serve()).toThrow("broken");
  expect(blocked.hasReady).toBe(true);
  isRunning = false;
  zAdd(keyspace, "c", [{ member: "m", score: 1 }], {});
  await Promise.resolve();
  expect(tried).toEqual(["b", "c"]);
});
