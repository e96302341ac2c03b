import { describe, expect, test } from "vitest";
import { checkSameSlot, SLOTS, slotOf, tagOf } from "./slot.ts";

describe("slotOf", () => {
  test.each([
    // The check value of CRC-16/XMODEM, 0x31c3, is below 16384.
    ["123456789", 12_739],
    ["", 0],
    ["foo", 12_182],
    ["bar", 5061],
    ["hello", 866],
  ])("the slot of %j is %i", (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  test.each([
    ["foo{hash_tag}", "bar{hash_tag}"],
    ["{user1000}.following", "user1000"],
    ["foo{{bar}}zap", "{bar"],
    ["foo{bar}{zap}", "bar"],
  ])("%j has the slot of %j", (key, other) => {
    expect(slotOf(key)).toBe(slotOf(other));
  });

  test.each(["foo{}{bar}", "{}{x}", "foo{bar", "}foo{"])(
    "%j has no tag: all of it counts",
    (key) => {
      const plain = key.replaceAll("{", "(");
      expect(slotOf(key)).not.toBe(slotOf("bar"));
      expect(slotOf(key)).not.toBe(slotOf("x"));
      expect(slotOf(key)).not.toBe(slotOf(plain));
    },
  );

  test("bytes beyond ASCII count as they are", () => {
    expect(slotOf("\xff\x00\x80")).toBe(slotOf("a{\xff\x00\x80}b"));
  });
});

test("there is a short tag for every slot", () => {
  for (let slot = 0; slot < SLOTS; slot++) expect(slotOf(tagOf(slot))).toBe(slot);
  expect(tagOf(SLOTS - 1).length).toBeLessThanOrEqual(6);
});

test("keys of several slots are CROSS_NODE, and the error shows two", () => {
  expect(() => checkSameSlot(["{t}a", "{t}b", "t"])).not.toThrow();
  expect(() => checkSameSlot([])).not.toThrow();
  const apart = ["{t}a", "{t}b", "c\xc3\xa9"];
  expect(() => checkSameSlot(apart)).toThrow(expect.objectContaining({ code: "CROSS_NODE" }));
  expect(() => checkSameSlot(apart)).toThrow(/received "\{t\}a" and "cé"$/);
});
