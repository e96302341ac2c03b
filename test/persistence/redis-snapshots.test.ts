import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Databases } from "../../src/engine/databases.ts";
import { zAdd } from "../../src/engine/sorted-sets.ts";
import { set } from "../../src/engine/strings.ts";
import { systemFiles } from "../../src/persistence/file-system.ts";
import type { PersistenceSettings } from "../../src/persistence/settings.ts";
import { SnapshotLoader } from "../../src/persistence/snapshot/snapshot-loader.ts";
import { SnapshotWriter } from "../../src/persistence/snapshot/snapshot-writer.ts";
import { type Argv, Connection } from "../differential/connection.ts";
import { itemsOf, textOf } from "../support/one-command.ts";
import {
  hasServer,
  type ServerKind,
  type ServerProcess,
  startServer,
} from "../support/server-process.ts";
import { type Data, dataOf, type KeptKey } from "./support/data-of.ts";
import { emptyDatabases } from "./support/empty-databases.ts";
import { settingsIn } from "./support/settings-in.ts";

const DATABASES = 16;
/** In the year 2100. */
const FAR_MS = 4_102_444_800_123;

const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
const INTEGERS = [0, 1, -1, 127, 128, 4095, -4096, 32_768, 2 ** 31, 2 ** 53, -(2 ** 62)];
const SCORES = INTEGERS.concat(
  [2 ** 62 + 1024, 0.1, 1 / 3, -2.5, 1e300, 5e-324, 123_456_789.125],
  [Infinity, -Infinity],
);

/** What is kept under a key, to be put into a server and into databases alike. */
interface Sample {
  readonly database: number;
  readonly key: string;
  readonly value: string | readonly { member: string; score: number }[];
  readonly expiresAt: number;
}

/** Strings of all encodings, sorted sets of all sizes, deadlines, several databases. */
function samples(): Sample[] {
  const strings = "0 -1 127 128 -32769 2147483648 9223372036854775807 007 1.5 x"
    .split(" ")
    .concat(["", "x".repeat(20), "x".repeat(21), "y".repeat(70_000)])
    .concat([ALL_BYTES, ALL_BYTES.repeat(300)])
    .concat(["to be or not to be, that is the question. ".repeat(40)]);
  const sets = [1, 2, 20, 128, 129, 1000, 1001, 5000].map((size) => membersOf(size));
  const named = SCORES.map((score, i) => ({
    member: ALL_BYTES.slice(i * 9, i * 9 + 9),
    score,
  }));
  const values = [...strings, ...sets, named, [...named, { member: "z".repeat(65), score: -0 }]];
  const places: [database: number, expiresAt: number][] = [
    [0, Infinity],
    [0, FAR_MS],
    [7, Infinity],
    [DATABASES - 1, 2 ** 42 - 1],
  ];
  return values.flatMap((value, i) =>
    places.map(([database, expiresAt]) => {
      const key = `${i}:${database}:${expiresAt}`;
      return { database, key: i % 5 === 0 ? ALL_BYTES + key : key, value, expiresAt };
    }),
  );
}

function membersOf(size: number): { member: string; score: number }[] {
  return Array.from({ length: size }, (_, i) => ({
    member: i % 3 === 0 ? `${i}` : `member ${i}`,
    score: SCORES[i % SCORES.length] as number,
  }));
}

function scoreText(score: number): string {
  if (Number.isFinite(score)) return Object.is(score, -0) ? "-0" : String(score);
  return score < 0 ? "-inf" : "inf";
}

function scoreOf(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}

function newDatabases(): Databases {
  return emptyDatabases({ now: () => Date.now() });
}

function fillDatabases(databases: Databases): void {
  for (const { database, key, value, expiresAt } of samples()) {
    const keyspace = databases.at(database);
    if (typeof value === "string") set(keyspace, key, value, expiresAt);
    else {
      zAdd(keyspace, key, value, {});
      const slot = keyspace.lookup(key);
      if (expiresAt !== Infinity) keyspace.setExpiry(slot, expiresAt);
    }
  }
}

async function fillServer(connection: Connection): Promise<void> {
  for (const { database, key, value, expiresAt } of samples()) {
    const add: Argv =
      typeof value === "string"
        ? ["SET", key, value]
        : ["ZADD", key, ...value.flatMap(({ member, score }) => [scoreText(score), member])];
    const commands: Argv[] = [["SELECT", String(database)], add];
    if (expiresAt !== Infinity) commands.push(["PEXPIREAT", key, String(expiresAt)]);
    const replies = await connection.send(commands);
    for (const reply of replies) textOf(reply);
  }
}

