import { EventEmitter, once } from "node:events";
import { MemoryLeaderboardCache } from "laurel";
import { RedisLeaderboardCache } from "laurel/redis";
import { serve } from "laurel/server";
import { expect, test } from "vitest";
import { main } from "../../examples/priority-queue.ts";
import {
  type Job,
  JobQueue,
  type JobQueueOptions,
} from "../../examples/priority-queue/job-queue.ts";
import { until } from "../support/until.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { printed } from "./printed.ts";

const expected = `\
=== Priority Queue Example ===

1. In two calls: at most once
heart attack
broken arm
sprained ankle

2. By priority, then in order; delayed ones when they are due
password reset, attempt 1
invoice, attempt 1
newsletter, attempt 1
nothing to do

3. One that fails waits for 1 s, then 2 s, and is laid aside after three attempts
reminder, attempt 1
reminder, attempt 2
reminder, attempt 3
nothing to do
Dead: 1

4. A worker falls silent: when its lease ends, another one gets the job
receipt, attempt 1
nothing to do
receipt, attempt 2
The silent one may still give it back: false

5. The process ends in the middle of the work, and another one goes on
Jobs on no board: 0
receipt, attempt 3
Completed: true`;

test("the story is told line by line", async () => {
  expect(await printed(main)).toBe(expected);
});

function begin(options: JobQueueOptions = {}) {
  const time = new VirtualTime(0);
  const cache = new MemoryLeaderboardCache(time);
  const settings = { leaseMs: 1000, backoffMs: 100, clock: time.clock, ...options };
  return { time, cache, queue: new JobQueue(cache, "q", settings) };
}

async function take(queue: JobQueue): Promise<Job> {
  const job = await queue.take();
  expect(job).toBeDefined();
  return job as Job;
}

async function takeAll(queue: JobQueue): Promise<Job[]> {
  const taken: Job[] = [];
  for (let job = await queue.take(); job !== undefined; job = await queue.take()) taken.push(job);
  return taken;
}

test("the lowest priority number goes first, and of equal ones the one that came first", async () => {
  const { queue } = begin();
  for (let at = 1; at <= 12; at++) {
    await queue.add(`c${at}`, { priority: 5 });
    await queue.add(`b${at}`);
    await queue.add(`a${at}`, { priority: -2 });
  }
  const numbers = Array.from({ length: 12 }, (_, at) => at + 1);
  const expectedOrder = ["a", "b", "c"].flatMap((name) => numbers.map((number) => name + number));
  expect((await takeAll(queue)).map(({ payload }) => payload)).toEqual(expectedOrder);
});

test("a job that is due is given to one of two workers who ask at the same time", async () => {
  const { time, queue } = begin();
  await queue.add("once", { delayMs: 50 });
  time.skip(50);
  const jobs = await Promise.all([queue.take(), queue.take(), queue.take()]);
  expect(jobs.filter((job) => job !== undefined)).toHaveLength(1);
});

test("a delayed job is given out when it is due, and not before", async () => {
  const { time, queue } = begin();
  await queue.add("later", { delayMs: 50 });
  time.skip(49);
  expect(await queue.take()).toBeUndefined();
  time.skip(1);
  expect((await take(queue)).payload).toBe("later");
});

test("a worker that was slow to wake a job does not wake it again for itself", async () => {
  const { time, cache, queue } = begin();
  await queue.add("once", { delayMs: 50 });
  time.skip(50);
  const zRem = cache.zRem.bind(cache);
  const gate = new EventEmitter();
  let calls = 0;
  cache.zRem = async (...args) => {
    if (++calls === 1) await once(gate, "open");
    return zRem(...args);
  };
  const slow = queue.take();
  await until("the slow one has seen the job", async () => calls === 1);
  expect((await take(queue)).payload).toBe("once");
  gate.emit("open");
  expect(await slow).toBeUndefined();
});

test("a job is given out again when its lease has ended, unless it was extended", async () => {
  const { time, queue } = begin();
  await queue.add("work");
  const job = await take(queue);
  time.skip(999);
  expect(await queue.take()).toBeUndefined();
  expect(await queue.extend(job)).toBe(true);
  time.skip(999);
  expect(await queue.take()).toBeUndefined();
  time.skip(1);
  expect((await take(queue)).attempt).toBe(2);
  // The first worker has lost it: it neither prolongs nor gives back what is another's.
  expect(await queue.extend(job)).toBe(false);
  expect(await queue.fail(job)).toBe(false);
  expect(await queue.size("leased")).toBe(1);
});

