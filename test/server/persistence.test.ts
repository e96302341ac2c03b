import { cpSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryLeaderboardCache } from "laurel";
import { files } from "laurel/persistence";
import { serve } from "laurel/server";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Server } from "../../src/server/server.ts";
import { HinderedFiles } from "./hindered-files.ts";
import { newClient, serverIn, startedIn } from "./kept-server.ts";
import { RawClient, request } from "./raw-client.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "laurel-server-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
});

function newServer(options: Record<string, unknown>, hindered?: HinderedFiles): Server {
  return serverIn(dir, options, { hindered });
}

function started(
  options: Record<string, unknown>,
  hindered?: HinderedFiles,
): Promise<{ server: Server; client: RawClient }> {
  return startedIn(dir, options, { hindered });
}

/** What a field of INFO tells. */
async function info(server: Server, field: string): Promise<string | undefined> {
  const client = new RawClient(server.port);
  client.sendLines("INFO everything", "QUIT");
  const text = await client.rest();
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(text)?.[1];
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

describe("what a server kept", () => {
  it("is there again with a journal: values, scores, times and databases", async () => {
    const { client, server } = await started({ appendonly: true });
    await client.line("SET a 1");
    await client.line("SET b 2 PX 1000000");
    await client.line("APPEND a 23");
    await client.line("ZADD board 1 ada 2 alan");
    await client.line("SELECT 3");
    await client.line("SET c 3");
    await server.close();
    const again = await started({ appendonly: true });
    const replies = "$3\r\n123\r\n$1\r\n2\r\n+OK\r\n$1\r\n3\r\n";
    const asked = ["GET a", "ZSCORE board alan", "SELECT 3", "GET c"];
    expect(await again.client.ask(replies, ...asked)).toBe(replies);
    await again.client.line("SELECT 0");
    const ttl = Number((await again.client.line("PTTL b")).slice(1));
    expect(ttl).toBeGreaterThan(900_000);
    expect(ttl).toBeLessThanOrEqual(1_000_000);
  });

  it("is there again from a snapshot that SAVE took, and nothing that came after it", async () => {
    const { client, server } = await started({});
    await client.line("SET a 1");
    expect(await client.line("SAVE")).toBe("+OK");
    await client.line("SET b 2");
    await server.close();
    const again = await started({});
    expect(await again.client.ask("$1\r\n1\r\n$-1\r\n", "GET a", "GET b")).toBe(
      "$1\r\n1\r\n$-1\r\n",
    );
  });

  it("has everything at the end where there are save points, unless SHUTDOWN says NOSAVE", async () => {
    const first = await started({ save: "3600 1" });
    await first.client.line("SET a 1");
    await first.server.close();
    const second = await started({ save: "3600 1" });
    await second.client.line("SET b 2");
    second.client.sendLines("SHUTDOWN NOSAVE");
    await second.server.closed;
    const third = await started({});
    expect(await third.client.ask("$1\r\n1\r\n$-1\r\n", "GET a", "GET b")).toBe(
      "$1\r\n1\r\n$-1\r\n",
    );
    third.client.sendLines("SET c 3", "SHUTDOWN SAVE");
    await third.server.closed;
    const fourth = await started({});
    expect(await fourth.client.ask("$1\r\n3\r\n", "GET c")).toBe("$1\r\n3\r\n");
  });

  it("is nothing where nothing was asked for: not a file is there", async () => {
    const { client, server } = await started({});
    await client.line("SET a 1");
    await server.close();
    expect(await readdir(dir)).toEqual([]);
  });

  it("is whole or not there at all, for a transaction whose replies are many", async () => {
    const { client, server } = await started({ appendonly: true });
    const value = "v".repeat(200_000);
    client.send(request("SET", "a", value));
    await client.take(5);
    client.sendLines("MULTI", "SET b 1", "GET a", "GET a", "GET a", "SET c 2", "EXEC");
    const bulk = `$${value.length}\r\n${value}\r\n`;
    const replies = `+OK\r\n${"+QUEUED\r\n".repeat(5)}*5\r\n+OK\r\n${bulk.repeat(3)}+OK\r\n`;
    expect(await client.take(replies.length)).toBe(replies);
    await server.close();
    const journal = await readFile(join(dir, "appendonlydir", "appendonly.aof.1.incr.aof"));
    const commands = journal.toString("latin1").replaceAll(/#.*\r\n/g, "");
    const unit = [["MULTI"], ["SET", "b", "1"], ["SET", "c", "2"], ["EXEC"]];
    expect(commands).toContain(unit.map((argv) => request(...argv)).join(""));
  });

  it("stands in the journal command by command, though they came at once", async () => {
    const { client, server } = await started({ appendonly: true });
    await client.ask("+OK\r\n+OK\r\n", "SET a 1", "SET b 2");
    await server.close();
    const journal = await readFile(join(dir, "appendonlydir", "appendonly.aof.1.incr.aof"));
    expect(journal.includes(request("SET", "a", "1") + request("SET", "b", "2"))).toBe(true);
    expect(journal.includes("MULTI")).toBe(false);
  });

  it("has what a client was given that waited for it", async () => {
    const { client, server } = await started({ appendonly: true });
    const waiting = newClient(server);
    waiting.sendLines("BZPOPMIN jobs 0");
    await until(async () => (await info(server, "blocked_clients")) === "1");
    expect(await client.line("ZADD jobs 1 mow 2 rake")).toBe(":2");
    await waiting.take(1);
    await server.close();
    const again = await started({ appendonly: true });
    const replies = "*1\r\n$4\r\nrake\r\n";
    expect(await again.client.ask(replies, "ZRANGE jobs 0 -1")).toBe(replies);
  });
});

describe("while what was kept is loaded", () => {
  it("clients are told so, and INFO tells how far it is", async () => {
    const { client, server } = await started({ appendonly: true });
    client.sendLines("DEBUG POPULATE 20000 key 20", "ZADD z 1 a");
    await client.take("+OK\r\n:1\r\n".length);
    await server.close();

    const hindered = new HinderedFiles();
    hindered.readBytesMax = 16;
    const slow = newServer({ appendonly: true }, hindered);
    const listening = slow.listen();
    await until(() => slow.port > 0 && slow.loading !== undefined);
    const early = newClient(slow);
    expect(await early.line("GET key:1")).toMatch(/^-LOADING /);
    expect(await early.line("MULTI")).toBe("+OK");
    expect(await early.line("SET a 1")).toMatch(/^-LOADING /);
    expect(await early.line("EXEC")).toMatch(/^-EXECABORT /);
    expect(await early.line("BGSAVE")).toMatch(/^-LOADING /);
    expect(await info(slow, "loading")).toBe("1");
    expect(Number(await info(slow, "loading_total_bytes"))).toBeGreaterThan(100_000);
    await listening;
    expect(await early.line("ZCARD z")).toBe(":1");
    expect(await early.line("DBSIZE")).toBe(":20001");
    expect(await info(slow, "loading")).toBe("0");
  });

  it("the server can be closed, and leaves what is there as it is", async () => {
    const { client, server } = await started({ save: "3600 1" });
    await client.ask("+OK\r\n", "DEBUG POPULATE 20000 key 20");
    await server.close();
    const before = await readFile(join(dir, "dump.rdb"));
    const hindered = new HinderedFiles();
    hindered.readBytesMax = 16;
    const slow = newServer({ save: "3600 1" }, hindered);
    const listening = slow.listen().catch((error: unknown) => String(error));
    await until(() => slow.loading !== undefined);
    await slow.close();
    const ended = "Cannot serve: the server was ended before its data was loaded";
    expect(await listening).toContain(ended);
    expect(await readFile(join(dir, "dump.rdb"))).toEqual(before);

    const other = newServer({ save: "3600 1" }, hindered);
    const loading = other.listen().catch((error: unknown) => String(error));
    await until(() => other.port > 0 && other.loading !== undefined);
    newClient(other).sendLines("SHUTDOWN");
    expect(await loading).toContain(ended);
    expect(await readFile(join(dir, "dump.rdb"))).toEqual(before);
  });

  it("what cannot be loaded ends the server, with the reason", async () => {
    await writeFile(join(dir, "dump.rdb"), "this is no snapshot");
    const server = newServer({});
    await expect(server.listen()).rejects.toMatchObject({ code: "PERSISTENCE_FAILED" });
    await server.closed;
    expect(await readFile(join(dir, "dump.rdb"), "utf8")).toBe("this is no snapshot");
  });
});

describe("with appendfsync always", () => {
  const always = { appendonly: true, appendfsync: "always" };

  it("a reply waits for the disk, and so does whoever could see what may be lost", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started(always, hindered);
    const reader = newClient(server);
    hindered.hold();
    client.sendLines("SET a 1");
    await until(() => hindered.heldSyncs > 0);
    reader.sendLines("GET a");
    await turns(100);
    expect([client.receivedBytes, reader.receivedBytes]).toEqual([0, 0]);
    hindered.release();
    expect(await client.take(5)).toBe("+OK\r\n");
    expect(await reader.take(7)).toBe("$1\r\n1\r\n");
  });

  it("clients that write at once share one wait", async () => {
    const hindered = new HinderedFiles();
    const { server } = await started(always, hindered);
    const clients = Array.from({ length: 20 }, () => newClient(server));
    await Promise.all(clients.map((client) => client.line("PING")));
    const before = Number(await info(server, "aof_fsyncs"));
    hindered.hold();
    for (const [i, client] of clients.entries()) client.sendLines(`SET key${i} 1`);
    await until(() => hindered.heldSyncs > 0);
    hindered.release();
    for (const client of clients) expect(await client.take(5)).toBe("+OK\r\n");
    expect(Number(await info(server, "aof_fsyncs")) - before).toBeLessThan(10);
  });

  it("QUIT ends the connection after what waited", async () => {
    const hindered = new HinderedFiles();
    const { client } = await started(always, hindered);
    hindered.hold();
    client.sendLines("SET a 1", "QUIT");
    await until(() => hindered.heldSyncs > 0);
    await turns(100);
    expect(client.receivedBytes).toBe(0);
    hindered.release();
    expect(await client.rest()).toBe("+OK\r\n+OK\r\n");
  });

  it("what cannot be written is not replied to: nobody knows what became of it", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started(always, hindered);
    await client.line("SET a 1");
    hindered.isFull = true;
    client.sendLines("SET a 2");
    expect(await client.rest()).toBe("");
    const next = newClient(server);
    expect(await next.line("SET a 3")).toMatch(/^-MISCONF /);
    expect(await next.line("EXISTS a")).toBe(":1");
  });
});

