import { describe, expect, test } from "vitest";
import { set } from "../../src/engine/strings.ts";
import { FilePersistence } from "../../src/persistence/file-persistence.ts";
import { resolveFilesOptions, type FilesOptions } from "../../src/persistence/files-options.ts";
import { MemoryFiles, systemError } from "../support/memory-files.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { emptyDatabases } from "./support/empty-databases.ts";

const ENOSPC = systemError("ENOSPC");
const JOURNAL = "/d/appendonlydir";

/** Databases that are kept in files in memory, by a clock that the test moves. */
class Kept {
  readonly files: MemoryFiles;
  readonly time = new VirtualTime();
  readonly log: string[] = [];
  readonly databases = emptyDatabases(1_700_000_000_000);
  readonly persistence: FilePersistence;
  #last = 0;

  private constructor(options: Partial<FilesOptions>, files: MemoryFiles) {
    this.files = files;
    const { settings } = resolveFilesOptions({ dir: "/d", ...options });
    this.persistence = new FilePersistence(this.databases, settings, {
      fs: this.files,
      timers: this.time.timers,
      nowMs: () => this.time.clock.now(),
      log: (level, text) => this.log.push(`${level}: ${text}`),
    });
  }

  static async opened(options: Partial<FilesOptions>, files = new MemoryFiles()): Promise<Kept> {
    const kept = new Kept(options, files);
    kept.persistence.open();
    await kept.persistence.ready;
    return kept;
  }

  /** So many changes, each a unit of its own. */
  change(times: number): void {
    for (let i = 0; i < times; i++) {
      set(this.databases.first, `key${this.#last++}`, "v".repeat(100), Infinity);
      this.persistence.endUnit();
    }
  }

  /** Lets seconds pass; what begins then has ended. */
  async pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      this.time.advance(1000);
      for (let turn = 0; turn < 20; turn++) {
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
    }
  }

  get saves(): number {
    return this.persistence.state.saves;
  }

  get rewrites(): number {
    return this.persistence.state.rewrites;
  }
}

describe("a snapshot by save points", () => {
  const options: Partial<FilesOptions> = {
    journal: false,
    snapshot: [
      { every: "60s", changes: 3 },
      { every: "10s", changes: 100 },
    ],
  };

  test("is taken when one of them holds: so many changes, and so long after the last", async () => {
    const kept = await Kept.opened(options);
    kept.change(2);
    await kept.pass(70);
    expect(kept.saves).toBe(0);
    kept.change(1);
    await kept.pass(1);
    expect(kept.saves).toBe(1);
    kept.change(100);
    await kept.pass(9);
    expect(kept.saves).toBe(1);
    await kept.pass(2);
    expect(kept.saves).toBe(2);
    await kept.pass(100);
    expect(kept.saves).toBe(2);
  });

  test("leaves out of the count what changed while it was taken", async () => {
    const kept = await Kept.opened(options);
    kept.change(5);
    kept.files.holdsSyncs = true;
    kept.persistence.saveLater();
    kept.change(2);
    kept.files.holdsSyncs = false;
    await kept.pass(1);
    kept.files.releaseSyncs();
    await kept.pass(1);
    expect(kept.persistence.state).toMatchObject({ saves: 1, changesSinceSave: 2 });
  });

  test("that failed refuses writes, and is tried again after five seconds until it is taken", async () => {
    const kept = await Kept.opened(options);
    kept.change(3);
    kept.files.failAlways("writeLater", ENOSPC);
    await kept.pass(61);
    expect(kept.persistence.state.saveFailure).toContain("ENOSPC");
    expect(kept.persistence.refusal?.message).toMatch(
      /^Cannot write: the last snapshot failed: ENOSPC\b(?!.*Cannot)/,
    );
    const tried = kept.files.countOf("writeLater");
    await kept.pass(3);
    expect(kept.files.countOf("writeLater")).toBe(tried);
    kept.files.failAlways("writeLater", undefined);
    await kept.pass(4);
    expect(kept.saves).toBe(1);
    expect(kept.persistence.refusal).toBeUndefined();
    expect(kept.log.filter((line) => line.startsWith("warning"))).toHaveLength(1);
    expect(kept.log.at(-1)).toBe("notice: Snapshots can be taken again.");
  });
});

