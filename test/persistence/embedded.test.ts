import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CacheError, MemoryCache, MemoryLeaderboardCache, type Persistence } from "laurel";
import { files, type FilesOptions } from "laurel/persistence";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { collect, members, names, rejection, text } from "../contract/expectations.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { temporaryDirectories } from "./support/temporary-directories.ts";

const HOLDER = fileURLToPath(new URL("support/directory-holder.ts", import.meta.url));
const SHORT = fileURLToPath(new URL("support/short-process.ts", import.meta.url));
const directories = temporaryDirectories();
afterAll(directories.remove);

/** A cache in a directory, closed at the end of the test. */
function open(dir: string, options: Partial<FilesOptions> = {}): MemoryLeaderboardCache {
  const cache = new MemoryLeaderboardCache({ persistence: files({ dir, ...options }) });
  onTestFinished(() => cache.close().catch(() => {}));
  return cache;
}

/** What a program in a process of its own ends with. */
async function ended(program: string, dir: string): Promise<unknown[]> {
  const child = spawn(process.execPath, ["--import", "tsx", program, dir], { stdio: "inherit" });
  return once(child, "exit");
}

/** Every file below a directory, by its path in it. */
function filesBelow(dir: string): string[] {
  const paths = readdirSync(dir, { recursive: true, encoding: "utf8" });
  return paths.filter((path) => statSync(join(dir, path)).isFile()).toSorted();
}

