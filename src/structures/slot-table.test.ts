import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAGE_ENTRIES } from "./paged-array.ts";
import { NO_SLOT, SlotTable } from "./slot-table.ts";
import type { StringHash } from "./string-hash.ts";

function add(table: SlotTable, key: string, number = 0): number {
  return table.add(key, table.hash(key), number);
}

function find(table: SlotTable, key: string): number {
  return table.find(key, table.hash(key));
}

function filled(keys: number): SlotTable {
  const table = new SlotTable();
  for (let i = 0; i < keys; i++) add(table, `k${i}`, i);
  return table;
}

/** A key comes, goes, or is given a number; or a crowd of keys comes or goes at once. */
type Step = readonly [move: "flip" | "number" | "join" | "leave", from: number, count: number];

const KEYS = 300;
const NAMES = Array.from({ length: KEYS }, (_, i) => `k${i}`);
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom("flip", "flip", "number", "join", "leave"),
  fc.nat({ max: KEYS - 1 }),
  fc.nat({ max: KEYS }),
);

/** A table beside a `Map` of the same keys to their slots and numbers. */
class Pair {
  readonly table: SlotTable;
  readonly plain = new Map<string, { slot: number; number: number }>();

  constructor(hash?: StringHash) {
    this.table = new SlotTable(hash);
  }

  apply([move, from, count]: Step): void {
    if (move === "join" || move === "leave") {
      for (let i = 0; i < count; i++) this.#move(`k${(from + i) % KEYS}`, move === "join");
    } else if (move === "flip") this.#move(`k${from}`, !this.plain.has(`k${from}`));
    else this.#renumber(`k${from}`, count);
  }

  #move(key: string, stays: boolean): void {
    const held = this.plain.get(key);
    if (stays && held === undefined) {
      const number = this.plain.size / 7;
      this.plain.set(key, { slot: add(this.table, key, number), number });
    } else if (!stays && held !== undefined) {
      this.table.remove(held.slot);
      this.plain.delete(key);
    }
  }

  #renumber(key: string, number: number): void {
    const held = this.plain.get(key);
    if (held === undefined) return;
    this.table.setNumber(held.slot, number);
    held.number = number;
  }

  expectAlike(): void {
    const { table, plain } = this;
    table.checkInvariants();
    expect(table.size).toBe(plain.size);
    const slots = NAMES.map((key) => plain.get(key)?.slot ?? NO_SLOT);
    expect(NAMES.map((key) => find(table, key))).toEqual(slots);
    const entries = [...plain].map(([key, { slot, number }]) => ({
      held: [key, number, table.hash(key)],
      found: [table.keyAt(slot), table.numberAt(slot), table.hashAt(slot)],
    }));
    expect(entries.map(({ found }) => found)).toEqual(entries.map(({ held }) => held));
  }
}

describe("a slot table", () => {
  test("is empty at first", () => {
    const table = new SlotTable();
    expect([table.size, table.slotsEnd]).toEqual([0, 0]);
    expect(find(table, "a")).toBe(NO_SLOT);
    expect(table.keyAt(0)).toBeUndefined();
    table.checkInvariants();
  });

  test("holds what a Map holds, each key in the slot that it was given", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25, size: "max" }), (steps) => {
        const pair = new Pair();
        for (const step of steps) {
          pair.apply(step);
          pair.expectAlike();
        }
      }),
    );
  });

  const badHashes: readonly [kind: string, hash: StringHash][] = [
    ["one value for all keys", () => 7],
    ["nothing but high bits", (key) => key.length << 30],
    ["negative numbers", (key) => -1 - key.length],
  ];
  test.each(badHashes)("holds it with a hash of %s, too", (_kind, hash) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const pair = new Pair(hash);
        for (const step of steps) pair.apply(step);
        pair.expectAlike();
      }),
      { numRuns: 30 },
    );
  });

  test("keeps any double as a key's number", () => {
    const table = new SlotTable();
    for (const number of [-0, Infinity, -Infinity, 2 ** 53, 5e-324]) {
      const slot = add(table, String(Object.is(number, -0) ? "-0" : number), number);
      expect(table.numberAt(slot)).toBe(number);
    }
  });

  test("keeps keys apart that are empty, hold NUL, or are named as an object's own", () => {
    const table = new SlotTable();
    const keys = ["", "\0", "\0\0", "__proto__", "constructor", "\xff"];
    const slots = keys.map((key) => add(table, key));
    expect(keys.map((key) => find(table, key))).toEqual(slots);
    table.checkInvariants();
  });

  test("uses a freed slot again, the last one first, before it takes a new one", () => {
    const table = filled(5);
    const [first, second] = [find(table, "k1"), find(table, "k3")];
    table.remove(first);
    table.remove(second);
    expect(table.keyAt(second)).toBeUndefined();
    expect(add(table, "a")).toBe(second);
    expect(add(table, "b")).toBe(first);
    expect(table.slotsEnd).toBe(5);
    expect(add(table, "c")).toBe(5);
    expect(table.slotsEnd).toBe(6);
  });

  test("shrinks again as keys go, and is whole at every size on the way", () => {
    const table = filled(8 * PAGE_ENTRIES);
    for (let i = 0; i < 8 * PAGE_ENTRIES; i++) {
      table.remove(find(table, `k${i}`));
      if (i % 1000 === 0) table.checkInvariants();
    }
    expect(table.size).toBe(0);
    table.checkInvariants();
    for (let i = 0; i < 100; i++) add(table, `again${i}`, i);
    for (let i = 0; i < 100; i++) expect(table.numberAt(find(table, `again${i}`))).toBe(i);
    table.checkInvariants();
  });

  test("hashes no key again, however it grows and shrinks", () => {
    let hashed = 0;
    const table = new SlotTable((key) => {
      hashed++;
      return Math.imul(Number(key.slice(1)), 0x9e3779b1);
    });
    for (let i = 0; i < 3000; i++) add(table, `k${i}`);
    for (let i = 0; i < 3000; i++) table.remove(i);
    expect(hashed).toBe(3000);
  });
});

describe("a walk over the slots", () => {
  test("sees each key that stays exactly once, while others come and go", () => {
    const turn = fc.tuple(fc.integer({ min: 1, max: 40 }), step);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.array(turn), (stayers, turns) => {
        const pair = new Pair();
        const { table } = pair;
        // Those that stay stand among those that leave.
        for (let i = 0; i < stayers; i++) {
          add(table, `stays${i}`);
          pair.apply(["join", i, 1]);
        }
        const seen = new Map<string, number>();
        let slot = 0;
        const walk = (slots: number): void => {
          for (let i = 0; i < slots && slot < table.slotsEnd; i++, slot++) {
            const key = table.keyAt(slot);
            if (key !== undefined) seen.set(key, (seen.get(key) ?? 0) + 1);
          }
        };
        for (const [slots, step] of turns) {
          walk(slots);
          pair.apply(step);
        }
        walk(Infinity);
        for (let i = 0; i < stayers; i++) expect(seen.get(`stays${i}`)).toBe(1);
      }),
    );
  });
});