describe("while what is written cannot be kept", () => {
  it("writes are refused and reads go on, until the disk is well again", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started({ appendonly: true }, hindered);
    await client.line("SET a 1");
    hindered.isFull = true;
    await client.line("SET b 2");
    expect(await client.line("SET c 3")).toMatch(
      /^-MISCONF Cannot write: the journal fails: ENOSPC\b(?!.*Cannot).*; writes are refused until/,
    );
    expect(await client.line("PING")).toMatch(/^-MISCONF /);
    expect(await client.line("EXISTS a b c")).toBe(":2");
    expect(await client.line("MULTI")).toBe("+OK");
    expect(await client.line("SET c 3")).toMatch(/^-MISCONF /);
    expect(await client.line("EXEC")).toMatch(/^-EXECABORT /);
    expect(await info(server, "aof_last_write_status")).toBe("err");
    expect(await info(server, "persistence_failure")).toContain("ENOSPC");
    hindered.isFull = false;
    await until(async () => (await client.line("SET c 3")) === "+OK");
    expect(await info(server, "aof_last_write_status")).toBe("ok");
    await server.close();
    const again = await started({ appendonly: true });
    expect(await again.client.line("EXISTS a b c")).toBe(":3");
  });

  it("a transaction that was queued before is refused as a whole", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started({ appendonly: true }, hindered);
    const queueing = newClient(server);
    await queueing.line("MULTI");
    await queueing.line("SET q 1");
    hindered.isFull = true;
    await client.line("SET b 2");
    expect(await queueing.line("EXEC")).toMatch(/^-EXECABORT .*MISCONF /);
    hindered.isFull = false;
  });

  it("a snapshot that failed refuses writes where there are save points", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started({ save: "3600 1000" }, hindered);
    await client.line("SET a 1");
    hindered.isFull = true;
    expect(await client.line("SAVE")).toMatch(/^-ERR .*ENOSPC/);
    expect(await client.line("SET a 2")).toMatch(
      /^-MISCONF Cannot write: the last snapshot failed: ENOSPC\b(?!.*Cannot)/,
    );
    expect(await info(server, "rdb_last_bgsave_status")).toBe("err");
    expect(await client.line("SHUTDOWN")).toMatch(/^-ERR Errors trying to SHUTDOWN/);
    expect(await client.line("CONFIG SET stop-writes-on-bgsave-error no")).toBe("+OK");
    await until(async () => (await client.line("SET a 2")) === "+OK");
    hindered.isFull = false;
    expect(await client.line("SAVE")).toBe("+OK");
  });

  it("the program is told when it closes a server whose last writes are lost", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started({ appendonly: true }, hindered);
    hindered.isFull = true;
    await client.line("SET a 1");
    await expect(server.close()).rejects.toMatchObject({ code: "PERSISTENCE_FAILED" });
    await server.closed;
    expect(server.connections).toBe(0);
  });

  it("SHUTDOWN FORCE ends the server all the same", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started({ save: "3600 1000" }, hindered);
    await client.line("SET a 1");
    hindered.isFull = true;
    client.sendLines("SHUTDOWN FORCE");
    await server.closed;
    expect(await client.rest()).toBe("");
  });
});

