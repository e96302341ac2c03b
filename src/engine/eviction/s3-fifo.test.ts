import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { S3FifoPolicy } from "./s3-fifo.ts";

interface Cached {
  readonly key: number;
  uses: number;
}

/**
 * S3-FIFO as its paper writes it, over arrays whose first element came last: a small queue of a
 * tenth, a main queue, and as many ghosts as there are keys.
 */
class PlainS3Fifo {
  small: Cached[] = [];
  main: Cached[] = [];
  ghosts: number[] = [];

  find(key: number): Cached | undefined {
    return [...this.small, ...this.main].find((one) => one.key === key);
  }

  add(key: number): void {
    const isGhost = this.ghosts.includes(key);
    this.ghosts = this.ghosts.filter((ghost) => ghost !== key);
    (isGhost ? this.main : this.small).unshift({ key, uses: 0 });
  }

  use(cached: Cached): void {
    cached.uses = Math.min(3, cached.uses + 1);
  }

  remove(key: number): void {
    this.small = this.small.filter((one) => one.key !== key);
    this.main = this.main.filter((one) => one.key !== key);
  }

  /** Moves keys until it finds one that has to go. A kept one is passed over as if it were used. */
  victim(kept: number): number {
    const size = this.small.length + this.main.length;
    if (size === 0 || (size === 1 && this.find(kept) !== undefined)) return -1;
    for (;;) {
      const fromSmall = this.main.length === 0 || this.small.length > size * 0.1;
      const last = (fromSmall ? this.small : this.main).pop() as Cached;
      const stays = last.key === kept || last.uses > (fromSmall ? 1 : 0);
      if (!stays) {
        (fromSmall ? this.small : this.main).push(last);
        return last.key;
      }
      this.main.unshift({ key: last.key, uses: fromSmall ? 0 : Math.max(0, last.uses - 1) });
    }
  }

  evict(key: number): void {
    const wasInSmall = this.small.some((one) => one.key === key);
    const limit = this.small.length + this.main.length;
    if (wasInSmall && !this.ghosts.includes(key)) {
      this.ghosts = [key, ...this.ghosts].slice(0, limit);
    }
    this.remove(key);
  }
}

/** Keys as a table would place them: a freed slot is used again, the last one first. */
class Cache {
  readonly policy = new S3FifoPolicy();
  readonly #slots = new Map<number, number>();
  readonly #free: number[] = [];

  has(key: number): boolean {
    return this.#slots.has(key);
  }

  get keys(): number[] {
    return [...this.#slots.keys()];
  }

  use(key: number): void {
    const held = this.#slots.get(key);
    if (held === undefined) {
      const slot = this.#free.pop() ?? this.#slots.size;
      this.#slots.set(key, slot);
      this.policy.added(slot, hashOf(key));
    } else this.policy.touched(held);
  }

  remove(key: number): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.policy.removed(slot);
    this.#slots.delete(key);
    this.#free.push(slot);
  }

