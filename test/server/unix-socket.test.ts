import { once } from "node:events";
import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { serve } from "laurel/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { RawClient } from "./raw-client.ts";

async function pathInTest(name = "laurel.sock"): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "laurel-socket-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, name);
}

/** Leaves a socket behind, as a process does that is killed. */
async function leaveBehind(path: string): Promise<void> {
  const server = createServer().listen(`${path}.made`);
  await once(server, "listening");
  // Node.js removes what it made, and does not find it.
  await rename(`${path}.made`, path);
  server.close();
  await once(server, "close");
}

describe("a Unix socket", () => {
  it("serves with the permissions that it was given", async () => {
    const unixsocket = await pathInTest();
    await using server = await serve({ port: 0, unixsocket, unixsocketperm: "700" });
    expect([server.port, server.host, server.unixsocket]).toEqual([0, "", unixsocket]);
    expect((await stat(unixsocket)).mode & 0o777).toBe(0o700);
    await using client = new RawClient(unixsocket);
    expect(await client.line("PING")).toBe("+PONG");
    client.sendLines("CLIENT INFO", "QUIT");
    expect(await client.rest()).toContain(` addr=${unixsocket}:0 `);
  });

  it("alone makes an address that clients take", async () => {
    const unixsocket = await pathInTest();
    await using server = await serve({ port: 0, unixsocket });
    expect(server.url).toBe(`unix://${unixsocket}`);
    const redis = new Redis(server.url);
    expect(await redis.ping()).toBe("PONG");
    await redis.quit();
  });

  it("may have a name beyond ASCII", async () => {
    const unixsocket = await pathInTest("löwe.sock");
    await using server = await serve({ port: 0, unixsocket });
    await using client = new RawClient(unixsocket);
    expect(await client.line("PING")).toBe("+PONG");
    expect(server.unixsocket).toBe(unixsocket);
  });

  it("takes the place of one that was left behind", async () => {
    const unixsocket = await pathInTest();
    await leaveBehind(unixsocket);
    await using server = await serve({ port: 0, unixsocket });
    await using client = new RawClient(server.unixsocket);
    expect(await client.line("PING")).toBe("+PONG");
  });

  it("does not take the place of one at which somebody listens", async () => {
    const unixsocket = await pathInTest();
    await using first = await serve({ port: 0, unixsocket });
    await expect(serve({ port: 0, unixsocket })).rejects.toThrow("choose another path");
    await using client = new RawClient(first.unixsocket);
    expect(await client.line("PING")).toBe("+PONG");
  });

  it("does not take the place of another file", async () => {
    const unixsocket = await pathInTest();
    await writeFile(unixsocket, "precious");
    await expect(serve({ port: 0, unixsocket })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    expect((await stat(unixsocket)).size).toBe("precious".length);
  });
});
