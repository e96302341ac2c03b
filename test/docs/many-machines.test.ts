/**
 * Runs the section of the README that leads from one process to many machines, as it stands but for
 * the addresses: its code over each of its constructors, with real servers behind them.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serve } from "laurel/server";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startCluster } from "../support/server-cluster.ts";
import { hasServer, startServer } from "../support/server-process.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const generated = fileURLToPath(new URL("./generated-many-machines/", import.meta.url));
const [embedded = "", ring = "", cluster = ""] = [
  ...readme.matchAll(/^```ts as-is\n(.*?)^```/gms),
].map(([, code]) => code);
/** The code that all of them share: what stands before the first of the constructors. */
const [play = ""] = embedded.split(/^const cache = /m);

/** Runs a program; what it printed. */
async function run(name: string, code: string): Promise<unknown[][]> {
  const file = `${generated}${name}.ts`;
  writeFileSync(file, code);
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    await import(file);
    return log.mock.calls;
  } finally {
    log.mockRestore();
  }
}

/** Puts addresses in the place of those that stand for any. */
function at(code: string, addresses: Readonly<Record<string, string>>): string {
  return Object.entries(addresses).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, code);
}

describe("the way to many machines", () => {
  beforeAll(() => mkdirSync(generated, { recursive: true }));
  afterAll(() => rmSync(generated, { recursive: true, force: true }));

  test("begins embedded", async () => {
    expect(await run("embedded", embedded)).toEqual([["bob 1300"]]);
  });

  test.skipIf(!hasServer("redis") || !hasServer("valkey"))("leads over a ring", async () => {
    await using eu = await startServer("redis");
    await using us = await startServer("valkey");
    await using asia = await serve({ port: 0 });
    const code = at(ring, {
      "eu.example:6379": `127.0.0.1:${eu.port}`,
      "us.example:6379": `127.0.0.1:${us.port}`,
      "asia.example:6379": `127.0.0.1:${asia.port}`,
    });
    expect(await run("ring", play + code)).toEqual([["bob 1300"]]);
  });

  test.skipIf(!hasServer("valkey"))("ends on Valkey Cluster", async () => {
    await using servers = await startCluster("valkey");
    const code = at(cluster, {
      'host: "valkey.example", port: 6379': `host: "127.0.0.1", port: ${servers.ports[0]}`,
    });
    expect(await run("cluster", play + code)).toEqual([["bob 1300"]]);
  });
});
