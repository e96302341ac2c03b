import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryLeaderboardCache } from "laurel";
import { files } from "laurel/persistence";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemTimers } from "../../src/cache/platform.ts";
import { type Databases } from "../../src/engine/databases.ts";
import { expireAt, remove } from "../../src/engine/keys.ts";
import { zAdd, zRem } from "../../src/engine/sorted-sets.ts";
import { append, set } from "../../src/engine/strings.ts";
import { systemFiles } from "../../src/persistence/file-system.ts";
import { Journal } from "../../src/persistence/journal/journal.ts";
import { JournalLoader } from "../../src/persistence/journal/journal-loader.ts";
import { Manifest, readManifest, writeManifest } from "../../src/persistence/journal/manifest.ts";
import { type Argv, Connection } from "../differential/connection.ts";
import { textOf } from "../support/one-command.ts";
import { hasServer, type ServerKind, startServer } from "../support/server-process.ts";
import { dataOf } from "./support/data-of.ts";
import { emptyDatabases } from "./support/empty-databases.ts";
import { dataOfServer } from "./support/server-data.ts";

/** In the year 2100. */
const FAR_MS = 4_102_444_800_123;
const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
const SCORES = [
  0,
  1,
  -1,
  10,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  2 ** 62,
  0.1,
  1 / 3,
  -2.5,
  1e300,
  5e-324,
].concat([123_456_789.125, 1_763_930_000_000, Infinity, -Infinity]);
const MANY = Array.from({ length: 2500 }, (_, i) => ({ member: `member ${i}`, score: i / 7 }));

const APPEND_ONLY = ["--appendonly", "yes", "--appendfsync", "no"];
const DIRECTORY = "appendonlydir";
const NAME = "appendonly.aof";

/** Does what gives every kind of effect, in units of one and of many commands. */
function change(databases: Databases, endUnit: () => void): void {
  const { first } = databases;
  set(first, ALL_BYTES, ALL_BYTES, Infinity);
  endUnit();
  set(first, "until", "x".repeat(70_000), FAR_MS);
  append(first, "until", "y", Infinity);
  endUnit();
  const named = SCORES.map((score, i) => ({ member: ALL_BYTES.slice(i * 9, i * 9 + 9), score }));
  zAdd(databases.at(5), "scores", named, {});
  zAdd(databases.at(15), "many", MANY, {});
  expireAt(databases.at(15), "many", FAR_MS);
  endUnit();
  zRem(
    databases.at(15),
    "many",
    MANY.slice(1000, 2100).map(({ member }) => member),
  );
  endUnit();
  for (const key of ["a", "b", "c"]) set(databases.at(2), key, key, FAR_MS + 0.5);
  expireAt(databases.at(2), "b", Infinity);
  remove(databases.at(2), "c");
  endUnit();
  databases.swap(5, 6);
  databases.swap(6, 7);
  set(databases.at(7), "then", "1", 2 ** 53 - 1);
  set(databases.at(8), "gone", "1", Infinity);
  endUnit();
  databases.at(8).clear();
  endUnit();
}

function load(directory: string, databases: Databases): void {
  const manifest = readManifest(systemFiles, directory, NAME);
  const { base, increments = [] } = manifest ?? {};
  databases.beginLoading();
  for (const file of base === undefined ? increments : [base, ...increments]) {
    const loader = new JournalLoader(systemFiles, join(directory, file.name), databases, {
      followers: file === increments.at(-1) ? [] : ["the next"],
      loadTruncated: false,
      log: () => {},
    });
    while (loader.step());
    expect(loader.result.cutBytes).toBe(0);
    loader.close();
  }
  databases.endLoading();
}

