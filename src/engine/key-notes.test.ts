import { describe, expect, test } from "vitest";
import { seededRandom } from "../structures/random.ts";
import { KeyNotes, NOTE_BYTES } from "./key-notes.ts";
import { Keyspace } from "./keyspace.ts";
import { NO_LIMITS } from "./keyspace-config.ts";
import { get, set } from "./strings.ts";

const MINUTE_MS = 60_000;
const NOW_MS = 1_700_000_000_000;

function notes(countsUses: boolean, random = (): number => 0): KeyNotes {
  const taken = new KeyNotes(countsUses, random);
  taken.start(0, NOW_MS);
  return taken;
}

describe("notes that date uses", () => {
  test("tell the whole seconds since the last one", () => {
    const taken = notes(false);
    expect(taken.idleSeconds(0, NOW_MS + 2999)).toBe(2);
    taken.use(0, NOW_MS + 3000);
    expect(taken.idleSeconds(0, NOW_MS + 3000)).toBe(0);
  });

  test("can be told how long ago it was", () => {
    const taken = notes(false);
    taken.setIdleSeconds(0, 1000, NOW_MS);
    expect(taken.idleSeconds(0, NOW_MS + 5000)).toBe(1005);
    taken.setIdleSeconds(0, 2 ** 60, NOW_MS);
    expect(taken.idleSeconds(0, NOW_MS)).toBe(2 ** 29 - 1);
  });

  test("go on when 30 bits of seconds are over", () => {
    const taken = notes(false);
    const overflowMs = 2 ** 30 * 1000 * 3;
    taken.use(0, overflowMs - 1000);
    expect(taken.idleSeconds(0, overflowMs + 9000)).toBe(10);
  });

  test("say 0 where the clock was set back", () => {
    expect(notes(false).idleSeconds(0, NOW_MS - MINUTE_MS)).toBe(0);
  });

  test("count nothing", () => {
    const taken = notes(false);
    taken.setCount(0, 100, NOW_MS);
    expect([taken.count(0, NOW_MS), taken.idleSeconds(0, NOW_MS)]).toEqual([0, 0]);
  });
});

describe("notes that count uses", () => {
  test("begin with 5 and rise while the draw allows it", () => {
    const taken = notes(true);
    expect(taken.count(0, NOW_MS)).toBe(5);
    for (let i = 0; i < 300; i++) taken.use(0, NOW_MS);
    expect(taken.count(0, NOW_MS)).toBe(255);
  });

  test("rise the less likely the higher they are", () => {
    const taken = notes(true, () => 0.5);
    taken.use(0, NOW_MS);
    expect(taken.count(0, NOW_MS)).toBe(6);
    for (let i = 0; i < 100; i++) taken.use(0, NOW_MS);
    expect(taken.count(0, NOW_MS)).toBe(6);
  });

  test("fall by one with each minute without use, not below 0", () => {
    const taken = notes(true);
    taken.setCount(0, 100, NOW_MS);
    expect(taken.count(0, NOW_MS + 30 * MINUTE_MS)).toBe(70);
    expect(taken.count(0, NOW_MS + 300 * MINUTE_MS)).toBe(0);
    expect(taken.count(0, NOW_MS - MINUTE_MS)).toBe(100);
  });

  test("date nothing", () => {
    const taken = notes(true);
    taken.setIdleSeconds(0, 100, NOW_MS);
    expect([taken.idleSeconds(0, NOW_MS), taken.count(0, NOW_MS)]).toEqual([0, 5]);
  });
});

describe.each([true, false])("the mark, where uses are counted: %s", (countsUses) => {
  test("outlasts uses and does not touch them", () => {
    const taken = notes(countsUses);
    taken.setMark(0, 2);
    taken.use(0, NOW_MS + MINUTE_MS);
    expect([taken.mark(0), taken.mark(1)]).toEqual([2, 0]);
    const before = [taken.count(0, NOW_MS), taken.idleSeconds(0, NOW_MS + MINUTE_MS)];
    taken.setMark(0, 0);
    expect(taken.mark(0)).toBe(0);
    expect([taken.count(0, NOW_MS), taken.idleSeconds(0, NOW_MS + MINUTE_MS)]).toEqual(before);
  });
});

function keyspaceWithoutNotes(eviction: "lru" | "lfu"): Keyspace {
  const clock = { now: () => NOW_MS };
  return new Keyspace({ clock, random: seededRandom(1), eviction, ...NO_LIMITS });
}

function keyspaceUnder(eviction: "lru" | "lfu"): Keyspace {
  const keyspace = keyspaceWithoutNotes(eviction);
  keyspace.takeNotes();
  set(keyspace, "a", "1", Infinity);
  return keyspace;
}

describe("a keyspace that takes notes", () => {
  test("counts uses under lfu, whether there is a limit or not", () => {
    const keyspace = keyspaceUnder("lfu");
    const slot = keyspace.lookup("a");
    expect(keyspace.useCount(slot)).toBe(5);
    get(keyspace, "a");
    expect(keyspace.useCount(slot)).toBe(6);
    keyspace.setUseCount(slot, 100);
    keyspace.setIdleSeconds(slot, 7);
    expect([keyspace.useCount(slot), keyspace.idleSeconds(slot)]).toEqual([100, 0]);
  });

  test("begins anew when the policy changes, and keeps the marks", () => {
    const keyspace = keyspaceUnder("lru");
    const slot = keyspace.lookup("a");
    const bytes = keyspace.memoryBytes;
    keyspace.mark(slot, 1);
    keyspace.setIdleSeconds(slot, 7);
    keyspace.configure({ eviction: "lfu" });
    expect([keyspace.useCount(slot), keyspace.markAt(slot)]).toEqual([5, 1]);
    keyspace.configure({ eviction: "s3-fifo" });
    expect([keyspace.idleSeconds(slot), keyspace.markAt(slot)]).toEqual([0, 1]);
    keyspace.setIdleSeconds(slot, 7);
    keyspace.configure({ eviction: "lru" });
    expect([keyspace.idleSeconds(slot), keyspace.memoryBytes]).toEqual([7, bytes]);
  });
});

test("notes are accounted for from when they are taken, with or without keys", () => {
  const keyspace = keyspaceWithoutNotes("lru");
  const costs = (): number =>
    ["a", "b"].reduce((sum, key) => sum + keyspace.costAt(keyspace.lookup(key)), 0);
  set(keyspace, "a", "v", Infinity);
  set(keyspace, "b", "v", Infinity);
  const before = keyspace.memoryBytes;
  keyspace.takeNotes();
  expect(keyspace.memoryBytes).toBe(before + 2 * NOTE_BYTES);
  expect(keyspace.memoryBytes).toBe(costs());
  keyspace.configure({ eviction: "lfu" });
  expect(keyspace.memoryBytes).toBe(costs());
  for (const key of ["a", "b"]) keyspace.remove(keyspace.lookup(key));
  expect(keyspace.memoryBytes).toBe(0);
});