describe("a cache that is kept in files", () => {
  const kinds: Readonly<Record<string, Partial<FilesOptions>>> = {
    "a journal": {},
    "a journal that is synced always": { fsync: "always" },
    "a journal that is not synced": { fsync: "no" },
    "a journal and snapshots": { snapshot: "1h" },
    "snapshots alone": { journal: false },
  };
  for (const [kind, options] of Object.entries(kinds)) {
    test(`has after a restart what it had when it was closed: ${kind}`, async () => {
      const dir = directories.create();
      const cache = open(dir, options);
      await cache.set("text", "höher");
      await cache.set("bytes", Buffer.from([0, 255, 10, 13, 128]));
      await cache.set("short", "v", { ttl: "1h" });
      await cache.set("gone", "v");
      await cache.delete("gone");
      await cache.incr("count", 41);
      await cache.incr("count");
      await cache.zAdd("board", members(["ä", 1.5], ["b", -Infinity], ["c", 0.1 + 0.2]));
      await cache.zAdd("large", members(...Array.from({ length: 3000 }, numbered)));
      await cache.zIncrBy("large", "m7", 0.25);
      await cache.expire("board", "2h");
      await cache.close();

      const next = open(dir, options);
      expect((await collect(next.keys())).toSorted()).toEqual(
        ["board", "bytes", "count", "large", "short", "text"].toSorted(),
      );
      expect(await text(next, "text")).toBe("höher");
      expect(await next.get("bytes")).toEqual(Buffer.from([0, 255, 10, 13, 128]));
      expect(await next.incr("count")).toBe(43);
      expect(await next.zRange("board", 0, -1)).toEqual(
        members(["b", -Infinity], ["c", 0.1 + 0.2], ["ä", 1.5]),
      );
      expect(await next.zCard("large")).toBe(3000);
      expect(await next.zScore("large", "m7")).toBe(7.25);
      expect(await next.ttl("text")).toBe(Infinity);
      for (const [key, hours] of [["short", 1] as const, ["board", 2] as const]) {
        const ttl = (await next.ttl(key)) ?? 0;
        expect(ttl).toBeGreaterThan(hours * 3_600_000 - 60_000);
        expect(ttl).toBeLessThanOrEqual(hours * 3_600_000);
      }
    });
  }

  test("has the members of a set in the order that they had", async () => {
    const dir = directories.create();
    const cache = open(dir);
    const pairs = Array.from({ length: 500 }, (_, i) => [`m${(i * 7919) % 500}`, i % 7] as const);
    await cache.zAdd("board", members(...pairs));
    const order = names(await cache.zRange("board", 0, -1));
    await cache.close();
    expect(names(await open(dir).zRange("board", 0, -1))).toEqual(order);
  });

  test("has what a cache without leaderboards left", async () => {
    const dir = directories.create();
    const cache = new MemoryCache({ persistence: files({ dir }) });
    await cache.set("k", "v");
    await cache.close();
    expect(await text(open(dir), "k")).toBe("v");
  });

  test("answers calls that were made before anything was loaded, in their order", async () => {
    const dir = directories.create();
    const cache = open(dir);
    await cache.set("k", "old");
    await cache.close();
    const next = open(dir);
    const calls = [text(next, "k"), next.append("k", "er"), text(next, "k")];
    expect(await Promise.all(calls)).toEqual(["old", 5, "older"]);
  });

  test("forgets what expired while nobody had it open", async () => {
    const dir = directories.create();
    const { clock, timers, skip } = timeOfTests();
    const options = () => ({ clock, timers, persistence: files({ dir }) });
    const cache = new MemoryLeaderboardCache(options());
    await cache.set("short", "v", { ttl: 1000 });
    await cache.set("long", "v", { ttl: 5000 });
    await cache.close();
    skip(1000);
    const next = new MemoryLeaderboardCache(options());
    expect(await collect(next.keys())).toEqual(["long"]);
    expect(await next.ttl("long")).toBe(4000);
    await next.close();
  });

  test("keeps its limits when more was kept than they allow", async () => {
    const dir = directories.create();
    const cache = open(dir);
    for (let i = 0; i < 100; i++) await cache.set(`k${i}`, "v");
    await cache.close();
    const small = new MemoryCache({ maxEntries: 10, persistence: files({ dir }) });
    await small.ready();
    expect(small.metrics().entries).toBe(10);
    await small.close();
    expect(await collect(open(dir).keys())).toHaveLength(10);
  });

  test("starts with nothing where there is nothing, makes the directory and says so", async () => {
    const dir = join(directories.create(), "not", "there", "yet");
    const told: string[] = [];
    const cache = open(dir, { onLog: (level, line) => told.push(`${level}: ${line}`) });
    await cache.ready();
    expect(told).toContain(`notice: Made the directory ${dir}, as it was not there.`);
    expect(cache.metrics()).toMatchObject({ entries: 0, persistence: { loading: false } });
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    await cache.set("k", "v");
    await cache.flush();
    const modes = filesBelow(dir).map((path) => [path, statSync(join(dir, path)).mode & 0o777]);
    expect(modes).toEqual([
      ["appendonlydir/appendonly.aof.1.base.rdb", 0o600],
      ["appendonlydir/appendonly.aof.1.incr.aof", 0o600],
      ["appendonlydir/appendonly.aof.manifest", 0o600],
      ["laurel.lock", 0o600],
    ]);
    await cache.close();
    expect(existsSync(join(dir, "laurel.lock"))).toBe(false);
  });

  test("has what a process did that ended without closing it", async () => {
    const dir = directories.create();
    for (const [code] of [await ended(SHORT, dir), await ended(SHORT, dir)]) expect(code).toBe(0);
    expect(await text(open(dir), "count")).toBe("2");
  });

  test("does not begin anew where the manifest of its journal is missing", async () => {
    const dir = directories.create();
    const cache = open(dir);
    await cache.set("k", "v");
    await cache.close();
    const manifest = join(dir, "appendonlydir", "appendonly.aof.manifest");
    renameSync(manifest, `${manifest}.bak`);
    const error = await rejection(() => open(dir).ready());
    expect(error).toMatchObject({ code: "PERSISTENCE_FAILED" });
    expect((error as CacheError).message).toMatch(
      /no manifest that names it: restore the manifest/,
    );
    renameSync(`${manifest}.bak`, manifest);
    expect(await text(open(dir), "k")).toBe("v");
  });

  test("loads the one file that a journal was before Redis 7, and leaves it as it is", async () => {
    const dir = directories.create();
    const single = join(dir, "appendonly.aof");
    const commands = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
    writeFileSync(single, commands);
    const cache = open(dir);
    expect(await text(cache, "k")).toBe("v");
    await cache.set("k", "w");
    await cache.close();
    expect(readFileSync(single, "latin1")).toBe(commands);
    expect(await text(open(dir), "k")).toBe("w");
  });

  test("warns of a journal that is not asked for any more", async () => {
    const dir = directories.create();
    const cache = open(dir);
    await cache.set("k", "v");
    await cache.close();
    const log: string[] = [];
    const onLog = (level: string, line: string): void => void log.push(`${level}: ${line}`);
    const next = open(dir, { journal: false, onLog });
    expect(await next.get("k")).toBeUndefined();
    expect(log.join("\n")).toMatch(/^warning: There is a journal, .*manifest, which is not loaded/);
  });

  test("goes on as before where it is told to have no persistence at all", async () => {
    const cache = new MemoryCache({ persistence: undefined });
    await cache.set("k", "v");
    expect(cache.metrics()).not.toHaveProperty("persistence");
    await cache.close();
  });
});

describe("flush", () => {
  test("resolves when everything so far is on the disk, whatever fsync is", async () => {
    for (const fsync of ["always", "everysec", "no"] as const) {
      const cache = open(directories.create(), { fsync });
      await cache.ready();
      const { syncs = 0 } = cache.metrics().persistence ?? {};
      const writes = [cache.set("k", "v"), cache.zAdd("board", members(["a", 1]))];
      await Promise.all([...writes, cache.flush()]);
      const { persistence } = cache.metrics();
      expect(persistence).toMatchObject({ unsyncedBytes: 0, failure: undefined });
      expect(persistence?.syncs).toBeGreaterThan(syncs);
      expect(persistence?.journalBytes).toBeGreaterThan(0);
    }
  });

  test("takes a snapshot where there is no journal", async () => {
    const dir = directories.create();
    const cache = open(dir, { journal: false });
    await cache.set("k", "v");
    expect(cache.metrics().persistence).toMatchObject({ changesSinceSnapshot: 1, snapshots: 0 });
    await cache.flush();
    expect(cache.metrics().persistence).toMatchObject({ changesSinceSnapshot: 0, snapshots: 1 });
    expect(filesBelow(dir)).toEqual(["dump.rdb", "laurel.lock"]);
  });

  test("may be called before anything is loaded", async () => {
    const dir = directories.create();
    const cache = open(dir);
    const write = cache.set("k", "v");
    await cache.flush();
    expect(cache.metrics().persistence).toMatchObject({ loading: false, unsyncedBytes: 0 });
    await write;
  });
});

