import { crc32 } from "node:zlib";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { MemoryFiles, systemError } from "../support/memory-files.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import type { Effect } from "../../src/engine/effects.ts";
import type { Fsync } from "../../src/persistence/settings.ts";
import { Journal } from "../../src/persistence/journal/journal.ts";

const PATH = "/d/1.aof";
const NEXT = "/d/2.aof";

const set = (key: string, value = "v"): Effect => ({
  type: "set",
  key,
  value,
  expiresAt: Infinity,
});

/** The end of the turn of the event loop: what is due then has happened. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** A journal on a file, with all that is told of it. */
class Tried {
  readonly files: MemoryFiles;
  readonly time = new VirtualTime();
  readonly settings: { fsync: Fsync; readonly syncAtOnceMs: number };
  readonly events: string[] = [];
  readonly journal: Journal;

  constructor(fsync: Fsync = "everysec", { files = new MemoryFiles(), syncAtOnceMs = 0 } = {}) {
    this.files = files;
    this.settings = { fsync, syncAtOnceMs };
    this.journal = new Journal(this.files, this.time.timers, this.settings, {
      failed: (error) => this.events.push(`failed: ${error.message}`),
      recovered: () => this.events.push("recovered"),
    });
    this.journal.switchTo(PATH, "create");
  }

  /** Records a unit. */
  put(...keys: readonly string[]): void {
    for (const key of keys) this.journal.effect(0, set(key));
    this.journal.endUnit();
  }