describe("a journal", () => {
  const options: Partial<FilesOptions> = { rewrite: { growthPercent: 100, minBytes: 10_000 } };

  test("is rewritten when it is large enough and has doubled", async () => {
    const kept = await Kept.opened(options);
    const first = kept.rewrites;
    kept.change(50);
    await kept.pass(2);
    expect(kept.persistence.state.journalBytes).toBeLessThan(10_000);
    expect(kept.rewrites).toBe(first);
    kept.change(50);
    await kept.pass(2);
    expect(kept.rewrites).toBe(first + 1);
    const { journalBaseBytes } = kept.persistence.state;
    expect(journalBaseBytes).toBeGreaterThan(1000);
    kept.persistence.settings.rewriteMinBytes = 0;
    while (kept.persistence.state.journalBytes < journalBaseBytes * 1.8) kept.change(1);
    await kept.pass(2);
    expect(kept.rewrites).toBe(first + 1);
    while (kept.persistence.state.journalBytes < journalBaseBytes * 2) kept.change(1);
    await kept.pass(2);
    expect(kept.rewrites).toBe(first + 2);
  });

  test("whose rewrite failed goes on, and is rewritten by itself five seconds later", async () => {
    const kept = await Kept.opened(options);
    const first = kept.rewrites;
    kept.files.failAlways("writeLater", ENOSPC);
    kept.change(200);
    await kept.pass(1);
    expect(kept.persistence.state.rewriteFailure).toContain("ENOSPC");
    expect(kept.persistence.refusal).toBeUndefined();
    kept.files.failAlways("writeLater", undefined);
    await kept.pass(3);
    expect(kept.rewrites).toBe(first);
    await kept.pass(4);
    expect(kept.rewrites).toBe(first + 1);
    expect(kept.persistence.state.rewriteFailure).toBeUndefined();
  });

  test("waits longer after each rewrite that failed, and makes no file while nothing is written", async () => {
    const kept = await Kept.opened(options);
    kept.files.failAlways("writeLater", ENOSPC);
    kept.change(200);
    const first = kept.files.calls.get("writeLater") ?? 0;
    await kept.pass(3);
    const { length } = kept.files.list(JOURNAL);
    await kept.pass(150);
    // At once, and after 5, 10, 20, 40 and 80 seconds more: each gives up at its first write.
    expect((kept.files.calls.get("writeLater") ?? 0) - first).toBe(5);
    expect(kept.files.list(JOURNAL)).toHaveLength(length);
    kept.files.failAlways("writeLater", undefined);
    await kept.pass(170);
    expect(kept.persistence.state.rewriteFailure).toBeUndefined();
    expect(kept.files.list(JOURNAL)).toHaveLength(3);
  });

  test("tells what there was where DEBUG RELOAD cannot load the snapshot", async () => {
    const kept = await Kept.opened(options);
    kept.change(3);
    const snapshot = kept.files.open("/d/dump.rdb", "write");
    kept.files.write(snapshot, Buffer.from("REDIS0010 and then nonsense"));
    expect(() => kept.persistence.reload({ save: false, flush: true })).toThrow("dump.rdb");
    expect(kept.databases.size).toBe(3);
    kept.change(1);
    kept.persistence.reloadJournal();
    expect(kept.databases.size).toBe(4);
  });

  test("has what a killed process was writing removed", async () => {
    const files = new MemoryFiles();
    files.makeDirectory("/d");
    files.close(files.open("/d/temp-123-4.rdb", "write"));
    files.close(files.open("/d/temp-mine.rdb", "write"));
    await Kept.opened(options, files);
    expect(files.list("/d")).not.toContain("temp-123-4.rdb");
    expect(files.list("/d")).toContain("temp-mine.rdb");
  });

  test("is not rewritten while a snapshot is taken, but afterwards", async () => {
    const kept = await Kept.opened(options);
    const first = kept.rewrites;
    kept.change(1);
    kept.files.holdsSyncs = true;
    kept.persistence.saveLater();
    expect(kept.persistence.rewriteLater()).toBe("scheduled");
    expect(kept.persistence.state.isRewriteScheduled).toBe(true);
    await kept.pass(1);
    expect(kept.rewrites).toBe(first);
    kept.files.holdsSyncs = false;
    kept.files.releaseSyncs();
    await kept.pass(1);
    expect(kept.persistence.state).toMatchObject({ saves: 1, isRewriteScheduled: false });
    expect(kept.rewrites).toBe(first + 1);
  });

  test("that BGREWRITEAOF asks for and cannot be begun is told of once, and stops no writes", async () => {
    const kept = await Kept.opened({ journal: false, snapshot: "1h" });
    kept.files.failAlways("makeDirectory", ENOSPC);
    for (let i = 0; i < 2; i++) expect(() => kept.persistence.rewriteLater()).toThrow("ENOSPC");
    expect(kept.persistence.state).toMatchObject({ journal: false, isRewriteScheduled: false });
    expect(kept.persistence.state.rewriteFailure).toContain("ENOSPC");
    expect(kept.persistence.refusal).toBeUndefined();
    expect(kept.log.filter((line) => line.startsWith("warning"))).toHaveLength(1);
  });
});
