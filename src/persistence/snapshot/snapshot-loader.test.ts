import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Databases } from "../../engine/databases.ts";
import { Keyspace } from "../../engine/keyspace.ts";
import { type KeyspaceConfig, NO_LIMITS } from "../../engine/keyspace-config.ts";
import { CacheError } from "../../errors.ts";
import { formatDouble } from "../../protocol/number-text.ts";
import { RdbError } from "../../rdb/rdb-error.ts";
import { RdbFileWriter } from "../../rdb/rdb-file-writer.ts";
import { seededRandom } from "../../structures/random.ts";
import { systemFiles } from "../file-system.ts";
import { SnapshotLoader } from "./snapshot-loader.ts";

const NOW_MS = 1_700_000_000_000;

const directory = mkdtempSync(join(tmpdir(), "laurel-snapshot-"));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, "dump.rdb");

function newDatabases(limits: Partial<KeyspaceConfig> = {}): Databases {
  const first = new Keyspace({
    clock: { now: () => NOW_MS },
    random: seededRandom(7),
    eviction: "none",
    ...NO_LIMITS,
    ...limits,
  });
  return new Databases(first, 16);
}

function snapshotOf(write: (writer: RdbFileWriter) => void): Buffer {
  const options = { compress: true, checksum: true, formatScore: formatDouble, aux: [] };
  const writer = new RdbFileWriter(options);
  write(writer);
  writer.end();
  return writer.take();
}

/** Loads it whole, and gives the loader back, closed. */
function load(bytes: Buffer, databases: Databases, mayGoOn = false): SnapshotLoader {
  writeFileSync(path, bytes);
  databases.beginLoading();
  const loader = new SnapshotLoader(systemFiles, path, databases, { mayGoOn });
  try {
    while (loader.step());
  } finally {
    loader.close();
    databases.endLoading();
  }
  return loader;
}

/** All keys: type and value, and the deadline. */
function held(databases: Databases): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [index, keyspace] of databases.entries()) {
    const keys: string[] = [];
    keyspace.scan(0, Infinity, keys);
    for (const key of keys) {
      const slot = keyspace.lookup(key);
      const value = keyspace.valueAt(slot);
      const content = typeof value === "string" ? value : value.range(0, -1);
      all[`${index}:${key}`] = [content, keyspace.expiresAt(slot)];
    }
  }
  return all;
}

function refusal(bytes: Buffer, databases = newDatabases(), mayGoOn = false): CacheError {
  try {
    load(bytes, databases, mayGoOn);
  } catch (error) {
    if (error instanceof CacheError) return error;
    throw error;
  }
  throw new Error("it was loaded");
}

const members = Array.from({ length: 2500 }, (_, i) => ({ member: `m${i}`, score: i / 7 }));

function writeSample(writer: RdbFileWriter): void {
  writer.database(0, 3, 1);
  writer.string("a", "1", NOW_MS + 5);
  writer.string("b", "\0\xff", Infinity);
  writer.sortedSet("z", [{ member: "x", score: -0 }], NOW_MS + 9, true);
  writer.database(7, 1, 0);
  writer.beginSet("large", members.length, Infinity);
  writer.members(members);
}

const SAMPLE = {
  "0:a": ["1", NOW_MS + 5],
  "0:b": ["\0\xff", Infinity],
  "0:z": [[{ member: "x", score: -0 }], NOW_MS + 9],
  "7:large": [members, Infinity],
};

type Write = (writer: RdbFileWriter) => void;

/** Keys of the same name, the second one in another database perhaps. */
function snapshotWithTwo(first: Write, second: Write, database: number): Buffer {
  return snapshotOf((writer) => {
    writer.database(0, 1, 0);
    first(writer);
    writer.database(database, 1, 0);
    second(writer);
  });
}

function failToRead(): number {
  throw new Error("EIO: broken");
}

