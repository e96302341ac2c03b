/**
 * A priority queue: first in two calls, then with delays, leases and retries, as a job queue has.
 *
 * `zAdd` puts in and `zPopMin` takes out the lowest score: atomic, so that no two workers get the same
 * one. But a worker that dies has taken its job with it: at most once. `JobQueue` lends a job for a
 * time, and gives it out again if it is not completed by then: at least once, so that doing a job
 * twice must do no harm.
 *
 * What a crash loses: of a worker, nothing. Of the process with the embedded cache, everything, unless
 * it is kept in files: then what was done in the last turn of the event loop, at a power cut in about
 * the last second, and with `fsync: "always"` nothing that was awaited.
 *
 * Run it with `npx tsx examples/priority-queue.ts`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, MemoryLeaderboardCache } from "laurel";
import { files } from "laurel/persistence";
import { isEntry } from "./entry.ts";
import { type Print, step } from "./print.ts";
import { type Job, JobQueue } from "./priority-queue/job-queue.ts";

const secondMs = 1000;

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "laurel-example-"));
  try {
    print("=== Priority Queue Example ===");
    await inTwoCalls(print);
    await withLeases(dir, print);
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function inTwoCalls(print: Print): Promise<void> {
  await using cache = new MemoryLeaderboardCache();
  step(print, 1, "In two calls: at most once");
  await cache.zAdd("patients", [
    { member: "sprained ankle", score: 4 },
    { member: "heart attack", score: 1 },
    { member: "broken arm", score: 3 },
  ]);
  for (const { member } of await cache.zPopMin("patients", 3)) print(member);
}

async function withLeases(dir: string, print: Print): Promise<void> {
  // A clock of our own: leases end without waiting for them.
  let nowMs = Date.UTC(2026, 0, 1);
  const clock: Clock = { now: () => nowMs };
  await using cache = new MemoryLeaderboardCache({ clock, persistence: files({ dir }) });
  const queue = new JobQueue(cache, "mail", { clock, attemptsMax: 3 });

  step(print, 2, "By priority, then in order; delayed ones when they are due");
  await queue.add("newsletter", { priority: 9 });
  await queue.add("reminder", { delayMs: 60 * secondMs });
  await queue.add("invoice", { priority: 5 });
  await queue.add("password reset");
  for (let at = 0; at < 4; at++) {
    const job = await take(queue, print);
    if (job !== undefined) await queue.complete(job);
  }

  step(print, 3, "One that fails waits for 1 s, then 2 s, and is laid aside after three attempts");
  nowMs += 60 * secondMs;
  let failing = await take(queue, print);
  while (failing !== undefined) {
    await queue.fail(failing);
    nowMs += failing.attempt * secondMs;
    failing = await take(queue, print);
  }
  print(`Dead: ${await queue.size("dead")}`);

  step(print, 4, "A worker falls silent: when its lease ends, another one gets the job");
  await queue.add("receipt");
  const silent = (await take(queue, print)) as Job;
  await take(queue, print);
  nowMs += 30 * secondMs;
  await take(queue, print);
  print(`The silent one may still give it back: ${await queue.fail(silent)}`);

  step(print, 5, "The process ends in the middle of the work, and another one goes on");
  await cache.close();
  await using reopened = new MemoryLeaderboardCache({ clock, persistence: files({ dir }) });
  const sameQueue = new JobQueue(reopened, "mail", { clock, attemptsMax: 3 });
  print(`Jobs on no board: ${await sameQueue.recover()}`);
  nowMs += 30 * secondMs;
  const receipt = await take(sameQueue, print);
  if (receipt !== undefined) print(`Completed: ${await sameQueue.complete(receipt)}`);
}

async function take(queue: JobQueue, print: Print): Promise<Job | undefined> {
  const job = await queue.take();
  print(job === undefined ? "nothing to do" : `${job.payload}, attempt ${job.attempt}`);
  return job;
}

if (isEntry(import.meta.url)) await main();