describe("the commands", () => {
  it("BGSAVE takes a snapshot in the background", async () => {
    const { client, server } = await started({});
    await client.line("SET a 1");
    expect(await client.line("BGSAVE")).toBe("+Background saving started");
    await until(async () => (await info(server, "rdb_bgsave_in_progress")) === "0");
    expect(await info(server, "rdb_saves")).toBe("1");
    expect(await readdir(dir)).toEqual(["dump.rdb"]);
    expect(Number((await client.line("LASTSAVE")).slice(1))).toBeGreaterThan(1_600_000_000);
    await client.line("CONFIG RESETSTAT");
    expect(await info(server, "rdb_saves")).toBe("0");
  });

  it("BGREWRITEAOF writes the journal anew", async () => {
    const { client, server } = await started({ appendonly: true });
    for (let i = 0; i < 100; i++) await client.line("INCR counter");
    const before = Number(await info(server, "aof_current_size"));
    expect(await client.line("BGREWRITEAOF")).toBe(
      "+Background append only file rewriting started",
    );
    await until(async () => (await info(server, "aof_rewrite_in_progress")) === "0");
    expect(Number(await info(server, "aof_current_size"))).toBeLessThan(before);
    await server.close();
    const again = await started({ appendonly: true });
    expect(await again.client.ask("$3\r\n100\r\n", "GET counter")).toBe("$3\r\n100\r\n");
  });

  it("DEBUG RELOAD and LOADAOF give back what there was", async () => {
    const { client } = await started({ appendonly: true });
    await client.line("SET a 1");
    await client.line("ZADD z 1 m");
    expect(await client.line("DEBUG RELOAD")).toBe("+OK");
    expect(await client.line("EXISTS a z")).toBe(":2");
    await client.line("SET b 2");
    expect(await client.line("DEBUG LOADAOF")).toBe("+OK");
    expect(await client.line("EXISTS a b z")).toBe(":3");
    await client.line("SET c 3");
    expect(await client.line("DEBUG RELOAD NOSAVE")).toBe("+OK");
    expect(await client.line("EXISTS a b c z")).toBe(":2");
  });

  it("CONFIG SET appendonly begins and ends a journal", async () => {
    const { client, server } = await started({});
    await client.line("SET a 1");
    expect(await client.line("CONFIG SET appendonly yes")).toBe("+OK");
    await client.line("SET b 2");
    await until(async () => (await info(server, "aof_rewrite_in_progress")) === "0");
    expect(await info(server, "aof_enabled")).toBe("1");
    await server.close();
    const again = await started({ appendonly: true });
    expect(await again.client.line("EXISTS a b")).toBe(":2");
    expect(await again.client.line("CONFIG SET appendonly no")).toBe("+OK");
    expect(await info(again.server, "aof_enabled")).toBe("0");
  });

  it("CONFIG SET appendonly that cannot begin one is refused, and the value stays", async () => {
    const { client, server } = await started({});
    await writeFile(join(dir, "appendonlydir"), "a file where a directory is to be");
    expect(await client.line("CONFIG SET appendonly yes")).toMatch(/^-ERR CONFIG SET failed/);
    expect(await info(server, "aof_enabled")).toBe("0");
    expect(await client.ask("*2\r\n$10\r\nappendonly\r\n$2\r\nno", "CONFIG GET appendonly")).toBe(
      "*2\r\n$10\r\nappendonly\r\n$2\r\nno",
    );
  });

  it("CONFIG SET dir is refused where it is protected, and while data is kept", async () => {
    const { client } = await started({});
    expect(await client.line(`CONFIG SET dir ${tmpdir()}`)).toContain("protected config");
    const open = await started({ enableProtectedConfigs: "yes", appendonly: true });
    expect(await open.client.line(`CONFIG SET dir ${tmpdir()}`)).toContain("is kept in");
  });
});

