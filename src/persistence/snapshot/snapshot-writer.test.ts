import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Databases } from "../../engine/databases.ts";
import { NO_LIMITS } from "../../engine/keyspace-config.ts";
import { Keyspace } from "../../engine/keyspace.ts";
import { zAdd, zRem } from "../../engine/sorted-sets.ts";
import { set } from "../../engine/strings.ts";
import { type RdbFileEvent, RdbFileReader } from "../../rdb/rdb-file-reader.ts";
import { seededRandom } from "../../structures/random.ts";
import { type FileSystem, systemFiles } from "../file-system.ts";
import { resolveFilesOptions } from "../files-options.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";

const NOW_MS = 1_700_000_000_000;

const directory = mkdtempSync(join(tmpdir(), "laurel-snapshot-"));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, "dump.rdb");
const temporaryPath = join(directory, "temp.rdb");
const OLD = "what was there before";
beforeEach(() => writeFileSync(path, OLD));

const { settings } = resolveFilesOptions({ dir: directory });

/** Two databases with many strings and a large set. */
function newDatabases(keys = 3000): Databases {
  const first = new Keyspace({
    clock: { now: () => NOW_MS },
    random: seededRandom(7),
    eviction: "none",
    ...NO_LIMITS,
  });
  const databases = new Databases(first, 16);
  for (let i = 0; i < keys; i++) set(first, `key ${i}`, `value ${i}`, NOW_MS + 1 + i);
  zAdd(databases.at(3), "large", membersOf(keys), {});
  zAdd(databases.at(3), "small", [{ member: "a", score: 1.5 }], {});
  return databases;
}

function membersOf(count: number): { member: string; score: number }[] {
  return Array.from({ length: count }, (_, i) => ({ member: `member ${i}`, score: i }));
}

function events(): RdbFileEvent[] {
  const bytes = readFileSync(path);
  let at = 0;
  const reader = new RdbFileReader({
    get remaining() {
      return bytes.length - at;
    },
    read: (into) => {
      const count = bytes.copy(into, 0, at);
      at += count;
      return count;
    },
  });
  const all: RdbFileEvent[] = [];
  for (let event = reader.next(); event !== undefined; event = reader.next()) all.push(event);
  return all;
}

/** Names of keys with values and deadlines, as one text each; sets with their members in order. */
function content(): string[] {
  const texts: string[] = [];
  let index = 0;
  let members: string[] = [];
  for (const event of events()) {
    if (event.type === "database") index = event.index;
    else if (event.type === "string") {
      texts.push(`${index} ${event.key} ${event.value} ${event.expiresAt}`);
    } else if (event.type === "sorted-set" || event.type === "set-begin") {
      members = [];
      texts.push(`${index} ${event.key} ${event.expiresAt}`);
    }
    if (event.type === "sorted-set" || event.type === "members") {
      members.push(...event.members.map(({ member, score }) => `${member}=${score}`));
      const name = texts.pop()?.split(": ")[0];
      texts.push(`${name}: ${members.toSorted().join()}`);
    }
  }
  return texts.toSorted();
}

function writerOf(databases: Databases, fs: FileSystem = systemFiles): SnapshotWriter {
  return new SnapshotWriter(fs, path, temporaryPath, databases, settings);
}

function expectNothingHappened(databases: Databases): void {
  expect(readFileSync(path, "latin1")).toBe(OLD);
  expect(existsSync(temporaryPath)).toBe(false);
  // They are not frozen any more.
  writerOf(databases).abort();
}

/** Takes a part of the bytes only. */
function writePart(fd: number, bytes: Uint8Array): number {
  return systemFiles.write(fd, bytes.subarray(0, 999));
}

/** The system's files, which note how a snapshot is put on the disk. */
function notedFiles(log: string[]): FileSystem {
  const noted = (name: keyof FileSystem): void => {
    const call = systemFiles[name] as (...args: unknown[]) => unknown;
    const noting = (...args: unknown[]): unknown => {
      log.push(name);
      return call(...args);
    };
    Object.assign(files, { [name]: noting });
  };
  const files: FileSystem = { ...systemFiles };
  for (const name of ["open", "write", "sync", "close", "rename", "syncDirectory"] as const) {
    noted(name);
  }
  for (const name of ["writeLater", "syncLater", "syncDirectoryLater", "closeLater"] as const) {
    noted(name);
  }
  return files;
}

