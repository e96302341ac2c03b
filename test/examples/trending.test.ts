import { MemoryLeaderboardCache } from "laurel";
import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
import { expect, test } from "vitest";
import { main, Trending } from "../../examples/trending.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { printed } from "./printed.ts";

const expected = `\
=== Trending Topics Example ===

1. A morning: the weather is asked for all the time
#1: weather  177
#2: election 85

2. Noon: an eclipse
#1: eclipse  200
#2: weather  189
#3: election 72

3. Evening: it is over, and nobody speaks of the election
#1: weather  236
#2: eclipse  50
#3: election 18

4. The same counts, all hours of a day alike
#1: weather  640
#2: eclipse  200
#3: election 150

5. Two days later
Topics: 0
Keys: 0`;

test("the story is told line by line", async () => {
  expect(await printed(main)).toBe(expected);
});

const hourMs = 3_600_000;

test("a hit counts half after each half-life, and nothing when its hour is out of the window", async () => {
  const time = new VirtualTime(0);
  await using cache = new MemoryLeaderboardCache(time);
  const topics = new Trending(cache, "t", {
    buckets: 5,
    halfLifeMs: 2 * hourMs,
    clock: time.clock,
  });
  await topics.hit("a", 16);
  for (const score of [16, 16 / Math.SQRT2, 8, 8 / Math.SQRT2, 4]) {
    const [first] = await topics.top();
    expect(first?.score).toBeCloseTo(score, 9);
    time.advance(hourMs);
  }
  expect(await topics.top()).toEqual([]);
  expect(cache.metrics().entries).toBe(0);
});

test("a last hit at the end of its hour does not make it go too early", async () => {
  const time = new VirtualTime(0);
  await using cache = new MemoryLeaderboardCache(time);
  const topics = new Trending(cache, "t", { buckets: 2, halfLifeMs: Infinity, clock: time.clock });
  await topics.hit("a");
  time.advance(hourMs - 1);
  await topics.hit("a");
  time.advance(hourMs);
  expect(await topics.top()).toEqual([{ member: "a", score: 2 }]);
  time.advance(1);
  expect(await topics.top()).toEqual([]);
});

test("a ranking is computed once a minute, whoever asks", async () => {
  const time = new VirtualTime(0);
  await using cache = new MemoryLeaderboardCache(time);
  const topics = new Trending(cache, "t", time);
  await topics.hit("a");
  const [one, another] = await Promise.all([topics.top(), topics.top()]);
  expect(one).toEqual([{ member: "a", score: 1 }]);
  expect(another).toEqual(one);
  await topics.hit("b", 5);
  expect(await topics.top()).toEqual(one);
  time.advance(60_000);
  expect((await topics.top()).map(({ member }) => member)).toEqual(["b", "a"]);
});

test("no more topics are ranked than the size, and none where none are asked for", async () => {
  const time = new VirtualTime(0);
  await using cache = new MemoryLeaderboardCache(time);
  const topics = new Trending(cache, "t", { size: 2, clock: time.clock });
  await Promise.all(["a", "b", "c"].map((topic, at) => topics.hit(topic, at + 1)));
  expect((await topics.top(3)).map(({ member }) => member)).toEqual(["c", "b"]);
  expect(await topics.top(1)).toEqual([{ member: "c", score: 3 }]);
  expect(await topics.top(0)).toEqual([]);
});

test("on a ring of nodes the boards of a name are together", async () => {
  const time = new VirtualTime(0);
  const nodes = ["a", "b", "c", "d"].map(
    (id) => new CacheNode(id, new MemoryLeaderboardCache(time)),
  );
  await using cache = new DistributedLeaderboardCache(nodes, {
    clock: time.clock,
    closeNodes: true,
  });
  const topics = new Trending(cache, "t", { halfLifeMs: Infinity, clock: time.clock });
  for (let hour = 0; hour < 10; hour++) {
    await topics.hit("x", 2);
    time.skip(hourMs);
  }
  expect(await topics.top()).toEqual([{ member: "x", score: 20 }]);
});
