import type { Cache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import {
  bytes,
  collect,
  contents,
  expectRefusal,
  expectUnchanged,
  rejection,
  text,
} from "../expectations.ts";

/** getMany, setMany and deleteMany. */
export function describeBulk(backend: Backend<Cache>): void {
  describe("bulk", () => {
    describeGetMany(backend);
    describeSetMany(backend);
    describeSetManyRefused(backend);
    describeDeleteMany(backend);
  });
}

function describeGetMany(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("getMany answers in the order of the keys, undefined for a miss", async (cache) => {
    await cache.set("a", "1");
    await cache.set("b", "2");
    const values = await cache.getMany(["b", "missing", "a"]);
    expect(values).toEqual([bytes("2"), undefined, bytes("1")]);
    expect(Buffer.isBuffer(values[0])).toBe(true);
  });

  test("getMany answers a key as often as it is asked", async (cache) => {
    await cache.set("a", "1");
    expect(await cache.getMany(["a", "a", "x", "a"])).toEqual([
      bytes("1"),
      bytes("1"),
      undefined,
      bytes("1"),
    ]);
  });

  test("getMany of nothing is nothing", async (cache) => {
    expect(await cache.getMany([])).toEqual([]);
  });

  test("getMany of one bad key is refused whole", async (cache) => {
    await cache.set("a", "1");
    await expectRefusal(() => cache.getMany(["a", ""]), "INVALID_KEY", '""');
    await expectRefusal(() => cache.getMany(["a", 7 as never]), "INVALID_KEY", "7");
  });
}

function describeSetMany(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("setMany sets each entry", async (cache) => {
    expect(
      await cache.setMany([
        ["a", "1"],
        ["b", bytes("2")],
      ]),
    ).toBeUndefined();
    expect(await cache.getMany(["a", "b"])).toEqual([bytes("1"), bytes("2")]);
  });

  test("setMany takes any iterable: a Map, a generator", async (cache) => {
    await cache.setMany(new Map([["m", "from map"]]));
    await cache.setMany(
      (function* () {
        yield ["g", "from generator"] as const;
        yield ["h", "and again"] as const;
      })(),
    );
    expect(await text(cache, "m")).toBe("from map");
    expect(await text(cache, "g")).toBe("from generator");
    expect(await text(cache, "h")).toBe("and again");
  });

  test("a key given twice ends as the last entry says", async (cache) => {
    await cache.setMany([
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ]);
    expect(await text(cache, "a")).toBe("3");
    expect((await collect(cache.keys())).sort()).toEqual(["a", "b"]);
  });

  test("setMany of nothing does nothing", async (cache) => {
    await cache.set("a", "1");
    await expectUnchanged(cache, async () => {
      await cache.setMany([]);
      await cache.setMany(new Map());
    });
  });

  test("setMany replaces value and lifetime, as set does", async (cache) => {
    await cache.set("a", "1", { ttl: "1h" });
    await cache.setMany([["a", "2"]]);
    expect(await cache.ttl("a")).toBe(Number.POSITIVE_INFINITY);
    await cache.setMany(
      [
        ["a", "3"],
        ["b", "3"],
      ],
      { ttl: "1h" },
    );
    for (const key of ["a", "b"]) {
      const ttl = await cache.ttl(key);
      expect(ttl).toBeGreaterThan(3_500_000);
      expect(ttl).toBeLessThanOrEqual(3_600_000);
    }
  });

  test("a thousand entries go in one call", async (cache) => {
    const entries = Array.from({ length: 1000 }, (_, i) => [`k${i}`, `v${i}`] as const);
    await cache.setMany(entries);
    const values = await cache.getMany(entries.map(([key]) => key));
    expect(values.map(String)).toEqual(entries.map(([, value]) => value));
  });
}

function describeSetManyRefused(backend: Backend<Cache>): void {
  const test = contractTest(backend);
  const refused: readonly [what: string, entry: unknown, code: string][] = [
    ["an empty key", ["", "v"], "INVALID_KEY"],
    ["a key that is no string", [7, "v"], "INVALID_KEY"],
    ["a lone surrogate in a key", ["\ud800", "v"], "INVALID_KEY"],
    ["a number for a value", ["k", 7], "INVALID_VALUE"],
    ["no value", ["k"], "INVALID_VALUE"],
    ["null for a value", ["k", null], "INVALID_VALUE"],
  ];

  for (const [what, entry, code] of refused) {
    test(`setMany checks everything first: ${what} sets nothing at all`, async (cache) => {
      await cache.set("a", "old");
      await expectUnchanged(cache, async () => {
        const entries = [["a", "new"], ["b", "new"], entry, ["c", "new"]];
        await expectRefusal(() => cache.setMany(entries as [string, string][]), code);
      });
    });
  }

  test("a bad ttl sets nothing at all", async (cache) => {
    await cache.set("a", "old");
    await expectUnchanged(cache, async () => {
      await expectRefusal(() => cache.setMany([["a", "new"]], { ttl: 0 }), "INVALID_TTL", "0");
    });
  });

  test("an iterable that throws sets nothing at all", async (cache) => {
    const failure = new Error("no more entries");
    function* failing(): Generator<[string, string]> {
      yield ["a", "1"];
      throw failure;
    }
    expect(await rejection(() => cache.setMany(failing()))).toBeDefined();
    expect(await contents(cache)).toEqual(new Map());
  });

  for (const entries of [undefined, null, 7, {}, ["no pair", null], [null]]) {
    test(`${JSON.stringify(entries)} for entries is refused, not thrown`, async (cache) => {
      await expectUnchanged(cache, async () => {
        await expectRefusal(() => cache.setMany(entries as never), /^INVALID_/);
      });
    });
  }
}

function describeDeleteMany(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("deleteMany counts the keys that were there, each once", async (cache) => {
    await cache.setMany([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ]);
    expect(await cache.deleteMany(["a", "missing", "c", "a"])).toBe(2);
    expect(await collect(cache.keys())).toEqual(["b"]);
    expect(await cache.deleteMany(["a", "c"])).toBe(0);
  });

  test("deleteMany of nothing is 0", async (cache) => {
    expect(await cache.deleteMany([])).toBe(0);
  });

  test("deleteMany of one bad key deletes nothing", async (cache) => {
    await cache.set("a", "1");
    await expectUnchanged(cache, async () => {
      await expectRefusal(() => cache.deleteMany(["a", ""]), "INVALID_KEY", '""');
      await expectRefusal(() => cache.deleteMany(["a", null as never]), "INVALID_KEY", "null");
    });
  });
}
