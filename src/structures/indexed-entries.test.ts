import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompactEntries } from "./compact-entries.ts";
import type { Entries } from "./entries.ts";
import { IndexedEntries } from "./indexed-entries.ts";
import { seededRandom } from "./random.ts";
import { AFTER_ALL, isLess, type ZMember } from "./z-member.ts";
import { defaultStringHash } from "./string-hash.ts";

/** Both forms that the entries of a sorted set can have: whoever uses them cannot tell. */
const forms: Readonly<Record<string, () => Entries>> = {
  CompactEntries: () => new CompactEntries(),
  IndexedEntries: () => new IndexedEntries(seededRandom(3), defaultStringHash),
};

type Step = readonly [member: string, score: number] | readonly [start: number, count: number];

const MEMBERS = 90;
const member = fc.nat({ max: MEMBERS }).map((i) => `m${i}`);
const score = fc.oneof(
  fc.constantFrom(0, -0, 1, 2, Infinity, -Infinity),
  fc.double({ noNaN: true }),
);

/** Puts a member where it is not, or elsewhere; a NaN as its score takes it away. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(member, score) },
  { weight: 3, arbitrary: fc.tuple(member, fc.constant(Number.NaN)) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(MEMBERS), fc.nat(20)) },
);

function apply(entries: Entries, plain: ZMember[], step: Step): void {
  if (typeof step[0] === "number") {
    const start = Math.min(step[0], plain.length);
    const count = Math.min(step[1], plain.length - start);
    expect(entries.removeRange(start, count)).toEqual(plain.splice(start, count));
    return;
  }
  const [member, score] = step;
  const handle = entries.find(member);
  const rank = plain.findIndex((one) => one.member === member);
  expect(handle < 0).toBe(rank < 0);
  if (rank >= 0) plain.splice(rank, 1);
  if (Number.isNaN(score)) {
    if (handle >= 0) entries.remove(handle);
    return;
  }
  if (handle < 0) entries.insert(member, score);
  else entries.update(handle, score);
  plain.push({ member, score });
  plain.sort((a, b) => (isLess(a.score, a.member, b.score, b.member) ? -1 : 1));
}

function filled(make: () => Entries, pairs: readonly (readonly [string, number])[]): Entries {
  const entries = make();
  for (const [member, score] of pairs) entries.insert(member, score);
  return entries;
}

describe.each(Object.entries(forms))("%s", (_name, make) => {
  test("hold what a sorted array holds, after every change", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
        const entries = make();
        const plain: ZMember[] = [];
        for (const step of steps) {
          apply(entries, plain, step);
          entries.checkInvariants();
          expect(entries.size).toBe(plain.length);
        }
        expect([...entries]).toEqual(plain);
        for (const [rank, { member, score }] of plain.entries()) {
          const handle = entries.find(member);
          expect(entries.rankOf(handle)).toBe(rank);
          expect(entries.scoreOf(handle)).toBe(score);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("count what is below any score and member", () => {
    const pairs = fc.uniqueArray(fc.tuple(member, score), { selector: ([member]) => member });
    const probe = fc.option(fc.oneof(member, fc.constant("")), { nil: AFTER_ALL });
    fc.assert(
      fc.property(pairs, score, probe, (pairs, score, member) => {
        const entries = filled(make, pairs);
        const below = pairs.filter(([own, at]) =>
          member === AFTER_ALL ? at <= score : isLess(at, own, score, member),
        );
        expect(entries.countBelow(score, member)).toBe(below.length);
      }),
    );
  });

  test("count the members below one where all scores are equal", () => {
    fc.assert(
      fc.property(fc.uniqueArray(member), member, score, (members, probe, score) => {
        const entries = filled(
          make,
          members.map((member) => [member, score]),
        );
        const below = members.filter((member) => member < probe).length;
        expect(entries.countBelowMember(probe)).toBe(below);
      }),
    );
  });

  test("read any run of ranks in either direction", () => {
    const pairs = Array.from({ length: MEMBERS }, (_, i) => [`m${i}`, (i * 7) % 11] as const);
    const entries = filled(make, pairs);
    const all = [...entries];
    fc.assert(
      fc.property(fc.nat(MEMBERS - 1), fc.nat(MEMBERS), (start, wanted) => {
        const up = Math.min(wanted, MEMBERS - start);
        expect(entries.read(start, up, false)).toEqual(all.slice(start, start + up));
        const down = Math.min(wanted, start + 1);
        const below = all.slice(start + 1 - down, start + 1).reverse();
        expect(entries.read(start, down, true)).toEqual(below);
      }),
    );
  });

  const updates: readonly [what: string, member: string, score: number, order: string][] = [
    ["stays where its rank does not change", "b", 2.5, "abcd"],
    ["goes to the front", "c", 0, "cabd"],
    ["goes to the end", "a", 9, "bcda"],
    ["stands before a greater member of the same score", "a", 3, "bacd"],
    ["stands behind a lesser member of the same score", "d", 2, "abdc"],
    ["goes below all at -Infinity", "d", -Infinity, "dabc"],
    ["goes above all at Infinity", "a", Infinity, "bcda"],
  ];
  test.each(updates)("a member that is updated %s", (_what, member, score, order) => {
    const entries = filled(make, [
      ["a", 1],
      ["b", 2],
      ["c", 3],
      ["d", 4],
    ]);
    entries.update(entries.find(member), score);
    entries.checkInvariants();
    expect([...entries].map((one) => one.member).join("")).toBe(order);
    expect(entries.scoreOf(entries.find(member))).toBe(score);
  });

  test("keep members apart that look alike", () => {
    const members = ["", "\0", "\0\0", "__proto__", "constructor", "length", "\xff", "0", "00"];
    const entries = filled(
      make,
      members.map((member) => [member, 1]),
    );
    expect([...entries].map((one) => one.member)).toEqual([...members].sort());
    entries.remove(entries.find("\0"));
    expect(entries.find("\0")).toBe(-1);
    expect(entries.find("\0\0")).toBeGreaterThanOrEqual(0);
    entries.checkInvariants();
  });

  test("are empty at first, and again when everything was removed", () => {
    const emptied = filled(make, [["a", 1]]);
    emptied.remove(emptied.find("a"));
    for (const entries of [make(), emptied]) {
      const scanned: ZMember[] = [];
      expect(entries.size).toBe(0);
      expect(entries.find("a")).toBe(-1);
      expect(entries.countBelow(Infinity, AFTER_ALL)).toBe(0);
      expect(entries.countBelowMember("z")).toBe(0);
      expect(entries.removeRange(0, 0)).toEqual([]);
      expect(entries.scan(0, 10, scanned)).toBe(0);
      expect([...entries, ...scanned]).toEqual([]);
      entries.checkInvariants();
    }
  });

  test("are scanned to the end by the cursors that they give, each entry once", () => {
    const pairs = Array.from({ length: MEMBERS }, (_, i) => [`m${i}`, i] as const);
    const entries = filled(make, pairs);
    for (let i = 0; i < MEMBERS; i += 3) entries.remove(entries.find(`m${i}`));
    for (const count of [1, 7, 1000]) {
      const scanned: ZMember[] = [];
      let cursor = 0;
      do cursor = entries.scan(cursor, count, scanned);
      while (cursor !== 0);
      expect(scanned).toHaveLength(entries.size);
      expect(new Set(scanned.map((one) => one.member)).size).toBe(entries.size);
      for (const { member, score } of scanned) {
        expect(entries.scoreOf(entries.find(member))).toBe(score);
      }
    }
  });

  test("hand out entries that are the caller's", () => {
    const entries = filled(make, [["a", 1]]);
    const scanned: ZMember[] = [];
    entries.scan(0, 10, scanned);
    for (const one of [...entries, ...entries.read(0, 1, false), ...scanned]) one.score = 9;
    expect(entries.scoreOf(entries.find("a"))).toBe(1);
    entries.checkInvariants();
  });
});

test("IndexedEntries are scanned in bounded steps, and miss nobody who stays meanwhile", () => {
  const entries = new IndexedEntries(seededRandom(1), defaultStringHash);
  for (let i = 0; i < 500; i++) entries.insert(`stays${i}`, i);
  for (let i = 0; i < 500; i++) entries.insert(`goes${i}`, i);
  const seen: string[] = [];
  let cursor = 0;
  let step = 0;
  do {
    const scanned: ZMember[] = [];
    cursor = entries.scan(cursor, 10, scanned);
    expect(scanned.length).toBeLessThanOrEqual(10);
    seen.push(...scanned.map((one) => one.member));
    if (step < 500) entries.remove(entries.find(`goes${step}`));
    entries.insert(`comes${step}`, -step);
    entries.update(entries.find(`stays${step % 500}`), -step);
    step++;
  } while (cursor !== 0);
  const stayed = seen.filter((member) => member.startsWith("stays"));
  expect(stayed).toHaveLength(500);
  expect(new Set(stayed).size).toBe(500);
});