describe("within a transaction", () => {
  it.each([
    {
      command: "BGREWRITEAOF",
      reply: "+Background append only file rewriting scheduled",
      options: { appendonly: true },
      laterOptions: { appendonly: true },
      idle: ["aof_rewrites", "1"],
    },
    {
      command: "BGREWRITEAOF",
      reply: "+Background append only file rewriting scheduled",
      options: {},
      laterOptions: { appendonly: true },
      idle: ["aof_rewrites", "1"],
    },
    {
      command: "BGSAVE",
      reply: "+Background saving scheduled",
      options: {},
      laterOptions: {},
      idle: ["rdb_saves", "1"],
    },
    {
      command: "BGSAVE",
      reply: "+Background saving scheduled",
      options: { appendonly: true },
      laterOptions: {},
      idle: ["rdb_saves", "1"],
    },
    {
      command: "CONFIG SET appendonly yes",
      reply: "+OK",
      options: {},
      laterOptions: { appendonly: true },
      idle: ["aof_rewrites", "1"],
    },
    {
      command: "CONFIG SET appendonly no",
      reply: "+OK",
      options: { appendonly: true },
      laterOptions: { appendonly: true },
      idle: ["aof_enabled", "0"],
    },
  ])(
    "$command with $options leaves all of it or nothing, whenever the server is killed",
    async ({ command, idle: [field = "", value], laterOptions, options, reply }) => {
      const hindered = new HinderedFiles();
      const { client, server } = await started(options, hindered);
      await client.line("CONFIG RESETSTAT");
      const copies = await copiesOfEveryState(hindered);
      client.sendLines("MULTI", "SET a 1", command, "SET b 2", "EXEC");
      const expected = replies(reply);
      expect(await client.take(expected.length)).toBe(expected);
      await until(async () => (await info(server, field)) === value);
      await turns(10);
      const found = new Set<string>();
      for (const copy of copies()) {
        const killed = await started({ ...laterOptions, dir: copy });
        found.add(await killed.client.line("EXISTS a b"));
        await killed.server.close();
      }
      expect([...found].toSorted()).toEqual([":0", ":2"]);
    },
  );

  it("commands for the same are carried out once", async () => {
    const { client, server } = await started({});
    client.sendLines("MULTI", "BGSAVE", "BGSAVE", "BGREWRITEAOF", "BGREWRITEAOF", "EXEC");
    await until(async () => (await info(server, "aof_rewrites")) === "1");
    expect(await info(server, "rdb_saves")).toBe("1");
    expect(await info(server, "aof_rewrite_scheduled")).toBe("0");
  });

  it("CONFIG SET appendonly does what was said last", async () => {
    const { client, server } = await started({});
    const lines = ["CONFIG SET appendonly yes", "SET a 1", "CONFIG SET appendonly no"];
    const ended = `+OK\r\n${"+QUEUED\r\n".repeat(3)}*3\r\n+OK\r\n+OK\r\n+OK\r\n`;
    expect(await client.ask(ended, "MULTI", ...lines, "EXEC")).toBe(ended);
    await turns(10);
    expect(await info(server, "aof_enabled")).toBe("0");
    expect(await readdir(dir)).toEqual([]);
  });

  it("CONFIG SET appendonly that cannot begin one is taken back", async () => {
    const { client, server } = await started({});
    await writeFile(join(dir, "appendonlydir"), "a file where a directory is to be");
    client.sendLines("MULTI", "SET a 1", "CONFIG SET appendonly yes", "SET b 2", "EXEC");
    await client.take(replies("+OK").length);
    const no = "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n";
    await until(async () => (await client.ask(no, "CONFIG GET appendonly")) === no);
    expect(await info(server, "aof_enabled")).toBe("0");
    expect(await client.line("SET c 3")).toBe("+OK");
  });

  it.each(["DEBUG RELOAD", "DEBUG LOADAOF"])("%s is refused", async (command) => {
    const { client } = await started({ appendonly: true });
    client.sendLines("MULTI", "SET a 1", command, "SET b 2", "EXEC");
    const error = "-ERR Cannot load the data anew: it would have one half of the transaction";
    expect(await client.take(replies(error).length)).toBe(replies(error));
  });
});