describe("a snapshot", () => {
  test("is loaded with all databases, types, scores and deadlines", () => {
    const databases = newDatabases();
    const bytes = snapshotOf(writeSample);
    const loader = load(bytes, databases);
    expect(held(databases)).toEqual(SAMPLE);
    expect(loader.keys).toBe(4);
    expect([loader.totalBytes, loader.loadedBytes, loader.endOffset]).toEqual(
      Array(3).fill(bytes.length),
    );
  });

  test("is loaded in steps, with the number of keys and bytes that were loaded so far", () => {
    const value = "v".repeat(50);
    const bytes = snapshotOf((writer) => {
      for (let i = 0; i < 100_000; i++) writer.string(`key ${i}`, value, Infinity);
    });
    writeFileSync(path, bytes);
    const databases = newDatabases();
    databases.beginLoading();
    const loader = new SnapshotLoader(systemFiles, path, databases);
    expect([loader.keys, loader.loadedBytes, loader.totalBytes]).toEqual([0, 0, bytes.length]);
    let steps = 1;
    for (let before = 0; loader.step(); steps++) {
      expect(loader.keys).toBe(databases.size);
      expect(loader.loadedBytes).toBeGreaterThan(before);
      before = loader.loadedBytes;
    }
    loader.close();
    expect(steps).toBeGreaterThan(5);
    expect(loader.keys).toBe(100_000);
  });

  test("may be followed by something else where that is said", () => {
    const bytes = snapshotOf(writeSample);
    const followed = Buffer.concat([bytes, Buffer.from("*1\r\n")]);
    const databases = newDatabases();
    expect(load(followed, databases, true).endOffset).toBe(bytes.length);
    expect(held(databases)).toEqual(SAMPLE);
    expect(refusal(followed).message).toBe(
      `Cannot load a snapshot: 4 bytes follow after its end, at byte ${bytes.length} of ${path}: ` +
        "restore a copy of the file, or move it away to begin without its keys",
    );
  });

  test("is refused with a database that there may not be", () => {
    const bytes = snapshotOf((writer) => writer.database(16, 1, 0));
    expect(refusal(bytes)).toMatchObject({
      code: "PERSISTENCE_FAILED",
      message: expect.stringMatching(
        /its database 16 .* at byte \d+ of .*`databases` is 16$/,
      ) as string,
    });
  });

  test("is refused with another type, naming the key and the type", () => {
    const bytes = Buffer.from("524544495330303130 12 056d79206c73".replaceAll(" ", ""), "hex");
    const error = refusal(bytes);
    expect(error.message).toBe(
      `Cannot load a snapshot: the key "my ls" holds a list, at byte 16 of ${path}: ` +
        "Laurel keeps strings and sorted sets",
    );
    expect(error.cause).toBeInstanceOf(RdbError);
  });

  test("is refused with a version that is not read", () => {
    expect(refusal(Buffer.from("VALKEY080")).message).toContain(
      "its version is 80 of Valkey, and those above 11 are not read",
    );
  });

  test("is refused with a key that comes twice in one database", () => {
    const writes: readonly Write[] = [
      (writer) => writer.string("a", "1", Infinity),
      (writer) => writer.sortedSet("a", [{ member: "x", score: 1 }], Infinity, false),
      (writer) => {
        writer.beginSet("a", members.length, Infinity);
        writer.members(members);
      },
    ];
    for (const first of writes) {
      for (const second of writes) {
        const error = refusal(snapshotWithTwo(first, second, 0));
        expect(error.message).toContain('the key "a" comes twice');
        load(snapshotWithTwo(first, second, 1), newDatabases());
      }
    }
  });

  test.each([2, 2500])("is refused with a member that comes twice among %i", (size) => {
    const bytes = snapshotOf((writer) => {
      writer.beginSet("z", size, Infinity);
      writer.members([...members.slice(0, size - 1), { member: "m0", score: 5 }]);
    });
    expect(refusal(bytes).message).toContain("a member comes twice");
  });

  test("that is not there is an error of the system", () => {
    const missing = join(directory, "missing.rdb");
    expect(() => new SnapshotLoader(systemFiles, missing, newDatabases())).toThrow(
      expect.objectContaining({
        code: "PERSISTENCE_FAILED",
        message: expect.stringContaining(`Cannot load ${missing}: ENOENT`) as string,
      }),
    );
  });

  test("that cannot be read on is an error of the system", () => {
    writeFileSync(path, snapshotOf(writeSample));
    const loader = new SnapshotLoader({ ...systemFiles, read: failToRead }, path, newDatabases());
    expect(() => loader.step()).toThrow(`Cannot load ${path}: EIO: broken`);
    loader.close();
    loader.close();
  });

  test("has all keys whatever the limits are, and gives up what is too much at the end", () => {
    const databases = newDatabases({ maxEntries: 1, eviction: "lru", maxMembersPerSet: 1 });
    load(snapshotOf(writeSample), databases);
    expect(databases.size).toBe(1);
  });

  test("is refused, or gives the same, whichever byte is damaged", () => {
    const bytes = snapshotOf((writer) => {
      writer.database(0, 4, 1);
      writer.string("a", "1", NOW_MS + 5);
      writer.string("c", "to be or not to be ".repeat(5), Infinity);
      writer.sortedSet("z", [{ member: "x", score: 0.1 }], NOW_MS + 9, true);
      writer.sortedSet("y", [{ member: "x", score: 0.1 }], Infinity, false);
    });
    const whole = newDatabases();
    load(bytes, whole);
    for (let at = 0; at < bytes.length; at++) {
      for (const bits of [1, 16, 128, 255]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ bits;
        const databases = newDatabases();
        try {
          load(damaged, databases);
        } catch (error) {
          if (error instanceof CacheError && error.code === "PERSISTENCE_FAILED") continue;
          throw error;
        }
        expect(held(databases), `byte ${at}`).toEqual(held(whole));
      }
    }
  });
});
