import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SlotLinks, SlotList } from "./slot-list.ts";
import { NO_SLOT } from "./slot-table.ts";

function contents(list: SlotList): number[] {
  const slots = [];
  for (let slot = list.back; slot !== NO_SLOT; slot = list.previous(slot)) slots.push(slot);
  return slots.reverse();
}

describe("a list of slots", () => {
  test("is empty at first", () => {
    const list = new SlotList(new SlotLinks());
    expect([list.size, list.front, list.back]).toEqual([0, NO_SLOT, NO_SLOT]);
    list.checkInvariants();
  });

  test("has the slot that came last in front", () => {
    const list = new SlotList(new SlotLinks());
    for (const slot of [5, 0, 70_000]) list.pushFront(slot);
    expect(contents(list)).toEqual([70_000, 0, 5]);
    expect([list.front, list.back, list.size]).toEqual([70_000, 5, 3]);
  });

  test("closes up where a slot is taken out: in front, in the middle, at the end, the only one", () => {
    for (const gone of [[3], [2], [1], [3, 2, 1], [1, 2, 3], [2, 1, 3]]) {
      const list = new SlotList(new SlotLinks());
      for (const slot of [1, 2, 3]) list.pushFront(slot);
      for (const slot of gone) {
        list.remove(slot);
        list.checkInvariants();
      }
      expect(contents(list)).toEqual([3, 2, 1].filter((slot) => !gone.includes(slot)));
    }
  });

  test("shares its links with others, and each is as an array is", () => {
    const SLOTS = 40;
    const moves = fc.array(fc.tuple(fc.nat(SLOTS - 1), fc.nat(3)));
    fc.assert(
      fc.property(moves, (moves) => {
        const links = new SlotLinks();
        const lists = Array.from({ length: 3 }, () => new SlotList(links));
        const arrays: number[][] = [[], [], []];
        for (const [slot, to] of moves) {
          // Each slot leaves the list that it is in; 3 is no list.
          const from = arrays.findIndex((array) => array.includes(slot));
          if (from >= 0) {
            lists[from]?.remove(slot);
            arrays[from]?.splice(arrays[from].indexOf(slot), 1);
          }
          lists[to]?.pushFront(slot);
          arrays[to]?.unshift(slot);
          for (const [i, list] of lists.entries()) {
            list.checkInvariants();
            expect(contents(list)).toEqual(arrays[i]);
            expect(list.size).toBe(arrays[i]?.length);
            expect(list.front).toBe(arrays[i]?.[0] ?? NO_SLOT);
          }
        }
      }),
    );
  });
});
