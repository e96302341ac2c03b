import type { Cache } from "laurel";
import { describe } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { expectRefusal, expectUnchanged } from "../expectations.ts";

/** What is no name: the value, and what the message has to show of it. */
export const BAD_NAMES: readonly [value: unknown, received?: string][] = [
  [undefined, "undefined"],
  [null, "null"],
  [7, "7"],
  [Number.NaN, "NaN"],
  [true, "true"],
  [{}],
  [["k"]],
  [Buffer.from("k")],
  [Symbol("k")],
  [10n, "10"],
  [() => "k"],
  ["\ud800"],
  ["\udfff"],
  ["tail \ud83c"],
  ["\udfc6\ud83c"],
  [`${"long ".repeat(100)}\ud800`],
  [`\udfff${"é".repeat(100)}`],
];

const BAD_VALUES: readonly [value: unknown, received?: string][] = [
  [undefined, "undefined"],
  [null, "null"],
  [7, "7"],
  [true, "true"],
  [{}],
  [[1, 2]],
  [new ArrayBuffer(2)],
  [new Uint16Array(2)],
  [new DataView(new ArrayBuffer(2))],
  [Symbol("v")],
  [10n, "10"],
  ["\ud800"],
  ["tail \udfff"],
  [`${"long ".repeat(100)}\udfff`],
];

const KEYED: Readonly<Record<string, (cache: Cache, key: string) => Promise<unknown>>> = {
  get: (cache, key) => cache.get(key),
  set: (cache, key) => cache.set(key, "v"),
  delete: (cache, key) => cache.delete(key),
  exists: (cache, key) => cache.exists(key),
  incr: (cache, key) => cache.incr(key),
  decr: (cache, key) => cache.decr(key),
  append: (cache, key) => cache.append(key, "v"),
  getMany: (cache, key) => cache.getMany(["k", key]),
  setMany: (cache, key) =>
    cache.setMany([
      ["k", "v"],
      [key, "v"],
    ]),
  deleteMany: (cache, key) => cache.deleteMany(["k", key]),
  ttl: (cache, key) => cache.ttl(key),
  expire: (cache, key) => cache.expire(key, "1h"),
};

const WRITING = ["set", "incr", "decr", "append", "setMany"] as const;

/** How a value reads in a test's title. */
export function spell(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return value.constructor.name;
  return String(value);
}

/** Keys and values that are refused: the right code, what was received, nothing changed. */
export function describeBadInput(backend: Backend<Cache>): void {
  describe("bad input", () => {
    describeBadKeys(backend);
    describeLongKeys(backend);
    describeBadValues(backend);
  });
}

async function seed(cache: Cache): Promise<void> {
  await cache.set("k", "kept", { ttl: "1h" });
  await cache.set("n", "5");
}

function describeBadKeys(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  for (const [name, call] of Object.entries(KEYED)) {
    test(`${name} refuses what is no key`, async (cache) => {
      await seed(cache);
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => call(cache, ""), "INVALID_KEY", '""');
        for (const [key, received] of BAD_NAMES) {
          await expectRefusal(() => call(cache, key as string), "INVALID_KEY", received);
        }
      });
    });
  }

  test("a key of half a pair is refused, a whole pair is a key", async (cache) => {
    await expectRefusal(() => cache.set("\u{1F3C6}".slice(0, 1), "v"), "INVALID_KEY");
    await cache.set("\u{1F3C6}", "v");
  });

  test("keys that are no list are refused, not thrown", async (cache) => {
    for (const keys of [undefined, null, 7, {}]) {
      await expectRefusal(() => cache.getMany(keys as never), /^INVALID_/);
      await expectRefusal(() => cache.deleteMany(keys as never), /^INVALID_/);
    }
  });
}

function describeLongKeys(backend: Backend<Cache>): void {
  const test = contractTest(backend);
  const options = { maxKeyBytes: 8 };

  for (const name of WRITING) {
    const call = KEYED[name];
    if (call === undefined) continue;
    test.configured(`${name} refuses a key past maxKeyBytes`, options, async (cache) => {
      await seed(cache);
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => call(cache, "123456789"), "KEY_TOO_LONG", "9");
        await expectRefusal(() => call(cache, "é".repeat(5)), "KEY_TOO_LONG", "10");
        await expectRefusal(() => call(cache, "\u{1F3C6}".repeat(3)), "KEY_TOO_LONG", "12");
      });
    });
  }

  test.configured("maxKeyBytes counts bytes and includes its end", options, async (cache) => {
    for (const key of ["12345678", "é".repeat(4), "\u{1F3C6}".repeat(2)]) {
      await cache.set(key, "v");
    }
  });
}

function describeBadValues(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  for (const [value, received] of BAD_VALUES) {
    test(`${typeof value} ${spell(value)} is no value`, async (cache) => {
      await seed(cache);
      await expectUnchanged(cache, async () => {
        for (const key of ["k", "new"]) {
          await expectRefusal(() => cache.set(key, value as string), "INVALID_VALUE", received);
          await expectRefusal(() => cache.append(key, value as string), "INVALID_VALUE", received);
          await expectRefusal(
            () =>
              cache.setMany([
                ["other", "v"],
                [key, value as string],
              ]),
            "INVALID_VALUE",
            received,
          );
        }
      });
    });
  }
}