describe("close", () => {
  test("keeps what was called before, awaited or not, and refuses what is called after", async () => {
    const dir = directories.create();
    const cache = open(dir);
    const writes = Array.from({ length: 100 }, (_, i) => cache.set(`k${i}`, "v"));
    const closing = cache.close();
    const late = rejection(() => cache.set("late", "v"));
    await Promise.all([...writes, closing, cache.close()]);
    expect(await late).toMatchObject({ code: "CLOSED" });
    const next = open(dir);
    expect(await collect(next.keys())).toHaveLength(100);
    expect(await text(next, "late")).toBeUndefined();
  });

  test("while it is being loaded leaves everything as it was, ready for the next", async () => {
    const dir = directories.create();
    const cache = open(dir);
    await cache.zAdd("large", members(...Array.from({ length: 50_000 }, numbered)));
    await cache.expire("large", "1h");
    await cache.close();
    const { clock, timers, pending } = timeOfTests();
    const hasty = new MemoryLeaderboardCache({ clock, timers, persistence: files({ dir }) });
    await hasty.close();
    expect(pending()).toBe(0);
    expect(await open(dir).zCard("large")).toBe(50_000);
  });
});

describe("a directory that is in use", () => {
  test("is not for a second cache of the process, until the first is closed", async () => {
    const dir = directories.create();
    const cache = open(dir);
    await cache.set("k", "v");
    const second = open(dir);
    const refusals = [rejection(() => second.get("k")), rejection(() => second.ready())];
    for (const error of await Promise.all(refusals)) {
      expect(error).toMatchObject({ code: "PERSISTENCE_FAILED" });
      expect((error as CacheError).message).toContain(`in use by process ${process.pid} on`);
    }
    await second.close();
    expect(await text(cache, "k")).toBe("v");
    await cache.close();
    expect(await text(open(dir), "k")).toBe("v");
  });

  test("is not for a second process, until the first is gone, killed or not", async () => {
    const dir = directories.create();
    const child = spawn(process.execPath, ["--import", "tsx", HOLDER, dir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [said] = (await Promise.race([
      once(child.stdout, "data"),
      once(child, "exit"),
    ])) as unknown[];
    expect(String(said)).toBe("kept\n");
    const error = (await rejection(() => open(dir).get("k"))) as CacheError;
    expect(error).toMatchObject({ code: "PERSISTENCE_FAILED" });
    expect(error.message).toContain(`it is in use by process ${child.pid} on`);
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    expect(await text(open(dir), "k")).toBe("kept by another process");
  });
});

describe("what cannot be loaded", () => {
  test("is the error of ready and of every call; nobody else hears of it", async () => {
    const dir = directories.create();
    writeFileSync(join(dir, "dump.rdb"), "REDIS0010 and then nonsense");
    const cache = open(dir, { journal: false });
    const listed = rejection(() => collect(cache.keys()));
    for (const call of [() => cache.ready(), () => cache.get("k"), () => cache.flush()]) {
      const error = await rejection(call);
      expect(error).toBeInstanceOf(CacheError);
      expect((error as CacheError).code).toBe("PERSISTENCE_FAILED");
      expect((error as CacheError).message).toContain(join(dir, "dump.rdb"));
    }
    expect(await listed).toMatchObject({ code: "PERSISTENCE_FAILED" });
    expect(cache.metrics().persistence?.failure).toContain(join(dir, "dump.rdb"));
    await cache.close();
    expect(cache.metrics().persistence?.failure).toContain(join(dir, "dump.rdb"));
    expect(filesBelow(dir)).toEqual(["dump.rdb"]);
  });
});

describe("files", () => {
  test("are of one cache alone", async () => {
    const persistence: Persistence = files({ dir: directories.create() });
    const cache = new MemoryCache({ persistence });
    expect(() => new MemoryCache({ persistence })).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG" }),
    );
    await cache.close();
  });

  test("tell their log what whoever runs the process should know", async () => {
    const dir = directories.create();
    const cache = open(dir);
    await cache.set("k", "v");
    await cache.close();
    const told: string[] = [];
    await open(dir, { onLog: (level, line) => told.push(`${level}: ${line}`) }).ready();
    expect(told.join("\n")).toMatch(/^notice: Loaded 1 keys? from the journal in [\d.]+ s\.$/);
  });
});

function numbered(_: unknown, i: number): readonly [string, number] {
  return [`m${i}`, i];
}

function timeOfTests() {
  const time = new VirtualTime();
  return {
    clock: time.clock,
    timers: time.timers,
    skip: (ms: number) => time.skip(ms),
    pending: () => time.pending,
  };
}