describe("without a journal", () => {
  it("BGREWRITEAOF writes one of what there is, and DEBUG LOADAOF loads it", async () => {
    const { client, server } = await started({});
    expect(await client.line("DEBUG LOADAOF")).toMatch(/^-ERR .*there is no journal/);
    await client.line("SET a 1");
    expect(await client.line("BGREWRITEAOF")).toBe(
      "+Background append only file rewriting started",
    );
    await until(async () => (await info(server, "aof_rewrite_in_progress")) === "0");
    expect(await info(server, "aof_enabled")).toBe("0");
    const files = await readdir(join(dir, "appendonlydir"));
    await client.line("SET a 2");
    await client.line("SET b 2");
    expect(await readdir(join(dir, "appendonlydir"))).toEqual(files);
    expect(await client.line("DEBUG LOADAOF")).toBe("+OK");
    expect(await client.ask("$1\r\n1\r\n:0\r\n", "GET a", "EXISTS b")).toBe("$1\r\n1\r\n:0\r\n");
  });

  it("BGREWRITEAOF waits for the snapshot that is being taken", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started({}, hindered);
    await client.line("SET a 1");
    hindered.hold();
    await client.line("BGSAVE");
    await until(() => hindered.heldSyncs > 0);
    expect(await client.line("BGREWRITEAOF")).toBe(
      "+Background append only file rewriting scheduled",
    );
    expect(await info(server, "aof_rewrite_scheduled")).toBe("1");
    hindered.release();
    await until(async () => (await info(server, "aof_rewrites")) === "1");
    expect(await info(server, "rdb_saves")).toBe("1");
    expect(await info(server, "aof_rewrite_scheduled")).toBe("0");
  });

  it("BGREWRITEAOF that fails stops no writes, and is not tried again", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started({}, hindered);
    await client.line("SET a 1");
    hindered.hold();
    await client.line("BGREWRITEAOF");
    await until(() => hindered.heldSyncs > 0);
    hindered.isFull = true;
    expect(await client.line("SET b 1")).toBe("+OK");
    expect(await client.line("SET b 2")).toBe("+OK");
    hindered.syncFails = true;
    hindered.release();
    await until(async () => (await info(server, "aof_last_bgrewrite_status")) === "err");
    expect(await client.line("SET a 2")).toBe("+OK");
    expect(await info(server, "aof_enabled")).toBe("0");
    expect(await info(server, "aof_rewrite_in_progress")).toBe("0");
  });

  it("CONFIG SET appendonly yes goes on with the one that is being written", async () => {
    const hindered = new HinderedFiles();
    const { client, server } = await started({}, hindered);
    await client.line("SET a 1");
    hindered.hold();
    await client.line("BGREWRITEAOF");
    await until(() => hindered.heldSyncs > 0);
    await client.line("CONFIG SET appendonly yes");
    hindered.release();
    await client.line("SET b 2");
    await until(async () => (await info(server, "aof_rewrites")) === "1");
    await server.close();
    const again = await started({ appendonly: true });
    expect(await again.client.line("EXISTS a b")).toBe(":2");
  });

  it("another directory is locked as soon as something is kept there", async () => {
    const open = { enableProtectedConfigs: "yes" };
    const { client } = await started(open);
    await client.line("CONFIG SET appendonly yes");
    await client.line("CONFIG SET appendonly no");
    const other = join(dir, "other");
    await mkdir(other);
    expect(await client.line(`CONFIG SET dir ${other}`)).toBe("+OK");
    expect(await client.line("CONFIG SET appendonly yes")).toBe("+OK");
    expect(await client.line(`CONFIG SET dir ${dir}`)).toContain("is kept in");
    const second = newServer({ appendonly: true, dir: other });
    await expect(second.listen()).rejects.toMatchObject({ code: "PERSISTENCE_FAILED" });
    const first = await started({ appendonly: true });
    expect(await first.client.line("PING")).toBe("+PONG");
  });
});

