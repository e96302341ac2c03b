import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { systemFiles } from "../../src/persistence/file-system.ts";
import type { Server } from "../../src/server/server.ts";
import { HinderedFiles } from "./hindered-files.ts";
import { newClient, serverIn, startedIn } from "./kept-server.ts";
import type { RawClient } from "./raw-client.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "laurel-server-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
});

/** A server that acknowledged a write which is in memory only. */
async function withUnkept(
  log?: string[],
): Promise<{ server: Server; client: RawClient; hindered: HinderedFiles }> {
  const hindered = new HinderedFiles();
  const { client, server } = await startedIn(dir, { appendonly: true }, { hindered, log });
  hindered.isFull = true;
  expect(await client.line("SET a 1")).toBe("+OK");
  return { client, server, hindered };
}

describe("an end while the journal cannot be written", () => {
  it.each(["SHUTDOWN", "SHUTDOWN SAVE", "SHUTDOWN NOW"])(
    "is refused by %s, and the server goes on until all can be kept",
    async (command) => {
      const log: string[] = [];
      const { client, hindered, server } = await withUnkept(log);
      const refused = /^-ERR Errors trying to SHUTDOWN\. Cannot keep what was written: ENOSPC/;
      expect(await client.line(command)).toMatch(refused);
      expect(log.at(-1)).toMatch(/^warning: SHUTDOWN is refused, and the server goes on: .*ENOSPC/);
      expect(await client.line(command)).toMatch(refused);
      expect(await newClient(server).line("EXISTS a")).toBe(":1");
      hindered.isFull = false;
      client.sendLines(command);
      await server.closed;
      const again = await startedIn(dir, { appendonly: true });
      expect(await again.client.line("EXISTS a")).toBe(":1");
    },
  );

  it("is refused where the disk says only when it syncs that it could not write", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await startedIn(dir, { appendonly: true }, { hindered });
    await client.line("SET a 1");
    hindered.files.sync = () => {
      throw new Error("EIO: i/o error");
    };
    expect(await client.line("SHUTDOWN")).toMatch(/^-ERR Errors trying to SHUTDOWN\. .*EIO/);
    expect(await client.line("SHUTDOWN")).toMatch(/^-ERR Errors trying to SHUTDOWN\. .*EIO/);
    hindered.files.sync = (fd) => systemFiles.sync(fd);
    client.sendLines("SHUTDOWN");
    await server.closed;
    const again = await startedIn(dir, { appendonly: true });
    expect(await again.client.line("EXISTS a")).toBe(":1");
  });

  it.each(["SHUTDOWN FORCE", "SHUTDOWN NOSAVE", "SHUTDOWN SAVE FORCE"])(
    "comes all the same by %s, and the log tells what is lost",
    async (command) => {
      const log: string[] = [];
      const { client, server } = await withUnkept(log);
      client.sendLines(command);
      expect(await client.rest()).toBe("");
      await server.closed;
      await vi.waitFor(() => {
        expect(log.at(-1)).toContain("Cannot keep everything at the end");
      });
    },
  );

  it("is refused to a signal, unless that is forced: then it is told what is lost", async () => {
    const { client, server } = await withUnkept();
    expect(() => server.shutDown()).toThrow(/ENOSPC/);
    expect(await client.line("EXISTS a")).toBe(":1");
    await expect(server.shutDown(true)).rejects.toMatchObject({ code: "PERSISTENCE_FAILED" });
    await server.closed;
  });

  it("is not refused where the journal is one that BGREWRITEAOF wrote alone", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await startedIn(dir, {}, { hindered });
    await client.line("SET a 1");
    expect(await client.line("BGREWRITEAOF")).toContain("started");
    hindered.isFull = true;
    client.sendLines("SHUTDOWN");
    await server.closed;
  });
});

describe("an end by SHUTDOWN", () => {
  it("takes the snapshot where one was under way", async () => {
    const { client, server } = await startedIn(dir, { appendonly: true, save: "3600 1000" });
    await client.line("DEBUG POPULATE 20000 key 20");
    client.sendLines("BGSAVE", "SHUTDOWN");
    expect(await client.rest()).toBe("+Background saving started\r\n");
    await server.closed;
    await rm(join(dir, "appendonlydir"), { recursive: true });
    const again = await startedIn(dir, {});
    expect(await again.client.line("DBSIZE")).toBe(":20000");
  });
});

describe("the directory", () => {
  it("that was named and is none is refused, unless something is to be kept in it", async () => {
    const path = join(dir, "not", "there");
    expect(() => serverIn(path, {})).toThrow(
      `dir: there is no such directory, and nothing is to be kept in it: received ${path}`,
    );
    await (await startedIn(path, { save: "3600 1" })).server.close();
    await (await startedIn(path, {})).server.close();
  });

  it("that is a file is refused, whatever is to be kept", async () => {
    const path = join(dir, "file");
    await writeFile(path, "");
    for (const options of [{}, { appendonly: true }, { save: "3600 1" }]) {
      expect(() => serverIn(path, options)).toThrow("dir: ENOTDIR: not a directory");
    }
  });
});
