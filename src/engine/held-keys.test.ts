import { expect, test } from "vitest";
import { defaultStringHash } from "../structures/string-hash.ts";
import { HeldKeys } from "./held-keys.ts";

function insert(held: HeldKeys, key: string, value: string): number {
  const slot = held.add(key, defaultStringHash(key));
  held.hold(slot, value);
  held.changed(slot);
  return slot;
}

test("a value and a version stand beside each key, wherever others come and go", () => {
  const held = new HeldKeys(defaultStringHash);
  const slots = Array.from({ length: 40_000 }, (_, i) => insert(held, `k${i}`, `v${i}`));
  for (let i = 0; i < slots.length; i += 3) held.remove(slots[i] as number);
  for (const [i, slot] of slots.entries()) {
    if (i % 3 === 0) continue;
    expect([held.keyAt(slot), held.valueAt(slot)]).toEqual([`k${i}`, `v${i}`]);
    expect(held.versionAt(slot)).toBe(i + 1);
  }
});

test("a value is let go of with its key", () => {
  const held = new HeldKeys(defaultStringHash);
  const slot = insert(held, "a", "v");
  held.remove(slot);
  expect([held.keyAt(slot), held.valueAt(slot), held.memoryBytes]).toEqual([
    undefined,
    undefined,
    0,
  ]);
});

test("versions go on where those of the former keys ended", () => {
  const former = new HeldKeys(defaultStringHash);
  insert(former, "a", "v");
  const held = new HeldKeys(defaultStringHash, former.version);
  expect(held.versionAt(insert(held, "a", "v"))).toBe(2);
});
