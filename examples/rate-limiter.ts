/**
 * Two rate limiters: a fixed window counter, which is cheap, and a sliding window log, which is exact.
 *
 * The counter keeps one number a caller, and lets up to twice the limit through around the end of a
 * window. The log keeps the time of every request that it allowed, and holds the limit in any span
 * of the window's length. Take the counter against floods, the log where each request costs money.
 *
 * Run it with `npx tsx examples/rate-limiter.ts`.
 */
import { randomUUID } from "node:crypto";
import { type Cache, type Clock, type LeaderboardCache, MemoryLeaderboardCache } from "laurel";
import { isEntry } from "./entry.ts";
import { type Print, step } from "./print.ts";

export interface Limit {
  readonly requests: number;
  readonly windowMs: number;
}

export interface Verdict {
  readonly isAllowed: boolean;
  /** How many more requests are allowed at once. */
  readonly remaining: number;
  /** In how many milliseconds there is room again; 0 where this request is allowed. */
  readonly retryAfterMs: number;
}

/**
 * Counts the requests of a caller in the window of the clock that they fall into.
 *
 * `incr` is atomic: however many processes count in one cache, no two get the same number. Where a
 * process dies between `incr` and `expire`, a counter may stay for good, but refuses nobody: the next
 * window has another key.
 */
export class FixedWindowLimiter {
  readonly #cache: Cache;
  readonly #limit: Limit;
  readonly #clock: Clock;

  constructor(cache: Cache, limit: Limit, clock: Clock = Date) {
    this.#cache = cache;
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Counts a request of the caller, and decides on it. */
  async take(caller: string): Promise<Verdict> {
    const { requests, windowMs } = this.#limit;
    const nowMs = this.#clock.now();
    const window = Math.floor(nowMs / windowMs);
    const key = `rate:${caller}:${window}`;
    // Called together, the two go to a server in one round trip.
    const [used] = await Promise.all([this.#cache.incr(key), this.#cache.expire(key, windowMs)]);
    const isAllowed = used <= requests;
    return {
      isAllowed,
      remaining: Math.max(0, requests - used),
      retryAfterMs: isAllowed ? 0 : (window + 1) * windowMs - nowMs,
    };
  }
}

/**
 * Keeps the time of each request that it allowed, in a sorted set for each caller.
 *
 * A request enters itself first and counts then. In an embedded cache nothing comes between calls
 * that are made together; on a server another process' request may, and finds one more in the log.
 * So two that come at the same time may both be refused the last place, but never both get it.
 * All processes must agree on the time, to much less than a window.
 */
export class SlidingWindowLimiter {
  readonly #cache: LeaderboardCache;
  readonly #limit: Limit;
  readonly #clock: Clock;

  constructor(cache: LeaderboardCache, limit: Limit, clock: Clock = Date) {
    this.#cache = cache;
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Enters a request of the caller, and decides on it. */
  async take(caller: string): Promise<Verdict> {
    const { requests, windowMs } = this.#limit;
    const nowMs = this.#clock.now();
    const key = `log:${caller}`;
    // Two requests of one millisecond are two members.
    const request = randomUUID();
    const [, , used, [oldest]] = await Promise.all([
      this.#cache.zRemRangeByScore(key, "-inf", nowMs - windowMs),
      this.#cache.zAdd(key, { member: request, score: nowMs }),
      this.#cache.zCard(key),
      this.#cache.zRange(key, 0, 0),
      this.#cache.expire(key, windowMs),
    ]);
    if (used <= requests) return { isAllowed: true, remaining: requests - used, retryAfterMs: 0 };

    // A request that is refused does not count, so that an impatient caller is not shut out for good.
    await this.#cache.zRem(key, request);
    const retryAfterMs = (oldest?.score ?? nowMs) + windowMs - nowMs;
    return { isAllowed: false, remaining: 0, retryAfterMs };
  }
}

const minuteMs = 60_000;
const limit: Limit = { requests: 5, windowMs: minuteMs };

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  // A clock of our own: minutes pass without waiting for them.
  let nowMs = Date.UTC(2026, 0, 1);
  const clock: Clock = { now: () => nowMs };
  await using cache = new MemoryLeaderboardCache({ clock });
  const fixed = new FixedWindowLimiter(cache, limit, clock);
  const sliding = new SlidingWindowLimiter(cache, limit, clock);

  print("=== Rate Limiter Example ===");
  print(`The limit: ${limit.requests} requests a minute`);

  step(print, 1, "Ten requests around the end of a minute, a fixed window");
  nowMs += 59_000;
  await burst(fixed, "ada", 5, print);
  nowMs += 1000;
  await burst(fixed, "ada", 5, print);
  await burst(fixed, "ada", 1, print);

  step(print, 2, "The same, a sliding window");
  nowMs += 59_000;
  await burst(sliding, "ada", 5, print);
  nowMs += 1000;
  await burst(sliding, "ada", 5, print);
  nowMs += 59_000;
  await burst(sliding, "ada", 5, print);

  step(print, 3, "Two processes at the same time, one caller");
  const another = new SlidingWindowLimiter(cache, limit, clock);
  const verdicts = await Promise.all(
    [sliding, another, sliding, another, sliding, another, sliding].map((limiter) =>
      limiter.take("bob"),
    ),
  );
  print(`Allowed: ${allowed(verdicts)} of ${verdicts.length}`);

  step(print, 4, "Callers who stay away cost nothing");
  print(`Keys now: ${await keysIn(cache)}`);
  nowMs += minuteMs;
  print(`A minute later: ${await keysIn(cache)}`);
}

type Limiter = Pick<FixedWindowLimiter, "take">;

async function burst(limiter: Limiter, who: string, requests: number, print: Print): Promise<void> {
  const verdicts: Verdict[] = [];
  for (let at = 0; at < requests; at++) verdicts.push(await limiter.take(who));
  const waitMs = verdicts.at(-1)?.retryAfterMs ?? 0;
  const advice = waitMs > 0 ? `; the next one in ${waitMs / 1000} s` : "";
  print(`Allowed: ${allowed(verdicts)} of ${requests}${advice}`);
}

async function keysIn(cache: Cache): Promise<number> {
  let keys = 0;
  for await (const _ of cache.keys()) keys++;
  return keys;
}

function allowed(verdicts: readonly Verdict[]): number {
  return verdicts.filter(({ isAllowed }) => isAllowed).length;
}

if (isEntry(import.meta.url)) await main();
