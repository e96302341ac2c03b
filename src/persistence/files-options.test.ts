import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CacheError } from "../errors.ts";
import { type FilesOptions, resolveFilesOptions } from "./files-options.ts";

const dir = "/data";

function settingsOf(options: Partial<FilesOptions>) {
  return resolveFilesOptions({ dir, ...options }).settings;
}

function refusalOf(options: unknown): CacheError {
  try {
    resolveFilesOptions(options as FilesOptions);
  } catch (error) {
    if (error instanceof CacheError) return error;
    throw error;
  }
  throw new Error("the options were taken");
}

describe("options of files", () => {
  test("need no more than a directory", () => {
    expect(settingsOf({})).toEqual({
      dir,
      snapshotName: "dump.rdb",
      journalDirectory: "appendonlydir",
      journalName: "appendonly.aof",
      journal: true,
      fsync: "everysec",
      syncAtOnceMs: 0,
      savePoints: [],
      rewritePercentage: 100,
      rewriteMinBytes: 67_108_864,
      loadTruncated: true,
      stopsWritesOnJournalError: true,
      stopsWritesOnSnapshotError: true,
      compress: true,
      checksum: true,
      zsetListpackEntries: 128,
      zsetListpackValueBytes: 64,
    });
  });

  test("a relative directory is that of the moment, wherever the process goes", () => {
    expect(settingsOf({ dir: "data" }).dir).toBe(join(process.cwd(), "data"));
  });

  test("without a journal there are snapshots as Redis takes them", () => {
    const points = [
      { seconds: 3600, changes: 1 },
      { seconds: 300, changes: 100 },
      { seconds: 60, changes: 10_000 },
    ];
    expect(settingsOf({ journal: false }).savePoints).toEqual(points);
  });

  test("a snapshot is a duration, a rule, or several", () => {
    const cases: [FilesOptions["snapshot"], unknown][] = [
      [false, []],
      ["15m", [{ seconds: 900, changes: 1 }]],
      [1500, [{ seconds: 2, changes: 1 }]],
      [{ every: "1h" }, [{ seconds: 3600, changes: 1 }]],
      [
        [{ every: "1m", changes: 500 }, { every: "1d" }],
        [
          { seconds: 60, changes: 500 },
          { seconds: 86_400, changes: 1 },
        ],
      ],
    ];
    for (const [snapshot, savePoints] of cases) {
      expect(settingsOf({ snapshot }).savePoints).toEqual(savePoints);
    }
  });

  test("a rewrite may come earlier, later, or never", () => {
    const cases: [FilesOptions["rewrite"], percent: number, bytes: number][] = [
      [{ growthPercent: 50 }, 50, 67_108_864],
      [{ minBytes: 0 }, 100, 0],
      [false, 0, 0],
    ];
    for (const [rewrite, rewritePercentage, rewriteMinBytes] of cases) {
      expect(settingsOf({ rewrite })).toMatchObject({ rewritePercentage, rewriteMinBytes });
    }
  });

  test("writes go on in memory where that is asked for", () => {
    const { stopsWritesOnJournalError, stopsWritesOnSnapshotError } = settingsOf({
      onWriteError: "continue",
    });
    expect([stopsWritesOnJournalError, stopsWritesOnSnapshotError]).toEqual([false, false]);
  });

  test("by default warnings are the process', and notices are nobody's", () => {
    const emit = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => emit.mockRestore());
    const { onLog } = resolveFilesOptions({ dir });
    onLog("notice", "all is well");
    onLog("warning", "not so well");
    expect(emit.mock.calls).toEqual([["not so well", "LaurelWarning"]]);
  });

  const bad: Readonly<Record<string, readonly unknown[]>> = {
    dir: [undefined, "", 5, null, "a\0b"],
    journal: ["yes", 1, null],
    fsync: ["", "ALWAYS", true, null],
    snapshot: [
      true,
      "soon",
      0,
      Infinity,
      null,
      {},
      [],
      [{}],
      { every: "1s", changes: 0 },
      ["soon"],
    ],
    rewrite: [true, null, 5, { growthPercent: 0 }, { growthPercent: 1.5 }, { minBytes: -1 }],
    loadTruncated: ["no", 0, null],
    onWriteError: ["", "ignore", true, null],
    onLog: [null, "log", {}],
    fsnyc: ["always"],
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      test(`${name} of ${JSON.stringify(value) ?? "undefined"} is INVALID_CONFIG`, () => {
        const { code, message } = refusalOf({ dir, [name]: value });
        expect(code).toBe("INVALID_CONFIG");
        expect(message).toMatch(/^Cannot keep a cache in files: .+: received /);
        expect(message).toContain(name);
      });
    }
  }

  test("misspelt and bad ones are named wherever they stand", () => {
    expect(refusalOf({ dir, rewrite: { minByte: 5 } }).message).toContain('"rewrite.minByte"');
    expect(refusalOf({ dir, snapshot: { evry: "1s" } }).message).toContain('"snapshot.evry"');
    expect(refusalOf({ dir, snapshot: ["1s", { every: "soon" }] }).message).toContain(
      ": snapshot[1].every must ",
    );
    expect(refusalOf({ dir, rewrite: { minBytes: -1 } }).message).toContain(
      ": rewrite.minBytes must ",
    );
    expect(refusalOf(undefined).code).toBe("INVALID_CONFIG");
    expect(refusalOf("/data").code).toBe("INVALID_CONFIG");
  });

  test("with neither a journal nor snapshots nothing would be kept", () => {
    expect(refusalOf({ dir, journal: false, snapshot: false }).message).toContain("snapshot");
  });
});
