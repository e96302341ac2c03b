import { describe, expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import { resolveOptions } from "./options.ts";
import { systemClock, systemRandom, systemTimers } from "./platform.ts";

const DEFAULTS = {
  maxEntries: Infinity,
  maxMemoryBytes: Infinity,
  maxKeyBytes: Infinity,
  maxLeaderboards: Infinity,
  maxMembersPerSet: Infinity,
  eviction: "lru",
  defaultTtl: Infinity,
  sweepIntervalMs: 1000,
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
};

function refusalOf(options: unknown): unknown {
  try {
    return resolveOptions(options as never);
  } catch (error) {
    return error;
  }
}

describe("resolved options", () => {
  test("limit nothing and let nothing expire by default", () => {
    expect(resolveOptions({})).toEqual(DEFAULTS);
  });

  test("take undefined for an option that was left out", () => {
    const options = {
      maxEntries: undefined,
      eviction: undefined,
      defaultTtl: undefined,
      sweepInterval: undefined,
      clock: undefined,
      timers: undefined,
      random: undefined,
    };
    expect(resolveOptions(options)).toEqual(DEFAULTS);
  });

  test("are frozen, and do not follow the object that they were made of", () => {
    const options = { maxEntries: 5 };
    const config = resolveOptions(options);
    options.maxEntries = 6;
    expect(config.maxEntries).toBe(5);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test("have durations in milliseconds, rounded up, and limits as they are", () => {
    expect(
      resolveOptions({
        defaultTtl: "1.5m",
        sweepInterval: 0.5,
        maxEntries: 1,
        maxKeyBytes: Infinity,
      }),
    ).toMatchObject({
      defaultTtl: 90_000,
      sweepIntervalMs: 1,
      maxEntries: 1,
      maxKeyBytes: Infinity,
    });
    expect(resolveOptions({ sweepInterval: Infinity }).sweepIntervalMs).toBe(Infinity);
  });

  test("keep what is handed in itself, methods of a class included", () => {
    class Ticker {
      now(): number {
        return 5;
      }
    }
    const clock = new Ticker();
    const timers = { setTimeout: (): number => 1, clearTimeout: (): void => {} };
    const random = seededRandom(1);
    const config = resolveOptions({ clock, timers, random });
    expect(config.clock).toBe(clock);
    expect(config.timers).toBe(timers);
    expect(config.random).toBe(random);
  });

  test("say which option is none, what it must be, and what was received", () => {
    const cases: readonly [options: object, message: string][] = [
      [{ maxEntries: -1 }, "maxEntries must be a positive safe integer or Infinity: received -1"],
      [
        { maxKeyBytes: "9" },
        'maxKeyBytes must be a positive safe integer or Infinity: received "9"',
      ],
      [{ eviction: "mru" }, 'eviction must be one of none, lru, lfu, s3-fifo: received "mru"'],
      [{ defaultTtl: "1y" }, 'defaultTtl must be milliseconds above 0, or as "10m": received "1y"'],
      [{ clock: {} }, "clock must have a method now: received an object"],
      [{ timers: { setTimeout } }, "timers must have a method clearTimeout: received an object"],
      [{ random: 0.5 }, "random must be a function: received 0.5"],
    ];
    for (const [options, reason] of cases) {
      const message = `Cannot create a cache: ${reason}`;
      expect(refusalOf(options)).toMatchObject({ code: "INVALID_CONFIG", message });
    }
  });

  test("keep what was wrong with a duration as the cause", () => {
    const refusal = refusalOf({ sweepInterval: -1 });
    expect(refusal).toBeInstanceOf(CacheError);
    expect((refusal as CacheError).cause).toMatchObject({ code: "INVALID_TTL" });
  });

  test.each([null, 5, "options", true].map((options) => ({ options })))(
    "cannot be made of $options",
    ({ options }) => {
      expect(refusalOf(options)).toMatchObject({ code: "INVALID_CONFIG" });
    },
  );
});