describe("a snapshot writer", () => {
  test("writes the same at once and in steps, into a file of its owner's", async () => {
    const databases = newDatabases();
    const bytes = writerOf(databases).runNow();
    const atOnce = content();
    expect(bytes).toBe(readFileSync(path).length);
    expect(atOnce).toHaveLength(3002);
    expect(await writerOf(databases).run()).toBe(bytes);
    expect(content()).toEqual(atOnce);
    expect(readdirSync(directory)).toEqual(["dump.rdb"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("tells what made it, when, and whether it is the base of a journal", () => {
    const databases = newDatabases(1);
    const options = { isBase: true };
    new SnapshotWriter(systemFiles, path, temporaryPath, databases, settings, options).runNow();
    const told = events().flatMap((event) => (event.type === "aux" ? [event] : []));
    expect(Object.fromEntries(told.map(({ name, value }) => [name, value]))).toEqual({
      "redis-ver": "7.0.15",
      "redis-bits": "64",
      ctime: "1700000000",
      "used-mem": expect.stringMatching(/^\d+$/) as string,
      "aof-base": "1",
    });
  });

  test("leaves compression and checksum out where that is set", () => {
    const databases = newDatabases(0);
    set(databases.first, "k", "x".repeat(1000), Infinity);
    const other = { ...settings, compress: false, checksum: false };
    new SnapshotWriter(systemFiles, path, temporaryPath, databases, other).runNow();
    const bytes = readFileSync(path);
    expect(bytes.includes("x".repeat(1000))).toBe(true);
    expect(bytes.subarray(-8)).toEqual(Buffer.alloc(8));
  });

  test("writes what was there when it was made, whatever changes meanwhile", async () => {
    const databases = newDatabases();
    writerOf(databases).runNow();
    const before = content();
    const running = writerOf(databases).run();
    for (let i = 0; i < 3000; i += 7) {
      set(databases.first, `key ${i}`, "changed", Infinity);
      set(databases.first, `new ${i}`, "new", Infinity);
      zAdd(databases.at(3), "large", [{ member: `member ${i}`, score: -1 }], {});
      zRem(databases.at(3), "large", [`member ${i + 1}`]);
      if (i % 70 === 0) await new Promise(setImmediate);
    }
    databases.swap(0, 3);
    databases.at(3).clear();
    await running;
    expect(content()).toEqual(before);
  });

  test("gives way after about a millisecond, whether there is enough to be written or not", async () => {
    const log: string[] = [];
    let nowMs = 0;
    // By this clock it takes a millisecond to look at it.
    vi.spyOn(performance, "now").mockImplementation(() => nowMs++);
    const fs: FileSystem = {
      ...systemFiles,
      writeLater: async (fd, bytes) => {
        log.push("write");
        return systemFiles.writeLater(fd, bytes);
      },
    };
    const turn = (): void => {
      log.push("turn");
      if (!log.includes("write")) setImmediate(turn);
    };
    setImmediate(turn);
    try {
      await writerOf(newDatabases(100), fs).run();
    } finally {
      vi.restoreAllMocks();
    }
    const firstWrite = log.indexOf("write");
    expect(firstWrite).toBeGreaterThan(10);
    expect(log.slice(firstWrite).filter((entry) => entry === "write")).toHaveLength(1);
  });

  test("holds no more than is written at once, and the largest values", async () => {
    const databases = newDatabases(0);
    const value = "x".repeat(300_000);
    for (let i = 0; i < 100; i++) set(databases.first, `key ${i}`, value, Infinity);
    let bytesMax = 0;
    const fs: FileSystem = {
      ...systemFiles,
      writeLater: async (fd, bytes) => {
        bytesMax = Math.max(bytesMax, bytes.length);
        return systemFiles.writeLater(fd, bytes);
      },
    };
    const others = { ...settings, compress: false };
    await new SnapshotWriter(fs, path, temporaryPath, databases, others).run();
    expect(bytesMax).toBeLessThan(10 * value.length);
  });

  test("forces everything to the disk before the file takes its place", async () => {
    const log: string[] = [];
    const fs = notedFiles(log);
    const databases = newDatabases(10);
    writerOf(databases, fs).runNow();
    expect(log).toEqual(["open", "write", "sync", "close", "rename", "syncDirectory"]);
    log.length = 0;
    await writerOf(databases, fs).run();
    // What was there before is closed last, off the main thread, which frees it.
    const replacing = ["open", "rename", "closeLater"];
    const written = ["open", "writeLater", "syncLater", "close"];
    expect(log).toEqual([...written, ...replacing, "syncDirectoryLater"]);
  });

  test("goes on where the system took a part of the bytes only", async () => {
    const fs: FileSystem = {
      ...systemFiles,
      write: writePart,
      writeLater: async (fd, bytes) => writePart(fd, bytes),
    };
    const databases = newDatabases();
    writerOf(databases).runNow();
    const expected = content();
    await writerOf(databases, fs).run();
    expect(content()).toEqual(expected);
    writerOf(databases, fs).runNow();
    expect(content()).toEqual(expected);
  });

  const failing: readonly (keyof FileSystem)[] = [
    "open",
    "write",
    "writeLater",
    "sync",
    "syncLater",
    "close",
    "rename",
  ];
  test.each(failing)("leaves what was there, and no other file, when %s fails", async (name) => {
    const fs: FileSystem = {
      ...systemFiles,
      [name]: (...args: unknown[]) => {
        if (name === "close") systemFiles.close(args[0] as number);
        throw new Error(`${name}: simulated`);
      },
    };
    const databases = newDatabases();
    const isLater = name.endsWith("Later") || name === "rename";
    if (isLater) await expect(writerOf(databases, fs).run()).rejects.toThrow(`${name}: simulated`);
    else expect(() => writerOf(databases, fs).runNow()).toThrow(`${name}: simulated`);
    expectNothingHappened(databases);
  });

  test("refuses to wait for a system that takes nothing", async () => {
    const fs: FileSystem = { ...systemFiles, write: () => 0, writeLater: async () => 0 };
    const databases = newDatabases(10);
    expect(() => writerOf(databases, fs).runNow()).toThrow("takes no more bytes");
    await expect(writerOf(databases, fs).run()).rejects.toThrow("takes no more bytes");
    expectNothingHappened(databases);
  });

  test("stops when it is aborted, and the databases are free at once", async () => {
    const databases = newDatabases(30_000);
    const writer = writerOf(databases);
    const running = writer.run();
    await new Promise(setImmediate);
    writer.abort();
    expectNothingHappened(databases);
    await expect(running).rejects.toThrow("it was aborted");
    expectNothingHappened(databases);
  });

  test("does not begin when it was aborted before", async () => {
    const databases = newDatabases(10);
    const writer = writerOf(databases);
    writer.abort();
    await expect(writer.run()).rejects.toThrow("it was aborted");
    expectNothingHappened(databases);
  });
});
