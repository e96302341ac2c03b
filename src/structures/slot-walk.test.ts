import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_SLOT } from "./slot-table.ts";
import { SlotWalk } from "./slot-walk.ts";

function walkOn(walk: SlotWalk): number[] {
  const slots: number[] = [];
  while (!walk.isOver) {
    const slot = walk.next();
    if (slot !== NO_SLOT) slots.push(slot);
  }
  return slots;
}

describe("a walk over slots", () => {
  test("takes each slot in order", () => {
    expect(walkOn(new SlotWalk(3))).toEqual([0, 1, 2]);
    expect(new SlotWalk(0).isOver).toBe(true);
  });

  test("passes what was taken out of turn, which nobody takes twice", () => {
    const walk = new SlotWalk(4);
    expect(walk.next()).toBe(0);
    expect([0, 2, 2, 3, 4].map((slot) => walk.take(slot))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
    expect(walkOn(walk)).toEqual([1]);
  });

  test("passes many taken slots in one step, and none that is not", () => {
    const walk = new SlotWalk(100);
    walk.take(0);
    walk.next();
    for (let slot = 1; slot < 64; slot++) walk.take(slot);
    expect([walk.next(), walk.next(), walk.next()]).toEqual([NO_SLOT, NO_SLOT, 64]);
  });

  test("takes nothing more when it was finished", () => {
    const walk = new SlotWalk(100);
    walk.finish();
    expect([walk.isOver, walk.take(99)]).toEqual([true, false]);
  });

  test("takes each slot once, however it is interrupted", () => {
    const turns = fc.array(fc.tuple(fc.boolean(), fc.nat(200)), { maxLength: 400, size: "max" });
    fc.assert(
      fc.property(fc.nat(150), turns, (end, turns) => {
        const walk = new SlotWalk(end);
        const taken: number[] = [];
        for (const [isInTurn, slot] of turns) {
          const next = isInTurn && !walk.isOver ? walk.next() : NO_SLOT;
          if (next !== NO_SLOT) taken.push(next);
          if (!isInTurn && walk.take(slot)) taken.push(slot);
        }
        taken.push(...walkOn(walk));
        expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: end }, (_, i) => i));
      }),
    );
  });
});
