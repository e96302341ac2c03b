import { describe, expect, test } from "vitest";
import { seededRandom } from "../structures/random.ts";
import { compileGlob } from "./glob.ts";
import { keysMatching, randomKey, type ScanFilter, scanKeys } from "./key-scan.ts";
import { expireAt, remove } from "./keys.ts";
import { Keyspace } from "./keyspace.ts";
import { NO_LIMITS } from "./keyspace-config.ts";
import { zAdd } from "./sorted-sets.ts";
import { set } from "./strings.ts";

function keyspaceOf(strings: number): Keyspace {
  const keyspace = new Keyspace({
    clock: { now: () => 1000 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
  for (let i = 0; i < strings; i++) set(keyspace, `key:${i}`, "v", Infinity);
  return keyspace;
}

function walk(keyspace: Keyspace, count: number, filter: ScanFilter = {}): string[][] {
  const steps: string[][] = [];
  let cursor = 0;
  do {
    const step = scanKeys(keyspace, cursor, count, filter);
    steps.push(step.keys);
    cursor = step.cursor;
  } while (cursor !== 0);
  return steps;
}

describe("a scan", () => {
  test("sees each key once, so many at a time", () => {
    const steps = walk(keyspaceOf(95), 10);
    expect(steps.map((keys) => keys.length)).toEqual([...Array<number>(9).fill(10), 5]);
    expect(new Set(steps.flat()).size).toBe(95);
  });

  test("makes bounded steps, and full ones, where few slots are in use", () => {
    const keyspace = keyspaceOf(1000);
    for (let i = 0; i < 1000; i++) if (i % 5 !== 0) remove(keyspace, `key:${i}`);
    const [, ...steps] = walk(keyspace, 10).reverse();
    expect(steps.every((keys) => keys.length === 10)).toBe(true);
    for (let i = 0; i < 995; i++) remove(keyspace, `key:${i}`);
    expect(walk(keyspace, 10).length).toBe(10);
  });

  test("keeps back what does not match or has another type", () => {
    const keyspace = keyspaceOf(20);
    zAdd(keyspace, "key:z", [{ member: "m", score: 1 }], {});
    expect(walk(keyspace, 10, { type: "zset" }).flat()).toEqual(["key:z"]);
    expect(walk(keyspace, 10, { type: "list" }).flat()).toEqual([]);
    const filter = { type: "string", matches: compileGlob("key:[z1]") };
    expect(walk(keyspace, 10, filter).flat()).toEqual(["key:1"]);
  });

  test("ends at a cursor that is beyond all keys", () => {
    expect(scanKeys(keyspaceOf(5), 2 ** 64, 10, {})).toEqual({ cursor: 0, keys: [] });
  });
});

test("all keys that match are listed at once", () => {
  const keyspace = keyspaceOf(100);
  expect(keysMatching(keyspace, undefined).length).toBe(100);
  expect(keysMatching(keyspace, compileGlob("key:?")).length).toBe(10);
});

describe("a random key", () => {
  test("is any of those that are alive", () => {
    const keyspace = keyspaceOf(5);
    expireAt(keyspace, "key:0", keyspace.now());
    const random = seededRandom(3);
    const drawn = new Set(Array.from({ length: 200 }, () => randomKey(keyspace, random)));
    expect(drawn).toEqual(new Set(["key:1", "key:2", "key:3", "key:4"]));
  });

  test("is found where hardly a slot is in use, and nothing where none is", () => {
    const keyspace = keyspaceOf(5000);
    for (let i = 0; i < 5000; i++) if (i !== 4321) remove(keyspace, `key:${i}`);
    expect(randomKey(keyspace, seededRandom(3))).toBe("key:4321");
    remove(keyspace, "key:4321");
    expect(randomKey(keyspace, seededRandom(3))).toBeUndefined();
  });
});
