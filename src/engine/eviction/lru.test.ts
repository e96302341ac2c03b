import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LruPolicy } from "./lru.ts";

/** The slots in an array, the one used last in front. */
class PlainLru {
  slots: number[] = [];

  use(slot: number): void {
    this.slots = [slot, ...this.slots.filter((one) => one !== slot)];
  }

  remove(slot: number): void {
    this.slots = this.slots.filter((one) => one !== slot);
  }

  victim(kept: number): number {
    return this.slots.findLast((slot) => slot !== kept) ?? -1;
  }
}

function added(...slots: readonly number[]): LruPolicy {
  const policy = new LruPolicy();
  for (const slot of slots) policy.added(slot);
  return policy;
}

describe("the LRU policy", () => {
  test("evicts the key that was not used for the longest time", () => {
    const policy = added(1, 2, 3);
    expect(policy.victim(-1)).toBe(1);
    policy.touched(1);
    expect(policy.victim(-1)).toBe(2);
    policy.touched(1);
    policy.touched(2);
    expect(policy.victim(-1)).toBe(3);
  });

  test("only names its victim: it is the same until the caller removes it", () => {
    const policy = added(1, 2);
    expect([policy.victim(-1), policy.victim(-1)]).toEqual([1, 1]);
    policy.evicted();
    policy.removed(1);
    expect(policy.victim(-1)).toBe(2);
  });

  test("has no victim where there is no key but the kept one", () => {
    expect(new LruPolicy().victim(-1)).toBe(-1);
    expect(added(4).victim(4)).toBe(-1);
    expect(added(4).victim(-1)).toBe(4);
    expect(added(0).victim(0)).toBe(-1);
  });

  test("is exact: it agrees with an array after any history, and never takes the kept key", () => {
    const slot = fc.nat({ max: 12 });
    const step = fc.tuple(fc.constantFrom("use", "use", "remove", "evict"), slot);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
        const policy = new LruPolicy();
        const plain = new PlainLru();
        for (const [move, slot] of steps) {
          const isHeld = plain.slots.includes(slot);
          if (move === "use") {
            if (isHeld) policy.touched(slot);
            else policy.added(slot);
            plain.use(slot);
          } else if (move === "remove") {
            if (isHeld) policy.removed(slot);
            plain.remove(slot);
          } else {
            const victim = policy.victim(slot);
            expect(victim).toBe(plain.victim(slot));
            expect(victim).not.toBe(slot);
            if (victim < 0) continue;
            policy.evicted();
            policy.removed(victim);
            plain.remove(victim);
          }
          expect(policy.victim(-1)).toBe(plain.victim(-1));
        }
      }),
    );
  });
});
