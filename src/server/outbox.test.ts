import { beforeEach, describe, expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { ReplyWriter } from "../protocol/reply-writer.ts";
import { HELD_REPLY_BYTES_MAX } from "./limits.ts";
import { type Keeper, Outbox, type Recipient } from "./outbox.ts";

/** A client that notes what it gets. */
class Client implements Recipient {
  got = "";

  write(bytes: Buffer, start: number, end: number): boolean {
    this.got += bytes.toString("latin1", start, end);
    return true;
  }

  finish(): void {
    this.got += "|finished";
  }

  destroy(): void {
    this.got += "|destroyed";
  }
}

/** A disk that is done with what it was given when the test says so. */
class SlowDisk implements Keeper {
  /** What is not safe yet, in the order in which it was told. */
  readonly waiting: ((error?: CacheError) => void)[] = [];
  isSafe = false;
  commits = 0;
  failures = 0;

  commit(): void {
    this.commits++;
  }

  whenSettled(callback: (error?: CacheError) => void): boolean {
    if (!this.isSafe) this.waiting.push(callback);
    return !this.isSafe;
  }

  settleNow(): void {
    this.isSafe = true;
    for (const callback of this.waiting.splice(0)) queueMicrotask(callback);
  }
}

let outbox: Outbox;
let disk: SlowDisk;
let [first, second] = [new Client(), new Client()];

beforeEach(() => {
  outbox = new Outbox(new ReplyWriter());
  disk = new SlowDisk();
  outbox.keeper = disk;
  [first, second] = [new Client(), new Client()];
});

function reply(client: Client, text: string): void {
  const start = outbox.reply.length;
  outbox.reply.simple(text);
  outbox.add(client, start);
}

describe("replies to what is not on the disk yet", () => {
  test("leave when it is, batch by batch", () => {
    reply(first, "a");
    outbox.flush();
    reply(second, "b");
    outbox.flush();
    expect([first.got, second.got]).toEqual(["", ""]);
    disk.waiting[0]?.();
    expect([first.got, second.got]).toEqual(["+a\r\n", ""]);
    disk.waiting[1]?.();
    expect(second.got).toBe("+b\r\n");
    expect(outbox.heldBytes).toBe(0);
  });

  test("are not overtaken by what waits for nothing", () => {
    reply(first, "a");
    outbox.flush();
    disk.isSafe = true;
    reply(first, "b");
    outbox.flush();
    expect(first.got).toBe("");
    disk.waiting[0]?.();
    expect(first.got).toBe("+a\r\n+b\r\n");
  });

  test("wait on when something later fails at once", () => {
    reply(first, "a");
    outbox.flush();
    outbox.begin();
    reply(second, "b");
    [disk.failures, disk.isSafe] = [1, true];
    outbox.flush();
    expect([first.got, second.got]).toEqual(["", "|destroyed"]);
    disk.waiting[0]?.();
    expect(first.got).toBe("+a\r\n");
  });

  test("are dropped with their connections where it cannot be kept, and no others", () => {
    reply(first, "a");
    outbox.flush();
    reply(second, "b");
    outbox.flush();
    disk.waiting[0]?.(new CacheError("PERSISTENCE_FAILED", "Cannot keep it: the disk is gone"));
    disk.waiting[1]?.();
    expect([first.got, second.got]).toEqual(["|destroyed", "+b\r\n"]);
  });

  test("are dropped, too, where it was found before they were to leave that it cannot be kept", () => {
    outbox.begin();
    reply(first, "a");
    [disk.failures, disk.isSafe] = [1, true];
    outbox.flush();
    outbox.begin();
    reply(second, "b");
    outbox.flush();
    expect([first.got, second.got]).toEqual(["|destroyed", "+b\r\n"]);
  });

  test("come before the end of the connection", () => {
    reply(first, "a");
    outbox.finish(first);
    expect(first.got).toBe("");
    disk.waiting[0]?.();
    expect(first.got).toBe("+a\r\n|finished");
  });

  test("do not take more memory than a limit: the disk is waited for", async () => {
    const start = outbox.reply.length;
    outbox.reply.bulk("x".repeat(HELD_REPLY_BYTES_MAX));
    outbox.add(first, start);
    outbox.flush();
    expect(disk.isSafe).toBe(true);
    await Promise.resolve();
    expect(first.got.length).toBeGreaterThan(HELD_REPLY_BYTES_MAX);
  });
});

describe("amid a transaction", () => {
  test("replies wait for its end, before which nothing is handed to the system", () => {
    disk.isSafe = true;
    reply(first, "a");
    outbox.flushAmidTransaction();
    expect([first.got, disk.commits]).toEqual(["", 0]);
    reply(first, "b");
    outbox.flush();
    expect([first.got, disk.commits]).toEqual(["+a\r\n+b\r\n", 1]);
  });
});

test("amid a transaction that cannot be kept nobody is told anything", () => {
  outbox.begin();
  reply(first, "a");
  outbox.flushAmidTransaction();
  reply(second, "b");
  [disk.failures, disk.isSafe] = [1, true];
  outbox.flush();
  expect([first.got, second.got]).toEqual(["|destroyed", "|destroyed"]);
  expect(outbox.heldBytes).toBe(0);
});

describe("where nobody keeps anything", () => {
  beforeEach(() => {
    outbox.keeper = undefined;
  });

  test("replies leave at once", () => {
    reply(first, "a");
    outbox.flush();
    reply(first, "b");
    outbox.flushAmidTransaction();
    outbox.finish(first);
    expect(first.got).toBe("+a\r\n+b\r\n|finished");
  });
});