test("a job that is completed after its lease is not given out any more", async () => {
  const { time, cache, queue } = begin();
  await queue.add("slow");
  const job = await take(queue);
  time.skip(1000);
  const again = await take(queue);
  expect(await queue.complete(job)).toBe(true);
  expect(await queue.complete(again)).toBe(false);
  time.skip(1000);
  expect(await queue.take()).toBeUndefined();
  // Nothing is left but the counter of the ids.
  expect(cache.metrics().entries).toBe(1);
});

test("a job that is completed while it waits for another worker is on no board any more", async () => {
  const { time, queue } = begin();
  await queue.add("slow");
  const slow = await take(queue);
  time.skip(1000);
  await queue.add("urgent", { priority: -1 });
  expect((await take(queue)).payload).toBe("urgent");
  expect(await queue.size("ready")).toBe(1);
  await queue.complete(slow);
  expect(await queue.size("ready")).toBe(0);
});

test("an id whose job is gone is passed over", async () => {
  const { cache, queue } = begin();
  const id = await queue.add("gone");
  await queue.add("next");
  await cache.delete(`{q}:job:${id}`);
  expect((await take(queue)).payload).toBe("next");
});

test("ids whose jobs are gone do not keep later ones from waking", async () => {
  const { time, cache, queue } = begin();
  for (let at = 0; at < 120; at++) {
    const id = await queue.add("gone", { delayMs: 10 });
    await cache.delete(`{q}:job:${id}`);
  }
  await queue.add("next", { delayMs: 20 });
  time.skip(20);
  expect(await queue.take()).toBeUndefined();
  expect((await take(queue)).payload).toBe("next");
  expect(await queue.size("delayed")).toBe(0);
});

test("a job that fails waits twice as long each time, and is laid aside in the end", async () => {
  const { time, queue } = begin({ attemptsMax: 4 });
  await queue.add("broken");
  for (const waitMs of [100, 200, 400]) {
    expect(await queue.fail(await take(queue))).toBe(true);
    time.skip(waitMs - 1);
    expect(await queue.take()).toBeUndefined();
    time.skip(1);
  }
  await queue.fail(await take(queue));
  time.skip(1e9);
  expect(await queue.take()).toBeUndefined();
  expect(await queue.size("dead")).toBe(1);
});

test("a job that kills its workers is laid aside, too", async () => {
  const { time, queue } = begin({ attemptsMax: 2 });
  await queue.add("poison");
  for (const attempt of [1, 2]) {
    expect((await take(queue)).attempt).toBe(attempt);
    time.skip(1000);
  }
  expect(await queue.take()).toBeUndefined();
  expect(await queue.size("dead")).toBe(1);
});

test("a job that a crash left on no board is found, and nothing else is touched", async () => {
  const { cache, queue } = begin();
  await queue.add("lost");
  // As a worker that dies after its pop.
  await cache.zPopMin("{q}:ready");
  await queue.add("ready");
  await queue.add("delayed", { delayMs: 10 });
  expect(await queue.recover()).toBe(1);
  expect(await queue.recover()).toBe(0);
  const payloads = [await take(queue), await take(queue)].map(({ payload }) => payload);
  expect(payloads).toEqual(["lost", "ready"]);
  expect(await queue.take()).toBeUndefined();
});

test("workers on several connections never hold one job at the same time", async () => {
  await using server = await serve({ port: 0 });
  const { clock } = new VirtualTime(0);
  await using cache = new RedisLeaderboardCache(server.url);
  await using another = new RedisLeaderboardCache(server.url);
  const first = new JobQueue(cache, "q", { clock });
  const second = new JobQueue(another, "q", { clock });
  const jobs = Array.from({ length: 40 }, (_, at) => `job ${at}`);
  await Promise.all(jobs.map((job, at) => (at % 2 === 0 ? first : second).add(job)));
  const taken = (await Promise.all([first, second, first, second].map(takeAll))).flat();
  expect(taken.map(({ payload }) => payload).toSorted()).toEqual(jobs.toSorted());
  expect(taken.every(({ attempt }) => attempt === 1)).toBe(true);
});
