/**
 * A time series in a sorted set: samples ranked by their timestamps.
 *
 * Use it for the recent past of something that is measured (a sensor, a queue's length, response
 * times): samples come in any order, any window is read in O(log N + M), old ones are dropped as new
 * ones come, and a coarser series of means goes on where the fine one ends. It is not for years of
 * data: a sample is a member with a name of its own, and takes many times the memory that it takes in
 * a time-series database, which keeps little more than its difference from the one before.
 *
 * Run it with `npx tsx examples/time-series.ts`.
 */
import { randomUUID } from "node:crypto";
import { type Clock, type LeaderboardCache, MemoryLeaderboardCache, type ZMember } from "laurel";
import { isEntry } from "./entry.ts";
import { type Print, step } from "./print.ts";

export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** What the samples of one step of time come to. */
export interface Summary {
  readonly fromMs: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** Samples of one quantity over the last `retentionMs`. */
export class TimeSeries {
  readonly #cache: LeaderboardCache;
  readonly #key: string;
  readonly #retentionMs: number;
  readonly #clock: Clock;

  constructor(cache: LeaderboardCache, key: string, retentionMs: number, clock: Clock = Date) {
    this.#cache = cache;
    this.#key = key;
    this.#retentionMs = retentionMs;
    this.#clock = clock;
  }

  /**
   * Adds a sample, however late, and drops those that are too old. O(log N + dropped)
   *
   * Two samples may be alike in time and value, so that each has an id. Whoever names the id can
   * repeat a call whose outcome is unknown: the same sample is not added twice.
   */
  async add({ atMs, value }: Sample, id: string = randomUUID()): Promise<void> {
    await Promise.all([
      this.#cache.zAdd(this.#key, { member: `${value} ${id}`, score: atMs }),
      this.#cache.zRemRangeByScore(this.#key, "-inf", `(${this.#oldestMs()}`),
      // A series that nobody adds to any more goes as a whole.
      this.#cache.expire(this.#key, this.#retentionMs),
    ]);
  }

  /** The samples from a moment on and before another one, in the order of time. O(log N + M) */
  async between(fromMs: number, untilMs: number): Promise<Sample[]> {
    // Half-open windows: those that meet share no sample, and leave none out.
    const from = Math.max(fromMs, this.#oldestMs());
    if (from >= untilMs) return [];
    const members = await this.#cache.zRangeByScore(this.#key, from, `(${untilMs}`);
    return members.map(sampleOf);
  }

  /** The latest samples, the latest first. O(log N + count) */
  async latest(count: number): Promise<Sample[]> {
    const members = await this.#cache.zRangeByScore(this.#key, this.#oldestMs(), "+inf", {
      reverse: true,
      count,
    });
    return members.map(sampleOf);
  }

  /** Makes this the one sample of its moment, whatever that had. */
  async put(sample: Sample): Promise<void> {
    await Promise.all([
      this.#cache.zRemRangeByScore(this.#key, sample.atMs, sample.atMs),
      this.add(sample),
    ]);
  }

  #oldestMs(): number {
    return this.#clock.now() - this.#retentionMs;
  }
}

function sampleOf({ member, score }: ZMember): Sample {
  return { atMs: score, value: Number.parseFloat(member) };
}

/** A summary of each step of time that has samples, in order; steps begin at multiples of `stepMs`. */
export function downsample(samples: readonly Sample[], stepMs: number): Summary[] {
  const steps = new Map<number, number[]>();
  for (const { atMs, value } of samples) {
    const fromMs = Math.floor(atMs / stepMs) * stepMs;
    const values = steps.get(fromMs);
    if (values === undefined) steps.set(fromMs, [value]);
    else values.push(value);
  }
  return [...steps].map(([fromMs, values]) => summary(fromMs, values));
}

function summary(fromMs: number, values: readonly number[]): Summary {
  let [min, max, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { fromMs, count: values.length, min, max, mean: sum / values.length };
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  const beganMs = Date.UTC(2026, 0, 1, 8);
  // A clock of our own: hours pass without waiting for them.
  let nowMs = beganMs;
  const clock: Clock = { now: () => nowMs };
  await using cache = new MemoryLeaderboardCache({ clock });
  const seconds = new TimeSeries(cache, "room:seconds", hourMs, clock);
  const quarters = new TimeSeries(cache, "room:quarters", 7 * 24 * hourMs, clock);

  print("=== Time Series Example ===");

  step(print, 1, "A thermometer, every ten seconds for an hour");
  for (; nowMs < beganMs + hourMs; nowMs += 10 * secondMs) {
    await seconds.add({ atMs: nowMs, value: temperature(nowMs - beganMs) });
  }
  print(`Samples: ${await cache.zCard("room:seconds")}`);
  for (const { atMs, value } of await seconds.latest(2)) print(`${time(atMs)}  ${value}`);

  step(print, 2, "A window, and a sample that comes late");
  const [from, until] = [beganMs + 30 * minuteMs, beganMs + 31 * minuteMs];
  await seconds.add({ atMs: from + 5 * secondMs, value: 99 });
  const window = await seconds.between(from, until);
  print(window.map(({ value }) => value).join(" "));

  step(print, 3, "Quarters of an hour");
  const hour = await seconds.between(beganMs, nowMs);
  for (const quarter of downsample(hour, 15 * minuteMs)) {
    const { fromMs, count, min, mean, max } = quarter;
    print(`${time(fromMs)}  ${count} samples, ${min} to ${max}, mean ${mean.toFixed(2)}`);
    // The means outlive the samples.
    await quarters.put({ atMs: fromMs, value: mean });
  }

  step(print, 4, "Half an hour later");
  nowMs += 30 * minuteMs;
  await seconds.add({ atMs: nowMs, value: temperature(nowMs - beganMs) });
  print(`Samples of the last hour: ${await cache.zCard("room:seconds")}`);

  step(print, 5, "A day later");
  nowMs += 24 * hourMs;
  print(`Samples: ${await cache.zCard("room:seconds")}`);
  const means = await quarters.latest(4);
  print(`Means: ${means.map(({ value }) => value.toFixed(2)).join(" ")}`);
}

/** It gets warmer in the morning, and the heating goes on and off. */
function temperature(sinceMs: number): number {
  const heating = Math.floor(sinceMs / minuteMs) % 10 < 5 ? 0.5 : 0;
  return Math.round((18 + (2 * sinceMs) / hourMs + heating) * 100) / 100;
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

if (isEntry(import.meta.url)) await main();
