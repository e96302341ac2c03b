import type { Cache, Duration } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { collect, expectRefusal, expectUnchanged, text } from "../expectations.ts";

const HOUR_MS = 3_600_000;
const FOREVER = Number.POSITIVE_INFINITY;

/** Durations and the milliseconds that they mean. */
const DURATIONS: readonly [duration: Duration, ms: number][] = [
  [1, 1],
  [1500, 1500],
  [0.25, 1],
  [1000.01, 1001],
  ["500ms", 500],
  ["30s", 30_000],
  ["10m", 600_000],
  ["1h", HOUR_MS],
  ["7d", 7 * 24 * HOUR_MS],
  ["2w", 14 * 24 * HOUR_MS],
  ["1.5s", 1500],
  ["0.5h", HOUR_MS / 2],
  ["0.25ms", 1],
  ["1.0001s", 1001],
  ["007s", 7000],
];

const BAD_DURATIONS: readonly unknown[] = [
  0,
  -0,
  -1,
  -0.5,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  "",
  "5",
  "s",
  "0s",
  "0ms",
  "0.0h",
  "-5s",
  "+5s",
  " 5s",
  "5s ",
  "5 s",
  "5S",
  "5sec",
  "5y",
  "5ms5s",
  "1h30m",
  "1e3s",
  "0x5s",
  "1,5s",
  "1.2.3s",
  "Infinity",
  "Infinitys",
  "NaNs",
  "forever",
  "٣s",
  "5s\n",
  null,
  true,
  {},
  [],
  10n,
];

/** Lifetimes: ttl, expire, and what each write does to them. */
export function describeTtl(backend: Backend<Cache>): void {
  describe("ttl", () => {
    describeReading(backend);
    describeDurations(backend);
    describeExpiry(backend);
    describeExpire(backend);
    describeKept(backend);
    describeDefaultTtl(backend);
  });
}

function describeReading(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("ttl is undefined without the key, Infinity without an end", async (cache) => {
    expect(await cache.ttl("missing")).toBeUndefined();
    await cache.set("k", "v");
    expect(await cache.ttl("k")).toBe(FOREVER);
  });

  test("ttl gives what remains, in milliseconds", async (cache) => {
    await cache.set("k", "v", { ttl: "1h" });
    const ttl = await cache.ttl("k");
    expect(ttl).toBeGreaterThan(HOUR_MS - 60_000);
    expect(ttl).toBeLessThanOrEqual(HOUR_MS);
  });

  test("a ttl of Infinity never ends", async (cache) => {
    await cache.set("k", "v", { ttl: FOREVER });
    expect(await cache.ttl("k")).toBe(FOREVER);
  });

  test("a ttl of a hundred years is kept", async (cache) => {
    const century = 100 * 365 * 24 * HOUR_MS;
    await cache.set("k", "v", { ttl: "36500d" });
    const ttl = await cache.ttl("k");
    expect(ttl).toBeGreaterThan(century - 60_000);
    expect(ttl).toBeLessThanOrEqual(century);
    expect(await text(cache, "k")).toBe("v");
  });

  test.timed("ttl runs down to 1 and is never 0", async (cache, advance) => {
    await cache.set("k", "v", { ttl: 10 });
    for (let remaining = 10; remaining >= 1; remaining--) {
      expect(await cache.ttl("k")).toBe(remaining);
      await advance(1);
    }
    expect(await cache.ttl("k")).toBeUndefined();
  });
}

function describeDurations(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  for (const [duration, ms] of DURATIONS) {
    test.timed(`${JSON.stringify(duration)} lasts ${ms} ms`, async (cache, advance) => {
      await cache.set("set", "v", { ttl: duration });
      await cache.setMany([["many", "v"]], { ttl: duration });
      await cache.set("expire", "v");
      await cache.expire("expire", duration);
      const keys = ["set", "many", "expire"];
      for (const key of keys) expect(await cache.ttl(key)).toBe(ms);
      await advance(ms - 1);
      for (const key of keys) expect(await cache.exists(key)).toBe(true);
      await advance(1);
      for (const key of keys) expect(await cache.exists(key)).toBe(false);
    });
  }

  for (const bad of BAD_DURATIONS) {
    const spelt = typeof bad === "string" ? JSON.stringify(bad) : String(bad);
    test(`a duration of ${typeof bad} ${spelt} is INVALID_TTL`, async (cache) => {
      const ttl = bad as Duration;
      const received = typeof bad === "number" ? String(Math.abs(bad)) : undefined;
      await cache.set("mortal", "old", { ttl: "1h" });
      await cache.set("immortal", "old");
      await expectUnchanged(cache, async () => {
        for (const key of ["mortal", "immortal", "new"]) {
          await expectRefusal(() => cache.set(key, "v", { ttl }), "INVALID_TTL", received);
          await expectRefusal(() => cache.setMany([[key, "v"]], { ttl }), "INVALID_TTL");
          await expectRefusal(() => cache.expire(key, ttl), "INVALID_TTL", received);
        }
      });
    });
  }

  test("expire without a duration is INVALID_TTL", async (cache) => {
    await cache.set("k", "v");
    await expectUnchanged(cache, async () => {
      await expectRefusal(() => cache.expire("k", undefined as never), "INVALID_TTL");
    });
  });
}

