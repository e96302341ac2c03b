import { describe, expect, test } from "vitest";
import { systemClock, systemTimers } from "../cache/platform.ts";
import { show } from "../errors.ts";
import { type DistributedCacheOptions, resolveOptions } from "./options.ts";

const DAY_MS = 86_400_000;
const TIMERS: unknown = {
  setTimeout: expect.any(Function) as unknown,
  clearTimeout: expect.any(Function) as unknown,
};

test("what is not said is decided", () => {
  const { random, ...config } = resolveOptions({});
  expect(config).toEqual({
    virtualNodes: undefined,
    hash: undefined,
    replicationFactor: 1,
    replication: "async",
    writeQuorum: 1,
    failover: "next-node",
    retry: { attempts: 3, backoffMs: 50 },
    callTimeoutMs: 2000,
    fenceTimeoutMs: 2000,
    healthCheck: {
      intervalMs: 10_000,
      timeoutMs: 2000,
      failureThreshold: 3,
      successThreshold: 2,
      probe: undefined,
    },
    maxDirtyKeys: 1_000_000,
    maxQueuedWrites: 100_000,
    maxQueuedBytes: 67_108_864,
    closeNodes: false,
    clock: systemClock,
    timers: TIMERS,
    isRealTime: true,
  });
  const [one, other] = [random(), random()];
  expect(one).not.toBe(other);
  for (const number of [one, other]) expect(number >= 0 && number < 1).toBe(true);
  expect(resolveOptions({}).random()).not.toBe(resolveOptions({}).random());
});

test("what is said is kept, durations in milliseconds", () => {
  const healthCheck = { failureThreshold: 4, successThreshold: 5, probe: () => Promise.resolve() };
  const said = {
    virtualNodes: 7,
    hash: () => 1,
    replicationFactor: 3,
    replication: "sync",
    writeQuorum: 2,
    failover: "retry",
    maxDirtyKeys: 10,
    maxQueuedWrites: 11,
    maxQueuedBytes: 12,
    closeNodes: true,
    clock: { now: () => 5 },
    timers: { setTimeout: () => 1, clearTimeout: () => {} },
    random: () => 0.5,
  } as const;
  const config = resolveOptions({
    ...said,
    callTimeout: "3s",
    fenceTimeout: "1m",
    retry: { attempts: 9, backoff: "1s" },
    healthCheck: { ...healthCheck, interval: Infinity, timeout: 70.5 },
  });
  expect(config).toEqual({
    ...said,
    timers: TIMERS,
    callTimeoutMs: 3000,
    fenceTimeoutMs: 60_000,
    retry: { attempts: 9, backoffMs: 1000 },
    healthCheck: { ...healthCheck, intervalMs: Infinity, timeoutMs: 71 },
    isRealTime: false,
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test("timers are never set for longer than they can be, and are cleared as they are", () => {
  const set: number[] = [];
  const cleared: unknown[] = [];
  const { timers } = resolveOptions({
    timers: {
      setTimeout: (_, ms) => set.push(ms),
      clearTimeout: (handle) => cleared.push(handle),
    },
  });
  const handles = [5, 20 * DAY_MS, 30 * DAY_MS, Infinity].map((ms) =>
    timers.setTimeout(() => {}, ms),
  );
  expect(set).toEqual([5, 20 * DAY_MS, 2 ** 31 - 1, 2 ** 31 - 1]);
  expect(handles).toEqual([1, 2, 3, 4]);
  timers.clearTimeout(handles[1] as never);
  expect(cleared).toEqual([2]);
});

describe("how many owners must acknowledge a write", () => {
  test.each<[options: DistributedCacheOptions, replicationFactor: number, writeQuorum: number]>([
    [{ replicationFactor: 3, replication: "sync" }, 3, 3],
    [{ replicationFactor: 3, replication: "sync", writeQuorum: 2 }, 3, 2],
    [{ replicationFactor: 3, replication: "async", writeQuorum: 2 }, 3, 1],
    [{ replicationFactor: 3 }, 3, 1],
    [{ replicationFactor: 3, replication: "none", writeQuorum: 3 }, 1, 1],
  ])(
    "with %o is decided by the mode: of %i owners, %i",
    (options, replicationFactor, writeQuorum) => {
      expect(resolveOptions(options)).toMatchObject({ replicationFactor, writeQuorum });
    },
  );
});

test("a write may land as long after its time limit as that is, unless told otherwise", () => {
  expect(resolveOptions({ callTimeout: 300 }).fenceTimeoutMs).toBe(300);
  expect(resolveOptions({ callTimeout: 300, fenceTimeout: 7 }).fenceTimeoutMs).toBe(7);
});

test.each([{ clock: { now: () => 5 } }, { timers: systemTimers }])(
  "time that is handed in is not taken for real: %o",
  (options) => {
    expect(resolveOptions(options).isRealTime).toBe(false);
  },
);

describe("INVALID_CONFIG, which names the option and what was received, is", () => {
  const NO_INTEGERS = [0, -1, 1.5, NaN, Infinity, "2", null];
  const NO_DURATIONS = [0, -1, NaN, "soon", "", {}, null];
  const bad: Record<string, readonly unknown[]> = {
    replicationFactor: NO_INTEGERS,
    writeQuorum: [...NO_INTEGERS, 2],
    maxDirtyKeys: NO_INTEGERS,
    maxQueuedWrites: NO_INTEGERS,
    maxQueuedBytes: NO_INTEGERS,
    "retry.attempts": NO_INTEGERS,
    "healthCheck.failureThreshold": NO_INTEGERS,
    "healthCheck.successThreshold": NO_INTEGERS,
    callTimeout: NO_DURATIONS,
    fenceTimeout: NO_DURATIONS,
    "retry.backoff": NO_DURATIONS,
    "healthCheck.interval": NO_DURATIONS,
    "healthCheck.timeout": NO_DURATIONS,
    "healthCheck.probe": [null, "ping", {}],
    replication: ["quorum", null, 1, ""],
    failover: ["nobody", null, 1],
    retry: [null, 3, "often", []],
    healthCheck: [null, 3, false, []],
    closeNodes: [null, 1, "true"],
    clock: [null, {}, () => 1, { now: 5 }],
    timers: [null, {}, { setTimeout: () => 1 }, { clearTimeout: () => {} }],
    random: [null, 0.5, {}],
  };
  const cases = Object.entries(bad).flatMap(([path, all]) => all.map((value) => [path, value]));

  test.each(cases as [path: string, value: unknown][])("%s as %o", (path, value) => {
    const [outer = "", inner] = path.split(".");
    const options = { [outer]: inner === undefined ? value : { [inner]: value } };
    const resolve = (): unknown => resolveOptions(options);
    expect(resolve).toThrow(expect.objectContaining({ code: "INVALID_CONFIG" }));
    expect(resolve).toThrow(`Cannot create a distributed cache: ${path} must `);
    expect(resolve).toThrow(`: received ${show(value)}`);
  });

  test.each([[null], [undefined], [3], [[]], ["options"]])("options that are %o", (options) => {
    expect(() => resolveOptions(options as unknown as DistributedCacheOptions)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG" }),
    );
  });
});