/** All that a server holds, in the form in which databases tell it. */
async function dataOfServer(connection: Connection): Promise<Data> {
  const data: KeptKey[] = [];
  for (let index = 0; index < DATABASES; index++) {
    await connection.call("SELECT", String(index));
    for (const key of itemsOf(await connection.call("KEYS", "*")).map(textOf)) {
      const isString = textOf(await connection.call("TYPE", key)) === "string";
      const content = isString
        ? `"${textOf(await connection.call("GET", key))}"`
        : membersText(
            itemsOf(await connection.call("ZRANGE", key, "0", "-1", "WITHSCORES")).map(textOf),
          );
      const deadline = Number(textOf(await connection.call("PEXPIRETIME", key)));
      const expiresAt = deadline === -1 ? Infinity : deadline;
      data.push({ name: `${index}:${key}`, expiresAt, content });
    }
  }
  return data.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function membersText(membersAndScores: readonly string[]): string {
  const texts: string[] = [];
  for (let i = 0; i < membersAndScores.length; i += 2) {
    const score = scoreOf(membersAndScores[i + 1] as string);
    texts.push(`${membersAndScores[i]}=${Object.is(score, -0) ? "-0" : score}`);
  }
  return texts.join(" ");
}

function load(path: string): Databases {
  const databases = newDatabases();
  databases.beginLoading();
  const loader = new SnapshotLoader(systemFiles, path, databases);
  try {
    while (loader.step());
  } finally {
    loader.close();
    databases.endLoading();
  }
  return databases;
}

function expectEqual(received: Data, expected: Data): void {
  expect(received.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
  for (const [i, key] of received.entries()) expect(key).toEqual(expected[i]);
}

describe.each<ServerKind>(["redis", "valkey"])("with %s-server", (kind) => {
  const isThere = hasServer(kind);

  describe.skipIf(!isThere)("a snapshot that it wrote", () => {
    const configurations: readonly (readonly [what: string, ...options: string[]])[] = [
      ["as it comes"],
      ["with all sets as skip lists", "--zset-max-listpack-entries", "0"],
      [
        "with nearly all sets as listpacks",
        "--zset-max-listpack-entries",
        "2000",
        "--zset-max-listpack-value",
        "100000",
      ],
      ["without compression", "--rdbcompression", "no"],
      ["without a checksum", "--rdbchecksum", "no"],
      ["with times of use", "--maxmemory-policy", "allkeys-lru"],
      ["with frequencies of use", "--maxmemory-policy", "allkeys-lfu"],
    ];
    it.each(configurations)("%s is loaded, key by key", async (_what, ...options) => {
      await using server = await startServer(kind, { options });
      await using connection = await Connection.open(server.port);
      await fillServer(connection);
      await server.ask("SAVE");
      const databases = load(join(server.directory, "dump.rdb"));
      expect(databases.size).toBe(samples().length);
      expectEqual(dataOf(databases), await dataOfServer(connection));
    });
  });

  describe.skipIf(!isThere)("a snapshot that it wrote of something else, too,", () => {
    let server: ServerProcess;
    let connection: Connection;
    let path: string;
    beforeAll(async () => {
      server = await startServer(kind);
      connection = await Connection.open(server.port);
      path = join(server.directory, "dump.rdb");
    });
    afterAll(async () => {
      await connection[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    const foreign: readonly [type: string, argv: Argv][] = [
      ["list", ["RPUSH", "other", "a", "b"]],
      ["hash", ["HSET", "other", "field", "value"]],
      ["set", ["SADD", "other", "a", "b"]],
      ["set", ["SADD", "other", "1", "2"]],
      ["stream", ["XADD", "other", "*", "field", "value"]],
      ["list", ["RPUSH", "other", ...Array<string>(5000).fill("x")]],
      ["hash", ["HSET", "other", "field", "x".repeat(100)]],
    ];
    it.each(foreign)("is refused with a %s in it, by the name of its key", async (type, argv) => {
      await connection.send([["FLUSHALL"], ["SELECT", "0"], ["SET", "k", "v"], argv, ["SAVE"]]);
      expect(() => load(path)).toThrow(
        expect.objectContaining({
          code: "PERSISTENCE_FAILED",
          message: expect.stringMatching(
            `^Cannot load a snapshot: the key "other" holds a ${type}, at byte \\d+ of ${path}: ` +
              "Laurel keeps strings and sorted sets$",
          ) as string,
        }),
      );
    });

    it("is refused with functions in it, by the name of their library", async () => {
      const code = "#!lua name=mylib\nredis.register_function('f', function() return 1 end)";
      await connection.send([["FLUSHALL"], ["FUNCTION", "LOAD", code], ["SAVE"]]);
      expect(() => load(path)).toThrow('it holds the library of functions "mylib"');
      await connection.send([["FUNCTION", "FLUSH"]]);
    });
  });

  describe.skipIf(!isThere)("a snapshot of Laurel's", () => {
    let directory: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), "laurel-snapshot-"));
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    const variants: readonly (readonly [what: string, Partial<PersistenceSettings>])[] = [
      ["as it comes", {}],
      ["without compression", { compress: false }],
      ["without a checksum", { checksum: false }],
      ["without listpacks", { zsetListpackEntries: 0 }],
    ];
    it.each(variants)("%s is found sound, and loaded, key by key", async (_what, others) => {
      const databases = newDatabases();
      fillDatabases(databases);
      const path = join(directory, "dump.rdb");
      const all = settingsIn(directory, others);
      await new SnapshotWriter(systemFiles, path, `${path}.tmp`, databases, all).run();
      expectEqual(dataOf(load(path)), dataOf(databases));

      const check = spawnSync(`${kind}-check-rdb`, [path], { encoding: "utf8" });
      expect(check.stdout).toContain("RDB looks OK!");
      if (all.checksum) expect(check.stdout).toContain("Checksum OK");
      expect(check.status).toBe(0);

      const options = ["--dir", directory, "--dbfilename", "dump.rdb"];
      await using server = await startServer(kind, { options });
      await using connection = await Connection.open(server.port);
      expectEqual(await dataOfServer(connection), dataOf(databases));
    });
  });
});