describe("a cache that was handed in", () => {
  it("without persistence keeps nothing, and says so", async () => {
    await using cache = new MemoryLeaderboardCache();
    await using server = await serve({ port: 0, cache });
    const client = newClient(server);
    for (const command of ["SAVE", "BGSAVE", "BGREWRITEAOF", "DEBUG RELOAD"]) {
      expect(await client.line(command)).toMatch(/^-ERR .*option persistence/);
    }
    expect(await client.line("CONFIG SET appendonly yes")).toContain("keeps no data");
    expect(await client.line("CONFIG SET appendonly no")).toBe("+OK");
  });

  it.each([{ appendonly: true }, { save: "900 1" }, { dir: tmpdir() }])(
    "without persistence is not served with %j",
    async (options) => {
      await using cache = new MemoryLeaderboardCache();
      await expect(serve({ port: 0, cache, ...options })).rejects.toMatchObject({
        code: "INVALID_CONFIG",
        message: expect.stringContaining("give it the option persistence") as unknown,
      });
      await cache.set("a", "1");
    },
  );

  it("with persistence keeps what clients do, in all databases", async () => {
    {
      await using cache = new MemoryLeaderboardCache({ persistence: files({ dir }) });
      await using server = await serve({ port: 0, cache });
      const client = newClient(server);
      expect(await client.line("SET a 1")).toBe("+OK");
      await client.line("SELECT 3");
      await client.line("SET c 3");
      expect(await client.line("SAVE")).toBe("+OK");
      expect(await info(server, "aof_enabled")).toBe("1");
      await client[Symbol.asyncDispose]();
    }
    await using cache = new MemoryLeaderboardCache({ persistence: files({ dir }) });
    await using server = await serve({ port: 0, cache });
    const client = newClient(server);
    expect(String(await cache.get("a"))).toBe("1");
    await client.line("SELECT 3");
    expect(await client.line("EXISTS c")).toBe(":1");
    await client[Symbol.asyncDispose]();
  });

  it("with persistence tells by CONFIG GET how it is kept, and is not told how", async () => {
    const persistence = files({
      dir,
      fsync: "always",
      snapshot: [{ every: "15m", changes: 3 }],
      rewrite: { growthPercent: 50, minBytes: 1024 },
      loadTruncated: false,
      onWriteError: "continue",
    });
    await using cache = new MemoryLeaderboardCache({ persistence });
    await using server = await serve({ port: 0, cache });
    const client = newClient(server);
    for (const [name, value, other] of [
      ["dir", dir, tmpdir()],
      ["save", "900 3", ""],
      ["dbfilename", "dump.rdb", "other.rdb"],
      ["appendonly", "yes", "no"],
      ["appendfsync", "always", "no"],
      ["appenddirname", "appendonlydir", "other"],
      ["auto-aof-rewrite-percentage", "50", "100"],
      ["auto-aof-rewrite-min-size", "1024", "2048"],
      ["aof-load-truncated", "no", "yes"],
      ["stop-writes-on-bgsave-error", "no", "yes"],
    ] as const) {
      const told = `*2\r\n$${name.length}\r\n${name}\r\n$${value.length}\r\n${value}\r\n`;
      expect(await client.ask(told, `CONFIG GET ${name}`)).toBe(told);
      client.send(request("CONFIG", "SET", name, other));
      expect(await client.line("PING")).toMatch(
        /^-ERR .*(by its option persistence|immutable config|protected config)/,
      );
      expect(await client.take(7)).toBe("+PONG\r\n");
      expect(await client.ask(told, `CONFIG GET ${name}`)).toBe(told);
    }
    await client[Symbol.asyncDispose]();
  });

  it.each([{ appendonly: true }, { save: "900 1" }, { dir: tmpdir() }, { databases: 3 }])(
    "with persistence is not served with %j",
    async (options) => {
      await using cache = new MemoryLeaderboardCache({ persistence: files({ dir }) });
      await expect(serve({ port: 0, cache, ...options })).rejects.toMatchObject({
        code: "INVALID_CONFIG",
      });
    },
  );
});

/** What a client is replied to a transaction of three commands, of which the second has this reply. */
function replies(second: string): string {
  return `+OK\r\n${"+QUEUED\r\n".repeat(3)}*3\r\n+OK\r\n${second}\r\n+OK\r\n`;
}

/**
 * From now on copies what is in the folder of the test after every step that changes it: what is
 * left if the process is killed then. @returns the folders of all copies, and ends it
 */
async function copiesOfEveryState(hindered: HinderedFiles): Promise<() => string[]> {
  const folder = await mkdtemp(join(tmpdir(), "laurel-killed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const copies: string[] = [];
  const copy = (): void => {
    const target = join(folder, String(copies.length));
    cpSync(dir, target, { recursive: true, filter: (path) => !path.includes("laurel.lock") });
    copies.push(target);
  };
  copy();
  hindered.onChange = copy;
  return () => {
    hindered.onChange = undefined;
    copy();
    return copies;
  };
}

/** Lets so many turns of the event loop pass: what was sent has long been received then. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
