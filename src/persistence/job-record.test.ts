import { expect, test } from "vitest";
import { JobRecord } from "./job-record.ts";

class Clocked {
  nowMs = 1_000_000;
  readonly record = new JobRecord(() => this.nowMs);
}

test("work that was never begun has taken no time", () => {
  const { record } = new Clocked();
  expect(record).toMatchObject({ count: 0, isRunning: false, lastSeconds: -1, currentSeconds: -1 });
  expect(record.triedAtMs).toBe(-Infinity);
});

test("work that is done is counted, with the seconds it took", () => {
  const clocked = new Clocked();
  const { record } = clocked;
  record.started();
  clocked.nowMs += 2400;
  expect(record).toMatchObject({ isRunning: true, currentSeconds: 2, lastSeconds: -1, count: 0 });
  record.succeeded();
  clocked.nowMs += 5000;
  expect(record).toMatchObject({ isRunning: false, currentSeconds: -1, lastSeconds: 2, count: 1 });
});

test("a failure is known until the work succeeds", () => {
  const { record } = new Clocked();
  const failure = new Error("no room");
  record.started();
  record.failed(failure);
  expect(record).toMatchObject({ failure, isRunning: false, count: 0, lastSeconds: -1 });
  record.started();
  expect(record.failure).toBe(failure);
  record.succeeded();
  expect(record.failure).toBeUndefined();
});

test("work that is given up changes nothing but when it was tried", () => {
  const clocked = new Clocked();
  const { record } = clocked;
  record.started();
  record.succeeded();
  clocked.nowMs += 7000;
  record.started();
  clocked.nowMs += 3000;
  record.dropped();
  expect(record).toMatchObject({
    count: 1,
    isRunning: false,
    lastSeconds: 0,
    triedAtMs: 1_007_000,
  });
});

test("a clock that is set back makes no time negative", () => {
  const clocked = new Clocked();
  clocked.record.started();
  clocked.nowMs -= 60_000;
  expect(clocked.record.currentSeconds).toBe(0);
});
