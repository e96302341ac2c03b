import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LfuPolicy } from "./lfu.ts";

/** By slot: how often it was used, and when last. */
class PlainLfu {
  readonly uses = new Map<number, { count: number; last: number }>();
  #time = 0;

  use(slot: number): void {
    const count = (this.uses.get(slot)?.count ?? 0) + 1;
    this.uses.set(slot, { count, last: this.#time++ });
  }

  victim(kept: number): number {
    const others = [...this.uses].filter(([slot]) => slot !== kept);
    others.sort(([, a], [, b]) => a.count - b.count || a.last - b.last);
    return others[0]?.[0] ?? -1;
  }
}

/** A policy in which slot i was used as often as the i-th number says. */
function used(...uses: readonly number[]): LfuPolicy {
  const policy = new LfuPolicy();
  for (const [slot, count] of uses.entries()) {
    policy.added(slot);
    for (let i = 1; i < count; i++) policy.touched(slot);
  }
  return policy;
}

function evictAll(policy: LfuPolicy): number[] {
  const victims = [];
  for (let slot = policy.victim(-1); slot >= 0; slot = policy.victim(-1)) {
    policy.evicted();
    policy.removed(slot);
    victims.push(slot);
  }
  return victims;
}

describe("the LFU policy", () => {
  test("evicts by how often a key was used, the least first", () => {
    expect(evictAll(used(3, 1, 4, 2))).toEqual([1, 3, 0, 2]);
  });

  test("evicts among keys that were used equally often the one used longest ago", () => {
    const policy = used(2, 2, 2);
    expect(policy.victim(-1)).toBe(0);
    const again = used(1, 2, 1);
    again.touched(0);
    again.touched(2);
    // All were used twice now, slot 1 the longest ago.
    expect(evictAll(again)).toEqual([1, 0, 2]);
  });

  test("begins anew with a key that went and came back", () => {
    const policy = used(9, 2);
    policy.removed(0);
    policy.added(0);
    expect(policy.victim(-1)).toBe(0);
  });

  test("goes on to the next frequency where the least has only the kept key", () => {
    expect(used(1, 5, 3).victim(0)).toBe(2);
    expect(used(1, 1, 3).victim(0)).toBe(1);
  });

  test("has no victim where there is no key but the kept one", () => {
    expect(new LfuPolicy().victim(-1)).toBe(-1);
    expect(used(3).victim(0)).toBe(-1);
    expect(used(3).victim(-1)).toBe(0);
  });

  test("is exact: it agrees with counted uses after any history, and never takes the kept key", () => {
    const slot = fc.nat({ max: 12 });
    const step = fc.tuple(fc.constantFrom("use", "use", "use", "remove", "evict"), slot);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
        const policy = new LfuPolicy();
        const plain = new PlainLfu();
        for (const [move, slot] of steps) {
          if (move === "use") {
            if (plain.uses.has(slot)) policy.touched(slot);
            else policy.added(slot);
            plain.use(slot);
          } else if (move === "remove") {
            if (plain.uses.delete(slot)) policy.removed(slot);
          } else {
            const victim = policy.victim(slot);
            expect(victim).toBe(plain.victim(slot));
            expect(victim).not.toBe(slot);
            if (!plain.uses.delete(victim)) continue;
            policy.evicted();
            policy.removed(victim);
          }
          expect(policy.victim(-1)).toBe(plain.victim(-1));
        }
      }),
    );
  });
});
