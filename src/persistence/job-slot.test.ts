import { describe, expect, test } from "vitest";
import { JobSlot } from "./job-slot.ts";
import type { SnapshotWriter } from "./snapshot/snapshot-writer.ts";

/** Work that ends when the test says so. */
class Work {
  isAborted = false;
  resolve!: (bytes: number) => void;
  reject!: (error: unknown) => void;
  readonly #result = new Promise<number>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  run(): Promise<number> {
    return this.#result;
  }

  abort(): void {
    this.isAborted = true;
    this.reject(new Error("aborted"));
  }

  get writer(): SnapshotWriter {
    return this as unknown as SnapshotWriter;
  }
}

/** A slot, with all that is told of it. */
class Tried {
  readonly told: string[] = [];
  readonly slot = new JobSlot(() => this.told.push("idle"));

  run(kind: "save" | "rewrite"): Work {
    const work = new Work();
    this.slot.run(kind, work.writer, {
      done: (bytes) => this.told.push(`${kind}: ${bytes} bytes`),
      failed: (error) => this.told.push(`${kind}: ${String(error)}`),
    });
    return work;
  }
}

describe("a piece of background work", () => {
  test("is under way until it is done, and its outcome is told before the slot is idle", async () => {
    const tried = new Tried();
    const work = tried.run("save");
    expect(tried.slot.kind).toBe("save");
    work.resolve(7);
    await tried.slot.idle();
    expect(tried.slot.kind).toBeUndefined();
    expect(tried.told).toEqual(["save: 7 bytes", "idle"]);
  });

  test("that fails leaves the slot to others, too", async () => {
    const tried = new Tried();
    tried.run("rewrite").reject(new Error("no room"));
    await tried.slot.idle();
    expect(tried.told).toEqual(["rewrite: Error: no room", "idle"]);
  });

  test("that is given up is told of to nobody", async () => {
    const tried = new Tried();
    const work = tried.run("save");
    expect(tried.slot.stop()).toBe("save");
    expect(work.isAborted).toBe(true);
    expect(tried.slot.kind).toBeUndefined();
    await tried.slot.idle();
    await Promise.resolve();
    expect(tried.told).toEqual([]);
    expect(tried.slot.stop()).toBeUndefined();
  });

  test("that was given up does not end the one that follows it", async () => {
    const tried = new Tried();
    tried.run("save");
    tried.slot.stop();
    const next = tried.run("rewrite");
    await Promise.resolve();
    await Promise.resolve();
    expect(tried.slot.kind).toBe("rewrite");
    next.resolve(3);
    await tried.slot.idle();
    expect(tried.told).toEqual(["rewrite: 3 bytes", "idle"]);
  });

  test("that another one follows at once is waited for with it", async () => {
    const told: string[] = [];
    const following = new Work();
    const outcome = { done: () => told.push("done"), failed: () => told.push("failed") };
    const slot = new JobSlot(() => {
      if (told.length === 1) slot.run("rewrite", following.writer, outcome);
    });
    const first = new Work();
    slot.run("save", first.writer, outcome);
    const idle = slot.idle().then(() => told.push("idle"));
    first.resolve(1);
    await first.run();
    await Promise.resolve();
    following.resolve(1);
    await idle;
    expect(told).toEqual(["done", "done", "idle"]);
  });
});
