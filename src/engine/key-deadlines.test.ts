import { expect, test } from "vitest";
import { NO_SLOT, SlotTable } from "../structures/slot-table.ts";
import { KeyDeadlines } from "./key-deadlines.ts";

function keysWith(...deadlines: readonly number[]): KeyDeadlines {
  const table = new SlotTable();
  const moved = new KeyDeadlines(table);
  for (const [i, deadline] of deadlines.entries()) {
    const slot = table.add(`k${i}`, table.hash(`k${i}`), Infinity);
    moved.move(slot, Infinity, deadline);
  }
  return moved;
}

test("a key that stays has no deadline, and none is the earliest", () => {
  const deadlines = keysWith(Infinity, Infinity);
  expect([deadlines.size, deadlines.earliest]).toEqual([0, Infinity]);
});

test("the key whose time is over first is due first", () => {
  const deadlines = keysWith(30, 10, 20);
  expect([deadlines.size, deadlines.earliest, deadlines.due(10)]).toEqual([3, 10, 1]);
  deadlines.remove(1);
  expect([deadlines.size, deadlines.earliest, deadlines.due(25)]).toEqual([2, 20, 2]);
});

test("a deadline tells whether it is the earliest now", () => {
  const deadlines = keysWith(30, 20);
  expect(deadlines.move(0, 30, 25)).toBe(false);
  expect(deadlines.move(0, 25, 15)).toBe(true);
});

test("a deadline that moves later is put right when its former one comes, and nothing is due", () => {
  const deadlines = keysWith(10, 40);
  expect(deadlines.move(0, 10, 50)).toBe(false);
  expect(deadlines.earliest).toBe(10);
  expect(deadlines.due(10)).toBe(NO_SLOT);
  expect([deadlines.earliest, deadlines.due(45)]).toEqual([40, 1]);
});

test("a key whose deadline is taken away is never due", () => {
  const deadlines = keysWith(10);
  deadlines.move(0, 10, Infinity);
  expect([deadlines.size, deadlines.earliest]).toEqual([0, Infinity]);
});
