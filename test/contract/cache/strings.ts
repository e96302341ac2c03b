import type { Cache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { bytes, collect, text } from "../expectations.ts";

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** Names that trip code which keeps keys in plain objects or counts chars for bytes. */
const ODD_NAMES = [
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "0",
  "nul\0inside",
  "\0",
  "line\r\nbreak",
  " ",
  "*",
  "é",
  "e\u0301",
  "ключ",
  "\uFFFF",
  "\u{1F3C6}",
  "\u{10000}",
  "k".repeat(5000),
  "é".repeat(500),
  `${"k".repeat(100)}\u{1F3C6}`,
];

/** get, set, delete, exists, clear and append. */
export function describeStrings(backend: Backend<Cache>): void {
  describe("strings", () => {
    describeValues(backend);
    describeOwnership(backend);
    describeRemoval(backend);
    describeAppend(backend);
  });
}

function describeValues(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("a key that was never set reads as undefined", async (cache) => {
    expect(await cache.get("missing")).toBeUndefined();
    expect(await cache.exists("missing")).toBe(false);
  });

  test("set resolves to nothing, and get gives the value as a Buffer", async (cache) => {
    expect(await cache.set("k", "value")).toBeUndefined();
    const value = await cache.get("k");
    expect(Buffer.isBuffer(value)).toBe(true);
    expect(value).toEqual(bytes("value"));
    expect(await cache.exists("k")).toBe(true);
  });

  test("set replaces what was there", async (cache) => {
    await cache.set("k", "a long first value");
    await cache.set("k", "second");
    expect(await text(cache, "k")).toBe("second");
  });

  test("a string is stored as UTF-8", async (cache) => {
    await cache.set("k", "naïve \u{1F3C6} \0 end");
    expect(await cache.get("k")).toEqual(bytes("naïve \u{1F3C6} \0 end"));
    const long = `${"plain ".repeat(500)}\u{1F3C6}${" naïve".repeat(500)}`;
    await cache.set("k", long);
    expect(await cache.get("k")).toEqual(bytes(long));
    expect(await cache.append("k", long)).toBe(2 * bytes(long).length);
  });

  test("every byte comes back as it went in", async (cache) => {
    await cache.set("k", EVERY_BYTE);
    expect(await cache.get("k")).toEqual(Buffer.from(EVERY_BYTE));
  });

  test("bytes that are no UTF-8 are kept", async (cache) => {
    const broken = Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80]);
    await cache.set("k", broken);
    expect(await cache.get("k")).toEqual(broken);
  });

  test("of a view only its own bytes are stored", async (cache) => {
    await cache.set("k", EVERY_BYTE.subarray(65, 70));
    expect(await text(cache, "k")).toBe("ABCDE");
  });

  test("an empty value is a value", async (cache) => {
    await cache.set("text", "");
    await cache.set("bytes", new Uint8Array(0));
    expect(await cache.get("text")).toEqual(Buffer.alloc(0));
    expect(await cache.get("bytes")).toEqual(Buffer.alloc(0));
    expect(await cache.exists("text")).toBe(true);
  });

  test("a value of a megabyte comes back whole", async (cache) => {
    const large = Buffer.alloc(1 << 20, "laurel");
    await cache.set("k", large);
    expect((await cache.get("k"))?.equals(large)).toBe(true);
  });

  test("odd names are names like any other", async (cache) => {
    for (const name of ODD_NAMES) {
      expect(await cache.get(name)).toBeUndefined();
      await cache.set(name, `value of ${name}`);
    }
    for (const name of ODD_NAMES) expect(await text(cache, name)).toBe(`value of ${name}`);
    expect((await collect(cache.keys())).sort()).toEqual([...ODD_NAMES].sort());
    for (const name of ODD_NAMES) expect(await cache.delete(name)).toBe(true);
    expect(await collect(cache.keys())).toEqual([]);
  });
}