  /** The keys that a file holds, in order; each line must have the checksum of what is before it. */
  keys(path = PATH): string[] {
    const content = this.files.contentOf(path);
    const text = content.toString("latin1");
    for (const { 1: sum, index } of text.matchAll(/#CRC32:([\da-f]{8})\r\n/g)) {
      expect(sum).toBe(crc32(content.subarray(0, index)).toString(16).padStart(8, "0"));
    }
    return [...text.matchAll(/SET\r\n\$\d+\r\n(.*)\r\n/g)].map((found) => found[1] as string);
  }

  /** How many lines with checksums a file has. */
  checksums(path = PATH): number {
    return this.files.contentOf(path).toString("latin1").split("#CRC32:").length - 1;
  }

  /** What somebody who waits is told: whether it is on the disk, or an error. */
  wait(): string[] {
    const told: string[] = [];
    const waits = this.journal.whenSettled((error) => told.push(error?.message ?? "settled"));
    if (!waits) told.push("nothing to wait for");
    return told;
  }
}

describe("recording", () => {
  test("is written at the end of the turn, by one write with one checksum", async () => {
    const tried = new Tried();
    for (let i = 0; i < 1000; i++) tried.put(`k${i}`);
    expect(tried.files.countOf("write")).toBe(0);
    expect(tried.journal.bufferedBytes).toBeGreaterThan(20_000);
    expect(tried.journal.bytes).toBe(tried.journal.bufferedBytes);
    await turn();
    expect(tried.files.countOf("write")).toBe(1);
    expect(tried.checksums()).toBe(1);
    expect(tried.keys()).toHaveLength(1000);
    expect(tried.journal.bufferedBytes).toBe(0);
    expect(tried.journal.bytes).toBe(tried.files.contentOf(PATH).length);
    tried.put("later");
    await turn();
    expect(tried.keys().at(-1)).toBe("later");
    await turn();
    expect(tried.files.countOf("write")).toBe(2);
  });

  test("of much is written at the end of its unit", () => {
    const tried = new Tried();
    const large = "x".repeat(600_000);
    tried.journal.effect(0, set("a", large));
    tried.journal.effect(0, set("b", large));
    expect(tried.files.countOf("write")).toBe(0);
    tried.journal.endUnit();
    expect(tried.files.countOf("write")).toBe(1);
  });

  test("of a unit that nobody ended is ended by its commit", () => {
    const tried = new Tried();
    tried.journal.effect(0, set("a"));
    tried.journal.swapped(0, 1);
    tried.journal.commit();
    const text = tried.files.contentOf(PATH).toString("latin1");
    expect(text).toMatch(/^\*2\r\n\$6\r\nSELECT\r\n\$1\r\n0\r\n\*1\r\n\$5\r\nMULTI/);
    expect(text).toMatch(/EXEC\r\n#CRC32:.{8}\r\n$/);
  });

  test("goes nowhere without a file, and after the end", () => {
    const tried = new Tried();
    tried.journal.close();
    tried.put("a");
    tried.journal.commit();
    expect(tried.journal.bufferedBytes).toBe(0);
    expect(tried.files.openFiles).toBe(0);
    expect(tried.time.pending).toBe(0);
  });
});

describe("syncing", () => {
  test("with always is shared by all who wait", async () => {
    const tried = new Tried("always");
    tried.files.holdsSyncs = true;
    const told: string[][] = [];
    for (let i = 0; i < 100; i++) {
      tried.put(`k${i}`);
      told.push(tried.wait());
      if (i === 49) await turn();
    }
    await turn();
    expect(tried.files.heldSyncs).toBe(1);
    expect(tried.journal.syncsUnderWay).toBe(1);
    tried.files.releaseSyncs();
    await turn();
    expect(told.flat()).toEqual(Array<string>(50).fill("settled"));
    expect(tried.files.heldSyncs).toBe(1);
    tried.files.releaseSyncs();
    await turn();
    expect(told.flat()).toEqual(Array<string>(100).fill("settled"));
    expect(tried.files.countOf("syncLater")).toBe(2);
    expect(tried.journal.syncs).toBe(2);
    expect(tried.journal.unsyncedBytes).toBe(0);
    expect(tried.wait()).toEqual(["nothing to wait for"]);
  });

  test("with everysec happens a second after a write, and never without one", async () => {
    const tried = new Tried();
    expect(tried.time.pending).toBe(0);
    tried.put("a");
    expect(tried.wait()).toEqual(["nothing to wait for"]);
    await turn();
    expect(tried.time.pending).toBe(1);
    expect(tried.journal.unsyncedBytes).toBe(tried.journal.bytes);
    tried.time.advance(999);
    await turn();
    expect(tried.files.countOf("syncLater")).toBe(0);
    tried.time.advance(1);
    await turn();
    expect(tried.files.countOf("syncLater")).toBe(1);
    expect(tried.journal.unsyncedBytes).toBe(0);
    expect(tried.time.pending).toBe(0);
  });

  test("with everysec follows at once on one that took longer than a second", async () => {
    const tried = new Tried();
    tried.files.holdsSyncs = true;
    tried.put("a");
    tried.journal.commit();
    tried.time.advance(1000);
    tried.put("b");
    tried.journal.commit();
    tried.time.advance(1500);
    expect(tried.files.heldSyncs).toBe(1);
    tried.files.releaseSyncs();
    await turn();
    expect(tried.files.heldSyncs).toBe(1);
    tried.files.releaseSyncs();
    await turn();
    expect(tried.journal.unsyncedBytes).toBe(0);
    expect(tried.time.pending).toBe(0);
  });

  test("with no is left to the system, but for a flush", async () => {
    const tried = new Tried("no");
    tried.put("a");
    await turn();
    tried.time.advance(10_000);
    expect(tried.files.countOf("syncLater")).toBe(0);
    await tried.journal.flush();
    expect(tried.files.countOf("syncLater")).toBe(1);
    await tried.journal.flush();
    expect(tried.files.countOf("syncLater")).toBe(1);
  });

  test("now is done before it returns, also while another sync is under way", async () => {
    const tried = new Tried("always");
    tried.files.holdsSyncs = true;
    tried.put("a");
    const first = tried.wait();
    tried.journal.commit();
    tried.put("b");
    const second = tried.wait();
    tried.journal.settleNow();
    expect(tried.files.countOf("sync")).toBe(1);
    expect(tried.journal.unsyncedBytes).toBe(0);
    await Promise.resolve();
    expect([first, second]).toEqual([["settled"], ["settled"]]);
    tried.files.releaseSyncs();
    await turn();
    expect(tried.files.heldSyncs).toBe(0);
  });

  test("goes by the setting of now", async () => {
    const tried = new Tried("always");
    tried.put("a");
    const told = tried.wait();
    tried.settings.fsync = "no";
    await turn();
    await turn();
    expect(told).toEqual(["settled"]);
    tried.settings.fsync = "everysec";
    tried.put("b");
    await turn();
    expect(tried.time.pending).toBe(1);
  });
});

/** Files on a disk whose syncs take so long by the clock of the process, which stands still else. */
class TimedFiles extends MemoryFiles {
  syncMs = 0;
  #nowMs = 0;

  constructor() {
    super();
    const clock = vi.spyOn(performance, "now").mockImplementation(() => this.#nowMs);
    onTestFinished(() => clock.mockRestore());
  }

  override sync(fd: number): void {
    super.sync(fd);
    this.#nowMs += this.syncMs;
  }

  override async syncLater(fd: number): Promise<void> {
    await super.syncLater(fd);
    this.#nowMs += this.syncMs;
  }
}

/** Writes, waits, and tells which call synced it. */
async function write(tried: Tried): Promise<"sync" | "syncLater"> {
  const before = tried.files.countOf("sync");
  const told: unknown[] = [];
  tried.put("k");
  expect(tried.journal.whenSettled((error) => told.push(error))).toBe(true);
  await turn();
  await turn();
  expect(told).toEqual([undefined]);
  return tried.files.countOf("sync") > before ? "sync" : "syncLater";
}

describe("with always, and leave to sync on the main thread while that takes less than 0.5 ms", () => {
  test("goes over to it on a fast disk, gives it up on a slow one, and comes back", async () => {
    const files = new TimedFiles();
    const tried = new Tried("always", { files, syncAtOnceMs: 0.5 });
    files.syncMs = 0.2;
    expect(await write(tried)).toBe("syncLater");
    expect(await write(tried)).toBe("sync");
    expect(await write(tried)).toBe("sync");
    files.syncMs = 20;
    expect(await write(tried)).toBe("sync");
    expect(await write(tried)).toBe("syncLater");
    expect(await write(tried)).toBe("syncLater");
    files.syncMs = 0.2;
    const calls: string[] = [];
    for (let i = 0; i < 40; i++) calls.push(await write(tried));
    expect(calls.slice(0, 10)).toEqual(Array<string>(10).fill("syncLater"));
    expect(calls.at(-1)).toBe("sync");
  });

  test("never does where that is not allowed, however fast the disk is", async () => {
    const tried = new Tried("always", { files: new TimedFiles() });
    for (let i = 0; i < 10; i++) expect(await write(tried)).toBe("syncLater");
  });

  test("leaves to the other thread what comes while that is syncing", async () => {
    const files = new TimedFiles();
    const tried = new Tried("always", { files, syncAtOnceMs: 0.5 });
    expect(await write(tried)).toBe("syncLater");
    files.holdsSyncs = true;
    tried.put("a");
    // A flush always goes there.
    const flushed = tried.journal.flush();
    expect(files.heldSyncs).toBe(1);
    tried.put("b");
    const told = tried.wait();
    await turn();
    expect(files.countOf("sync")).toBe(0);
    files.holdsSyncs = false;
    files.releaseSyncs();
    await flushed;
    await turn();
    expect(told).toEqual(["settled"]);
  });

  test("with everysec and no stays away from the main thread", async () => {
    const files = new TimedFiles();
    const tried = new Tried("always", { files, syncAtOnceMs: 0.5 });
    await write(tried);
    tried.settings.fsync = "everysec";
    tried.put("a");
    await turn();
    tried.time.advance(1000);
    await turn();
    tried.settings.fsync = "no";
    tried.put("b");
    await turn();
    expect(files.countOf("sync")).toBe(0);
  });
});

describe("a write that fails", () => {
  const enospc = systemError("ENOSPC");
  test.each<[string, (files: MemoryFiles) => void]>([
    ["at once", (files) => files.failNext("write", enospc)],
    ["half way", (files) => files.failNext("write", undefined, enospc)],
    ["half way without a reason", (files) => files.writeShort(9, 0)],
  ])("%s is cut off, and tried again by recover", async (what, fail) => {
    const tried = new Tried("always");
    tried.put("a");
    await turn();
    const { bytes } = tried.journal;
    if (what === "half way") tried.files.writeShort(9);
    fail(tried.files);
    tried.put("b");
    const told = tried.wait();
    await turn();
    expect(tried.journal.failure).toBeDefined();
    expect(tried.events).toHaveLength(1);
    expect(told).toHaveLength(1);
    expect(told).not.toEqual(["settled"]);
    expect(tried.files.contentOf(PATH).length).toBe(bytes);
    expect(tried.journal.needsNewFile).toBe(false);

    tried.put("c");
    await turn();
    tried.journal.commit();
    expect(tried.keys()).toEqual(["a"]);
    expect(tried.journal.bufferedBytes).toBeGreaterThan(40);

    expect(tried.journal.recover()).toBe(true);
    expect(tried.events.at(-1)).toBe("recovered");
    expect(tried.events).toHaveLength(2);
    expect(tried.keys()).toEqual(["a", "b", "c"]);
    expect(tried.checksums()).toBe(2);
    tried.put("d");
    await turn();
    await turn();
    expect(tried.keys()).toEqual(["a", "b", "c", "d"]);
    expect(tried.journal.unsyncedBytes).toBe(0);
  });

  test("leaves those alone who wait for what was written before", async () => {
    const tried = new Tried("always");
    tried.files.holdsSyncs = true;
    tried.put("a");
    const before = tried.wait();
    tried.journal.commit();
    tried.files.failNext("write", systemError("ENOSPC"));
    tried.put("b");
    const after = tried.wait();
    tried.journal.commit();
    tried.files.releaseSyncs();
    await turn();
    expect(before).toEqual(["settled"]);
    expect(after).toEqual(["ENOSPC: made to fail"]);
    expect(tried.wait()).toEqual([]);
  });

  test("is told once, however often it is tried in vain", () => {
    const tried = new Tried();
    tried.files.failAlways("write", systemError("ENOSPC"));
    tried.put("a");
    tried.journal.commit();
    expect(tried.journal.recover()).toBe(false);
    expect(tried.journal.recover()).toBe(false);
    expect(tried.events).toEqual(["failed: ENOSPC: made to fail"]);
    tried.files.failAlways("write", undefined);
    expect(tried.journal.recover()).toBe(true);
    expect(tried.keys()).toEqual(["a"]);
  });

  test("and cannot be cut off needs another file", () => {
    const tried = new Tried();
    tried.files.writeShort(5);
    tried.files.failNext("write", undefined, systemError("ENOSPC"));
    tried.files.failNext("truncate", systemError("EIO"));
    tried.put("a");
    tried.journal.commit();
    expect(tried.journal.needsNewFile).toBe(true);
    expect(tried.journal.recover()).toBe(false);
    tried.put("b");
    expect(tried.journal.bufferedBytes).toBe(0);
    tried.journal.switchTo(NEXT, "create");
    expect(tried.journal.failure).toBeUndefined();
    expect(tried.journal.needsNewFile).toBe(false);
    expect(tried.events).toEqual(["failed: ENOSPC: made to fail", "recovered"]);
    tried.put("c");
    tried.journal.commit();
    expect(tried.keys(NEXT)).toEqual(["c"]);
  });

  test("is remembered up to a limit", () => {
    const tried = new Tried();
    tried.files.failAlways("write", systemError("ENOSPC"));
    const large = "x".repeat(1_000_000);
    for (let i = 0; i < 64; i++) tried.journal.effect(0, set("k", large));
    tried.journal.commit();
    expect(tried.journal.needsNewFile).toBe(false);
    for (let i = 0; i < 4; i++) tried.journal.effect(0, set("k", large));
    expect(tried.journal.needsNewFile).toBe(true);
    expect(tried.journal.bufferedBytes).toBe(0);
    expect(tried.events).toHaveLength(1);
  });

  test("does not recover on a file that somebody cut", () => {
    const tried = new Tried();
    tried.put("a");
    tried.journal.commit();
    tried.files.failNext("write", systemError("EIO"));
    tried.put("b");
    tried.journal.commit();
    tried.files.truncate(tried.files.open(PATH, "append"), 3);
    expect(tried.journal.recover()).toBe(false);
    expect(tried.journal.needsNewFile).toBe(true);
  });
});

describe("a sync that fails", () => {
  test("needs another file, and is told to all who wait", async () => {
    const tried = new Tried("always");
    tried.files.failNext("syncLater", systemError("EIO"));
    tried.put("a");
    const told = tried.wait();
    await turn();
    expect(told).toEqual(["EIO: made to fail"]);
    expect(tried.events).toEqual(["failed: EIO: made to fail"]);
    expect(tried.journal.needsNewFile).toBe(true);
    await expect(tried.journal.flush()).rejects.toThrow("EIO");
    expect(() => tried.journal.switchTo(NEXT, "append")).toThrow("EIO");
    tried.journal.switchTo(NEXT, "create");
    tried.put("b");
    await tried.journal.flush();
    expect(tried.keys(NEXT)).toEqual(["b"]);
    expect(tried.files.openFiles).toBe(1);
  });

  test("when it is asked for needs another file, too", () => {
    const tried = new Tried();
    tried.files.failNext("sync", systemError("EIO"));
    tried.put("a");
    tried.journal.settleNow();
    expect(tried.journal.needsNewFile).toBe(true);
    expect(tried.time.pending).toBe(0);
  });

  test("of a file on which another one follows needs another base", async () => {
    const tried = new Tried("always");
    tried.files.holdsSyncs = true;
    tried.put("a");
    tried.journal.commit();
    tried.journal.switchTo(NEXT, "append");
    tried.files.failNext("syncLater", systemError("EIO"));
    tried.files.releaseSyncs();
    await turn();
    expect(tried.journal.needsNewFile).toBe(true);
    expect(tried.files.openFiles).toBe(1);
  });

  test("of a file that does not matter any more does not matter", async () => {
    const tried = new Tried("always");
    tried.files.holdsSyncs = true;
    tried.put("a");
    tried.journal.commit();
    tried.journal.switchTo(NEXT, "create");
    tried.files.failNext("syncLater", systemError("EIO"));
    tried.files.releaseSyncs();
    await turn();
    expect(tried.journal.failure).toBeUndefined();
    expect(tried.files.openFiles).toBe(1);
  });
});

describe("another file", () => {
  test("takes what follows; the former one is complete, synced and closed", async () => {
    const tried = new Tried();
    tried.put("a");
    tried.journal.switchTo(NEXT, "append");
    expect(tried.files.countOf("sync")).toBe(1);
    expect(tried.files.openFiles).toBe(1);
    tried.put("b");
    await turn();
    expect(tried.keys()).toEqual(["a"]);
    expect(tried.keys(NEXT)).toEqual(["b"]);
    // Whoever reads it begins with no database selected.
    expect(tried.files.contentOf(NEXT).toString("latin1")).toContain("SELECT");
    expect(tried.journal.bytes).toBe(tried.files.contentOf(NEXT).length);
  });

  test("that cannot be opened changes nothing", () => {
    const tried = new Tried();
    tried.put("a");
    tried.files.failNext("open", systemError("EACCES"));
    expect(() => tried.journal.switchTo(NEXT, "append")).toThrow("EACCES");
    tried.put("b");
    tried.journal.commit();
    expect(tried.keys()).toEqual(["a", "b"]);
    tried.files.put(NEXT, "");
    expect(() => tried.journal.switchTo(NEXT, "create")).toThrow("EEXIST");
    expect(tried.files.openFiles).toBe(1);
    expect(tried.events).toEqual([]);
  });

  test("follows only on one to which everything could be written", () => {
    const tried = new Tried();
    tried.files.failNext("write", systemError("ENOSPC"));
    tried.put("a");
    tried.journal.commit();
    tried.files.failNext("write", systemError("ENOSPC"));
    expect(() => tried.journal.switchTo(NEXT, "append")).toThrow("ENOSPC");
    tried.journal.switchTo(NEXT, "append");
    expect(tried.keys()).toEqual(["a"]);
    expect(tried.events).toEqual(["failed: ENOSPC: made to fail", "recovered"]);
  });

  test("goes on with the checksum of what it holds", () => {
    const tried = new Tried();
    tried.put("a");
    tried.journal.commit();
    const content = tried.files.contentOf(PATH);
    tried.files.put(NEXT, content);
    tried.journal.switchTo(NEXT, "append", crc32(content));
    // That of the former one, and that of what was read.
    expect(tried.files.countOf("sync")).toBe(2);
    tried.put("b");
    tried.journal.commit();
    expect(tried.keys(NEXT)).toEqual(["a", "b"]);
    expect(tried.checksums(NEXT)).toBe(2);
  });

  test("waits with its syncs for those of the former one", async () => {
    const tried = new Tried("always");
    tried.files.holdsSyncs = true;
    tried.put("a");
    tried.journal.commit();
    tried.journal.switchTo(NEXT, "append");
    tried.put("b");
    const told = tried.wait();
    tried.journal.commit();
    expect(tried.files.heldSyncs).toBe(1);
    tried.files.releaseSyncs();
    await turn();
    expect(told).toEqual([]);
    expect(tried.files.openFiles).toBe(1);
    tried.files.releaseSyncs();
    await turn();
    expect(told).toEqual(["settled"]);
  });

  test("is missed where it was put once it is gone or replaced", () => {
    const tried = new Tried();
    expect(tried.journal.isInPlace()).toBe(true);
    tried.files.put(PATH, "another one");
    expect(tried.journal.isInPlace()).toBe(false);
    tried.files.remove(PATH);
    expect(tried.journal.isInPlace()).toBe(false);
    tried.files.failNext("identity", systemError("EACCES"));
    expect(tried.journal.isInPlace()).toBe(false);
  });
});

describe("the end", () => {
  test.each<[Fsync, number]>([
    ["always", 1],
    ["everysec", 1],
    ["no", 0],
  ])("writes everything; with %s it syncs %d times", (fsync, syncs) => {
    const tried = new Tried(fsync);
    tried.put("a");
    tried.journal.close();
    expect(tried.keys()).toEqual(["a"]);
    expect(tried.files.countOf("sync")).toBe(syncs);
    expect(tried.files.openFiles).toBe(0);
    expect(tried.time.pending).toBe(0);
    tried.journal.close();
  });

  test("by discard writes nothing, and tells those who wait", async () => {
    const tried = new Tried("always");
    tried.put("a");
    const told = tried.wait();
    tried.journal.discard();
    await turn();
    expect(tried.keys()).toEqual([]);
    expect(told).toEqual(["the journal was closed"]);
    expect(tried.files.openFiles).toBe(0);
    expect(tried.journal.bufferedBytes).toBe(0);
  });

  test("leaves a file open until its sync is over", async () => {
    const tried = new Tried("always");
    tried.files.holdsSyncs = true;
    tried.put("a");
    tried.journal.commit();
    tried.journal.close();
    expect(tried.files.openFiles).toBe(1);
    tried.files.releaseSyncs();
    await turn();
    expect(tried.files.openFiles).toBe(0);
  });
});