function describeExpiry(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test.timed("a key is there until its deadline and gone at it", async (cache, advance) => {
    await cache.set("k", "v", { ttl: 1000 });
    await advance(999);
    expect(await text(cache, "k")).toBe("v");
    expect(await cache.ttl("k")).toBe(1);
    await advance(1);
    expect(await cache.get("k")).toBeUndefined();
  });

  const absences: readonly [what: string, check: (cache: Cache) => Promise<void>][] = [
    ["get", async (cache) => expect(await cache.get("k")).toBeUndefined()],
    ["exists", async (cache) => expect(await cache.exists("k")).toBe(false)],
    ["ttl", async (cache) => expect(await cache.ttl("k")).toBeUndefined()],
    ["delete", async (cache) => expect(await cache.delete("k")).toBe(false)],
    ["expire", async (cache) => expect(await cache.expire("k", "1h")).toBe(false)],
    ["getMany", async (cache) => expect(await cache.getMany(["k"])).toEqual([undefined])],
    ["deleteMany", async (cache) => expect(await cache.deleteMany(["k"])).toBe(0)],
    ["keys", async (cache) => expect(await collect(cache.keys())).toEqual(["other"])],
    ["keys of a pattern", async (cache) => expect(await collect(cache.keys("k"))).toEqual([])],
  ];
  for (const [what, check] of absences) {
    test.timed(`to ${what} an expired key does not exist`, async (cache, advance) => {
      await cache.set("k", "v", { ttl: 100 });
      await cache.set("other", "v");
      await advance(100);
      await check(cache);
    });
  }

  test.timed("incr and append begin anew, without a lifetime", async (cache, advance) => {
    await cache.set("n", "41", { ttl: 100 });
    await cache.set("s", "old", { ttl: 100 });
    await advance(100);
    expect(await cache.incr("n")).toBe(1);
    expect(await cache.append("s", "new")).toBe(3);
    expect(await cache.ttl("n")).toBe(FOREVER);
    expect(await cache.ttl("s")).toBe(FOREVER);
  });

  test.timed("keys end each at its own deadline", async (cache, advance) => {
    for (let i = 1; i <= 50; i++) await cache.set(`k${i}`, "v", { ttl: i * 10 });
    for (let i = 1; i <= 50; i++) {
      await advance(10);
      expect((await collect(cache.keys())).length).toBe(50 - i);
      expect(await cache.exists(`k${i}`)).toBe(false);
    }
  });

  test.timed("a key set again after its end lives its new life", async (cache, advance) => {
    await cache.set("k", "first", { ttl: 100 });
    await advance(150);
    await cache.set("k", "second", { ttl: 100 });
    await advance(99);
    expect(await text(cache, "k")).toBe("second");
    await advance(1);
    expect(await cache.exists("k")).toBe(false);
  });

  test.timed("a key deleted and set again forgets the old deadline", async (cache, advance) => {
    await cache.set("k", "first", { ttl: 100 });
    await cache.delete("k");
    await cache.set("k", "second");
    await advance(1000);
    expect(await text(cache, "k")).toBe("second");
  });
}

