import { array, assert, asyncProperty, integer } from "fast-check";
import { MemoryLeaderboardCache } from "laurel";
import { expect, test } from "vitest";
import { main, TopK } from "../../examples/top-k.ts";
import { printed } from "./printed.ts";

const expected = `\
=== Top-K Example ===

1. A stream of queries, some frequent, most of them rare
Queries: 100,000, different ones: 13,536
Counters: 200

2. The ten most frequent ones
query     at least  exactly  at most
--------  --------  -------  -------
query-1      6,692    7,025    7,025
query-2      3,773    4,106    4,106
query-3      2,550    2,883    2,883
query-4      1,973    2,306    2,306
query-5      1,525    1,858    1,858
query-6      1,266    1,599    1,599
query-7        982    1,315    1,315
query-8        820    1,153    1,153
query-9        694    1,027    1,027
query-10       668    1,001    1,001

3. What is promised
An estimate is too high by at most 333
... which is at most 100,000 / 200 = 500
Bounds that hold: 200 of 200`;

test("the story is told line by line", async () => {
  expect(await printed(main)).toBe(expected);
});

function tally(items: readonly string[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const item of items) times.set(item, (times.get(item) ?? 0) + 1);
  return times;
}

const item = integer({ min: 0, max: 30 }).map((number) => `i${number}`);
const batches = array(array(item, { maxLength: 20 }), { maxLength: 30 });

test("whatever comes, bounds hold, memory is bounded, and so is the error", async () => {
  const property = asyncProperty(batches, integer({ min: 1, max: 40 }), async (all, size) => {
    await using cache = new MemoryLeaderboardCache();
    const top = new TopK(cache, "k", size);
    for (const batch of all) {
      await top.add(batch);
      expect(await cache.zCard("k")).toBeLessThanOrEqual(size);
    }
    const stream = all.flat();
    const exact = tally(stream);
    const error = await top.error();
    expect(error).toBeLessThanOrEqual(stream.length / size);
    for (const { item, atLeast, atMost } of await top.top(size)) {
      const times = exact.get(item) ?? 0;
      expect(atLeast).toBeLessThanOrEqual(times);
      expect(atMost).toBeGreaterThanOrEqual(times);
      expect(atMost - atLeast).toBeLessThanOrEqual(error);
      exact.delete(item);
    }
    for (const times of exact.values()) expect(times).toBeLessThanOrEqual(error);
  });
  await assert(property, { numRuns: 200 });
});

test("while there is room, the counts are exact", async () => {
  await using cache = new MemoryLeaderboardCache();
  const top = new TopK(cache, "k", 3);
  await top.add(["a", "b", "a"]);
  expect(await top.top(5)).toEqual([
    { item: "a", atLeast: 2, atMost: 2 },
    { item: "b", atLeast: 1, atMost: 1 },
  ]);
  expect(await top.top(0)).toEqual([]);
  expect(await top.error()).toBe(0);
});

test("batches of concurrent calls are counted one after the other", async () => {
  await using cache = new MemoryLeaderboardCache();
  await using other = new MemoryLeaderboardCache();
  const [top, inTurn] = [new TopK(cache, "k", 2), new TopK(other, "k", 2)];
  const stream = [["a", "b"], ["c", "c"], ["a"], ["d"], ["a", "e"], ["a"]];
  await Promise.all(stream.map((batch) => top.add(batch)));
  for (const batch of stream) await inTurn.add(batch);
  expect(await top.top(2)).toEqual(await inTurn.top(2));
});

test("a batch that fails is told to its caller, and the next one is counted", async () => {
  await using cache = new MemoryLeaderboardCache();
  const top = new TopK(cache, "k", 2);
  const failing = top.add(["\ud800"]);
  const next = top.add(["a"]);
  await expect(failing).rejects.toMatchObject({ code: "INVALID_MEMBER" });
  await next;
  expect(await top.top(1)).toEqual([{ item: "a", atLeast: 1, atMost: 1 }]);
});
