import type { Cache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { collect } from "../expectations.ts";

/** A pattern, what it matches, and what it does not. */
const GLOBS: readonly [pattern: string, matching: readonly string[], other: readonly string[]][] = [
  ["*", ["a", "ab", "a b", "line\nbreak", "nul\0", "é"], []],
  ["**", ["a", "abc"], []],
  ["a*", ["a", "ab", "a\nb"], ["ba", "A"]],
  ["*a", ["a", "ba", "aa"], ["ab"]],
  ["a*c", ["ac", "abc", "abcbc"], ["acb", "bac"]],
  ["*b*", ["b", "abc"], ["ac"]],
  ["*a*b*", ["ab", "xaxbx"], ["ba"]],
  ["?", ["a", "*"], ["ab", "é"]],
  ["??", ["ab", "é"], ["a", "abc"]],
  ["a?c", ["abc", "a?c", "a\nc"], ["ac", "abbc"]],
  ["a?*", ["ab", "abc"], ["a"]],
  ["[abc]", ["a", "b", "c"], ["d", "ab", "[abc]"]],
  ["[a-c]x", ["ax", "bx", "cx"], ["dx", "-x"]],
  ["[c-a]x", ["ax", "bx", "cx"], ["dx"]],
  ["[^a]x", ["bx", "^x"], ["ax"]],
  ["[^a-c]x", ["dx"], ["ax", "bx", "cx"]],
  ["[!a]x", ["!x", "ax"], ["bx"]],
  ["[a\\-c]x", ["ax", "-x", "cx"], ["bx"]],
  ["[\\]]x", ["]x"], ["\\x"]],
  ["[ab", ["a", "b"], ["c", "ab", "[ab"]],
  ["[a\\", ["a", "\\"], ["b", "[a\\"]],
  ["[a-", ["a", "-"], ["b", "[a-"]],
  ["[]", [], ["[", "]", "[]"]],
  ["[^]", ["a", "]", "^"], ["ab", "[^]"]],
  ["\\*", ["*"], ["a", "\\*"]],
  ["\\?\\[", ["?["], ["a["]],
  ["a\\bc", ["abc"], ["a\\bc"]],
  ["end\\", ["end\\"], ["end"]],
  ["a.c", ["a.c"], ["abc"]],
  ["a+(b)|c$^{d}", ["a+(b)|c$^{d}"], ["aab"]],
  ["user:*:name", ["user:1:name", "user::name", "user:a:b:name"], ["user:name", "user:1:names"]],
  ["clé*", ["clé", "clés"], ["cle"]],
  ["exact", ["exact"], ["exactly", "inexact", "Exact"]],
  ["", [], ["a"]],
];

/** keys: listing, patterns, and what holds while the store changes. */
export function describeKeys(backend: Backend<Cache>): void {
  describe("keys", () => {
    describeListing(backend);
    describePatterns(backend);
    describeChanging(backend);
  });
}

function describeListing(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("an empty cache lists nothing", async (cache) => {
    expect(await collect(cache.keys())).toEqual([]);
    expect(await collect(cache.keys("*"))).toEqual([]);
  });

  test("each of many keys is listed once while nothing changes", async (cache) => {
    const keys = Array.from({ length: 2500 }, (_, i) => `key:${i}`);
    await cache.setMany(keys.map((key) => [key, "v"] as const));
    expect((await collect(cache.keys())).sort()).toEqual([...keys].sort());
  });

  test("a deleted key is not listed", async (cache) => {
    await cache.setMany([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ]);
    await cache.delete("b");
    expect((await collect(cache.keys())).sort()).toEqual(["a", "c"]);
  });

  test("a listing may be left early and begun again", async (cache) => {
    await cache.setMany([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ]);
    for await (const key of cache.keys()) {
      expect(["a", "b", "c"]).toContain(key);
      break;
    }
    expect((await collect(cache.keys())).sort()).toEqual(["a", "b", "c"]);
  });

  test("two listings at a time do not disturb each other", async (cache) => {
    const keys = Array.from({ length: 100 }, (_, i) => `key:${i}`);
    await cache.setMany(keys.map((key) => [key, "v"] as const));
    const [all, some] = await Promise.all([collect(cache.keys()), collect(cache.keys("key:1?"))]);
    expect(all.length).toBe(100);
    expect(some.sort()).toEqual(keys.slice(10, 20));
  });
}

function describePatterns(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  for (const [pattern, matching, other] of GLOBS) {
    test(`the pattern ${JSON.stringify(pattern)}`, async (cache) => {
      await cache.setMany([...matching, ...other].map((key) => [key, "v"] as const));
      expect((await collect(cache.keys(pattern))).sort()).toEqual([...matching].sort());
    });
  }

  test("a pattern of many stars is no burden", async (cache) => {
    // A matcher that tries every split needs C(48, 8), 377 million, steps for each of these.
    const key = "a".repeat(48);
    await cache.set(key, "v");
    await cache.set(`${key}b`, "v");
    const start = performance.now();
    expect(await collect(cache.keys(`${"a*".repeat(8)}b`))).toEqual([`${key}b`]);
    expect(await collect(cache.keys(`${"*a".repeat(8)}*c`))).toEqual([]);
    expect(performance.now() - start).toBeLessThan(500);
  });
}

function describeChanging(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  test("what stays throughout is listed, though other keys come", async (cache) => {
    const staying = Array.from({ length: 300 }, (_, i) => `stay:${i}`);
    await cache.setMany(staying.map((key) => [key, "v"] as const));
    const seen = new Set<string>();
    let added = 0;
    for await (const key of cache.keys()) {
      seen.add(key);
      if (added < 2000) {
        const batch = Array.from({ length: 50 }, (_, i) => [`new:${added + i}`, "v"] as const);
        await cache.setMany(batch);
        added += batch.length;
      }
    }
    expect(staying.filter((key) => !seen.has(key))).toEqual([]);
  });

  test("what stays throughout is listed, though other keys go", async (cache) => {
    const staying = Array.from({ length: 300 }, (_, i) => `stay:${i}`);
    const going = Array.from({ length: 600 }, (_, i) => `go:${i}`);
    await cache.setMany(going.slice(0, 300).map((key) => [key, "v"] as const));
    await cache.setMany(staying.map((key) => [key, "v"] as const));
    await cache.setMany(going.slice(300).map((key) => [key, "v"] as const));
    const seen = new Set<string>();
    for await (const key of cache.keys()) {
      seen.add(key);
      await cache.deleteMany(going.splice(0, 30));
    }
    expect(staying.filter((key) => !seen.has(key))).toEqual([]);
  });

  test("each key may be deleted as it is listed", async (cache) => {
    const keys = Array.from({ length: 500 }, (_, i) => `key:${i}`);
    await cache.setMany(keys.map((key) => [key, "v"] as const));
    for await (const key of cache.keys()) await cache.delete(key);
    expect(await collect(cache.keys())).toEqual([]);
  });

  test("keys that are written again in the course are still listed", async (cache) => {
    const keys = Array.from({ length: 200 }, (_, i) => `key:${i}`);
    await cache.setMany(keys.map((key) => [key, "v"] as const));
    const seen = new Set<string>();
    let turns = 0;
    for await (const key of cache.keys()) {
      seen.add(key);
      // A walk that follows its own writes would never end.
      if (++turns > 10_000) break;
      await cache.set(key, "again");
    }
    expect(seen).toEqual(new Set(keys));
    expect(turns).toBeLessThanOrEqual(10_000);
  });
}