function describeOwnership(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("bytes given stay the caller's: later changes are not seen", async (cache) => {
    const given = Buffer.from("before");
    const written = cache.set("k", given);
    given.fill("x");
    await written;
    expect(await text(cache, "k")).toBe("before");
    given.fill("y");
    expect(await text(cache, "k")).toBe("before");
  });

  test("bytes given to setMany and append stay the caller's, too", async (cache) => {
    const given = Buffer.from("before");
    const written = cache.setMany([["k", given]]);
    given.fill("x");
    await written;
    const tail = Buffer.from("-tail");
    const appended = cache.append("k", tail);
    tail.fill("x");
    await appended;
    const start = Buffer.from("start");
    const created = cache.append("new", start);
    start.fill("x");
    await created;
    expect(await text(cache, "k")).toBe("before-tail");
    expect(await text(cache, "new")).toBe("start");
  });

  test("bytes returned are the caller's: changing them changes nothing inside", async (cache) => {
    await cache.set("k", "kept");
    (await cache.get("k"))?.fill("x");
    (await cache.getMany(["k"]))[0]?.fill("x");
    expect(await text(cache, "k")).toBe("kept");
    expect((await cache.getMany(["k", "k"]))[1]).toEqual(bytes("kept"));
  });

  test("two reads share no memory", async (cache) => {
    await cache.set("k", "kept");
    const [first, second] = await cache.getMany(["k", "k"]);
    first?.fill("x");
    expect(second).toEqual(bytes("kept"));
  });

  test("what was read before a write does not change with it", async (cache) => {
    await cache.set("k", "old");
    const old = await cache.get("k");
    await cache.append("k", "er");
    await cache.set("k", "new");
    expect(old).toEqual(bytes("old"));
  });
}

function describeRemoval(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("delete says whether there was something", async (cache) => {
    await cache.set("k", "v");
    expect(await cache.delete("k")).toBe(true);
    expect(await cache.delete("k")).toBe(false);
    expect(await cache.get("k")).toBeUndefined();
    expect(await cache.exists("k")).toBe(false);
  });

  test("clear removes every key, and the cache goes on", async (cache) => {
    await cache.setMany([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ]);
    expect(await cache.clear()).toBeUndefined();
    expect(await cache.getMany(["a", "b", "c"])).toEqual([undefined, undefined, undefined]);
    expect(await collect(cache.keys())).toEqual([]);
    await cache.set("a", "again");
    expect(await text(cache, "a")).toBe("again");
  });

  test("clear of an empty cache is no error", async (cache) => {
    await cache.clear();
    await cache.clear();
    expect(await collect(cache.keys())).toEqual([]);
  });
}

function describeAppend(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("append creates what is missing and gives the new length", async (cache) => {
    expect(await cache.append("k", "abc")).toBe(3);
    expect(await cache.append("k", "def")).toBe(6);
    expect(await text(cache, "k")).toBe("abcdef");
  });

  test("append counts bytes, not characters", async (cache) => {
    expect(await cache.append("k", "é")).toBe(2);
    expect(await cache.append("k", "\u{1F3C6}")).toBe(6);
    expect(await text(cache, "k")).toBe("é\u{1F3C6}");
  });

  test("append takes bytes, and half a character at a time", async (cache) => {
    const trophy = bytes("\u{1F3C6}");
    await cache.append("k", trophy.subarray(0, 2));
    expect(await cache.append("k", trophy.subarray(2))).toBe(4);
    expect(await cache.get("k")).toEqual(trophy);
  });

  test("append of nothing creates an empty value and leaves a full one", async (cache) => {
    expect(await cache.append("new", "")).toBe(0);
    expect(await cache.exists("new")).toBe(true);
    await cache.set("k", "abc");
    expect(await cache.append("k", new Uint8Array(0))).toBe(3);
    expect(await text(cache, "k")).toBe("abc");
  });

  test("many appends build one value", async (cache) => {
    for (let i = 0; i < 500; i++) await cache.append("k", `${i},`);
    const expected = Array.from({ length: 500 }, (_, i) => `${i},`).join("");
    expect(await text(cache, "k")).toBe(expected);
  });
}
