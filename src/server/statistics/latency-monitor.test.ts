import { expect, test } from "vitest";
import { LatencyMonitor } from "./latency-monitor.ts";

function newMonitor(): { monitor: LatencyMonitor; clock: { seconds: number } } {
  const clock = { seconds: 100 };
  const monitor = new LatencyMonitor(() => clock.seconds * 1000);
  monitor.thresholdMs = 10;
  return { monitor, clock };
}

test("only what reaches the threshold is noted, and nothing while it is 0", () => {
  const { monitor } = newMonitor();
  monitor.record("command", 9.9);
  expect(monitor.events()).toEqual([]);
  monitor.record("command", 10);
  expect(monitor.event("command")?.samples).toEqual([{ unixSeconds: 100, latencyMs: 10 }]);
  monitor.thresholdMs = 0;
  monitor.record("other", 1000);
  expect(monitor.event("other")).toBeUndefined();
});

test("a second has one sample, its worst, and the worst of all is remembered", () => {
  const { monitor, clock } = newMonitor();
  for (const ms of [20, 50, 30]) monitor.record("command", ms);
  clock.seconds = 101;
  monitor.record("command", 15);
  expect(monitor.event("command")).toEqual({
    name: "command",
    maxMs: 50,
    samples: [
      { unixSeconds: 100, latencyMs: 50 },
      { unixSeconds: 101, latencyMs: 15 },
    ],
  });
});

test("so many seconds are kept, the newest", () => {
  const { monitor, clock } = newMonitor();
  for (clock.seconds = 0; clock.seconds < 200; clock.seconds++) monitor.record("command", 20);
  const samples = monitor.event("command")?.samples ?? [];
  expect(samples).toHaveLength(160);
  expect(samples[0]?.unixSeconds).toBe(40);
});

test("events are forgotten by name, or all", () => {
  const { monitor } = newMonitor();
  for (const name of ["a", "b", "c"]) monitor.record(name, 20);
  expect(monitor.reset(["a", "z"])).toBe(1);
  expect(monitor.reset([])).toBe(2);
  expect(monitor.events()).toEqual([]);
});
