import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeadlineHeap } from "./deadline-heap.ts";
import { PAGE_ENTRIES } from "./paged-array.ts";
import { NO_SLOT } from "./slot-table.ts";

/** Takes the earliest slot out again and again. */
function drain(heap: DeadlineHeap): { slots: number[]; deadlines: number[] } {
  const slots = [];
  const deadlines = [];
  while (heap.size > 0) {
    slots.push(heap.earliest);
    deadlines.push(heap.earliestDeadline);
    heap.remove(heap.earliest);
  }
  return { slots, deadlines };
}

describe("a heap of deadlines", () => {
  test("has nothing at first, and nothing again when all were removed", () => {
    const emptied = new DeadlineHeap();
    emptied.set(4, 10);
    emptied.remove(4);
    for (const heap of [new DeadlineHeap(), emptied]) {
      expect([heap.size, heap.earliest, heap.earliestDeadline]).toEqual([0, NO_SLOT, Infinity]);
      expect(heap.has(4)).toBe(false);
      heap.remove(4);
      expect(heap.size).toBe(0);
      heap.checkInvariants();
    }
  });

  test("knows the earliest deadline after every change, as a list does", () => {
    const slot = fc.nat({ max: 60 });
    const deadline = fc.oneof(fc.nat({ max: 5 }), fc.double({ noNaN: true, min: 0 }));
    const step = fc.tuple(slot, fc.option(deadline, { freq: 3, nil: undefined }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
        const heap = new DeadlineHeap();
        const plain = new Map<number, number>();
        for (const [slot, deadline] of steps) {
          if (deadline === undefined) {
            heap.remove(slot);
            plain.delete(slot);
          } else {
            heap.set(slot, deadline);
            plain.set(slot, deadline);
          }
          heap.checkInvariants();
          expect(heap.size).toBe(plain.size);
          expect(heap.has(slot)).toBe(plain.has(slot));
          expect(heap.earliestDeadline).toBe(Math.min(...plain.values()));
          if (plain.size > 0) expect(plain.get(heap.earliest)).toBe(heap.earliestDeadline);
        }
        const { slots, deadlines } = drain(heap);
        expect(deadlines).toEqual([...plain.values()].sort((a, b) => a - b));
        expect(new Set(slots)).toEqual(new Set(plain.keys()));
      }),
    );
  });

  test("gives up any slot, not only the first", () => {
    const deadlines = Array.from({ length: 50 }, (_, slot) => (slot * 17) % 50);
    for (let gone = 0; gone < 50; gone++) {
      const heap = new DeadlineHeap();
      for (const [slot, deadline] of deadlines.entries()) heap.set(slot, deadline);
      heap.remove(gone);
      heap.checkInvariants();
      expect(heap.has(gone)).toBe(false);
      const left = deadlines.toSpliced(gone, 1).sort((a, b) => a - b);
      expect(drain(heap).deadlines).toEqual(left);
    }
  });

  test("moves a slot to another deadline, earlier or later, and holds it once", () => {
    const heap = new DeadlineHeap();
    for (let slot = 0; slot < 20; slot++) heap.set(slot, slot);
    heap.set(19, -1);
    expect(heap.earliest).toBe(19);
    heap.set(19, 100);
    heap.set(0, 200);
    heap.set(10, 10);
    expect(heap.size).toBe(20);
    expect(drain(heap).slots.slice(-2)).toEqual([19, 0]);
  });

  test("holds every slot of one deadline", () => {
    const heap = new DeadlineHeap();
    for (let slot = 0; slot < 100; slot++) heap.set(slot, 5);
    for (let slot = 0; slot < 100; slot += 2) heap.remove(slot);
    heap.checkInvariants();
    const { slots, deadlines } = drain(heap);
    expect(slots.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i + 1));
    expect(new Set(deadlines)).toEqual(new Set([5]));
  });

  test("gives back pages as it empties, and is whole when it grows again", () => {
    const heap = new DeadlineHeap();
    const slots = 5 * PAGE_ENTRIES;
    for (let round = 0; round < 2; round++) {
      for (let slot = 0; slot < slots; slot++) heap.set(slot, (slot * 7919) % slots);
      heap.checkInvariants();
      for (let slot = 0; slot < slots - 3; slot++) heap.remove(slot);
      heap.checkInvariants();
      expect(heap.size).toBe(3);
      for (let slot = 0; slot < slots - 3; slot += 1000) expect(heap.has(slot)).toBe(false);
    }
    const last = [slots - 3, slots - 2, slots - 1].map((slot) => (slot * 7919) % slots);
    expect(drain(heap).deadlines).toEqual(last.sort((a, b) => a - b));
  });
});