describe.each<ServerKind>(["redis", "valkey"])("%s-server", (kind) => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "laurel-journal-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test.skipIf(!hasServer(kind))("loads a journal of Laurel's, and finds it valid", async () => {
    const directory = join(dir, DIRECTORY);
    const databases = emptyDatabases(Date.now());
    systemFiles.makeDirectory(directory);
    const empty = Manifest.empty(NAME);
    const [first, second] = [empty.newIncrement(1), empty.newIncrement(2)];
    const journal = new Journal(
      systemFiles,
      systemTimers,
      { fsync: "everysec" },
      {
        failed: (error) => expect.fail(error.message),
        recovered: () => {},
      },
    );
    journal.switchTo(join(directory, first.name), "create");
    databases.listen(journal);
    change(databases, () => journal.endUnit());
    journal.commit();
    set(databases.at(4), "later", "1", Infinity);
    journal.switchTo(join(directory, second.name), "create");
    set(databases.at(4), "later", "2", Infinity);
    journal.close();
    const manifest = empty.withIncrement(first).withIncrement(second);
    writeManifest(systemFiles, directory, manifest);

    const path = join(directory, `${NAME}.manifest`);
    const check = spawnSync(`${kind}-check-aof`, [path], { encoding: "utf8" });
    expect(check.stdout).toContain("All AOF files and manifest are valid");
    expect(check.status).toBe(0);

    const options = ["--dir", dir, ...APPEND_ONLY];
    {
      await using server = await startServer(kind, { options });
      await using connection = await Connection.open(server.port);
      expect(await dataOfServer(connection)).toEqual(dataOf(databases));
      // It goes on with the file, and what it writes is loaded here.
      await connection.send([
        ["SELECT", "4"],
        ["INCRBY", "later", "5"],
      ]);
      set(databases.at(4), "later", "7", Infinity);
      await server.kill("SIGTERM");
    }
    const loaded = emptyDatabases(Date.now());
    load(directory, loaded);
    expect(dataOf(loaded)).toEqual(dataOf(databases));
  });

  test.skipIf(!hasServer(kind)).each([["no"], ["yes"]])(
    "writes a journal that is loaded, with timestamps: %s",
    async (timestamps) => {
      const options = ["--dir", dir, ...APPEND_ONLY, "--aof-use-rdb-preamble", "no"];
      await using server = await startServer(kind, {
        options: [...options, "--aof-timestamp-enabled", timestamps],
      });
      await using connection = await Connection.open(server.port);
      const commands: Argv[] = [
        ["SET", "a", ALL_BYTES],
        ["SETEX", "b", "1000000", "1"],
        ["INCR", "b"],
        ["INCRBYFLOAT", "b", "0.5"],
        ["SETRANGE", "a", "300", "tail"],
        ["GETEX", "a", "EX", "1000000"],
        ["EXPIRE", "a", "2000000", "GT"],
        ["ZADD", "z", "1", "m", "2.5", "n", "inf", "o", "-0", "p"],
        ["ZINCRBY", "z", "0.1", "m"],
        ["ZPOPMAX", "z"],
        ["MULTI"],
        ["SET", "in", "1"],
        ["SELECT", "3"],
        ["MSET", "x", "1", "y", "2"],
        ["DECRBY", "x", "10"],
        ["EXEC"],
        ["RENAME", "x", "moved"],
        ["COPY", "moved", "copy", "DB", "9"],
        ["MOVE", "y", "9"],
        ["SELECT", "9"],
        ["ZADD", "u", "1", "a", "2", "b"],
        ["ZUNIONSTORE", "v", "2", "u", "u", "WEIGHTS", "2", "3"],
        ["ZRANGESTORE", "w", "v", "0", "0"],
        ["GETDEL", "copy"],
        ["SET", "soon", "1", "PX", "1"],
        ["SWAPDB", "9", "0"],
        ["BGREWRITEAOF"],
      ];
      for (const command of commands) textOrNothing(await connection.call(...command));
      await untilRewritten(connection);
      const after: Argv[] = [
        ["SELECT", "1"],
        ["SET", "after", "1"],
        ["APPEND", "after", "2"],
        ["PERSIST", "a"],
        ["FLUSHDB"],
        ["SETNX", "last", "x"],
        ["BITCOUNT", "last"],
      ];
      for (const command of after) textOrNothing(await connection.call(...command));
      const expected = await dataOfServer(connection);
      await server.kill("SIGTERM");
      const databases = emptyDatabases(Date.now());
      load(join(dir, DIRECTORY), databases);
      expect(dataOf(databases)).toEqual(expected);
      expect(expected.length).toBeGreaterThan(7);
    },
  );

  test.skipIf(!hasServer(kind))("writes an empty base of commands, which is loaded", async () => {
    const options = ["--dir", dir, ...APPEND_ONLY, "--aof-use-rdb-preamble", "no"];
    await using server = await startServer(kind, { options });
    await using connection = await Connection.open(server.port);
    await connection.send([["SET", "a", "1"]]);
    await server.kill("SIGTERM");
    expect(statSync(join(dir, DIRECTORY, `${NAME}.1.base.aof`)).size).toBe(0);
    const cache = new MemoryLeaderboardCache({ persistence: files({ dir }) });
    expect(String(await cache.get("a"))).toBe("1");
    await cache.close();
  });

  test.skipIf(!hasServer(kind))(
    "writes a journal with lists, which are refused by name",
    async () => {
      const options = ["--dir", dir, ...APPEND_ONLY, "--aof-use-rdb-preamble", "no"];
      await using server = await startServer(kind, { options });
      await using connection = await Connection.open(server.port);
      await connection.send([
        ["SET", "a", "1"],
        ["LPUSH", "list", "x"],
      ]);
      await server.kill("SIGTERM");
      const databases = emptyDatabases(Date.now());
      expect(() => load(join(dir, DIRECTORY), databases)).toThrow(
        /"LPUSH" is not known here, at offset 50/,
      );
    },
  );
});

/** The text of a reply that is no error, whatever its kind. */
function textOrNothing(reply: Awaited<ReturnType<Connection["call"]>>): string {
  return reply.kind === "error" || "text" in reply ? textOf(reply) : "";
}

/** Resolves when a rewrite has ended that was begun. */
async function untilRewritten(connection: Connection): Promise<void> {
  for (;;) {
    const info = textOf(await connection.call("INFO", "persistence"));
    if (/aof_rewrite_in_progress:0/.test(info) && /aof_rewrite_scheduled:0/.test(info)) return;
  }
}