function describeExpire(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("expire says whether the key is there, and creates none", async (cache) => {
    await cache.set("k", "v");
    expect(await cache.expire("k", "1h")).toBe(true);
    expect(await cache.expire("missing", "1h")).toBe(false);
    expect(await cache.exists("missing")).toBe(false);
    expect(await text(cache, "k")).toBe("v");
  });

  test("expire with Infinity makes a key permanent", async (cache) => {
    await cache.set("k", "v", { ttl: "1h" });
    expect(await cache.expire("k", FOREVER)).toBe(true);
    expect(await cache.ttl("k")).toBe(FOREVER);
    expect(await cache.expire("missing", FOREVER)).toBe(false);
  });

  test.timed("expire moves the deadline both ways, from now", async (cache, advance) => {
    await cache.set("k", "v", { ttl: 1000 });
    await advance(500);
    await cache.expire("k", 2000);
    expect(await cache.ttl("k")).toBe(2000);
    await cache.expire("k", 10);
    await advance(9);
    expect(await cache.exists("k")).toBe(true);
    await advance(1);
    expect(await cache.exists("k")).toBe(false);
  });

  test.timed("a permanent key outlives its old deadline", async (cache, advance) => {
    await cache.set("k", "v", { ttl: 100 });
    await cache.expire("k", FOREVER);
    await advance(1000);
    expect(await text(cache, "k")).toBe("v");
  });
}

function describeKept(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test.timed("incr, decr and append keep the lifetime", async (cache, advance) => {
    await cache.set("n", "5", { ttl: 1000 });
    await advance(400);
    await cache.incr("n");
    await cache.decr("n");
    await cache.append("n", "0");
    expect(await cache.ttl("n")).toBe(600);
    await advance(600);
    expect(await cache.exists("n")).toBe(false);
  });

  test("set replaces the lifetime, by none if it gives none", async (cache) => {
    await cache.set("k", "v", { ttl: "1h" });
    await cache.set("k", "v");
    expect(await cache.ttl("k")).toBe(FOREVER);
    await cache.set("k", "v", { ttl: "30m" });
    expect(await cache.ttl("k")).toBeLessThanOrEqual(HOUR_MS / 2);
  });

  test.timed("reading keeps the lifetime", async (cache, advance) => {
    await cache.set("k", "v", { ttl: 100 });
    await advance(60);
    await cache.get("k");
    await cache.exists("k");
    await cache.getMany(["k"]);
    await advance(40);
    expect(await cache.exists("k")).toBe(false);
  });
}

function describeDefaultTtl(backend: Backend<Cache>): void {
  const test = contractTest(backend);
  const options = { defaultTtl: "1h" } as const;
  const creations: readonly [what: string, create: (cache: Cache) => Promise<unknown>][] = [
    ["set", (cache) => cache.set("k", "v")],
    ["setMany", (cache) => cache.setMany([["k", "v"]])],
    ["incr", (cache) => cache.incr("k")],
    ["decr", (cache) => cache.decr("k")],
    ["append", (cache) => cache.append("k", "v")],
  ];

  for (const [what, create] of creations) {
    test.configured(`defaultTtl holds for what ${what} creates`, options, async (cache) => {
      await create(cache);
      const ttl = await cache.ttl("k");
      expect(ttl).toBeGreaterThan(HOUR_MS - 60_000);
      expect(ttl).toBeLessThanOrEqual(HOUR_MS);
    });
  }

  test.configured("a ttl of its own goes before defaultTtl", options, async (cache) => {
    await cache.set("long", "v", { ttl: "2h" });
    await cache.set("ever", "v", { ttl: FOREVER });
    await cache.setMany([["also", "v"]], { ttl: FOREVER });
    expect(await cache.ttl("long")).toBeGreaterThan(HOUR_MS);
    expect(await cache.ttl("ever")).toBe(FOREVER);
    expect(await cache.ttl("also")).toBe(FOREVER);
  });

  test.configured("defaultTtl leaves the lifetime of what exists", options, async (cache) => {
    await cache.set("n", "1", { ttl: FOREVER });
    await cache.incr("n");
    await cache.append("n", "0");
    expect(await cache.ttl("n")).toBe(FOREVER);
    await cache.set("n", "1", { ttl: "10h" });
    await cache.decr("n");
    expect(await cache.ttl("n")).toBeGreaterThan(9 * HOUR_MS);
  });

  test.configured("set without a ttl returns to defaultTtl", options, async (cache) => {
    await cache.set("k", "v", { ttl: "10h" });
    await cache.set("k", "v");
    expect(await cache.ttl("k")).toBeLessThanOrEqual(HOUR_MS);
  });

  test.configured("a defaultTtl of Infinity is none", { defaultTtl: FOREVER }, async (cache) => {
    await cache.set("k", "v");
    expect(await cache.ttl("k")).toBe(FOREVER);
  });
}
