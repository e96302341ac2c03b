import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GhostQueue } from "./ghost-queue.ts";

/** The same queue as an array, the oldest first. */
class PlainQueue {
  hashes: number[] = [];

  push(hash: number, limit: number): void {
    if (this.hashes.includes(hash)) return;
    this.hashes.push(hash);
    this.hashes = this.hashes.slice(Math.max(0, this.hashes.length - limit));
  }

  remove(hash: number): boolean {
    const at = this.hashes.indexOf(hash);
    if (at >= 0) this.hashes.splice(at, 1);
    return at >= 0;
  }
}

/** Hashes that fall into few buckets, and hashes of every size and sign. */
const hash = fc.oneof(
  fc.nat({ max: 60 }),
  fc.nat({ max: 20 }).map((i) => (i << 27) | 0),
  fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)),
);
const push = fc.tuple(fc.constant("push" as const), hash, fc.nat({ max: 50 }));
const remove = fc.tuple(fc.constant("remove" as const), hash);

function pushed(...hashes: readonly number[]): GhostQueue {
  const queue = new GhostQueue();
  for (const hash of hashes) queue.push(hash, Infinity);
  return queue;
}

describe("a ghost queue", () => {
  test("holds what an array holds, in the same order", () => {
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: push }, remove), {
      maxLength: 150,
      size: "max",
    });
    fc.assert(
      fc.property(steps, (steps) => {
        const queue = new GhostQueue();
        const plain = new PlainQueue();
        for (const [move, hash, limit] of steps) {
          if (move === "remove") expect(queue.remove(hash)).toBe(plain.remove(hash));
          // A hash that is there leaves everything as it is, the limit included.
          else if (plain.hashes.includes(hash)) queue.push(hash, limit);
          else {
            queue.push(hash, limit);
            plain.push(hash, limit);
          }
          queue.checkInvariants();
          expect(queue.size).toBe(plain.hashes.length);
          expect(plain.hashes.every((hash) => queue.has(hash))).toBe(true);
          expect(queue.has(hash)).toBe(plain.hashes.includes(hash));
        }
      }),
    );
  });

  test("lets the oldest go beyond its limit", () => {
    const queue = new GhostQueue();
    for (let hash = 1; hash <= 10; hash++) queue.push(hash, 3);
    expect([7, 8, 9, 10].map((hash) => queue.has(hash))).toEqual([false, true, true, true]);
  });

  test("lets several go at once when the limit has fallen", () => {
    const queue = pushed(1, 2, 3, 4, 5);
    queue.push(6, 2);
    expect([1, 4, 5, 6].map((hash) => queue.has(hash))).toEqual([false, false, true, true]);
    expect(queue.size).toBe(2);
  });

  test("holds nothing with a limit of 0", () => {
    const queue = pushed(1, 2);
    queue.push(3, 0);
    expect(queue.size).toBe(0);
    expect([1, 2, 3].some((hash) => queue.has(hash))).toBe(false);
  });

  test("holds a hash once, in the place where it came first", () => {
    const queue = pushed(1, 2, 3);
    queue.push(1, 3);
    expect(queue.size).toBe(3);
    queue.push(4, 3);
    expect([1, 2, 3, 4].map((hash) => queue.has(hash))).toEqual([false, true, true, true]);
  });

  test("forgets a hash that was taken out, and takes it in again as the newest", () => {
    const queue = pushed(1, 2, 3);
    expect(queue.remove(1)).toBe(true);
    expect(queue.remove(1)).toBe(false);
    queue.push(1, 3);
    queue.push(4, 3);
    expect([1, 2, 3, 4].map((hash) => queue.has(hash))).toEqual([true, false, true, true]);
  });

  test("doubles as often as it must, and loses nothing", () => {
    const queue = new GhostQueue();
    for (let i = 0; i < 10_000; i++) queue.push(Math.imul(i, 0x9e3779b1), 10_000);
    queue.checkInvariants();
    expect(queue.size).toBe(10_000);
    const lost = Array.from({ length: 10_000 }, (_, i) => Math.imul(i, 0x9e3779b1)).filter(
      (hash) => !queue.has(hash),
    );
    expect(lost).toEqual([]);
  });

  test("stays whole as it goes round and round, with gaps where hashes were taken out", () => {
    const queue = new GhostQueue();
    for (let i = 0; i < 20_000; i++) {
      queue.push(i, 100);
      if (i % 3 === 0) queue.remove(i);
      if (i % 997 === 0) queue.checkInvariants();
    }
    expect(queue.size).toBe(100);
    // Of the last 150, two of three stayed.
    for (let i = 19_850; i < 20_000; i++) expect(queue.has(i)).toBe(i % 3 !== 0);
    expect(queue.has(19_849)).toBe(false);
  });
});
