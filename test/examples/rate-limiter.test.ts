import { type LeaderboardCache, MemoryLeaderboardCache } from "laurel";
import { RedisLeaderboardCache } from "laurel/redis";
import { serve } from "laurel/server";
import { expect, test } from "vitest";
import { numbersFrom } from "../../examples/numbers-from.ts";
import {
  FixedWindowLimiter,
  main,
  SlidingWindowLimiter,
  type Verdict,
} from "../../examples/rate-limiter.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { printed } from "./printed.ts";

const limiters = [
  ["fixed window", FixedWindowLimiter],
  ["sliding window", SlidingWindowLimiter],
] as const;

const expected = `\
=== Rate Limiter Example ===
The limit: 5 requests a minute

1. Ten requests around the end of a minute, a fixed window
Allowed: 5 of 5
Allowed: 5 of 5
Allowed: 0 of 1; the next one in 60 s

2. The same, a sliding window
Allowed: 5 of 5
Allowed: 0 of 5; the next one in 59 s
Allowed: 5 of 5

3. Two processes at the same time, one caller
Allowed: 5 of 7

4. Callers who stay away cost nothing
Keys now: 2
A minute later: 0`;

test("the story is told line by line", async () => {
  expect(await printed(main)).toBe(expected);
});

test.each(limiters)("a limit of one is one, for each caller (%s)", async (_, Limiter) => {
  const { clock } = new VirtualTime(0);
  await using cache = new MemoryLeaderboardCache({ clock });
  const limiter = new Limiter(cache, { requests: 1, windowMs: 1000 }, clock);
  expect(await limiter.take("ada")).toEqual({ isAllowed: true, remaining: 0, retryAfterMs: 0 });
  const refused = { isAllowed: false, remaining: 0, retryAfterMs: 1000 };
  expect(await limiter.take("ada")).toEqual(refused);
  expect((await limiter.take("bob")).isAllowed).toBe(true);
});

test.each(limiters)(
  "who waits as long as told is let in, and not before (%s)",
  async (_, Limiter) => {
    const time = new VirtualTime(123_456);
    await using cache = new MemoryLeaderboardCache({ clock: time.clock });
    const limiter = new Limiter(cache, { requests: 3, windowMs: 1000 }, time.clock);
    for (let at = 0; at < 3; at++) {
      expect((await limiter.take("ada")).remaining).toBe(2 - at);
      time.skip(10);
    }
    const { retryAfterMs } = await limiter.take("ada");
    time.skip(retryAfterMs - 1);
    expect(await limiter.take("ada")).toMatchObject({ isAllowed: false, retryAfterMs: 1 });
    time.skip(1);
    expect((await limiter.take("ada")).isAllowed).toBe(true);
  },
);

test("the sliding window holds the limit in every window, however requests come", async () => {
  const time = new VirtualTime(0);
  await using cache = new MemoryLeaderboardCache({ clock: time.clock });
  const limiter = new SlidingWindowLimiter(cache, { requests: 7, windowMs: 100 }, time.clock);
  const next = numbersFrom(7);
  const allowedAt: number[] = [];
  for (let at = 0; at < 2000; at++) {
    time.skip(next() % 12);
    if ((await limiter.take("ada")).isAllowed) allowedAt.push(time.clock.now());
  }
  // The eighth after any request comes a whole window later; and nobody waits for more than that.
  for (let at = 7; at < allowedAt.length; at++) {
    expect((allowedAt[at] as number) - (allowedAt[at - 7] as number)).toBeGreaterThanOrEqual(100);
  }
  expect(allowedAt.length).toBeGreaterThan((7 * time.clock.now()) / 100 / 1.3);
});

test.each(limiters)(
  "clients of one server never get more than the limit (%s)",
  async (_, Limiter) => {
    await using server = await serve({ port: 0 });
    const clock = { now: () => 5000 };
    const limit = { requests: 10, windowMs: 1000 };
    const take = async (cache: LeaderboardCache): Promise<Verdict[]> => {
      const limiter = new Limiter(cache, limit, clock);
      return Promise.all(Array.from({ length: 25 }, () => limiter.take("ada")));
    };
    await using first = new RedisLeaderboardCache(server.url);
    await using second = new RedisLeaderboardCache(server.url);
    const verdicts = (await Promise.all([take(first), take(second)])).flat();
    const allowed = verdicts.filter(({ isAllowed }) => isAllowed).length;
    expect(allowed).toBeLessThanOrEqual(10);
    expect(allowed).toBeGreaterThan(0);
  },
);

test.each(limiters)("a caller who stays away leaves nothing behind (%s)", async (_, Limiter) => {
  const time = new VirtualTime(999);
  await using cache = new MemoryLeaderboardCache(time);
  await new Limiter(cache, { requests: 1, windowMs: 1000 }, time.clock).take("ada");
  expect(cache.metrics().entries).toBe(1);
  time.advance(3000);
  expect(cache.metrics().entries).toBe(0);
});
