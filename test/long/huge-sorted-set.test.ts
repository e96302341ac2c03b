/**
 * A sorted set past 2^24 members, where one `Map` would throw. Run it with the other long tests,
 * `npm run test:long`, or alone:
 *
 *     npx vitest run --mode long test/long/huge-sorted-set.test.ts
 *
 * It takes some two minutes and 2 GB, and Node.js' default heap suffices; on a machine with less
 * than 8 GB give it more: `NODE_OPTIONS=--max-old-space-size=4000`.
 */
import { type ZMember, SortedSet } from "laurel/structures";
import { describe, expect, test } from "vitest";

const MEMBERS = 17_500_000;
const UPDATES = 1_000_000;
/** A multiplier coprime to the number of members visits each of them once. */
const STRIDE = 7_368_787;

function nameOf(i: number): string {
  return `member:${String(i).padStart(11, "0")}`;
}

/** Names are 18 bytes; each is one string of its own, as those of a user would be. */
function entry(i: number): ZMember {
  return { member: nameOf(i), score: i };
}

function heldBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function timed<T>(what: string, count: number, run: () => T): T {
  const start = performance.now();
  const result = run();
  const ms = performance.now() - start;
  console.log(`${what}: ${(ms / 1000).toFixed(1)} s, ${((ms * 1e6) / count).toFixed(0)} ns each`);
  return result;
}

describe(`a sorted set of ${MEMBERS} members`, () => {
  const set = new SortedSet();
  const bytesBefore = heldBytes();
  /** The scores of members that are no longer what they were inserted with. */
  const raised = new Set<number>();

  test("is built in ascending order", () => {
    timed("inserts, ascending", MEMBERS, () => {
      for (let i = 0; i < MEMBERS; i++) set.set(nameOf(i), i);
    });
    expect(MEMBERS).toBeGreaterThan(2 ** 24);
    expect(set.size).toBe(MEMBERS);
    // What is garbage by now is counted, too: the figure is an upper bound.
    const bytes = heldBytes() - bytesBefore;
    console.log(`memory: ${(bytes / MEMBERS).toFixed(1)} bytes a member, names included`);
    console.log(`by its own account: ${(set.byteSize / MEMBERS).toFixed(1)} bytes a member`);
    expect(bytes / MEMBERS).toBeLessThan(300);
  });

  test("knows ranks, scores and ranges at places all over", () => {
    timed("ranks and scores", 200_000, () => {
      for (let n = 0; n < 200_000; n++) {
        const i = (n * STRIDE) % MEMBERS;
        const name = nameOf(i);
        if (set.rank(name) !== i || set.score(name) !== i) expect(set.rank(name)).toBe(i);
      }
    });
    expect(set.rank(nameOf(0), true)).toBe(MEMBERS - 1);
    expect(set.rank(nameOf(MEMBERS))).toBeUndefined();
    for (const start of [0, 2 ** 24 - 2, 2 ** 24, MEMBERS / 2, MEMBERS - 3]) {
      const expected = [entry(start), entry(start + 1), entry(start + 2)];
      expect(set.range(start, start + 2)).toEqual(expected);
      expect(set.rangeByScore(start, start + 2)).toEqual(expected);
    }
    expect(set.range(0, 1, true)).toEqual([entry(MEMBERS - 1), entry(MEMBERS - 2)]);
    expect(set.countByScore(`(${2 ** 24}`, "+inf")).toBe(MEMBERS - 2 ** 24 - 1);
  });

  test("takes updates that send members to the end", () => {
    timed("updates, at random", UPDATES, () => {
      for (let n = 0; n < UPDATES; n++) {
        const i = (n * STRIDE) % MEMBERS;
        if (set.set(nameOf(i), MEMBERS + n)) throw new Error(`${nameOf(i)} was not there`);
        raised.add(i);
      }
    });
    expect(raised.size).toBe(UPDATES);
    expect(set.size).toBe(MEMBERS);
    for (const n of [0, 1, UPDATES / 2, UPDATES - 1]) {
      const name = nameOf((n * STRIDE) % MEMBERS);
      expect(set.score(name)).toBe(MEMBERS + n);
      expect(set.rank(name)).toBe(MEMBERS - UPDATES + n);
    }
    const unmoved = [...Array(1000).keys()].filter((i) => !raised.has(i));
    expect(set.range(0, unmoved.length - 1)).toEqual(unmoved.map(entry));
  });

  test("gives members up, and takes them again", () => {
    const removed = timed("a range removed", 100_000, () => set.removeRange(0, 99_999));
    expect(removed).toHaveLength(100_000);
    expect(set.size).toBe(MEMBERS - 100_000);
    expect(removed.some(({ member }) => set.has(member))).toBe(false);
    for (const { member, score } of removed) set.set(member, score);
    expect(set.size).toBe(MEMBERS);
    expect(set.range(0, 99_999)).toEqual(removed);
  });

  test("contradicts itself nowhere", () => {
    timed("checks of all invariants", MEMBERS, () => set.checkInvariants());
  });
});
