import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { LiveBoard } from "../../examples/http-service/live-board.ts";
import { VirtualTime } from "../support/virtual-time.ts";

/** A connection of which a test says when its other end takes what was sent. */
class Connection extends Writable {
  taken: string[] = [];
  isStuck = false;
  #waiting: (() => void) | undefined;

  constructor() {
    // One event fills it.
    super({ highWaterMark: 8, decodeStrings: false });
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.taken.push(chunk);
    if (this.isStuck) this.#waiting = done;
    else done();
  }

  /** Takes all that waits, and what comes from now on. */
  goOn(): void {
    this.isStuck = false;
    this.#waiting?.();
  }

  /** The states that it was sent, heartbeats as "beat". */
  get seen(): string[] {
    return this.taken.flatMap((chunk) => {
      if (chunk.startsWith(":")) return ["beat"];
      return /^data: (.*)\n\n$/.exec(chunk)?.slice(1, 2) ?? [];
    });
  }
}

/** A board that shows a number. */
function begin() {
  const time = new VirtualTime();
  const board = { state: 0, reads: 0, errors: [] as unknown[] };
  const live = new LiveBoard({
    read: async () => {
      board.reads++;
      if (board.state < 0) throw new Error("out of reach");
      return board.state;
    },
    onError: (error) => board.errors.push(error),
    coalesceMs: 10,
    heartbeatMs: 1000,
    timers: time.timers,
  });
  const join = async (connection = new Connection()): Promise<Connection> => {
    live.join(connection, board.state, () => {});
    await pass(time, 10);
    return connection;
  };
  return { time, board, live, join };
}

/** Lets time pass, and what is read in it arrive. */
async function pass(time: VirtualTime, ms: number): Promise<void> {
  time.advance(ms);
  await new Promise((resolve) => setImmediate(resolve));
}

test("any number of changes is one read and one event for each listener", async () => {
  const { time, board, live, join } = begin();
  const connections = [await join(), await join()];
  const readsBefore = board.reads;
  for (board.state = 1; board.state < 50; board.state++) live.changed();
  await pass(time, 10);
  expect(board.reads - readsBefore).toBe(1);
  for (const { seen } of connections) expect(seen).toEqual(["0", "50"]);
});

test("a change that does not show is no event", async () => {
  const { time, live, join } = begin();
  const { seen } = await join();
  live.changed();
  await pass(time, 10);
  expect(seen).toEqual(["0"]);
});

test("a heartbeat shows life where nothing changes, and what was not announced", async () => {
  const { time, board, join } = begin();
  const connection = await join();
  await pass(time, 1000);
  board.state = 7;
  await pass(time, 1000);
  expect(connection.seen).toEqual(["0", "beat", "beat", "7"]);
});

test("a listener that is slow misses states, and gets the latest when it goes on", async () => {
  const { time, board, live, join } = begin();
  const [slow, fast] = [await join(), await join()];
  slow.isStuck = true;
  for (const state of [1, 2, 3]) {
    board.state = state;
    live.changed();
    await pass(time, 10);
  }
  expect(fast.seen).toEqual(["0", "1", "2", "3"]);
  expect(slow.seen).toEqual(["0", "1"]);
  // Nothing waits for it in memory but what it was sent first.
  expect(slow.writableLength).toBeLessThan(20);
  slow.goOn();
  await pass(time, 0);
  expect(slow.seen).toEqual(["0", "1", "3"]);
});

test("a listener that takes nothing for two heartbeats is cut off, a slow one is not", async () => {
  const { time, board, live, join } = begin();
  const [stuck, slow] = [await join(), await join()];
  stuck.isStuck = slow.isStuck = true;
  board.state = 1;
  live.changed();
  await pass(time, 10);
  await pass(time, 1000);
  slow.goOn();
  await pass(time, 1000);
  expect(stuck.destroyed).toBe(true);
  expect(slow.destroyed).toBe(false);
  expect(slow.seen).toEqual(["0", "1", "beat"]);
});

test("a listener that is slow time and again, and goes on each time, stays", async () => {
  const { time, board, live, join } = begin();
  const slow = await join();
  for (board.state = 1; board.state <= 4; board.state++) {
    slow.isStuck = true;
    live.changed();
    await pass(time, 10);
    await pass(time, 1000);
    slow.goOn();
    await pass(time, 0);
  }
  expect(slow.destroyed).toBe(false);
  expect(slow.seen).toEqual(["0", "1", "2", "3", "4"]);
});

test("a read that fails is reported, and the next heartbeat tries again", async () => {
  const { time, board, live, join } = begin();
  const connection = await join();
  board.state = -1;
  live.changed();
  await pass(time, 10);
  expect(board.errors).toHaveLength(1);
  board.state = 5;
  await pass(time, 1000);
  expect(connection.seen).toEqual(["0", "beat", "5"]);
});

test("a read that took long does not undo what a later one has shown", async () => {
  const time = new VirtualTime();
  const answers: ((state: number) => void)[] = [];
  const live = new LiveBoard({
    read: async () => new Promise<number>((resolve) => answers.push(resolve)),
    onError: () => {},
    coalesceMs: 10,
    heartbeatMs: 1000,
    timers: time.timers,
  });
  const connection = new Connection();
  live.join(connection, 0, () => {});
  await pass(time, 10);
  live.changed();
  await pass(time, 10);
  answers[1]?.(2);
  await pass(time, 0);
  answers[0]?.(1);
  await pass(time, 0);
  expect(connection.seen).toEqual(["0", "2"]);
});

test("without listeners nothing is read and no timer is left", async () => {
  const { time, board, live, join } = begin();
  const connection = await join();
  live.changed();
  connection.destroy();
  await pass(time, 0);
  expect(time.pending).toBe(0);
  const { reads } = board;
  live.changed();
  await pass(time, 5000);
  expect(board.reads).toBe(reads);
});

test("a stream that was ended is written to no more", async () => {
  const { time, board, live, join } = begin();
  const connection = await join();
  connection.on("error", (error) => board.errors.push(error));
  live.end();
  board.state = 1;
  live.changed();
  await pass(time, 2000);
  expect(connection.seen).toEqual(["0"]);
  expect(board.errors).toEqual([]);
});