  /** Evicts a key other than `kept`, and returns it; -1 where there is none. */
  evict(kept = -1): number {
    const victim = this.policy.victim(this.#slots.get(kept) ?? -1);
    const key = [...this.#slots].find(([, slot]) => slot === victim)?.[0];
    if (key === undefined) return -1;
    this.policy.evicted(victim, hashOf(key));
    this.remove(key);
    return key;
  }

  /** Uses a key, and evicts as soon as there are more keys than that. */
  request(key: number, limit: number): void {
    if (!this.has(key) && this.keys.length >= limit) this.evict();
    this.use(key);
  }
}

function hashOf(key: number): number {
  return Math.imul(key + 1, 0x9e3779b1);
}

describe("the S3-FIFO policy", () => {
  test("lets a key that was used at most once more leave the small queue, the oldest first", () => {
    const cache = new Cache();
    for (const key of [1, 2, 3, 4]) cache.use(key);
    cache.use(1);
    expect([cache.evict(), cache.evict()]).toEqual([1, 2]);
  });

  test("sends a key that was used twice more on to the main queue", () => {
    const cache = new Cache();
    for (const key of [1, 2, 3]) cache.use(key);
    cache.use(1);
    cache.use(1);
    expect([cache.evict(), cache.evict(), cache.evict()]).toEqual([2, 3, 1]);
  });

  test("takes a ghost that comes back straight into the main queue", () => {
    const cache = new Cache();
    for (let key = 0; key < 10; key++) cache.use(key);
    expect(cache.evict()).toBe(0);
    cache.use(0);
    // Everybody else is in the small queue, and goes first; it was never used again.
    const victims = Array.from({ length: 10 }, () => cache.evict());
    expect(victims.at(-1)).toBe(0);
  });

  test("takes no ghost for one that was deleted, and forgets a ghost that came back", () => {
    const cache = new Cache();
    for (let key = 0; key < 10; key++) cache.use(key);
    cache.remove(0);
    cache.use(0);
    for (let key = 1; key < 10; key++) expect(cache.evict()).toBe(key);
    cache.use(1);
    cache.remove(1);
    cache.use(1);
    // 1 was a ghost once; the second time it comes as anybody does.
    expect(cache.evict()).toBe(0);
    expect(cache.evict()).toBe(1);
  });

  test("remembers as many ghosts as there are keys, and no more", () => {
    const cache = new Cache();
    for (let key = 0; key < 100; key++) cache.request(key, 10);
    // The ghosts are 80 to 89: 79 comes back as a stranger, 85 straight into the main queue.
    cache.request(79, 10);
    cache.request(85, 10);
    for (let key = 200; key < 230; key++) cache.request(key, 10);
    expect([cache.has(79), cache.has(85)]).toEqual([false, true]);
  });

  test("spares a key of the main queue once for each use, up to three", () => {
    const cache = new Cache();
    for (const key of [1, 2]) {
      cache.use(key);
      cache.use(key);
      cache.use(key);
    }
    // Both go on to the main queue, their uses forgotten, and the first of them is the victim.
    expect(cache.evict()).toBe(1);
    for (let i = 0; i < 50; i++) cache.use(2);
    // Each newcomer is used enough to come to the main queue, behind 2, and is never used there.
    const victims = [];
    for (let key = 10; key < 14; key++) {
      for (let i = 0; i < 3; i++) cache.use(key);
      victims.push(cache.evict());
    }
    expect(victims).toEqual([10, 11, 12, 2]);
  });

  test("keeps the main queue through a scan over many keys that are used once", () => {
    const cache = new Cache();
    for (let round = 0; round < 4; round++) {
      for (let key = 0; key < 50; key++) cache.request(key, 100);
    }
    for (let key = 1000; key < 3000; key++) cache.request(key, 100);
    const left = cache.keys.filter((key) => key < 50);
    expect(left).toHaveLength(50);
  });

  test("has no victim where there is no key but the kept one", () => {
    expect(new S3FifoPolicy().victim(-1)).toBe(-1);
    const cache = new Cache();
    cache.use(1);
    expect(cache.evict(1)).toBe(-1);
    expect(cache.evict()).toBe(1);
  });

  test("finds another key however often that was used", () => {
    const cache = new Cache();
    for (const key of [1, 2]) for (let i = 0; i < 9; i++) cache.use(key);
    expect(cache.evict(1)).toBe(2);
    expect(cache.has(1)).toBe(true);
  });

  test("agrees with the paper's algorithm after any history, and never takes the kept key", () => {
    const key = fc.nat({ max: 30 });
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(fc.constant("use"), key) },
      { weight: 1, arbitrary: fc.tuple(fc.constant("remove"), key) },
      { weight: 3, arbitrary: fc.tuple(fc.constant("evict"), fc.option(key, { nil: -1 })) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250, size: "max" }), (steps) => {
        const cache = new Cache();
        const plain = new PlainS3Fifo();
        for (const [move, key] of steps) {
          if (move === "use") {
            cache.use(key);
            const cached = plain.find(key);
            if (cached === undefined) plain.add(key);
            else plain.use(cached);
          } else if (move === "remove") {
            cache.remove(key);
            plain.remove(key);
          } else {
            const kept = plain.find(key) === undefined ? -1 : key;
            const victim = plain.victim(kept);
            expect(cache.evict(kept)).toBe(victim);
            if (victim < 0) continue;
            expect(victim).not.toBe(kept);
            plain.evict(victim);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
