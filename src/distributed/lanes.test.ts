import { describe, expect, test } from "vitest";
import { inLanes, LaneLimit, type Lanes, ONE_LANE } from "./lanes.ts";

const MAX = 8;

/** Work that ends when it is told to. */
class Work {
  readonly #ends: (() => void)[] = [];
  begun = 0;
  mostAtOnce = 0;

  readonly do = async (): Promise<void> => {
    this.begun++;
    const ended = new Promise<void>((resolve) => this.#ends.push(resolve));
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#ends.length);
    await ended;
  };

  async endOne(): Promise<void> {
    this.#ends.shift()?.();
    await turn();
  }

  async endAll(): Promise<void> {
    while (this.#ends.length > 0) await this.endOne();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function beginAll(lanes: Lanes, count: number, work: () => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i++) {
    const room = lanes.begin(work);
    if (room !== undefined) await room;
  }
}

describe("work in one lane", () => {
  test("is waited for, one piece after the other", async () => {
    const work = new Work();
    const all = inLanes(ONE_LANE, (lanes) => beginAll(lanes, 3, work.do));
    for (let begun = 1; begun <= 3; begun++) {
      await turn();
      expect(work.begun).toBe(begun);
      await work.endOne();
    }
    await all;
    expect(work.mostAtOnce).toBe(1);
  });
});

describe("work in several lanes", () => {
  test("begins with two, and takes one more for each that ends, up to the limit", async () => {
    const limit = new LaneLimit(MAX);
    const work = new Work();
    const all = inLanes(limit, (lanes) => beginAll(lanes, 50, work.do));
    await turn();
    expect(work.begun).toBe(2);
    await work.endOne();
    expect(work.begun).toBe(4);
    await work.endAll();
    await all;
    expect(work.begun).toBe(50);
    expect(work.mostAtOnce).toBe(MAX);
  });

  test("goes on in two when a large piece was found", async () => {
    const limit = new LaneLimit(MAX);
    for (let i = 0; i < MAX; i++) limit.widen();
    const work = new Work();
    const all = inLanes(limit, (lanes) => beginAll(lanes, 50, work.do));
    await turn();
    expect(work.begun).toBe(MAX);
    limit.narrow();
    for (let i = 0; i < 3; i++) {
      await work.endOne();
      limit.narrow();
    }
    expect(work.begun).toBe(MAX);
    await work.endAll();
    await all;
  });

  test("ends with the first failure, when all that was begun has ended", async () => {
    const limit = new LaneLimit(MAX);
    const work = new Work();
    const events: string[] = [];
    const all = inLanes(limit, async (lanes) => {
      void lanes.begin(() => work.do().then(() => void events.push("the other ended")));
      await beginAll(lanes, 50, () => Promise.reject(new Error("first")));
    }).catch((error: Error) => events.push(error.message));
    await turn();
    expect(events).toEqual([]);
    await work.endAll();
    await all;
    expect(events).toEqual(["the other ended", "first"]);
  });

  test("ends with what the caller throws in between", async () => {
    const work = new Work();
    const all = inLanes(new LaneLimit(MAX), async (lanes) => {
      void lanes.begin(work.do);
      throw new Error("no more");
    });
    const outcome = expect(all).rejects.toThrow("no more");
    await turn();
    await work.endAll();
    await outcome;
  });
});
